"""The power fails: a file system of its own stops in the middle of the load, without writing what it still has in
memory, and what is on the disk after that is the queue. Wants root, a loop device and ext4."""

import ctypes
import fcntl
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import LONG, Mailbox, whole  # noqa: E402
from harness import BUILD, Skip, equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402

ROUNDS = 20 if LONG else 2
SUBMITTERS = 4
ACCEPTED = 200 if LONG else 60  # messages before the power may fail
SHUTDOWN, NO_FLUSH = 0x8004587D, 2  # FS_IOC_SHUTDOWN: not even the journal is written
CLONE_NEWNS = 0x00020000


def own_mounts():
    """What we mount nobody else sees, and it goes with us."""
    libc = ctypes.CDLL(None, use_errno=True)
    return (os.getuid() == 0 and libc.unshare(CLONE_NEWNS) == 0 and
            subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0)


MOUNTS = own_mounts()


class Disk(Relay):
    """A relay with its queue on a disk of its own."""

    def __init__(self):
        super().__init__()
        self.base = self.path
        self.image = os.path.join(self.base, "image")
        self.path = os.path.join(self.base, "disk")
        self.accepted, self.number = [], 0

    def make(self, kind):
        make = shutil.which("mkfs." + kind, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not MOUNTS or not make:
            raise Skip("no mkfs.%s" % kind if MOUNTS else "only root may mount")
        with open(self.image, "wb") as f:
            f.truncate(400 << 20)
        subprocess.run([make, "-q", self.image], check=True)
        os.mkdir(self.path)
        self.mount()
        for name in "tmp", "new", "cur", "failed":
            os.mkdir(self.folder(name))
        os.sync()

    def mount(self):
        result = subprocess.run(["mount", "-o", "loop", self.image, self.path], capture_output=True, text=True)
        if result.returncode:
            raise Skip("not allowed to mount here: " + result.stderr.strip())

    def umount(self):
        return subprocess.run(["umount", self.path], capture_output=True).returncode == 0

    def power_fails(self):
        """No more is written. Then the machine is on again."""
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_FLUSH))
        except OSError as error:
            raise Skip("this file system cannot be shut down: %s" % error) from None
        finally:
            os.close(fd)

    def reboot(self):
        wait_for(self.umount, "nobody uses the disk")
        self.mount()

    def body(self, i):
        return b"line of %d\r\n" % i * (1 + i % 5 * 2000)

    def submitter(self):
        while True:
            with self.lock:
                i = self.number = self.number + 1
            result = subprocess.run(
                [os.path.join(BUILD, "sendmail"), "to-%d@example.net" % i], capture_output=True,
                input=b"Subject: %d\n\n" % i + self.body(i), env=dict(os.environ, MAILCHUTE_SPOOL=self.path))
            if result.returncode:
                return
            self.accepted.append(i)

    def load(self):
        """Messages come in, and at some moment the power fails."""
        self.accepted, self.lock = [], threading.Lock()
        threads = [threading.Thread(target=self.submitter) for _ in range(SUBMITTERS)]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(self.accepted) >= ACCEPTED, "messages")
        time.sleep(random.random() * 0.1)
        before = list(self.accepted)  # a sync that runs in this moment may still succeed, and be for nothing
        self.power_fails()
        for thread in threads:
            thread.join()
        self.accepted = before

    def survivors(self):
        """Of which messages there is a whole file, and how many files there are that are not whole."""
        found, broken = [], 0
        for folder in "new", "cur":
            for name in self.entries(folder):
                if "." in name:
                    continue
                try:
                    _, message = whole(os.path.join(self.folder(folder), name))
                except AssertionError:
                    broken += 1
                    continue
                i = int(re.search(rb"^Subject: (\d+)\r$", message, re.M)[1])
                truth(message.endswith(b"\r\n\r\n" + self.body(i)), (name, i))
                found.append(i)
        return found, broken

    def drain(self):
        """Until the queue is empty; it may take as long as it gets shorter."""
        left = self.queued()
        while left:
            wait_for(lambda: self.queued() != left, "a shorter queue")
            left = self.queued()
        wait_for(lambda: not self.entries("new") + self.entries("cur"), "an empty queue")

    def close(self):
        if os.path.ismount(self.path):
            if self.flusher:
                self.flusher.stop(signal.SIGKILL)
            wait_for(self.umount, "nobody uses the disk")
        self.path = self.base
        super().close()


def check_submissions(disk, kind):
    disk.make(kind)
    accepted = broken = others = 0
    for _ in range(ROUNDS):
        disk.load()
        disk.reboot()
        found, cut = disk.survivors()
        missing = set(disk.accepted) - set(found)
        truth(not missing, (kind, sorted(missing), len(disk.accepted)))
        equal(len(found), len(set(found)))
        accepted += len(disk.accepted)
        others += len(found) - len(disk.accepted)
        broken += cut
        for name in disk.entries("new"):
            os.unlink(os.path.join(disk.folder("new"), name))
    print("# %s: %d power failures, %d messages accepted, 0 lost; of others %d whole and %d cut short"
          % (kind, ROUNDS, accepted, others, broken))


def test_submissions_on_ext4(disk):
    check_submissions(disk, "ext4")


def test_submissions_on_xfs(disk):
    check_submissions(disk, "xfs")


def test_the_whole_relay_on_ext4(disk):
    """What was accepted is at the provider when all is over. Twice, if its removal had not come to the disk."""
    disk.make("ext4")
    disk.start_provider().configure()
    accepted = set()
    for _ in range(ROUNDS):
        disk.start_flusher()
        disk.load()
        disk.flusher.stop(signal.SIGKILL)
        disk.reboot()
        accepted |= set(disk.accepted)
    disk.start_flusher()
    disk.drain()
    disk.flusher.stop()
    copies = {}
    for message in Mailbox(disk.provider_dir).more():
        i = int(re.search(r"to-(\d+)@", message.recipients[0])[1])
        copies[i] = copies.get(i, 0) + 1
        truth(message.body == disk.body(i), message.text)
    missing = accepted - set(copies)
    truth(not missing, sorted(missing))
    print("# %d power failures, %d messages accepted, 0 lost, %d came twice; %d files set aside"
          % (ROUNDS, len(accepted), sum(copies.values()) - len(copies), len(disk.entries("failed"))))


if __name__ == "__main__":
    main(globals(), Disk)
