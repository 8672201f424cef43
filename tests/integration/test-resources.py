"""When there is no room, no memory or no place: what is said, that nothing is lost, and nothing sent twice."""

import os
import resource
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import FLUSHER, STRANGER, Attacked, as_user, only_root  # noqa: E402
from harness import Skip, equal, main, truth  # noqa: E402
from relay import Process, wait_for  # noqa: E402

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


def limit_of(relay, which, value):
    """The flusher's, which its own user may change. Returns what undoes that."""
    pid, before = relay.flusher.child.pid, resource.getrlimit(which)
    as_user(FLUSHER, lambda: resource.prlimit(pid, which, (value, before[1])))
    return lambda: as_user(FLUSHER, lambda: resource.prlimit(pid, which, before))


def rests(pid, folder):
    """It waits for something to happen, and has the folder open once: it does not look through it."""
    links = []
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            links.append(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        except FileNotFoundError:
            return False
    with open("/proc/%d/stat" % pid) as f:
        return links.count(os.path.realpath(folder)) == 1 and f.read().rsplit(")", 1)[1].split()[0] == "S"


def idle(relay, arrived=1):
    """A flusher that works, and has no courier."""
    if arrived == 1:
        relay.send("first@example.net")
    relay.wait_arrived(arrived)
    relay.flusher.child.send_signal(signal.SIGHUP)
    pid = relay.flusher.child.pid
    wait_for(lambda: not open("/proc/%d/task/%d/children" % (pid, pid)).read(), "no courier")
    wait_for(lambda: relay.flusher.text().count("configuration reloaded") >= arrived, "the reload")
    wait_for(lambda: rests(pid, relay.new), "that it is idle")


def few_files(more):
    def set_limit(relay):
        used = set(map(int, os.listdir("/proc/%d/fd" % relay.flusher.child.pid)))
        free = [number for number in range(len(used) + 3) if number not in used]
        return limit_of(relay, resource.RLIMIT_NOFILE, free[more])
    return set_limit


def courier(change):
    """CHANGE(path) does something to the program; it is put back whatever that is."""
    def set_courier(relay):
        path = os.path.join(relay.bin, "mailchute-courier")
        os.rename(path, path + "-good")
        change(path)
        return lambda: os.rename(path + "-good", path)
    return set_courier


def program(text, mode=0o755):
    def write(path):
        with open(path, "w") as f:
            f.write(text)
            os.fchmod(f.fileno(), mode)
    return courier(write)


def no_memory(relay):
    if os.environ.get("ASAN_OPTIONS") or b"__asan" in open(os.path.join(relay.bin, "mailchuted"), "rb").read():
        raise Skip("sanitizers want all the memory there is")
    return limit_of(relay, resource.RLIMIT_AS, 1 << 20)


def no_process(relay):
    only_root()  # others have processes besides
    return limit_of(relay, resource.RLIMIT_NPROC, 1)


def faulty_configuration(relay):
    with open(relay.conf_path, "a") as f:
        f.write("colour = blue\n")
    return relay.configure


SHORT = [
    ("no descriptor", few_files(0), "Too many open files"),
    ("one descriptor", few_files(1), "Too many open files"),
    ("two descriptors", few_files(2), "Too many open files"),
    ("no process", no_process, "courier cannot be started: Resource temporarily unavailable; 1 message waits"),
    ("no memory", no_memory, "courier cannot be started: Cannot allocate memory; 1 message waits"),
    ("no courier", courier(lambda path: None), "courier cannot be started: No such file or directory; 1 message"),
    ("not executable", program("", 0o644), "courier cannot be started: Permission denied; 1 message waits"),
    ("no program", program("\0"), "courier cannot be started: Exec format error; 1 message waits"),
    ("not loaded", program("#!/bin/sh\nexit 127\n"), "courier cannot be started: exit status 127; 1 message waits"),
    ("its configuration", faulty_configuration, "courier cannot be started: exit status 78; 1 message waits"),
    ("it gives up", program("#!/bin/sh\nexit 71\n"), "the courier ended before it was done: exit status 71"),
]


def test_what_runs_short_is_told_and_mail_waits(relay):
    """More often than a message may kill couriers: none is given up for what is not its fault."""
    for name, make_short, words in SHORT:
        relay.start()
        idle(relay)
        try:
            mend = make_short(relay)
        except Skip as reason:
            print("# %s: %s" % (name, reason), flush=True)
            relay.flusher.stop()
            relay.provider.stop()
            continue
        relay.send("-f", "joe@example.org", "a@example.net")
        for number in range(4):
            wait_for(lambda: len(relay.logged(words)) > number, "%s\n%s" % (words, relay.flusher.text()))
            relay.flusher.child.send_signal(signal.SIGHUP)
        truth(len(relay.logged("")) < 40, relay.flusher.text())
        mend()
        relay.flusher.child.send_signal(signal.SIGHUP)
        relay.wait_arrived(2)
        relay.wait_empty()
        equal(sorted(m["to"] for m in relay.arrived()), ["<a@example.net>", "<first@example.net>"], name)
        equal((relay.entries("failed"), relay.flusher.child.poll()), ([], None), name)
        equal(relay.flusher.stop(), 0, name)
        relay.provider.stop()


def test_couriers_that_end_before_they_get_a_message(relay):
    """They are buried one by one, and it is told; else others would be started in their place without end."""
    if not shutil.which("strace"):
        raise Skip("no strace")
    relay.start_provider().configure()
    program("#!/bin/sh\nexit 127\n")(relay)
    relay.send("a@example.net")
    relay.flusher = Process(["strace", "-D", "-qq", "-o", "/dev/null", "-e", "inject=sendmsg:delay_enter=30000",
                             os.path.join(relay.bin, "mailchuted"), "-c", relay.conf_path, "-s", relay.path,
                             "--foreground"])
    wait_for(lambda: relay.logged("cannot be started: exit status 127; 1 message waits") or
             "strace: " in relay.flusher.text(), "that it is told")
    if "strace: " in relay.flusher.text():
        raise Skip("strace is not allowed here")
    truth(len(relay.logged("ended with")) < 5, relay.flusher.text())


def test_more_messages_under_way_than_the_soft_limit(relay):
    """Each is an open descriptor; the hard limit is what counts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    relay.start_provider().configure(max_connections=4, window=16)
    for number in range(150):
        relay.send("a%d@example.net" % number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))
    relay.start_flusher()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    relay.wait_arrived(150)
    equal(relay.logged("Too many open files"), [])


def test_aliases_that_cannot_be_read_for_now(relay):
    """They are not taken for none: mail would go where it does not belong."""
    relay.start()
    idle(relay)
    mend = few_files(0)(relay)
    relay.aliases("list: inside@example.net\n")
    relay.send("list")
    relay.flusher.wait_line("aliases: cannot be read: Too many open files")
    mend()
    relay.flusher.child.send_signal(signal.SIGHUP)
    equal([m["to"] for m in relay.wait_arrived(2)], ["<first@example.net>", "<inside@example.net>"])


def test_more_files_than_inotify_can_tell_of(relay):
    """What the kernel forgot to tell is found by looking; and later, if there is no descriptor to look with."""
    with open("/proc/sys/fs/inotify/max_queued_events") as f:
        count = int(f.read())
    if count > 20000:
        raise Skip("it can tell of %d" % count)
    relay.start()
    idle(relay)
    for number, make_short in enumerate((lambda relay: lambda: None, few_files(0))):
        mend = make_short(relay)
        relay.flusher.child.send_signal(signal.SIGSTOP)
        first = os.path.join(relay.new, "junk")
        with open(first, "w"):
            pass
        for name in range(count + 100):
            os.link(first, first + "-%d" % name)
        relay.send("unseen-%d@example.net" % number)
        relay.flusher.child.send_signal(signal.SIGCONT)
        if number:
            relay.flusher.wait_line("cannot look through the queue: Too many open files; that is tried again in 10 s")
        mend()
        relay.wait_arrived(2 + number)
        wait_for(lambda: not relay.entries("new"), "an empty new/")
        idle(relay, 2 + number)
    truth(len(relay.logged("cannot look through")) == 1, relay.flusher.text())


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
