"""What the tests of sendmail share: to call it, and to read what it put into the spool."""

import os
import re
import subprocess

from harness import BUILD, equal, truth

SENDMAIL = os.path.join(BUILD, "sendmail")
SIMPLE = b"From: a@b.org\nTo: x@y.org\nSubject: s\nDate: d\nMessage-ID: <i@j>\n\nbody\n"


def environment(spool, env=None):
    return dict(os.environ, MAILCHUTE_SPOOL=spool.path, **(env or {}))


def submit(spool, *args, data=SIMPLE, env=None, program=SENDMAIL, **more):
    return subprocess.run([program, *args], input=data, env=environment(spool, env),
                          capture_output=True, timeout=60, **more)


def named(spool, name):
    """The program under another name."""
    path = os.path.join(spool.path, name)
    if not os.path.lexists(path):
        os.symlink(SENDMAIL, path)
    return path


def queued(spool):
    """The only message in new/: (envelope lines, header section, body)."""
    names = os.listdir(spool.folder("new"))
    equal(len(names), 1, "messages in new/")
    truth(re.fullmatch("[0-9A-F]{12}", names[0]), "queue ID")
    path = os.path.join(spool.folder("new"), names[0])
    equal(os.stat(path).st_mode & 0o7777, 0o640, "mode")
    with open(path, "rb") as f:
        whole = f.read()
    envelope, message = whole.split(b"\n\n", 1)
    lines = envelope.split(b"\n")
    equal(int(lines[1].split()[1]), len(message), "size in the envelope")
    os.unlink(path)
    header, body = message.split(b"\r\n\r\n", 1)
    truth(not re.search(rb"(?<!\r)\n|\r(?!\n)", message), "wire form")
    return lines, header + b"\r\n", body


def recipients(lines):
    return [re.match(rb"recipient <(.*)>", line)[1].decode() for line in lines
            if line.startswith(b"recipient <")]


def sender(lines):
    return re.match(rb"sender <(.*)>", lines[2])[1].decode()


def accepted(spool, *args, **more):
    result = submit(spool, *args, **more)
    equal((result.returncode, result.stdout, result.stderr), (0, b"", b""), args)
    return queued(spool)


def refused(spool, status, *args, **more):
    result = submit(spool, *args, **more)
    equal(result.returncode, status, (args, result.stderr))
    equal(result.stdout, b"", "stdout")
    equal(result.stderr.count(b"\n"), 1, "lines on stderr")
    truth(result.stderr.startswith(b"sendmail: "), result.stderr)
    equal(spool.entries("new") + spool.entries("tmp"), [], "left behind")
    return result.stderr.decode()
