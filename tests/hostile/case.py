"""A hostile behaviour, what has to hold while it lasts and after it, and the judge of that."""

import concurrent.futures
import email
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))
from harness import BUILD, equal, truth  # noqa: E402
from relay import Process, Relay  # noqa: E402
from certificates import Certificates  # noqa: E402
from server import FOREVER, OFFERS, PASSWORD, Server, USER, secrets  # noqa: E402

AT_ONCE = 24   # behaviours that are tried at the same time
DEADLINE = 60  # seconds until everything has to be settled
VICTIM, BESIDE = "victim@example.org", "beside@example.org"
TEN = ["r%d@example.net" % i for i in range(1, 11)]
BODY = b"Subject: hostile\n\n" + b"".join(b"line %d of it\n" % i for i in range(40))
CRASHES = re.compile(r"Sanitizer|runtime error|ended with|hangs|is killed|reported what|failed: |assert", re.I)


@dataclass
class Case:
    """A server that ACTS so often, or FOREVER, and what becomes of the mail."""
    name: str
    acts: dict
    times: int = 2
    only: bool = False     # the victim's mail alone is treated like that
    log: str = ""          # what the log has to say about it
    doubt: bool = False    # the server may have the message, and gets it again
    bounced: tuple = ()    # recipients of the victim's message that are returned to the sender
    queued: tuple = ()     # those that are still in the queue at the end
    nudge: bool = False    # the administrator has it tried again, for the pause is long
    to: list = field(default_factory=lambda: list(TEN))
    body: bytes = BODY
    beside: int = 1        # other messages
    tls: str = "starttls"
    offers: tuple = OFFERS
    narrow: bool = False   # the server's window is small
    options: dict = field(default_factory=dict)  # of mailchute.conf
    check: object = None   # a function (run) for what else has to hold


class Run(Relay):
    """One case under way: its server, spool and flusher."""

    def __init__(self, case, certificates, programs):
        super().__init__()
        self.case, self.programs = case, programs
        self.ca = certificates.file("root.pem")
        self.password(PASSWORD)
        self.server = Server(certificates.context(), case.acts, case.times, VICTIM if case.only else None,
                             case.offers, case.tls == "implicit", case.narrow)
        self.configure(port=self.server.port, tls=case.tls, user=USER, **case.options)

    def close(self):
        self.server.close()
        super().close()

    def start_flusher(self, *_options):
        self.flusher = Process([os.path.join(self.programs, "mailchuted"), "-v", "-c", self.conf_path,
                                "-s", self.path, "--foreground"])

    def run(self):
        self.send("-i", "-f", VICTIM, *self.case.to, data=self.case.body)
        for i in range(self.case.beside):
            self.send("-i", "-f", BESIDE, "beside%d@example.net" % i, data=BODY)
        self.start_flusher()  # now, for all of it to wait when the first connections are made
        self.wait_settled()
        self.listed = self.listing()
        equal(self.flusher.stop(), 0, "exit of mailchuted")
        for judge in (self.judge_fates, self.judge_log, self.judge_secret, self.judge_server):
            judge()
        if self.case.check:
            self.case.check(self)

    # What became of the mail

    def delivered(self, sender):
        """How often each recipient of mail of SENDER has got it."""
        counts = {}
        for who, recipients, _ in list(self.server.taken):
            for recipient in recipients if who == sender else ():
                counts[recipient] = counts.get(recipient, 0) + 1
        return counts

    def bounced(self):
        """The recipients that the reports to the victim name as failed."""
        failed = []
        for sender, recipients, body in list(self.server.taken):
            if sender == "" and recipients == [VICTIM]:
                for part in email.message_from_bytes(body).walk():
                    if part.get("Action") == "failed":
                        address = part["Final-Recipient"].split(";")[1].strip()
                        failed.append(re.sub(r"\\x\{(.*?)\}", lambda m: chr(int(m[1], 16)), address))
        return sorted(failed)

    def waiting(self):
        """Queue entries, without those of which the case says that they stay."""
        return max(0, len(self.queued()) - (1 if self.case.queued else 0))

    def settled(self):
        return (self.server.hostile and (self.case.times == FOREVER or self.server.left == 0) and
                self.waiting() == 0 and len(self.delivered(BESIDE)) == self.case.beside and
                self.bounced() == sorted(self.case.bounced))

    def wait_settled(self):
        end = time.monotonic() + DEADLINE
        nudged = time.monotonic() + 1
        while not self.settled():
            if time.monotonic() > end:
                raise AssertionError("not settled within %d s: %r taken, %d times hostile over %d connections" % (
                    DEADLINE, [m[:2] for m in self.server.taken], self.server.hostile, len(self.server.sessions)))
            if self.case.nudge and time.monotonic() > nudged:
                self.flusher.child.send_signal(signal.SIGHUP)
                nudged = time.monotonic() + 2
            time.sleep(0.05)

    def judge_fates(self):
        """Each recipient has it once, or is in the sender's report once, or in the queue."""
        got = self.delivered(VICTIM)
        there = [r for r in self.case.to if r not in self.case.bounced + self.case.queued]
        equal(sorted(got), sorted(there), "who has got it")
        equal(self.bounced(), sorted(self.case.bounced), "who is returned to the sender")
        if not self.case.doubt:
            equal({r: n for r, n in {**got, **self.delivered(BESIDE)}.items() if n != 1}, {}, "got it twice")
        equal(self.entries("failed"), [], "failed/")
        for recipient in self.case.queued:
            truth(re.search(r"\(.+\)\n( +\S+\n)* +" + re.escape(recipient), self.listed),
                  "mailq says why %s waits" % recipient)
        for sender in (VICTIM, BESIDE):
            bodies = [body for who, _, body in self.server.taken if who == sender]
            wanted = (self.case.body if sender == VICTIM else BODY).partition(b"\n\n")[2].replace(b"\n", b"\r\n")
            truth(all(is_whole(body, wanted) for body in bodies), "the whole message arrived")
            ids = {email.message_from_bytes(body)["Message-ID"] for body in bodies}
            truth(len(ids) <= (1 if sender == VICTIM else self.case.beside), "a Message-ID for each message: %r" % ids)

    def judge_log(self):
        text = self.flusher.text() + "\n" + self.listed.expandtabs()
        odd = [line for line in text.split("\n") if not line.isprintable() or "\ufffd" in line]
        equal(odd, [], "printable log lines")
        equal([line for line in self.flusher.lines if CRASHES.search(line)], [], "crashes")
        truth(re.search(self.case.log, text), "the log tells of %r" % self.case.log)
        if self.case.only:
            late = [line for line in self.flusher.lines if BESIDE in line and "status=sent" not in line]
            equal(late, [], "mail beside is not held up")

    def judge_secret(self):
        for secret in secrets():
            truth(secret.decode() not in self.flusher.text() + self.listed, "no password in the log")
            truth(not any(secret in s.plain for s in self.server.sessions), "no password in plain")

    def judge_server(self):
        equal(self.server.faults, [])
        truth(self.server.hostile, "the server got to be hostile")


def is_whole(message, wanted):
    """True if it ends with WANTED, as it is or in an encoding."""
    return (message.endswith(b"\r\n\r\n" + wanted) or
            email.message_from_bytes(message).get_payload(decode=True) == wanted)


def judge(case, certificates, programs):
    """None, or why the case failed."""
    run = Run(case, certificates, programs)
    try:
        run.run()
        return None
    except Exception:  # whatever it is, the other cases go on
        log = run.flusher.text() if run.flusher else ""
        return traceback.format_exc() + "\n" + log[-6000:]
    finally:
        run.close()


def report(number, case, fault):
    for line in (fault or "").splitlines():
        print("# " + line)
    print("%s %d - %s" % ("not ok" if fault else "ok", number, case.name), flush=True)


def main(make_cases):
    """Judges what MAKE_CASES(certificates) gives, many at a time, and prints TAP. Arguments choose by name."""
    here = tempfile.mkdtemp(prefix="mailchute-hostile-", dir=BUILD)
    try:
        certificates = Certificates(here)
        for program in ("mailchuted", os.path.join("tests", "hostile", "mailchute-courier")):
            shutil.copy(os.path.join(BUILD, program), here)
        cases = [c for c in make_cases(certificates) if not sys.argv[1:] or any(w in c.name for w in sys.argv[1:])]
        print("1..%d" % len(cases), flush=True)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            faults = list(pool.map(lambda c: judge(c, certificates, here), cases))
        for number, (case, fault) in enumerate(zip(cases, faults), 1):
            report(number, case, fault)
        sys.exit(1 if any(faults) else 0)
    finally:
        shutil.rmtree(here, ignore_errors=True)
