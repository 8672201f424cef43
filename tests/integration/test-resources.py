"""When there is no room, no memory or no place: what is said, that nothing is lost, and nothing sent twice."""

import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import FLUSHER, STRANGER, Attacked, as_user, only_root  # noqa: E402
from harness import Skip, equal, main, truth  # noqa: E402
from relay import wait_for  # noqa: E402

FOLDERS = (("tmp", 0o3733), ("new", 0o3733), ("cur", 0o700), ("failed", 0o700))
PLENTY = b"Subject: x\n\n" + b"a line of the text\n" * 20000


def submit(relay, status, words, data=PLENTY, spool=None, limit=None):
    """The one sentence of sendmail, which has WORDS in it; nothing is left behind."""
    def restrict():
        resource.setrlimit(limit[0], (limit[1], limit[1]))
    result = subprocess.run([os.path.join(relay.bin, "sendmail"), "a@example.net"], input=data, capture_output=True,
                            env=dict(os.environ, MAILCHUTE_SPOOL=spool or relay.path),
                            preexec_fn=restrict if limit else None, timeout=60)
    equal(result.returncode, status, result.stderr)
    truth(words in result.stderr and result.stderr.count(b"\n") == (1 if status else 0), result.stderr)
    equal(relay.entries("tmp") + (relay.entries("new") if status else []), [], "left behind")


def test_limits_of_the_caller(relay):
    submit(relay, 75, b"File too large; nothing was queued", limit=(resource.RLIMIT_FSIZE, 10000))
    submit(relay, 0, b"", limit=(resource.RLIMIT_NOFILE, 5))
    equal(len(relay.entries("new")), 1)


def test_no_spool(relay):
    os.rename(relay.new, relay.new + "-gone")
    result = subprocess.run([os.path.join(relay.bin, "sendmail"), "a@example.net"], input=b"x\n", capture_output=True,
                            env=dict(os.environ, MAILCHUTE_SPOOL=relay.path))
    equal(result.returncode, 73, result.stderr)
    truth(b"systemd-tmpfiles --create" in result.stderr, result.stderr)
    os.rename(relay.new + "-gone", relay.new)


class Mounted:
    """A small file system as the spool of a relay."""

    def __init__(self, relay):
        only_root()
        self.relay = relay
        self.path = os.path.join(relay.path, "mounted")
        self.before = relay.path
        os.mkdir(self.path)
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=755", "none", self.path],
                               capture_output=True)
        if mount.returncode != 0:
            raise Skip("file systems cannot be mounted here")
        for name, mode in FOLDERS:
            os.mkdir(os.path.join(self.path, name))
            os.chown(os.path.join(self.path, name), FLUSHER, FLUSHER)
            os.chmod(os.path.join(self.path, name), mode)
        os.chown(self.path, FLUSHER, FLUSHER)

    def __enter__(self):
        self.relay.path = self.path
        return self

    def __exit__(self, *_):
        if self.relay.flusher:
            self.relay.flusher.stop()
        self.relay.path = self.before
        subprocess.run(["umount", "-l", self.path], check=True)

    def fill(self):
        with open(os.path.join(self.path, "fill"), "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                return

    def make_room(self):
        os.unlink(os.path.join(self.path, "fill"))


def test_a_full_disk(relay):
    relay.start_provider("--reply", "RCPT:@later.example:450 4.2.0 come back later").configure()
    with Mounted(relay) as disk:
        for number in range(3):
            relay.send("a%d@later.example" % number, "b%d@example.net" % number)
        disk.fill()
        relay.start_flusher()
        relay.flusher.wait_line("alert: the queue .* cannot be written: No space left")
        result = subprocess.run([os.path.join(relay.bin, "sendmail"), "a@example.net"], input=PLENTY,
                                env=dict(os.environ, MAILCHUTE_SPOOL=disk.path), capture_output=True)
        equal((result.returncode, b"No space left on device" in result.stderr), (75, True), result.stderr)
        before = relay.wait_arrived(3)
        relay.settled()
        disk.make_room()
        relay.flusher.wait_line("alert: the queue can be written again")
        relay.settled(2)
        equal(sorted(m["to"] for m in relay.arrived()), sorted(m["to"] for m in before), "nothing twice")
        wait_for(lambda: len([n for n in relay.entries("cur") if n.endswith(".state")]) == 3, "three that wait")


def test_a_disk_that_is_read_only(relay):
    with Mounted(relay) as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk.path], check=True)
        result = subprocess.run([os.path.join(relay.bin, "sendmail"), "a@example.net"], input=b"x\n",
                                env=dict(os.environ, MAILCHUTE_SPOOL=disk.path), capture_output=True)
        equal((result.returncode, b"ReadWritePaths=" in result.stderr), (75, True), result.stderr)


def test_the_flusher_is_nobody_elses(relay):
    """Another user can neither look into it, nor stop it, nor read what it was started with."""
    only_root()
    pid = relay.start().flusher.child.pid
    relay.send("a@example.net")
    relay.wait_arrived(1)
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        pids = [pid, *map(int, f.read().split())]

    def attack():
        for number in pids:
            for attempt in (lambda: os.kill(number, 0), lambda: open("/proc/%d/environ" % number, "rb").read(1),
                            lambda: open("/proc/%d/mem" % number, "rb"), lambda: os.listdir("/proc/%d/fd" % number),
                            lambda: open("/proc/%d/maps" % number, "rb").read(1)):
                try:
                    attempt()
                except (PermissionError, FileNotFoundError, ProcessLookupError):
                    continue
                raise AssertionError("something of process %d" % number)
    as_user(STRANGER, attack)
    for number in pids:
        with open("/proc/%d/cmdline" % number, "rb") as f:
            truth(b"sandbox\0" not in f.read(), "the password in a command line")


if __name__ == "__main__":
    main(globals(), Attacked)
