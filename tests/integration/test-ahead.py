"""Messages that mailchuted gives a courier ahead, and takes back: with a courier that does as it is told."""

import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, equal, main, truth  # noqa: E402
from relay import Process, Relay, wait_for  # noqa: E402

# Answers each job by PLAN(address, how many wait with it, gear); a number of seconds is waited first, None: dies.
COURIER = r'''#!%s
import os, select, signal, socket, sys, time
here, gear = os.path.dirname(os.path.abspath(__file__)), sys.argv[sys.argv.index("-g") + 1]
s = socket.socket(fileno=3)
waiting, open_end = [], True
def note(*words):
    with open(os.path.join(here, "notes"), "a") as f:
        f.write(" ".join(map(str, words)) + chr(10))
def take(block):
    global open_end
    while open_end and (select.select([s], [], [], None if block and not waiting else 0)[0]):
        packet, fds, _, _ = socket.recv_fds(s, 131072, 1)
        for fd in fds:
            os.close(fd)
        open_end = bool(packet)
        if packet:
            waiting.append(packet.decode())
%s
note("start", gear)
while True:
    take(True)
    if not waiting:
        break
    time.sleep(0.1)  # for what comes behind
    take(False)
    address = waiting[0].split("recipient <")[1].split(">")[0]
    note("job", address, len(waiting))
    answer = plan(address, waiting, gear)
    if answer is None:
        os.kill(os.getpid(), signal.SIGKILL)
    goes_on, outcome = answer
    packet = waiting.pop(0)
    s.send(("report %%s\nrelay fake[192.0.2.1]:25\ngear %%s\nshifted %%s\ndsn no\n%%s\n" %% (
        packet.split()[1], *goes_on.split(), outcome)).encode())
note("end", gear)
'''
SENT = "delivered nobody 250 0 2.0.0 ok"
VAIN = "unattempted nobody 0 0 - given in vain"


class Ahead(Relay):
    """PLAN is the body of plan(address, waiting, gear) of the courier."""

    def begin(self, plan, count=20, data=b"Subject: test\n\nbody\n", **options):
        self.programs = os.path.join(self.path, "programs")
        os.mkdir(self.programs)
        shutil.copy(os.path.join(BUILD, "mailchuted"), self.programs)
        path = os.path.join(self.programs, "mailchute-courier")
        with open(path, "w") as f:
            f.write(COURIER % (sys.executable, "def plan(address, waiting, gear):\n    " + plan))
        os.chmod(path, 0o755)
        for i in range(count):
            self.send("-i", "a%d@example.net" % i, data=data)
        self.configure(**{"max_connections": 1, "window": 4, **options})
        self.flusher = Process([os.path.join(self.programs, "mailchuted"), "-v", "-c", self.conf_path, "-s", self.path,
                                "--foreground"])

    def notes(self, what):
        try:
            with open(os.path.join(self.programs, "notes")) as f:
                return [line.split()[1:] for line in f if line.startswith(what + " ")]
        except FileNotFoundError:
            return []

    def sent(self):
        return sorted(re.findall(r"to=<(.*?)>.* status=sent", self.flusher.text()))


def test_as_many_as_the_gear_makes_use_of(ahead):
    for gear, most in (("lock-step", 2), ("data", 3), ("chunking", 8)):
        ahead.begin("return '%s no', '%s'" % (gear, SENT))
        ahead.wait_empty()
        counts = [int(count) for _, count in ahead.notes("job")]
        equal((counts[0], max(counts)), (2, most), gear)
        ahead.close()
        ahead.__init__()


def test_no_more_octets_than_a_few(ahead):
    ahead.begin("return 'chunking no', '%s'" % SENT, count=8, data=b"\n" + (b"x" * 79 + b"\n") * 12500)
    ahead.wait_empty()
    equal(max(int(count) for _, count in ahead.notes("job")), 3)


def test_what_was_given_in_vain_is_given_again(ahead):
    """At once, and nobody hears of it; each message a second time, whatever the order."""
    ahead.begin("import os; seen = os.path.join(here, address); first = not os.path.exists(seen); open(seen, 'w').close()\n"
                "    return 'chunking no', '%s' if first else '%s'" % (VAIN, SENT))
    ahead.wait_empty()
    equal(len(ahead.sent()), 20)
    equal(len(ahead.notes("job")), 40)
    truth("deferred" not in ahead.flusher.text() and "next try" not in ahead.flusher.text(), ahead.flusher.text())


def test_trouble_is_told_once_and_all_wait(ahead):
    trouble = "unattempted link 421 0 4.7.0 closing"
    ahead.begin("return 'none no', '%s' if address == 'a0@example.net' else '%s'" % (trouble, VAIN), count=5)
    ahead.flusher.wait_line(r"closing; 5 messages wait, next try in")
    wait_for(lambda: ahead.notes("end"), "the courier is let go")
    time.sleep(0.3)
    equal(len(ahead.notes("start")), 1)
    equal(len(ahead.queued()), 5)
    truth("status=" not in ahead.flusher.text(), ahead.flusher.text())


def test_what_a_host_did_not_bear_is_remembered(ahead):
    ahead.begin("return 'data yes' if gear == 'chunking' else 'lock-step no', '%s'" % SENT)
    ahead.wait_empty()
    wait_for(lambda: ahead.notes("end"), "the idle courier is let go")
    ahead.send("-i", "later@example.net")
    ahead.wait_empty()
    equal(ahead.notes("start"), [["chunking"], ["data"]])


def test_who_kills_couriers_is_found_among_others(ahead):
    """A courier that dies with several is nobody's fault; then each goes alone, and only one of them dies of it."""
    ahead.begin("poison = any('a5@' in job for job in waiting)\n"
                "    return None if poison else ('chunking no', '%s')" % SENT, count=12)
    wait_for(lambda: ahead.entries("failed"), "the poison is set aside")
    ahead.wait_empty()
    report = ["admin@example.org"]
    equal(ahead.sent(), sorted(report + ["a%d@example.net" % i for i in range(12) if i != 5]))
    # the first time with others, then three times alone
    deaths = [int(count) for address, count in ahead.notes("job") if address == "a5@example.net"]
    truth(deaths[-3:] == [1, 1, 1], ahead.notes("job"))
    alone = [int(count) for _, count in ahead.notes("job")][-8:]
    equal(max(alone), 1, "after the first death")
    equal(len([line for line in ahead.flusher.lines if "couriers ended over it" in line]), 1)


def test_what_a_courier_has_is_sent_before_it_leaves(ahead):
    ahead.begin("time.sleep(0.1); return 'chunking no', '%s'" % SENT, count=6)
    wait_for(lambda: len(ahead.notes("job")) >= 2, "the second job")
    equal(ahead.flusher.stop(), 0)
    told = len(ahead.notes("job"))
    equal(len(ahead.queued()), 6 - told, "what was reported is gone, the rest is there")


if __name__ == "__main__":
    main(globals(), Ahead)
