"""A relay whose flusher is a user of its own, and the words of somebody who attacks its spool."""

import os
import re
import shutil
import stat
import subprocess
import time
import traceback

from harness import BUILD, Skip, equal, truth
from relay import Process, Relay, wait_for

FLUSHER, STRANGER, OTHER = 54320, 54321, 54322
SECRET = b"Subject: not yours\n\nwords that nobody else may see\n"
NEVER_RAW = re.compile(r"[^\x20-\x7e\t]")
BODY = b"Subject: a message\r\n\r\nbody\r\n"


def become(uid):
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    os.umask(0o022)


def as_user(uid, function, *words):
    """Calls FUNCTION in a process of that user; as ourselves where we are not root."""
    if os.getuid() != 0:
        return function(*words)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            become(uid)
            function(*words)
            status = 0
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
        finally:
            os._exit(status)
    equal(os.waitpid(pid, 0)[1], 0, "what the attacker did")
    return None


def only_root():
    if os.getuid() != 0:
        raise Skip("only root can become somebody else")


def message(to=b"victim@example.net", sender=b"attacker@example.org", body=BODY, size=None, extra=b""):
    """The octets of a message file, as the envelope of mailchute-queue(7) has it."""
    return (b"mailchute 1\nsize %020d 7bit fits\nsender <%s>\n%srecipient <%s>\n\n" %
            (len(body) if size is None else size, sender, extra, to) + body)


def queue_id(n):
    return "00%010X" % n


class Attacked(Relay):
    """Root's flusher runs as FLUSHER, as it would as mailchute; everybody can run the programs."""

    def __init__(self):
        super().__init__()
        self.bin = os.path.join(self.path, "bin")
        self.new = self.folder("new")
        os.mkdir(self.bin)
        for name in ("sendmail", "mailchuted", "mailchute-courier", "mailchute"):
            shutil.copy(os.path.join(BUILD, name), self.bin)
        if os.getuid() == 0:
            for path in (self.path, *(self.folder(name) for name in ("tmp", "new", "cur", "failed"))):
                mode = stat.S_IMODE(os.stat(path).st_mode)
                os.chown(path, FLUSHER, FLUSHER)
                os.chmod(path, mode)
            os.chown(self.password_path, FLUSHER, FLUSHER)

    def start_provider(self, *options):
        super().start_provider(*options)
        ca = os.path.join(self.bin, "ca.pem")  # where the flusher can read it
        shutil.copy(self.ca, ca)
        os.chmod(ca, 0o644)
        self.ca = ca
        return self

    def start_flusher(self, *options, **more):
        def become_flusher():
            if os.getuid() == 0:
                become(FLUSHER)
        self.flusher = Process([os.path.join(self.bin, "mailchuted"), "-c", self.conf_path, "-s", self.path,
                                *(options or ("--foreground",))], preexec_fn=become_flusher, **more)
        return self.flusher

    def start(self, *provider, **configuration):
        self.start_provider(*provider).configure(**configuration)
        self.start_flusher()
        return self

    def drop(self, name, contents, uid=STRANGER):
        def write():
            with open(os.path.join(self.folder("tmp"), name), "xb") as f:
                os.fchmod(f.fileno(), 0o640)
                f.write(contents)
            os.rename(f.name, os.path.join(self.new, name))
        as_user(uid, write)

    def send_as(self, uid, *words, data=b"Subject: test\n\nbody\n", status=0):
        def become_user():
            if os.getuid() == 0:
                become(uid)
        result = subprocess.run([os.path.join(self.bin, "sendmail"), *words], input=data, capture_output=True,
                                env=dict(os.environ, MAILCHUTE_SPOOL=self.path), preexec_fn=become_user, timeout=60)
        equal((result.returncode, result.stderr if status == 0 else b""), (status, b""), words)

    def show(self, *words):
        """What the control program or mailq tells, which is printable whatever it met."""
        result = subprocess.run([os.path.join(self.bin, words[0]), *words[1:]], capture_output=True, timeout=60,
                                env=dict(os.environ, MAILCHUTE_SPOOL=self.path))
        text = (result.stdout + result.stderr).decode()
        for line in text.splitlines():
            truth(not NEVER_RAW.search(line), line)
        return text

    def got(self, to):
        return [m for m in self.arrived() if "<%s>" % to in m["to"]]

    def root_gets_through(self, name):
        """The mail of somebody else arrives, once; the flusher is the same and what it says can be printed."""
        to = name + "@example.com"
        self.send("-f", "root@example.org", to, data=SECRET)
        wait_for(lambda: self.got(to), "the mail of root\n" + self.flusher.text())
        equal(len(self.got(to)), 1, "copies")
        equal(self.flusher.child.poll(), None, "the flusher")
        self.show("sendmail", "-bp")
        self.show("mailchute", "queue", "-s", self.path)
        self.show("mailchute", "queue", "--json", "-s", self.path)
        self.show("mailchute", "status", "-s", self.path, "-c", self.conf_path)
        for line in self.flusher.lines:
            truth(not NEVER_RAW.search(line), line)

    def junk(self):
        return [name for name in self.entries("failed") if name.startswith("junk-")]

    def wait_junk(self, count):
        wait_for(lambda: len(self.junk()) >= count, "%d files put aside\n%s" % (count, self.flusher.text()))
        equal(len(self.junk()), count, "files put aside")

    def logged(self, pattern):
        return [line for line in self.flusher.lines if re.search(pattern, line)]

    def settled(self, seconds=0.5):
        """Time for what must not happen."""
        time.sleep(seconds)
        return self
