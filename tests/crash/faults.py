"""What the crash tests share: faults that the shim makes, what they hit, and what is in a file of the queue."""

import collections
import concurrent.futures
import errno
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from harness import BUILD, truth  # noqa: E402

LONG = os.environ.get("CRASH_LONG") == "1"  # everything, not what shows the most in seconds
SHIM = os.path.join(BUILD, "tests", "crash", "shim.so")

Fault = collections.namedtuple("Fault", "at error half times", defaults=(0, 0, 1))
NONE = Fault(0)

FULL = Fault(0, errno.ENOSPC, half=1, times=1000000)  # for as long as the process lives
SOME = [Fault(0, half=1), Fault(0, errno.ENOSPC, half=1)]
OTHERS = [Fault(0)] + [Fault(0, error) for error in (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENOMEM,
                                                    errno.EROFS, errno.EACCES)] + [FULL]


def kinds(*more):
    """The faults to be made at any call: SIGKILL (error 0), or a disk in trouble. MORE errors for the short version."""
    return SOME + (OTHERS if LONG else [Fault(0, error) for error in more])


class Shim:
    """The environment that makes a fault in what a program does below a directory, and the trace of it."""

    def __init__(self, directory, trace, fault, more=None):
        self.trace = trace
        self.environment = dict(
            os.environ, LD_PRELOAD=SHIM, CRASH_DIR=os.path.realpath(directory), CRASH_TRACE=trace,
            CRASH_AT=str(fault.at), CRASH_WITH=str(fault.error), CRASH_HALF=str(fault.half),
            CRASH_TIMES=str(fault.times), ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0",
            **(more or {}))

    def lines(self):
        try:
            with open(self.trace) as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def hit(self):
        """The call that the fault came in, or None."""
        return next((line for line in self.lines() if line.endswith(" !")), None)

    def calls(self):
        """(name, path) of each call; files without a name are "-"."""
        return [(line.split()[2], re.sub(r"#\d+ \(deleted\)", "-", line.split(" ", 3)[3]))
                for line in self.lines()]


def each_call(run, kind, first=1, step=1, parallel=8):
    """RUN(fault) with a fault of this KIND at the FIRST call, STEP behind that, and so on, until RUN says that none
    was hit. Returns at how many calls that was."""
    hits, at, more = 0, first, True
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        while more:
            some = [kind._replace(at=at + i * step) for i in range(parallel)]
            results = [bool(result) for result in pool.map(run, some)]
            hits, at, more = hits + sum(results), at + parallel * step, all(results)
    return hits


def whole(path):
    """The (envelope, message) of a file of the queue; a fault if it is not whole."""
    with open(path, "rb") as f:
        envelope, blank, message = f.read().partition(b"\n\n")
    size = re.match(rb"mailchute 1\nsize (\d{20}) ", envelope)
    truth(size and blank, (path, envelope[:200]))
    truth(int(size[1]) == len(message), (path, "cut short"))
    return envelope, message


Stored = collections.namedtuple("Stored", "sender recipients text body")


class Mailbox:
    """What a sandbox has stored. Its lines may come later than its reply; the files do not."""

    def __init__(self, directory):
        self.folder = os.path.join(directory, "Maildir", "new")
        self.known = set()

    def more(self):
        """The messages that were stored since the last call."""
        names = set(os.listdir(self.folder)) - self.known
        self.known |= names
        for name in names:
            with open(os.path.join(self.folder, name), "rb") as f:
                text = f.read()
            head, _, body = text.partition(b"\r\n\r\n")
            head = head.decode(errors="replace")
            yield Stored(re.match(r"Return-Path: <(.*)>\r\n", head)[1],
                         re.findall(r"^X-Envelope-To: <(.*)>\r$", head, re.M), text, body)
