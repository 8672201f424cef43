"""kill -9 under load: mailchuted, its couriers and sendmail die at random moments, and no mail is lost."""

import collections
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, Mailbox  # noqa: E402
from harness import BUILD, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402

MESSAGES, KILLS = (500, 200) if LONG else (60, 15)
SUBMITTERS = 4
CONNECTIONS = 2  # messages in flight
REFUSED = 10     # each so-manieth has a recipient that the provider refuses
PAUSE = 0.3      # seconds between two kills, at most


class Load(Relay):
    def __init__(self):
        super().__init__()
        self.random = random.Random(os.environ.get("CRASH_SEED"))
        self.lock = threading.Lock()
        self.submitted, self.accepted, self.kills = 0, [], collections.Counter()
        self.faults = []

    def body(self, i):
        return b"line of %d\n" % i * (1 + i % 7 * 1000) + b"the end of %d\n" % i

    def recipients(self, i):
        return ["to-%d@example.net" % i] + (["bad-%d@example.net" % i] if i % REFUSED == 0 else [])

    def submit(self, i):
        """One message, by a sendmail that may be killed. True if it was accepted."""
        child = subprocess.Popen(
            [os.path.join(BUILD, "sendmail"), "-f", "from-%d@example.org" % i, *self.recipients(i)],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, MAILCHUTE_SPOOL=self.path))
        if i % 4 == 0:
            delay = self.random.random() * 0.02
            threading.Timer(delay, child.kill).start()
        _, words = child.communicate(b"Subject: %d\n\n" % i + self.body(i))
        truth(child.returncode in (0, -9), (child.returncode, words))
        self.kills["sendmail"] += child.returncode != 0
        return child.returncode == 0

    def submitter(self, first):
        """Not faster than the kills, so that each of them has something to hit."""
        try:
            for i in range(first, MESSAGES, SUBMITTERS):
                while i / MESSAGES > (self.killed() + 1) / KILLS:
                    time.sleep(0.002)
                if self.submit(i):
                    with self.lock:
                        self.accepted.append(i)
                self.submitted += 1
        except AssertionError as fault:
            self.faults.append(fault)
            self.submitted = MESSAGES

    def killed(self):
        return self.kills["mailchuted"] + self.kills["couriers too"] + self.kills["a courier"]

    def couriers(self):
        pid = self.flusher.child.pid
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(word) for word in f.read().split()]

    def kill(self):
        """The flusher with or without its couriers, or a courier alone."""
        which = self.random.choice(("mailchuted", "mailchuted", "couriers too", "a courier"))
        couriers = self.couriers() if which != "mailchuted" else []
        if which != "a courier":
            self.flusher.stop(signal.SIGKILL)
        for pid in couriers[:1] if which == "a courier" else couriers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if which != "a courier":
            self.start_flusher()
        self.kills[which] += which != "a courier" or len(couriers) > 0

    def kill_often(self):
        while self.killed() < KILLS and self.submitted < MESSAGES:
            time.sleep(self.random.random() * PAUSE)
            if self.flusher.child.poll() is not None:
                raise AssertionError("mailchuted ended by itself: " + self.flusher.text())
            self.kill()

    def copies(self):
        """How often each message and each report arrived; all of them whole."""
        messages, reports = collections.Counter(), collections.Counter()
        for message in Mailbox(self.provider_dir).more():
            i = int(re.search(r"-(\d+)@", message.recipients[0])[1])
            if message.sender:
                truth(message.body == self.body(i).replace(b"\n", b"\r\n"), message.text)
                messages[i] += 1
            else:
                truth(message.text.endswith(b"--\r\n") and b"bad-%d@" % i in message.text, message.text)
                reports[i] += 1
        return messages, reports

    def in_failed(self):
        """What was given up because couriers died of it three times."""
        found = set()
        for name in self.entries("failed"):
            with open(os.path.join(self.folder("failed"), name), "rb") as f:
                found.add(int(re.search(rb"to-(\d+)@", f.read())[1]))
        return found


def test_kill_9_under_load(load):
    load.start_provider("--reply", "RCPT:bad-:550 5.1.1 no such user")
    load.configure(max_connections=CONNECTIONS, retry_min="1s", retry_max="1s").start_flusher()
    submitters = [threading.Thread(target=load.submitter, args=(i,)) for i in range(SUBMITTERS)]
    for thread in submitters:
        thread.start()
    load.kill_often()
    for thread in submitters:
        thread.join()
    truth(not load.faults, load.faults)
    wait_for(lambda: load.entries("new") == load.entries("cur") == [], "an empty queue")
    load.flusher.stop()
    messages, reports = load.copies()
    given_up = load.in_failed()
    twice = sum(messages.values()) - len(messages)
    reports_twice = sum(reports.values()) - len(reports)
    print("# %d messages, %d accepted, %d arrived, %d in failed/; killed: %s; %d copies too many, and %d of reports"
          % (MESSAGES, len(load.accepted), len(messages), len(given_up), dict(load.kills), twice, reports_twice))
    for i in load.accepted:
        truth(messages[i] or i in given_up, "message %d is lost" % i)
        truth(i % REFUSED or reports[i] or i in given_up, "the sender of %d was not told" % i)
    truth(twice <= load.killed() * CONNECTIONS, (twice, messages))
    truth(reports_twice <= load.killed() * CONNECTIONS, (reports_twice, reports))
    truth(load.killed() >= KILLS, load.kills)


if __name__ == "__main__":
    main(globals(), Load)
