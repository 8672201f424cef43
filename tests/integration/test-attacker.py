"""Somebody with an account here and bad intent, who can do in the spool what everybody can."""

import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from attack import (BODY, FLUSHER, OTHER, SECRET, STRANGER, Attacked, as_user, become, message,  # noqa: E402
                    only_root, queue_id)
from harness import Skip, equal, main, truth  # noqa: E402
from provider import GEARS, Provider  # noqa: E402
from relay import wait_for  # noqa: E402


LONG = os.environ.get("CRASH_LONG") == "1"  # the floods of make check-long


def secret_file(relay):
    """A message that only the flusher may read, and that nobody submitted."""
    path = os.path.join(relay.path, "secret")
    with open(path, "wb") as f:
        f.write(message(to=b"thief@example.net"))
    if os.getuid() == 0:
        os.chown(path, FLUSHER, FLUSHER)
    os.chmod(path, 0o600)
    return path


def test_links_lead_nowhere(relay):
    secret = secret_file(relay)
    targets = [secret, "/etc/shadow", "/nowhere", queue_id(5), "../cur", "/dev/zero", "."]

    def attack():
        for number, target in enumerate(targets):
            os.symlink(target, os.path.join(relay.new, queue_id(number)))
            os.symlink(target, os.path.join(relay.new, "link-%d" % number))
            os.symlink(target, os.path.join(relay.folder("tmp"), "link-%d" % number))
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-links")
    relay.wait_junk(2 * len(targets))
    equal(relay.got("thief@example.net"), [])
    truth(all(os.path.islink(os.path.join(relay.folder("failed"), name)) for name in relay.junk()), "moved as links")
    truth(len(relay.logged("moved to failed")) <= 3, relay.flusher.text())


def test_what_is_no_file_is_put_aside(relay):
    def attack():
        for number in range(2):
            for name in (queue_id(3 * number), "odd-%d" % number):
                os.mkfifo(os.path.join(relay.new, name), 0o666)
            for name in (queue_id(3 * number + 1), "s%d" % number):
                with socket.socket(socket.AF_UNIX) as listener:
                    listener.bind(os.path.join(relay.new, name))
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-nodes")
    relay.wait_junk(8)


def test_devices_are_not_opened(relay):
    only_root()
    relay.start()
    for number, device in enumerate([os.makedev(1, 3), os.makedev(1, 5), os.makedev(5, 0)]):
        path = os.path.join(relay.new, queue_id(number))
        try:
            os.mknod(path, 0o20666, device)
        except PermissionError:
            raise Skip("devices cannot be made here") from None
    relay.root_gets_through("after-devices")
    relay.wait_junk(3)


def test_directories_do_no_harm(relay):
    """Where its owner alone may write, a directory cannot be moved; it is told once, and nobody waits."""
    def attack():
        for number, mode in enumerate([0o777, 0o700, 0o000, 0o3777]):
            for name in (queue_id(number), "dir-%d" % number):
                path = os.path.join(relay.folder("tmp"), name)
                os.mkdir(path, 0o700)
                with open(os.path.join(path, "in-it"), "wb"):
                    pass
                os.rename(path, os.path.join(relay.new, name))
                os.chmod(os.path.join(relay.new, name), mode)
            os.mkdir(os.path.join(relay.new, queue_id(100 + number)), mode)
        os.mkdir(os.path.join(relay.new, "flush"), 0o700)
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-directories")
    relay.settled()
    truth(len(relay.logged("directory|moved|no message")) <= 6, relay.flusher.text())
    relay.flusher.child.send_signal(1)
    relay.flusher.wait_line("configuration reloaded")
    relay.root_gets_through("after-reload")
    equal([name for name in relay.entries("cur")], [], "nothing of it was claimed")


def test_names_are_not_shown(relay):
    names = [b"\x1b[2J\x1b]0;owned\x07", b"a\nmailchuted: all is well", b"\xff\xfe" * 100, b"x" * 255,
             b"%s%n%d", b"0123456789AB.state", b"0123456789ABC", b"0123456789ab", b"-rf", b" ", b"probe", b"status"]

    def attack():
        for name in names:
            with open(os.path.join(relay.new.encode(), name), "wb") as f:
                f.write(message())
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-names")
    relay.wait_junk(len(names))
    equal(relay.got("victim@example.net"), [])
    truth(len(relay.logged("moved to failed")) <= 2, relay.flusher.text())
    truth("owned" not in relay.flusher.text(), "a name in the log")


def test_files_that_the_flusher_may_not_read(relay):
    only_root()

    def attack():
        for number, mode in enumerate([0o000, 0o200, 0o700, 0o604]):
            path = os.path.join(relay.new, queue_id(number))
            with open(path, "wb") as f:
                f.write(message())
                os.fchmod(f.fileno(), mode)
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-modes")
    relay.wait_junk(4)
    equal(relay.got("victim@example.net"), [])


ACL_VERSION, USER_OBJECT, GROUP_OBJECT, MASK, OTHERS, ANYBODY = 2, 1, 4, 16, 32, 0xffffffff


def test_an_acl_hides_only_ones_own(relay):
    only_root()
    entries = [(USER_OBJECT, 6), (GROUP_OBJECT, 7), (MASK, 0), (OTHERS, 0)]
    acl = struct.pack("<I", ACL_VERSION) + b"".join(struct.pack("<HHI", tag, bits, ANYBODY) for tag, bits in entries)

    def attack():
        path = os.path.join(relay.folder("tmp"), queue_id(1))
        with open(path, "wb") as f:
            f.write(message())
        os.setxattr(path, "system.posix_acl_access", acl)
        os.rename(path, os.path.join(relay.new, queue_id(1)))
    relay.start()
    try:
        as_user(STRANGER, attack)
    except AssertionError:
        raise Skip("no ACLs here") from None
    relay.root_gets_through("after-acl")
    relay.wait_junk(1)


ENVELOPES = [
    b"", b"\n", b"mailchute 1\n", b"mailchute 2\n" + message()[12:], message()[:40], message()[:-1], message() + b"x",
    message(size=10**19), message(size=2**63), message(size=2**64 - 1), message(size=0),
    message().replace(b"7bit", b"9bit"), message().replace(b"fits", b"FITS"),
    message(to=b""), message(to=b"a>b"), message(to=b"a\rRCPT TO:<b"), message(to=b"a\0b"), message(to=b"x" * 5000),
    message(sender=b"a\x7fb"), message(sender=b"<x"), message(extra=b"submitter x\n"),
    message(extra=b"submitter 4294967296\n"), message(extra=b"submitter 1\nsubmitter 2\n"),
    message(extra=b"recipient <a@b> NOTIFY=ALWAYS\n"), message(extra=b"recipient <a@b> NOTIFY=NEVER\r\n"),
    message(extra=b"recipient <a@b> ORCPT=rfc822;a+0\n"), message(extra=b"recipient <a@b>  \n"),
    message(extra=b"recipient <a@b> SIZE=1\n"), b"\0" * 100000, b"mailchute 1\n" + b"x" * 100000,
]


def test_envelopes_that_make_no_sense(relay):
    relay.start()
    for number, contents in enumerate(ENVELOPES):
        relay.drop(queue_id(number), contents)
    relay.root_gets_through("after-envelopes")
    relay.wait_junk(len(ENVELOPES))
    equal(relay.got("victim@example.net"), [])
    equal(len(relay.arrived()), 1, "only root's")


def test_a_message_that_is_not_in_wire_form_breaks_nothing(relay):
    relay.start()
    smuggled = BODY + b"x\n.\nMAIL FROM:<a@b>\r\nRCPT TO:<smuggled@example.net>\r\nDATA\r\nx\r\n.\r\n"
    relay.drop(queue_id(1), message(to=b"a@example.net", body=smuggled))
    relay.drop(queue_id(2), message(to=b"b@example.net", body=b"\0" * 1000))
    relay.drop(queue_id(3), message(to=b"c@example.net", body=b"Subject: x\r\n\r\n\r\r\n.\r\n"))
    relay.root_gets_through("after-wire-form")
    wait_for(lambda: not relay.queued() or "deferred" in relay.flusher.text(), "an end of the others")
    equal(relay.got("smuggled@example.net"), [])


def test_sparse_and_huge_files(relay):
    size = 100 << 30

    def attack():
        for number in range(3):
            head = message(size=size + number, body=b"")
            with open(os.path.join(relay.new, queue_id(number)), "wb") as f:
                f.write(head)
                f.truncate(len(head) + size + number)
                os.fchmod(f.fileno(), 0o640)
        with open(os.path.join(relay.new, queue_id(10)), "wb") as f:
            f.write(b"mailchute 1\nsize %020d 7bit fits\nsender <a@example.org>\n" % 1)
            for _ in range(4):
                f.write(b"recipient <a@example.net>\n" * 200000)
            f.truncate(1 << 30)
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-sparse")
    equal(relay.got("victim@example.net"), [])


def test_a_forged_submitter_is_not_believed(relay):
    only_root()
    relay.start()
    relay.drop(queue_id(1), message(extra=b"submitter 0\n"))
    text = relay.read_arrived(relay.wait_arrived(1)[0])
    truth(b"uid %d" % STRANGER in text or str(STRANGER).encode() in text, text)


def test_nobody_reads_the_mail_of_others(relay):
    only_root()
    relay.configure()
    relay.send("a@example.net")
    relay.send_as(OTHER, "b@example.net")
    names = relay.entries("new")
    equal(len(names), 2)

    def attack():
        for folder in ("new", "tmp", "cur", "failed"):
            try:
                os.listdir(relay.folder(folder))
            except PermissionError:
                continue
            raise AssertionError("listed " + folder)
        for name in names:
            path = os.path.join(relay.new, name)
            for attempt in (lambda: open(path, "rb"), lambda: open(path, "ab"), lambda: os.unlink(path),
                            lambda: os.rename(path, path + "x"), lambda: os.chmod(path, 0o666),
                            lambda: os.rename(os.path.join(relay.new, "mine"), path),
                            lambda: os.utime(path)):
                try:
                    attempt()
                except (PermissionError, FileNotFoundError):
                    continue
                raise AssertionError("did something to " + name)
    as_user(STRANGER, attack)
    equal(relay.entries("new"), names)


def test_the_group_of_the_queue_is_not_given_away(relay):
    """A program of a stranger that gets the group by its setgid bit could read what waits."""
    only_root()

    def attack():
        path = os.path.join(relay.new, "program")
        fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o2777)
        os.fchmod(fd, 0o2777)
        equal(os.fstat(fd).st_mode & 0o2000, 0, "setgid")
        fd = os.open(relay.new, os.O_TMPFILE | os.O_WRONLY, 0o2777)
        os.fchmod(fd, 0o2777)
        equal(os.fstat(fd).st_mode & 0o2000, 0, "setgid without a name")
    as_user(STRANGER, attack)


def hold(relay, take):
    """A stranger who submits a message, and holds it by what TAKE does to its descriptor. Returns the pid."""
    done, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.getuid() == 0:
                become(STRANGER)
            fd = os.open(os.path.join(relay.folder("tmp"), "held"), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
            os.write(fd, message())
            take(fd)
            os.rename(os.path.join(relay.folder("tmp"), "held"), os.path.join(relay.new, queue_id(1)))
            os.write(tell, b"x")
            time.sleep(600)
        finally:
            os._exit(1)
    os.close(tell)
    equal(os.read(done, 1), b"x", "what the attacker did")
    os.close(done)
    return pid


def lease(fd):
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)


def flock(fd):
    fcntl.flock(fd, fcntl.LOCK_EX)


def record_lock(fd):
    fcntl.lockf(fd, fcntl.LOCK_EX)


def test_locks_and_leases_stop_nobody(relay):
    relay.start()
    for number, take in enumerate((flock, record_lock, lease)):
        pid = hold(relay, take)
        try:
            relay.root_gets_through("after-%s" % take.__name__)
            if take is not lease:
                wait_for(lambda: len(relay.got("victim@example.net")) == number + 1, "the mail of its owner")
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


def test_times_of_files(relay):
    def attack():
        for number, when in enumerate([0, -10**9, 1, 2**31, 2**33, 10**10]):
            path = os.path.join(relay.new, queue_id(number))
            with open(path, "wb") as f:
                f.write(message(to=b"t%d@example.net" % number))
                os.fchmod(f.fileno(), 0o640)
                os.utime(f.fileno(), (when, when))
    as_user(STRANGER, attack)
    relay.start()
    relay.root_gets_through("after-times")
    relay.wait_arrived(7)
    relay.wait_empty()


def test_a_time_in_the_future_keeps_no_mail_for_ever(relay):
    """It is as old as it was when it was first deferred, whatever its submitter makes of the file."""
    future = time.time() + 10**8
    relay.start("--reply", "RCPT:@later.example:450 4.2.0 come back later", retry_min="1h", retry_max="1h")
    relay.drop(queue_id(1), message(to=b"a@later.example", sender=b"joe@example.org"))
    relay.flusher.wait_line("status=deferred")
    state = os.path.join(relay.folder("cur"), queue_id(1) + ".state")
    wait_for(lambda: os.path.exists(state), "its state")
    relay.flusher.stop()
    with open(state) as f:
        words = f.read()
    since = int(re.search(r"^since (\d+)$", words, re.M)[1]) / 1000
    truth(abs(since - time.time()) < 300, words)
    words = re.sub(r"next \d+\nwaited \d+\nsince \d+", "next 1\nwaited %d\nsince 1" % 10**12, words)
    with open(state, "w") as f:
        f.write(words)
    os.utime(state[:-len(".state")], (future, future))
    relay.start_flusher()
    relay.flusher.wait_line("not delivered within 5d; the last reply was: ")
    wait_for(lambda: relay.got("joe@example.org"), "the report")


def test_a_directory_in_cur_is_told_of_and_left(relay):
    """A race may bring one there that only its owner can move or empty."""
    only_root()
    path = os.path.join(relay.folder("cur"), queue_id(1))
    os.mkdir(path, 0o700)
    os.mkdir(os.path.join(path, "in-it"))
    os.chown(path, STRANGER, FLUSHER)
    relay.start(idle_exit="1s")
    relay.flusher.stop()
    relay.start_flusher("-v")
    relay.root_gets_through("after-a-directory")
    relay.settled(3)
    equal(relay.flusher.child.poll(), None, "it does not leave only to be started again")
    equal(len(relay.logged("cannot be moved away")), 1, relay.flusher.text())


def test_a_file_that_changes_while_it_waits(relay):
    """Whatever its owner writes into it, it is his; it is not sent to more than it was accepted for, nor lost."""
    relay.start("--reply", "RCPT:@later.example:450 4.2.0 come back later", retry_min="1h", retry_max="1h")
    files = {}
    for number in range(4):
        name = queue_id(number)
        files[name] = relay_open(relay, name, message(to=b"x%d@later.example" % number))
    wait_for(lambda: len([n for n in relay.entries("cur") if n.endswith(".state")]) == 4, "four that wait")
    changes = [message(to=b"y@example.net"), b"", b"\0" * 500, message(to=b"z@example.net")[:50]]
    for fd, contents in zip(files.values(), changes):
        os.ftruncate(fd, 0)
        os.pwrite(fd, contents, 0)
    relay.send("-q")
    relay.root_gets_through("after-changes")
    wait_for(lambda: len(relay.junk()) == 3, relay.flusher.text())
    equal(relay.got("y@example.net") + relay.got("z@example.net"), [], "those were never asked for")
    wait_for(lambda: len(relay.entries("cur")) == 2, "one message with its state: %s" % relay.entries("cur"))
    for fd in files.values():
        os.close(fd)


def cut_short(fd, size):
    os.ftruncate(fd, size // 2)


def no_wire_form(fd, size):
    os.pwrite(fd, b"\n.\nMAIL FROM:<x@example.org>\n", size - 1000)


def made_longer(fd, size):
    os.pwrite(fd, b"\r\n.\r\nMAIL FROM:<x@example.org>\r\n", size)


WHILE_SENT = [
    (cut_short, b"the queued message lost its last "),
    (no_wire_form, b"the queued message is not in wire form"),
    (made_longer, None),  # it goes as it was, and not an octet more
]
LARGE = BODY + b"a line of a message that is larger than what sockets hold for a while\r\n" * 300000


def test_a_file_that_changes_while_it_is_sent(relay):
    """Nothing wrong is delivered as if it were whole; the sender is told, and others do not wait."""
    for gear, offers in GEARS.items():
        for change, reason in WHILE_SENT:
            contents = message(body=LARGE)
            fd = relay_open(relay, queue_id(1), contents)
            provider = Provider(["AUTH PLAIN", *offers],
                                {"BODY": [lambda fd=fd, change=change: change(fd, len(contents))]})
            provider.users = {"sandbox": "sandbox"}
            relay.configure(port=provider.port, tls="none", max_connections=1)
            relay.start_flusher()
            relay.flusher.wait_line("<victim@example.net>.*status=")
            relay.send("root@example.com", data=SECRET)
            wait_for(lambda: len(provider.messages) == 2, "two messages\n" + relay.flusher.text())
            what = (gear, change.__name__, relay.flusher.text())
            wait_for(lambda: not relay.entries("cur"), what)
            told, *others = sorted(provider.messages, key=lambda m: m[0])
            equal(told[0], ["<attacker@example.org>" if reason else "<root@example.com>"], what)
            equal([to for to, _ in others], [["<root@example.com>"] if reason else ["<victim@example.net>"]], what)
            truth(reason in told[1] if reason else others[0][1].endswith(LARGE[-1000:]), what)
            equal(relay.flusher.stop(), 0)
            provider.close()
            os.close(fd)


def test_a_header_field_that_comes_after_the_header_was_read(relay):
    """What was the empty line is a From when the body is read: it stays in the body, where nobody believes it."""
    body = b"Subject: a message\r\n\r\nA body, and what is to be seen of it later.\r\n"
    forged = b"From: <boss@example.com>\r\n\r\n"
    for offers in ([], ["PIPELINING"]):
        contents = message(body=body)
        fd = relay_open(relay, queue_id(1), contents)
        at = contents.index(b"\r\n\r\n") + 2
        provider = Provider(["AUTH PLAIN", *offers],
                            {"DATA": [lambda fd=fd, at=at: os.pwrite(fd, forged, at) and None]})
        provider.users = {"sandbox": "sandbox"}
        relay.configure(port=provider.port, tls="none", **{"from": "server@example.org"})
        relay.start_flusher()
        wait_for(lambda: provider.messages, "the message\n" + relay.flusher.text())
        header = provider.messages[0][1].split(b"\r\n\r\n")[0]
        equal(re.findall(rb"(?m)^From:.*boss.*$", header), [], header)
        equal(relay.flusher.stop(), 0)
        provider.close()
        os.close(fd)


def relay_open(relay, name, contents):
    """A message of a stranger that stays open for writing here."""
    path = os.path.join(relay.folder("tmp"), name)  # the flusher takes what it finds in new/
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
    os.write(fd, contents)
    if os.getuid() == 0:
        os.fchown(fd, STRANGER, FLUSHER)
    os.rename(path, os.path.join(relay.new, name))
    return fd


def test_a_thousand_links_to_one_file(relay):
    """They are there before the flusher: what it has delivered has no name that could be linked."""
    fd = relay_open(relay, queue_id(0), message(to=b"once@example.net"))

    def attack():
        new = os.open(relay.new, os.O_PATH)
        for number in range(1, 50):
            os.link("/proc/self/fd/%d" % fd, queue_id(number), dst_dir_fd=new, follow_symlinks=True)
        os.close(new)
    as_user(STRANGER, attack)
    relay.start()
    relay.root_gets_through("after-links")
    os.close(fd)
    relay.wait_empty()


def test_a_flood_of_junk(relay):
    count = 50000 if LONG else 5000

    def attack():
        for number in range(count):
            os.close(os.open(os.path.join(relay.new, "junk-%d" % number), os.O_CREAT | os.O_WRONLY))
    relay.start()
    as_user(STRANGER, attack)
    relay.root_gets_through("after-junk")
    wait_for(lambda: not relay.entries("new"), "an empty new/")
    truth(len(relay.logged("moved to failed")) < 10, relay.flusher.text())
    equal(len(relay.junk()), count)


def test_a_flood_of_mail_by_one_user(relay):
    count = 20000 if LONG else 5000

    def attack():
        for number in range(count):
            path = os.path.join(relay.new, "x")
            with open(path, "xb") as f:
                f.write(message(to=b"flood@example.net"))
                os.fchmod(f.fileno(), 0o640)
            os.rename(path, os.path.join(relay.new, queue_id(number)))
    as_user(STRANGER, attack)
    relay.start()
    relay.root_gets_through("after-flood")
    if os.getuid() == 0:
        truth(relay.queued(), "the flood was over before")


def test_a_message_to_thousands_lets_others_pass(relay):
    only_root()
    relay.start(max_connections=1, max_recipients=10)
    many = b"".join(b"recipient <a%d@example.net>\n" % n for n in range(3000))
    relay.drop(queue_id(1), message(extra=many, to=b"last@example.net"))
    relay.wait_arrived(1)
    relay.root_gets_through("between-batches")
    truth(not relay.got("last@example.net"), "the thousands were served first")
    equal(relay.flusher.stop(), 0)
    relay.start_flusher()
    wait_for(lambda: relay.got("last@example.net"), "the last of them")
    relay.wait_empty()
    everybody = [to for m in relay.arrived() for to in m["to"].split(",")]
    equal((len(everybody), len(set(everybody))), (3002, 3002), "each once")


def test_users_of_the_services_have_their_own_share(relay):
    """Who fills his share of the queue by the submit socket leaves that of others who use it."""
    only_root()
    relay.start("--reply", "RCPT:@later.example:450 4.2.0 come back later", retry_min="1h", retry_max="1h",
                user_messages=5)
    for number in range(10):
        relay.drop(queue_id(number), message(to=b"a@later.example", extra=b"submitter %d\n" % STRANGER), uid=FLUSHER)
    relay.flusher.wait_line("user %d has as much mail in the queue as one may have" % STRANGER)
    relay.drop(queue_id(100), message(to=b"b@example.net", extra=b"submitter %d\n" % OTHER), uid=FLUSHER)
    wait_for(lambda: relay.got("b@example.net"), "the mail of the other")


def test_a_name_that_is_taken(relay):
    """Queue IDs can be guessed. Whose ID somebody else has in the queue already does not wait for him."""
    relay.start("--reply", "RCPT:@later.example:450 4.2.0 come back later", retry_min="1h", retry_max="1h")
    relay.drop(queue_id(1), message(to=b"a@later.example"))
    relay.flusher.wait_line("status=deferred")
    relay.drop(queue_id(1), message(to=b"b@example.net"), uid=OTHER)
    wait_for(lambda: relay.got("b@example.net"), "the mail of the other")
    wait_for(lambda: relay.queued() == [queue_id(1)], "the first one waits")


def test_bounces_of_one_user_use_up_only_his_own(relay):
    only_root()
    relay.start("--reply", "RCPT:@never.example:550 5.1.1 no such user")
    for number in range(202):
        relay.drop(queue_id(number), message(to=b"a@never.example", sender=b"outside@example.net"))
    relay.flusher.wait_line("not returned to the sender: over 200 messages of this user")
    relay.drop(queue_id(1000), message(to=b"a@never.example", sender=b"other@example.net"), uid=OTHER)
    wait_for(lambda: relay.got("other@example.net"), "the bounce of the other")


def test_hundreds_of_submitters_at_once(relay):
    relay.start()
    environment = dict(os.environ, MAILCHUTE_SPOOL=relay.path)
    children = [subprocess.Popen([os.path.join(relay.bin, "sendmail"), "m%d@example.net" % n], env=environment,
                                 stdin=subprocess.PIPE) for n in range(300)]
    for child in children:
        child.stdin.write(b"Subject: x\n\nx\n")
        child.stdin.close()
    equal({child.wait() for child in children}, {0})
    relay.wait_arrived(300)
    equal(len({m["to"] for m in relay.arrived()}), 300)


if __name__ == "__main__":
    main(globals(), Attacked)
