"""The three mail systems: how to hand a message to each, and what is in its queue then."""

import glob
import os
import re
import shutil
import subprocess

from harness import BUILD
from relay import Relay, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
CALLER = 1000  # the user "caller" of the root
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"}
DEADLINE = 30  # seconds for one command


class Message:
    """What a queue holds of one submission. Lines end in LF."""

    def __init__(self, sender, recipients, content, dsn=None):
        """DSN: the parameters of RFC 3461 as words, or None where none can be given."""
        self.sender = normal(sender)
        self.recipients = sorted({normal(recipient) for recipient in recipients})
        self.fields, self.body = split(content)
        self.dsn = None if dsn is None else sorted(
            name + "=" + ",".join(sorted(value.split(",")))
            for name, _, value in (word.partition("=") for word in dsn))

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name]


def normal(address):
    """Domains in small letters, and quotes where they are needed, which Postfix keeps out."""
    local, at, domain = address.rpartition("@")
    if at and not local.startswith('"') and re.search(r'[][\s()<>:;@\\,"]|\.\.|^\.|\.$', local):
        local = '"%s"' % re.sub(r'(["\\])', r"\\\1", local)
    return local + at + domain.lower() if at else address


def split(content):
    """The fields as (name, value) with the folding undone, and the body."""
    head, _, body = (b"\n" + content).partition(b"\n\n")
    fields = []
    for line in re.findall(rb".+", re.sub(rb"\n(?=[ \t])", b" ", head)):
        name, _, value = line.decode("latin-1").partition(":")
        fields.append((name.strip(), " ".join(value.split())))
    return fields, body


class Peer:
    """A mail system in the root. What submit() gave, messages() turns into a Message or None."""

    program = "/usr/sbin/sendmail"
    environment = {}

    def __init__(self, root):
        self.root = root

    def inside(self, path):
        return self.root + path

    def run(self, *words, **options):
        return subprocess.run(["chroot", *words], capture_output=True, timeout=DEADLINE,
                              check=True, **options).stdout

    def submit(self, words, data):
        """Exit status, and the queue IDs that are new."""
        before = set(self.queue())
        result = subprocess.run(
            ["chroot", "--userspec=%d:%d" % (CALLER, CALLER), self.root, self.program, *words],
            input=data, capture_output=True, timeout=DEADLINE,
            env=dict(ENVIRONMENT, **self.environment))
        self.settle()
        return result.returncode, sorted(set(self.queue()) - before)

    def settle(self):
        """Waits until the queue shows what was submitted."""


class Postfix(Peer):
    name = "postfix"

    def __init__(self, root):
        super().__init__(root)
        for name in ("main.cf", "master.cf"):
            shutil.copy(os.path.join(HERE, name), self.inside("/etc/postfix/" + name))
        self.run(root, "postfix", "start")

    def queue(self):
        return os.listdir(self.inside("/var/spool/postfix/incoming"))

    def settle(self):
        # pickup removes a file from maildrop/ when cleanup is done with it
        wait_for(lambda: not os.listdir(self.inside("/var/spool/postfix/maildrop")), "pickup")

    def messages(self, ids):
        found = {}
        text = self.run(self.root, "postcat", "-q", *ids) if ids else b""
        mark = rb"\*\*\* %s incoming/%s \*\*\*\n"
        for name in ids:
            parts = [re.search(mark % (kind, name.encode()), text) for kind in
                     (b"ENVELOPE RECORDS", b"MESSAGE CONTENTS", b"HEADER EXTRACTED")]
            end = re.search(mark % (b"MESSAGE FILE END", name.encode()), text)
            envelope = text[parts[0].end():parts[1].start()] + text[parts[2].end():end.start()]
            found[name] = Message(
                re.search(rb"^sender: (.*)$", envelope, re.M)[1].decode("latin-1"),
                {r.decode("latin-1") for r in re.findall(rb"^recipient: (.*)$", envelope, re.M)},
                text[parts[1].end():parts[2].start()],
                self.dsn(envelope.decode("latin-1")))
        return found

    def dsn(self, envelope):
        """From the names and bits of its src/global/dsn_mask.h."""
        attributes = dict(re.findall(r"^named_attribute: (\w+)=(.*)$", envelope, re.M))
        notify = int(attributes.get("notify_flags", 0))
        words = ["NEVER", "SUCCESS", "FAILURE", "DELAY"]
        if notify:
            yield "NOTIFY=" + ",".join(w for bit, w in enumerate(words) if notify & 1 << bit)
        if "ret_flags" in attributes:
            yield "RET=" + {"1": "FULL", "2": "HDRS"}[attributes["ret_flags"]]
        if "envelope_id" in attributes:
            yield "ENVID=" + attributes["envelope_id"]


class Exim(Peer):
    name = "exim"
    program = "/usr/sbin/exim4"

    def __init__(self, root):
        super().__init__(root)
        os.makedirs(self.inside("/etc/exim4"), exist_ok=True)
        shutil.copy(os.path.join(HERE, "exim4.conf"), self.inside("/etc/exim4/exim4.conf"))
        for directory in ("/var/spool/exim4", "/var/log/exim4"):
            os.makedirs(self.inside(directory), exist_ok=True)
            self.run(root, "chown", "Debian-exim:", directory)

    def queue(self):
        return [os.path.basename(path)[:-2] for path in
                glob.glob(self.inside("/var/spool/exim4/input/*-H"))]

    def read(self, name):
        with open(self.inside("/var/spool/exim4/input/" + name), "rb") as f:
            return f.read()

    def messages(self, ids):
        """Without the mail in which it tells the sender what it did not take."""
        found = {name: self.message(name) for name in ids}
        return {name: message for name, message in found.items()
                if message.sender or "Mail failure - " not in " ".join(message.values("subject"))}

    def message(self, name):
        """Its spec.txt, "Format of spool files": the envelope, then "NNNT " and NNN octets each."""
        envelope, _, rest = self.read(name + "-H").partition(b"\n\n")
        lines = envelope.decode("latin-1").split("\n")
        header = b""
        while rest:
            mark = re.match(rb"(\d+)(.) ", rest)
            end = mark.end() + int(mark[1])
            if mark[2] != b"*":  # removed
                header += rest[mark.end():end]
            rest = rest[end:]
        body = self.read(name + "-D").partition(b"\n")[2]
        count = next(i for i, line in enumerate(lines) if line.isdigit() and i > 3)
        return Message(lines[2][1:-1], set(lines[count + 1:]), header + b"\n" + body)


class Mailchute(Peer):
    """What goes out is what its sandbox provider got; who it is for, what sendmail wrote."""

    name = "mailchute"
    program = "/opt/mailchute/sendmail"
    environment = {"MAILCHUTE_SPOOL": "/spool"}

    def __init__(self, root):
        super().__init__(root)
        self.relay = Relay().start_provider().configure(hostname="mail.example")
        os.makedirs(self.inside("/opt/mailchute"))
        shutil.copy(os.path.join(BUILD, "sendmail"), self.inside(self.program))
        os.mkdir(self.inside("/spool"))
        subprocess.run(["mount", "--bind", self.relay.path, self.inside("/spool")], check=True)
        self.envelopes = {}

    def queue(self):
        return self.relay.entries("new")

    def submit(self, words, data):
        status, ids = super().submit(words, data)
        for name in ids:
            with open(os.path.join(self.relay.folder("new"), name), "rb") as f:
                self.envelopes[name] = f.read().partition(b"\n\n")[0].decode("latin-1")
        return status, ids

    def messages(self, ids):
        self.relay.start_flusher()
        self.relay.wait_empty()
        found = {}
        for line in self.relay.wait_arrived(len(ids)):
            content = self.relay.read_arrived(line).replace(b"\r\n", b"\n")
            content = content[content.index(b"Received: by mail.example (mailchute"):]
            name = re.search(rb"^\tid ([0-9A-F]+);", content, re.M)[1].decode()
            envelope = self.envelopes[name]
            found[name] = Message(
                re.search(r"^sender <(.*?)>", envelope, re.M)[1],
                set(re.findall(r"^recipient <(.*?)>", envelope, re.M)), content,
                set(re.findall(r"(?<= )(?:NOTIFY|RET|ENVID)=\S+", envelope)))
        return found
