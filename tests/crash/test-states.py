"""mailchuted(8) at each call to the disk that kills it or fails: the table of mailchute-queue(7), row by row."""

import os
import re
import signal
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, NONE, Mailbox, Shim, each_call, kinds  # noqa: E402
from harness import BUILD, equal, main, truth  # noqa: E402
from relay import Process, Relay, wait_for  # noqa: E402

REFUSE = ("--no-dsn", "--reply", "RCPT:bad:550 5.1.1 no such user")
STARTED = 8  # the call after those of the start
MANY = 1001  # recipients of which the state is added to, not written anew


class Provider(Relay):
    """One that takes mail of all runs; and tells how often an address got a message."""

    def __init__(self, *options):
        super().__init__()
        self.start_provider(*options)
        self.mailbox = Mailbox(self.provider_dir)
        self.lock = threading.Lock()
        self.ends = {}  # of the messages for an address

    def look(self):
        with self.lock:
            for message in self.mailbox.more():
                for to in message.recipients:
                    self.ends.setdefault(to, []).append(message.text[-9:])


class Providers:
    """One that defers, and one that takes what the other did not."""

    def __init__(self):
        self.moody = Provider("--reply", "RCPT:later:452 4.2.2 mailbox full", *REFUSE)
        self.kind = Provider(*REFUSE)
        self.lock = threading.Lock()
        self.count = 0

    def number(self):
        with self.lock:
            self.count += 1
            return self.count

    def look(self):
        """Take in what has arrived."""
        self.moody.look()
        self.kind.look()

    def ends_for(self, address):
        """The last octets of each message for ADDRESS that arrived."""
        return self.moody.ends.get(address, []) + self.kind.ends.get(address, [])

    def close(self):
        self.moody.close()
        self.kind.close()


class Run(Relay):
    """A spool with one message, and mailchuted with one fault."""

    def __init__(self, providers, fault):
        super().__init__()
        self.providers, self.fault = providers, fault
        self.tag = "%d@example.net" % providers.number()
        self.options = {"retry_min": "1h", "retry_max": "1h", "max_recipients": 100, "expire": "60s",
                        "delay_notice": "0s"}
        self.apart = tempfile.mkdtemp(prefix="mailchute-test-")  # in the spool is what the shim counts
        self.conf_path = os.path.join(self.apart, "mailchute.conf")
        self.aliases_path = os.path.join(self.apart, "aliases")
        self.shim = Shim(self.path, os.path.join(self.apart, "trace"), fault,
                         {} if LONG else {"CRASH_BESIDE": "status"})
        self.next_nudge = 0

    def use(self, provider):
        self.ports, self.ca, self.password_path = provider.ports, provider.ca, provider.password_path
        self.configure(**self.options)

    def address(self, name):
        return "%s-%s" % (name, self.tag)

    def submit(self, *words):
        self.send(*words, data=b"Subject: %s\n\nbody\nthe end\n" % self.tag.encode())
        self.id, = self.entries("new")

    def state(self):
        try:
            with open(os.path.join(self.folder("cur"), self.id + ".state")) as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def is_empty(self):
        return not self.entries("new") and not self.entries("cur")

    def is_deferred(self):
        return re.search(r"^attempts 1\n", self.state(), re.M) is not None

    def start_shimmed(self):
        self.flusher = Process([os.path.join(BUILD, "mailchuted"), "-c", self.conf_path, "-s", self.path,
                                "--foreground"], env=self.shim.environment)

    def ended(self):
        return self.flusher.child.poll() is not None

    def takes_signals(self):
        """The flusher has come so far that SIGHUP means to reload."""
        with open("/proc/%d/status" % self.flusher.child.pid) as f:
            return int(re.search(r"SigBlk:\s*(\w+)", f.read())[1], 16) & 1

    def run_until(self, done):
        """Until the fault, or DONE."""
        self.start_shimmed()
        def failed():
            return self.fault.error and self.shim.hit()
        wait_for(lambda: self.ended() or done() or failed(), "the fault, or the end of it")
        if self.fault.times > 1:
            time.sleep(0.2)  # it does what it can, and then the power fails
            self.flusher.stop(signal.SIGKILL)
        elif not failed():
            self.flusher.stop()
            truth(self.flusher.child.returncode in (0, -9), self.story())

    def story(self):
        return "\n".join([str(self.fault), *self.shim.lines(), self.flusher.text(),
                          str(self.entries("new") + self.entries("cur") + self.entries("failed"))])

    def nudge(self):
        """What the disk refused is tried again in a while. We do not wait for that, nor for who starts it again."""
        if self.ended():
            with open(os.path.join(self.folder("new"), "flush"), "w"):
                pass
            self.start_flusher()
        elif self.fault.error and time.monotonic() > self.next_nudge and self.takes_signals():
            self.next_nudge = time.monotonic() + 0.5
            self.flusher.child.send_signal(signal.SIGHUP)

    def recover(self):
        """The disk is well again, and the other provider takes what is left."""
        self.use(self.providers.kind)
        wait_for(lambda: self.nudge() or self.is_empty(), "an empty queue")
        equal(self.flusher.stop(), 0, self.story())
        truth(self.is_empty(), self.story())

    def close(self):
        super().close()
        shutil.rmtree(self.apart)

    def copies(self, address):
        """How often an address got it: once, or twice if the flusher was killed."""
        ends = self.providers.ends_for(address)
        truth(all(end.endswith((b"the end\r\n", b"--\r\n")) for end in ends), (ends, self.story()))
        most = 1 if self.fault.error and self.fault.times == 1 else 2
        truth(1 <= len(ends) <= most, (address, len(ends), self.story()))
        return len(ends)


def one(providers, fault, prepare, done, check):
    run = Run(providers, fault)
    try:
        run.use(providers.moody)
        prepare(run)
        run.run_until(lambda: done(run))
        hit = run.shim.hit()
        run.recover()
        providers.look()
        check(run)
        return hit
    except AssertionError as wrong:
        raise AssertionError("%s\n%s" % (wrong, run.story())) from None
    finally:
        run.close()


def matrix(providers, prepare, done, check, least, start=False, step=1):
    """All calls, but in the short version not those of each START, and each STEP-th."""
    for i, kind in enumerate(kinds()):
        where = (1, 1) if LONG else (1 if start else STARTED + i % step, step)
        calls = each_call(lambda fault: one(providers, fault, prepare, done, check), kind, *where)
        truth(calls >= least // step, calls)


def check_failed(run):
    """A message in failed/, with a state that says why; or a fault."""
    truth(set(run.entries("failed")) == {run.id, run.id + ".state"}, run.story())
    with open(os.path.join(run.folder("failed"), run.id + ".state")) as f:
        truth(re.search(r"\nfailed 0 <%s> 550 .*5\.1\.1 no such user" % re.escape(run.address("bad")), f.read()),
              run.story())


def expired(run):
    """Tried for too long."""
    run.submit("-f", run.address("joe"), run.address("later"))
    path = os.path.join(run.folder("cur"), run.id)
    os.rename(os.path.join(run.folder("new"), run.id), path)
    os.utime(path, (1, 1))
    with open(path + ".state", "w") as f:
        f.write("mailchute-state 1\nattempts 9\nnext 1\nwaited 1000000\npending 0 <%s> 452 4.2.2 full\n"
                % run.address("later"))


def test_delivered(providers):
    def check(run):
        run.copies(run.address("good"))
        equal(run.entries("failed"), [])
    matrix(providers, lambda run: run.submit(run.address("good")), Run.is_empty, check, 10, start=True)


def test_deferred(providers):
    def check(run):
        run.copies(run.address("good"))
        run.copies(run.address("later"))
        equal(run.entries("failed"), [])
    matrix(providers, lambda run: run.submit(run.address("good"), run.address("later")), Run.is_deferred, check, 7)


def test_returned(providers):
    def check(run):
        run.copies(run.address("good"))
        run.copies(run.address("joe"))
        equal(run.providers.ends_for(run.address("bad")), [])
        equal(run.entries("failed"), [])
    matrix(providers, lambda run: run.submit("-f", run.address("joe"), run.address("good"), run.address("bad")),
           Run.is_empty, check, 10)


def test_returned_and_deferred(providers):
    def check(run):
        for name in "later", "joe":
            run.copies(run.address(name))
        equal(run.entries("failed"), [])
    matrix(providers, lambda run: run.submit("-f", run.address("joe"), run.address("later"), run.address("bad")),
           lambda run: run.is_deferred() and not run.entries("new") and len(run.entries("cur")) == 2, check, 12)


def test_failed(providers):
    """Nobody can be told."""
    def check(run):
        run.copies(run.address("good"))
        check_failed(run)
    matrix(providers, lambda run: run.submit("-f", "<>", run.address("bad"), run.address("good")),
           Run.is_empty, check, 10)


def test_expired(providers):
    """It is returned; or the provider took it, if that was what came next."""
    def check(run):
        ends = run.providers.ends_for(run.address("later")) or run.providers.ends_for(run.address("joe"))
        truth(ends, run.story())
        equal(run.entries("failed"), [])
    matrix(providers, expired, Run.is_empty, check, 10)


def test_passed_on(providers):
    """The provider reports no success: then we tell how far it came."""
    def check(run):
        run.copies(run.address("good"))
        run.copies(run.address("joe"))
        equal(run.entries("failed"), [])
    matrix(providers, lambda run: run.submit("-N", "success", "-f", run.address("joe"), run.address("good")),
           Run.is_empty, check, 10)


def test_set_aside(providers):
    """Nobody knows any more who has got it, so nobody gets it."""
    def prepare(run):
        expired(run)
        with open(os.path.join(run.folder("cur"), run.id + ".state"), "w") as f:
            f.write("what\n")

    def check(run):
        equal(run.providers.ends_for(run.address("later")), [])
        truth(1 <= len(run.entries("failed")) <= 2, run.story())
        truth(all(name.startswith("junk-") for name in run.entries("failed")), run.story())
    matrix(providers, prepare, Run.is_empty, check, 5)


def test_an_alias(providers):
    """What it led to first is what counts."""
    def prepare(run):
        run.aliases("list: %s, %s\n" % (run.address("good"), run.address("later")))
        run.submit("list")

    def check(run):
        run.copies(run.address("good"))
        run.copies(run.address("later"))
        equal(run.entries("failed"), [])
    matrix(providers, prepare, Run.is_deferred, check, 7)


def test_many_recipients(providers):
    """The state is added to while the batches go out: of one batch at most they get two."""
    def names(run):
        return [run.address("m%d" % i) for i in range(MANY - 1)] + [run.address("later")]

    def check(run):
        copies = [run.copies(name) for name in names(run)]
        if run.fault.times == 1:  # else no state was ever written
            truth(sum(copies) <= MANY + 100, (sum(copies), run.story()))
        equal(run.entries("failed"), [])
    matrix(providers, lambda run: run.submit(*names(run)), Run.is_deferred, check, 39, step=4)


def changes(providers, prepare, done):
    """The calls without a fault, by what they do to files: ID is the message, and - a file without a name."""
    run = Run(providers, NONE)
    try:
        run.use(providers.moody)
        prepare(run)
        run.run_until(lambda: done(run))
        calls = [(name, path.replace(run.id, "ID")) for name, path in run.shim.calls()]
        calls = [(name, re.sub("[0-9A-F]{12}", "REPORT", path)) for name, path in calls
                 if "/" in path or name == "fsync"]
        calls = [call for call in calls if call != ("open", "new/ID")]  # whose it is, is read first: no change
        return ["%s %s" % call for call in calls if "ID" in call[1] or call[0] in ("link", "fsync")]
    finally:
        run.close()


STATE = ["open cur/ID.state~", "write cur/ID.state~", "fsync cur/ID.state~", "rename cur/ID.state", "fsync cur"]
END = ["fsync cur"]


def test_a_state_is_durable_before_it_counts(providers):
    equal(changes(providers, lambda run: run.submit(run.address("good"), run.address("later")), Run.is_deferred),
          ["rename cur/ID", "open cur/ID", *STATE, *END])


def test_a_report_is_durable_before_what_it_is_about_is_forgotten(providers):
    equal(changes(providers, lambda run: run.submit("-f", run.address("joe"), run.address("bad")), Run.is_empty),
          ["rename cur/ID", "open cur/ID", "link new/REPORT", "fsync new/-", "unlink cur/ID", *END])
    equal(changes(providers, lambda run: run.submit("-f", run.address("joe"), run.address("bad"),
                                                    run.address("later")),
                  lambda run: run.is_deferred() and len(run.entries("cur")) == 2),
          ["rename cur/ID", "open cur/ID", "link new/REPORT", "fsync new/-", *STATE, *END])


def test_the_message_goes_before_its_state(providers):
    calls = changes(providers, expired, Run.is_empty)
    equal(calls[-5:], ["link new/REPORT", "fsync new/-", "unlink cur/ID", "unlink cur/ID.state", *END])


def test_the_reasons_are_durable_before_the_message_is_with_them(providers):
    equal(changes(providers, lambda run: run.submit("-f", "<>", run.address("bad")), Run.is_empty),
          ["rename cur/ID", "open cur/ID", *[call.replace("cur", "failed") for call in STATE],
           "rename failed/ID", "fsync failed", "unlink cur/ID.state", *END])


if __name__ == "__main__":
    main(globals(), Providers)
