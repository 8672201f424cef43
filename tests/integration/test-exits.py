"""sendmail(8): status 0 if and only if the message is queued, nothing half-done, wherever it is run."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Skip, Spool, equal, main, truth  # noqa: E402
from submit import SENDMAIL, SIMPLE, accepted, environment, queued, refused, sender, submit  # noqa: E402

STRANGER = 54321  # a uid that no user database knows


def as_stranger(spool):
    """A copy that anybody may run, and what makes the caller a stranger."""
    if os.getuid() != 0:
        raise Skip("only root can become somebody else")
    program = os.path.join(spool.path, "sendmail")
    shutil.copy(SENDMAIL, program)

    def become():
        os.setgroups([])
        os.setgid(STRANGER)
        os.setuid(STRANGER)
    return program, become


def test_missing_spool(spool):
    shutil.rmtree(spool.folder("new"))
    result = subprocess.run([SENDMAIL, "x@y.org"], input=SIMPLE, env=environment(spool), capture_output=True)
    equal(result.returncode, 73)
    truth(b"systemd-tmpfiles" in result.stderr, result.stderr)


def test_file_size_limit_leaves_nothing(spool):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
    refused(spool, 75, "-i", "x@y.org", data=SIMPLE + b"x" * (1 << 18), preexec_fn=limit)


def test_read_error_leaves_nothing(spool):
    with open("/proc/self/mem", "rb") as broken:
        result = subprocess.run([SENDMAIL, "x@y.org"], stdin=broken, env=environment(spool), capture_output=True)
    equal(result.returncode, 74)
    equal(spool.entries("new"), [])


def test_killed_before_the_end_leaves_nothing(spool):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
        child = subprocess.Popen([SENDMAIL, "x@y.org"], stdin=subprocess.PIPE, env=environment(spool))
        child.stdin.write(SIMPLE * 1000)
        child.stdin.flush()
        child.send_signal(number)
        truth(child.wait(30) != 0, number)
        child.stdin.close()
        equal(spool.entries("new") + spool.entries("tmp"), [], number)


def test_killed_at_any_time_leaves_whole_messages(spool):
    """kill -9 at random times: what is in new/ is complete, and 0 means that it is there."""
    said_yes = 0
    for i in range(200):
        child = subprocess.Popen([SENDMAIL, "-i", "x@y.org"], stdin=subprocess.PIPE, env=environment(spool))
        try:
            child.stdin.write(SIMPLE)
            child.stdin.close()
        except BrokenPipeError:
            pass
        time.sleep((i % 20) * 0.0001)
        child.kill()
        said_yes += child.wait() == 0
    names = spool.entries("new")
    truth(len(names) >= said_yes, (len(names), said_yes))
    for name in names:
        with open(os.path.join(spool.folder("new"), name), "rb") as f:
            whole = f.read()
        head, message = whole.split(b"\n\n", 1)
        equal(int(head.split(b"\n")[1].split()[1]), len(message), name)


def test_closed_descriptors_and_empty_environment(spool):
    command = "cd /; exec env -i MAILCHUTE_SPOOL=%s %s -i x@y.org 1>&- 2>&-" % (spool.path, SENDMAIL)
    result = subprocess.run(["sh", "-c", command], input=SIMPLE)
    equal(result.returncode, 0)
    queued(spool)
    command = "exec env -i MAILCHUTE_SPOOL=%s %s -i x@y.org 0<&- 1>&- 2>&-" % (spool.path, SENDMAIL)
    equal(subprocess.run(["sh", "-c", command]).returncode, 0)
    queued(spool)


def test_umask_does_not_matter(spool):
    for mask in (0, 0o777):
        accepted(spool, "x@y.org", preexec_fn=lambda m=mask: os.umask(m))


def test_one_fsync_after_the_link(spool):
    if not shutil.which("strace"):
        raise Skip("no strace")
    trace = os.path.join(spool.path, "trace")
    result = subprocess.run(["strace", "-o", trace, "-e", "trace=linkat,link,rename,fsync,fdatasync,sync",
                             SENDMAIL, "x@y.org"], input=SIMPLE,
                            env=environment(spool, {"ASAN_OPTIONS": "detect_leaks=0"}))  # that wants to trace too
    if result.returncode != 0:
        raise Skip("strace is not allowed here")
    with open(trace) as f:
        calls = re.findall(r"^(\w+)\(", f.read(), re.M)
    equal(calls, ["linkat", "fsync"])


def test_a_full_disk_leaves_nothing(spool):
    script = ("mount -t tmpfs -o size=64k none %(spool)s && cd %(spool)s && mkdir -m 3733 tmp new && cd / && "
              "%(sendmail)s -i x@y.org; echo status $?; ls %(spool)s/new %(spool)s/tmp | grep -c '^[0-9A-F]'"
              % {"spool": spool.path, "sendmail": SENDMAIL})
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        raise Skip("no mount namespaces here")
    result = subprocess.run(["unshare", "-m", "sh", "-c", script], input=SIMPLE + b"x" * (1 << 20),
                            env=environment(spool), capture_output=True)
    if b"mount:" in result.stderr:
        raise Skip("not allowed to mount here")
    equal(result.stdout, b"status 75\n0\n", result.stderr)
    truth(b"No space left" in result.stderr, result.stderr)


def test_a_spool_that_lets_nobody_in(spool):
    program, become = as_stranger(spool)
    os.chmod(spool.folder("new"), 0o700)
    result = submit(spool, "x@y.org", program=program, preexec_fn=become)
    equal((result.returncode, result.stderr.count(b"\n")), (77, 1))
    truth(b"mode 3733" in result.stderr, result.stderr)


def test_inherited_descriptors_are_let_go(spool):
    reader, writer = os.pipe()
    child = subprocess.Popen([SENDMAIL, "x@y.org"], stdin=subprocess.PIPE, env=environment(spool), pass_fds=[writer])
    os.close(writer)
    equal(os.read(reader, 1), b"", "the end of the pipe, while the message is still being written")
    equal(child.poll(), None)
    child.stdin.write(SIMPLE)
    child.stdin.close()
    equal(child.wait(30), 0)
    os.close(reader)
    queued(spool)


def test_each_standard_descriptor_may_be_closed(spool):
    for closed in ("0<&-", "1>&-", "2>&-", "1>&- 2>&-", "0<&- 2>&-"):
        command = "exec %s -i x@y.org %s" % (SENDMAIL, closed)
        result = subprocess.run(["sh", "-c", command], input=SIMPLE, env=environment(spool))
        equal(result.returncode, 0, closed)
        queued(spool)


def test_an_interrupted_read_goes_on(spool):
    child = subprocess.Popen([SENDMAIL, "x@y.org"], stdin=subprocess.PIPE, env=environment(spool))
    for i in range(20):
        child.stdin.write(SIMPLE[i * 3:i * 3 + 3])
        child.stdin.flush()
        child.send_signal(signal.SIGSTOP)
        child.send_signal(signal.SIGCONT)
    child.stdin.write(SIMPLE[60:])
    child.stdin.close()
    equal(child.wait(30), 0)
    _, header, body = queued(spool)
    truth(header.startswith(b"From: a@b.org\r\n"), header)
    equal(body, b"body\r\n")


def test_a_stranger_in_an_unreadable_directory(spool):
    program, become = as_stranger(spool)
    closed = os.path.join(spool.path, "closed")
    os.mkdir(closed, 0o700)

    def enter():
        os.chdir(closed)
        become()
    for env, name in (({}, "uid-%d" % STRANGER), ({"LOGNAME": "app"}, "app"), ({"USER": "web"}, "web"),
                      ({"LOGNAME": "a b\n"}, "uid-%d" % STRANGER)):
        result = subprocess.run([program, "-i", "x@y.org"], input=b"hello\n", capture_output=True, preexec_fn=enter,
                                env=dict(env, MAILCHUTE_SPOOL=spool.path))
        equal((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        lines, header, _ = queued(spool)
        equal(sender(lines), name)
        truth(re.search(rb"^From: <?%s@" % name.encode(), header, re.M), header)


def test_the_environment_names_nobody_else(spool):
    if os.getuid() != 0:
        raise Skip("the name of root is known")
    lines, _, _ = accepted(spool, "x@y.org", env={"LOGNAME": "mallory", "USER": "mallory", "NAME": "Mallory"})
    equal(sender(lines), "root")


def test_the_input_may_be_a_file_read_and_written(spool):
    path = os.path.join(spool.path, "message")
    with open(path, "wb") as f:
        f.write(b"not this\n" + SIMPLE)
    fd = os.open(path, os.O_RDWR)
    os.lseek(fd, 9, os.SEEK_SET)
    equal(subprocess.run([SENDMAIL, "x@y.org"], stdin=fd, env=environment(spool)).returncode, 0)
    os.close(fd)
    _, header, _ = queued(spool)
    truth(header.startswith(b"From: a@b.org\r\n"), header)


def test_nobody_listens_to_the_error(spool):
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([SENDMAIL, "-Z"], stdin=subprocess.DEVNULL, stderr=writer, env=environment(spool))
    os.close(writer)
    equal(result.returncode, 64)  # not killed by SIGPIPE


def test_errors_are_one_line_each(spool):
    message = refused(spool, 64, "a b\x1b[31m" + "c" * 5000)
    truth(len(message) < 1100 and "\x1b" not in message, message)


if __name__ == "__main__":
    main(globals(), lambda: Spool())
