"""sendmail(8) at each call to the disk that kills it or fails: what was accepted is there and whole, what was
refused is not, and the caller is told."""

import errno
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import NONE, Shim, each_call, kinds, whole  # noqa: E402
from harness import BUILD, Spool, equal, main, truth  # noqa: E402
from relay import Relay  # noqa: E402

SENDMAIL = os.path.join(BUILD, "sendmail")
STATUS = {errno.EIO: 74, errno.EACCES: 77}  # else 75
BODY = b"0123456789 abcdefghijklmnopqrstuvwxyz\n" * 2000 + b"the end\n"


class Collection(Relay):
    """All that is found in the queues of the runs, to be relayed in the end."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.names = set()

    def take(self, path):
        with self.lock:
            name = "%012X" % (len(self.names) + 1)
            self.names.add(name)
        os.rename(path, os.path.join(self.folder("new"), name))

    def relay(self):
        """Everything goes out, once and whole."""
        self.start_provider().configure().start_flusher()
        self.wait_arrived(len(self.names))
        self.wait_empty()
        equal((len(self.arrived()), self.entries("failed")), (len(self.names), []))
        for message in self.arrived():
            truth(self.read_arrived(message).endswith(BODY.replace(b"\n", b"\r\n")), message)


class Run:
    """One call of sendmail with one fault."""

    def __init__(self, collection, fault, *words, data, more):
        self.collection, self.fault = collection, fault
        self.spool = Spool()
        self.shim = Shim(self.spool.path, os.path.join(self.spool.path, "trace"), fault,
                         dict(more, MAILCHUTE_SPOOL=self.spool.path))
        self.result = subprocess.run([SENDMAIL, *words], input=data, env=self.shim.environment, capture_output=True,
                                     timeout=60)
        self.hit = self.shim.hit()
        self.what = (self.hit, fault, self.result.returncode, self.result.stdout, self.result.stderr)
        self.killed = self.result.returncode == -9
        equal(self.killed, bool(self.hit) and fault.error == 0, self.what)

    def finish(self, accepted):
        """What is in new/ is whole, and there is what was accepted: no more, if it lives to say so."""
        names = self.spool.entries("new")
        may_stay = self.killed or self.fault.times > 1  # its name cannot be taken away either
        truth(len(names) == accepted or may_stay and len(names) == accepted + 1, (names, accepted, self.what))
        if not may_stay and " unlink tmp/" not in (self.hit or ""):
            equal(self.spool.entries("tmp"), [], self.what)
        for name in names:
            path = os.path.join(self.spool.folder("new"), name)
            envelope, message = whole(path)
            truth(b"recipient <x@example.net>" in envelope, envelope)
            truth(message.endswith(BODY.replace(b"\n", b"\r\n")), self.what)
            self.collection.take(path)
        self.spool.close()
        return self.hit


def submit(collection, fault, *words, header=b"", more):
    run = Run(collection, fault, *words, data=header + b"Subject: s\n\n" + BODY, more=more)
    status = run.result.returncode
    if status and not run.killed:
        equal((status, run.result.stdout), (STATUS.get(fault.error, 75), b""), run.what)
        truth(re.fullmatch(rb"sendmail: .*nothing was queued.*\n", run.result.stderr), run.what)
    elif not run.killed:
        equal((run.result.stdout, run.result.stderr), (b"", b""), run.what)
    return run.finish(status == 0)


def smtp(collection, fault, *words, more):
    """Two messages in one session: the second has its own fate."""
    message = (b"MAIL FROM:<joe@example.org>\r\nRCPT TO:<x@example.net>\r\nDATA\r\nSubject: s\r\n\r\n%s.\r\n"
               % BODY.replace(b"\n", b"\r\n"))
    run = Run(collection, fault, "-bs", data=b"EHLO test\r\n" + 2 * message + b"QUIT\r\n", more=more)
    accepted = len(re.findall(rb"^250 2.0.0 Ok: queued as ", run.result.stdout, re.M))
    refused = len(re.findall(rb"^45[12] 4\.3\.[01] .*nothing was queued", run.result.stdout, re.M))
    if not run.killed:
        equal((run.result.returncode, accepted + refused, run.result.stderr), (0, 2, b""), run.what)
        truth(refused == 0 or run.hit and (refused == 1 or fault.times > 1), run.what)
    return run.finish(accepted)


def matrix(collection, call, *words, **options):
    for more in {}, {"CRASH_NO_TMPFILE": "1"}:
        for kind in kinds(errno.EIO, errno.EACCES):
            calls = each_call(lambda fault: call(collection, fault, *words, more=more, **options), kind)
            truth(calls > 6, calls)
    collection.relay()


def test_recipients_on_the_command_line(collection):
    matrix(collection, submit, "x@example.net")


def test_recipients_in_the_header(collection):
    matrix(collection, submit, "-t", "-i", header=b"To: x@example.net\n")


def test_smtp(collection):
    matrix(collection, smtp)


def order(more):
    spool = Spool()
    shim = Shim(spool.path, os.path.join(spool.path, "trace"), NONE, dict(more, MAILCHUTE_SPOOL=spool.path))
    subprocess.run([SENDMAIL, "x@example.net"], input=b"Subject: s\n\n" + BODY, env=shim.environment, check=True)
    calls = [(name, re.sub("[0-9A-F]{12}(.[0-9]+)?", "ID", path)) for name, path in shim.calls()]
    spool.close()
    return [call for i, call in enumerate(calls) if i == 0 or call != calls[i - 1]]


def test_the_name_before_the_sync_and_no_write_after_it(collection):
    """A sync of the file after it has got its name makes both durable."""
    equal(order({}), [("open", "new/."), ("fchmod", "new/-"), ("write", "new/-"), ("pwrite", "new/-"),
                      ("link", "new/ID"), ("fsync", "new/-")])
    equal(order({"CRASH_NO_TMPFILE": "1"}),
          [("open", "tmp/ID"), ("fchmod", "tmp/ID"), ("write", "tmp/ID"), ("pwrite", "tmp/ID"), ("link", "new/ID"),
           ("unlink", "tmp/ID"), ("fsync", "tmp/ID (deleted)")])


if __name__ == "__main__":
    main(globals(), Collection)
