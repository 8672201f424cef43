"""Lines that are too long for SMTP, and 8-bit text for a 7-bit server: what is delivered decodes to the same."""

import base64
import email
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, equal, main, truth  # noqa: E402
from provider import Dialogue, Provider  # noqa: E402
from relay import Relay  # noqa: E402

LINE_MAX = 998
LONG = b"x" * 70 + b" words and more of them," * 60
ROUNDS = 200
HEAD = b"From: s@example.org\r\nTo: a@example.net\r\n"


class ByHand:
    """The courier, given a file on its standard input; and a server that keeps what it gets."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="mailchute-test-")
        self.provider = self.relay = None

    def start(self, *offers):
        self.provider = Provider(offers)
        with open(os.path.join(self.path, "mailchute.conf"), "w") as f:
            f.write('host = "127.0.0.1"\nport = %d\ntls = "none"\nhostname = "host.example.org"\n'
                    % self.provider.port)
        return self

    def spawn(self, message):
        with open(os.path.join(self.path, "message"), "wb") as f:
            f.write(message)
        with open(os.path.join(self.path, "message"), "rb") as f:
            return subprocess.Popen([os.path.join(BUILD, "mailchute-courier"), "-c",
                                     os.path.join(self.path, "mailchute.conf"), "s@example.org",
                                     "a@example.net"], stdin=f, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True)

    def deliver(self, message):
        """What arrives, without the trace field."""
        child = self.spawn(message)
        self.output = child.communicate(timeout=60)[0]
        equal(child.returncode, 0, self.output)
        arrived = self.provider.messages.pop()[1]
        return re.sub(rb"\AReceived: .*\r\n\t.*\r\n", b"", arrived)

    def close(self):
        for user in (self.provider, self.relay):
            if user:
                user.close()
        shutil.rmtree(self.path, ignore_errors=True)


def body_of(entity):
    return entity[entity.index(b"\r\n\r\n"):]


class Generator:
    """Messages of any structure, from a seed. What may not be changed is kept in self.sealed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sealed = []
        self.boundaries = 0

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def line(self):
        r = self.random
        alphabet = r.choice([b"abc def", b"a.=- ", b"f\xc3\xb6\xe2\x82\xac ", bytes(range(1, 10)) + b"\xff\xfe"])
        size = r.choice([0, 1, 5, 74, 75, 76, 77, 300]) if self.chance(85) else r.randrange(990, 3000)
        line = bytes(r.choice(alphabet) for _ in range(size))
        if self.chance(20):
            at = r.randrange(len(line) + 1)
            line = line[:at] + b"--b%d" % r.randrange(4) + line[at:] + r.choice([b"", b"x", b"--x"])
        return r.choice([b"", b".", b"From "]) + line if self.chance(10) else line

    def lines(self):
        """Without a line end behind the last; none of them is a boundary line."""
        lines = [self.line() for _ in range(self.random.randrange(8))]
        return b"\r\n".join(b">" + one if one.startswith(b"--") else one for one in lines)

    def header(self, *fields):
        r = self.random
        fields = [field for field in fields if field]
        r.shuffle(fields)
        return b"".join(field.replace(b": ", r.choice([b": ", b":", b":\r\n\t"])) + b"\r\n"
                        for field in fields) + b"\r\n"

    def leaf(self):
        r = self.random
        kind, body = r.choice([b"text/plain", b"text/HTML; charset=utf-8", b"application/x", b""]), self.lines()
        encoding = r.choice([b"", b"7bit", b"8BIT", b"Binary", b"base64", b"Quoted-Printable"])
        if encoding == b"base64":
            body = base64.b64encode(body)
        elif encoding == b"Quoted-Printable" and self.chance(80):  # else it only says so
            body = re.sub(rb"[^\n -<>-~\r]|[ \t](?=\r|$)", lambda m: b"=%02X" % m[0][0], body)
        return self.header(kind and b"Content-Type: " + kind,
                           encoding and b"Content-Transfer-Encoding: " + encoding) + body

    def multipart(self, depth, subtype=b"mixed"):
        self.boundaries += 1
        boundary = b"b%d" % self.boundaries
        body = self.random.choice([b"", b"preamble\r\n", LONG + b"--" + boundary + b"\r\n"])
        for _ in range(self.random.randrange(1, 4)):
            part = self.message(depth - 1) if subtype == b"digest" and self.chance(50) else self.entity(depth - 1)
            if subtype == b"digest" and not re.match(rb"(?is).*?^content-type", part.split(b"\r\n\r\n")[0]):
                part = b"\r\n" + part
            body += b"--" + boundary + self.random.choice([b"", b" "]) + b"\r\n" + part + b"\r\n"
        if self.chance(90):
            body += b"--" + boundary + b"--"
            body += self.random.choice([b"", b"\r\n", b"\r\nepilogue", b"\r\n" + LONG])
        return self.header(b'Content-Type: multipart/%s; x="a;\\"b"; boundary="%s"' % (subtype, boundary),
                           self.random.choice([b"", b"Content-Transfer-Encoding: 8bit"])) + body

    def message(self, depth):
        signature = b"DKIM-Signature: v=1\r\n" if self.chance(5) else b""
        sealed = len(self.sealed)
        message = (b"From: s@example.org\r\n" + signature + self.random.choice([b"MIME-Version: 1.0\r\n", b""])
                   + self.entity(depth))
        if signature:
            self.sealed[sealed:] = [body_of(message)]
        return message

    def entity(self, depth):
        choice = self.random.randrange(10)
        if depth == 0 or choice < 4:
            return self.leaf()
        if choice == 4:
            return self.header(b"Content-Type: message/rfc822") + self.message(depth - 1)
        if choice == 5:
            sealed = len(self.sealed)
            part = self.multipart(depth, b"signed")
            self.sealed[sealed:] = [body_of(part)]
            return part
        return self.multipart(depth, self.random.choice([b"mixed", b"alternative", b"digest"]))


def decoded(part):
    encoding = part.get("Content-Transfer-Encoding")
    if encoding:  # which the email package does not unfold
        part.replace_header("Content-Transfer-Encoding", encoding.strip())
    return part.get_payload(decode=True)


def compare_filler(got, sent):
    if max(map(len, (sent or "").split("\r\n"))) > LINE_MAX:
        got, sent = got.replace("\r\n ", ""), sent.replace("\r\n ", "")
    equal(got, sent, "preamble or epilogue")


def compare(got, sent):
    """Both are the same tree, of the same types, with the same content."""
    equal(got.get_content_type(), sent.get_content_type(), "type")
    equal(got.is_multipart(), sent.is_multipart(), "multipart")
    names = {"mime-version", "content-type", "content-transfer-encoding", "received"}
    equal(*[[(k, v) for k, v in m.items() if k.lower() not in names] for m in (got, sent)], "header")
    if not sent.is_multipart():
        equal(decoded(got), decoded(sent), "content")
        return
    compare_filler(got.preamble, sent.preamble)
    compare_filler(got.epilogue, sent.epilogue)
    equal(len(got.get_payload()), len(sent.get_payload()), "parts")
    for one, other in zip(got.get_payload(), sent.get_payload()):
        compare(one, other)


def check_random(fixture, seven_bit):
    fixture.start("PIPELINING", *([] if seven_bit else ["8BITMIME", "CHUNKING"]))
    for seed in range(ROUNDS):
        generator = Generator(seed)
        sent = generator.message(4) + b"\r\n"
        got = fixture.deliver(sent)
        try:
            compare(email.message_from_bytes(got), email.message_from_bytes(sent))
            for sealed in generator.sealed:
                truth(sealed in got, "what is signed is untouched")
                got = got.replace(sealed, b"\r\n\r\n")
            truth(max(map(len, got.split(b"\r\n"))) <= LINE_MAX, "no line is too long")
            truth(not seven_bit or re.sub(rb"\xff", b"", got).isascii(), "all is ASCII")
        except AssertionError as fault:
            raise AssertionError("seed %d: %s" % (seed, fault)) from None


def test_random_messages_decode_to_what_they_were(fixture):
    check_random(fixture, False)


def test_random_messages_for_a_server_without_8bitmime(fixture):
    check_random(fixture, True)


def multipart(*parts, kind=b"mixed", boundary=b"b"):
    lines = [b"Content-Type: multipart/%s; boundary=%s\r\n" % (kind, boundary)]
    return b"\r\n--b\r\n".replace(b"b", boundary).join([*lines, *parts]) + b"\r\n--%s--\r\n" % boundary


def test_only_the_part_with_the_long_line_changes(fixture):
    fixture.start("8BITMIME")
    short = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nf\xc3\xbcr dich\r\n"
    html = b"Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p title=x>" + LONG
    got = fixture.deliver(HEAD + multipart(short, multipart(short, html, short, boundary=b"c"), short))
    equal(got.count(short), 4)
    equal(got.count(b"\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                    b"<p title=3Dx>xxx"), 1)
    part = email.message_from_bytes(got).get_payload()[1].get_payload()[1]
    equal(part.get_payload(decode=True), b"<p title=x>" + LONG)


def test_what_is_signed_goes_as_it_is_and_says_so(fixture):
    fixture.start("8BITMIME")
    words = r"mailchute-courier: BYHAND: a line of more than 998 octets cannot be encoded: %s\n"
    text = b"\r\n" + LONG
    for message, why in (
            (HEAD + multipart(text, text, kind=b"signed"), "it is signed or encrypted"),
            (HEAD + multipart(text, text, kind=b"encrypted"), "it is signed or encrypted"),
            (b"DKIM-Signature: v=1\r\n" + HEAD + text + b"\r\n", "it is signed or encrypted"),
            (HEAD + b"Content-Type: message/partial\r\n" + text + b"\r\n", "it is of a type message/.*"),
            (HEAD + b"Content-Transfer-Encoding: x\r\n" + text + b"\r\n", ".* unknown"),
            (HEAD + multipart(b"X: " + LONG + b"\r\n\r\n."), "it is a header field")):
        truth(fixture.deliver(message).endswith(body_of(message)), why)
        equal(len(re.findall(words % why, fixture.output)), 1, fixture.output)


def test_a_message_that_changes_meanwhile_is_not_sent(fixture):
    sent = HEAD + b"\r\n" + LONG + b"\r\n"
    for changed in (sent[:-80], sent.replace(LONG[:80], b"\r\n" * 40), sent.replace(b"words", b"=====", 9)):
        fixture.start("CHUNKING", "8BITMIME")
        usual = fixture.provider.answer

        def change(verb, answer, text=changed):
            if verb == "MAIL":
                with open(os.path.join(fixture.path, "message"), "r+b") as f:
                    f.write(text)
                    f.truncate()
            return usual(verb, answer)
        fixture.provider.answer = change
        child = fixture.spawn(sent)
        output = child.communicate(timeout=60)[0]
        truth("status=deferred (0 cannot read the queued message: Stale file handle)" in output, output)
        equal(fixture.provider.messages, [])
        fixture.close()
        fixture.__init__()


def peak_memory(fixture, message):
    """Octets of the courier's, as seen while the server takes its time with the answer."""
    usual = fixture.provider.answer
    seen = []

    def look(verb, answer):
        if verb == "FINAL":
            with open("/proc/%d/status" % fixture.child.pid) as f:
                seen.append(int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1]) << 10)
        return usual(verb, answer)
    fixture.provider.answer = look
    fixture.child = fixture.spawn(message)
    output = fixture.child.communicate(timeout=120)[0]
    equal(fixture.child.returncode, 0, output)
    return seen[0]


def test_memory_does_not_grow_with_the_line(fixture):
    fixture.start("CHUNKING", "8BITMIME")
    small, large = [peak_memory(fixture, HEAD + b"\r\n" + b"x=" * (n << 19) + b"\r\n") for n in (1, 25)]
    truth(large - small < 1 << 20, (small, large))


def test_a_line_of_25_mib_on_the_whole_way(fixture):
    fixture.relay = relay = Relay()
    relay.start_provider().configure().start_flusher()
    line = bytes(range(128, 256)) * (25 << 13)
    relay.send("a@example.net", data=b"From: s@example.org\n\n" + line + b"\n")
    got = relay.read_arrived(relay.wait_arrived(1)[0])
    truth(max(map(len, got.split(b"\r\n"))) <= 78)
    equal(email.message_from_bytes(got)["Content-Transfer-Encoding"], "base64")
    truth(email.message_from_bytes(got).get_payload(decode=True) == line + b"\r\n", "content")
    relay.wait_empty()


Dialogue.look_early = lambda *_: None  # takes time, and is not what is tested here

if __name__ == "__main__":
    main(globals(), ByHand)
