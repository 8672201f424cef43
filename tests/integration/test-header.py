"""What sendmail and the courier make of a header, read by Python's own parser at the other end."""

import email
import email.policy
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Spool, equal, main, truth  # noqa: E402
from provider import Provider  # noqa: E402

SENDMAIL = os.path.join(BUILD, "sendmail")
COURIER = os.path.join(BUILD, "mailchute-courier")
OFFERS = ["8BITMIME", "PIPELINING"]
UTF8 = OFFERS + ["SMTPUTF8"]


class Way(Spool):
    """From sendmail's standard input to a scripted server, without a flusher between."""

    provider = None

    def close(self):
        if self.provider:
            self.provider.close()
        super().close()

    def submit(self, data, *args):
        """The message as it is queued."""
        result = subprocess.run([SENDMAIL, "-i", *args], input=data, capture_output=True, timeout=60,
                                env=dict(os.environ, MAILCHUTE_SPOOL=self.path))
        equal((result.returncode, result.stdout, result.stderr), (0, b"", b""), args)
        name, = self.entries("new")
        path = os.path.join(self.folder("new"), name)
        with open(path, "rb") as f:
            message = f.read().split(b"\n\n", 1)[1]
        os.unlink(path)
        return message

    def relay(self, message, *recipients, offers=OFFERS, status=0, **options):
        """What the server gets of it: (header section, whole message). What the courier said is in self.said."""
        self.provider = self.provider or Provider(offers)
        self.provider.offers = offers
        self.provider.commands.clear()
        self.provider.messages.clear()
        options = {"host": "127.0.0.1", "port": self.provider.port, "tls": "none",
                   "hostname": "host.example.org", **options}
        conf, path = os.path.join(self.path, "mailchute.conf"), os.path.join(self.path, "message")
        with open(conf, "w") as f:
            for key, value in options.items():
                f.write("%s = %s\n" % (key, value if isinstance(value, int) else '"%s"' % value))
        with open(path, "wb") as f:
            f.write(message)
        with open(path, "rb") as f:
            result = subprocess.run([COURIER, "-c", conf, "s@x.org", *(recipients or ("a@x.org",))], stdin=f,
                                    capture_output=True, timeout=120)
        self.said = result.stdout.decode() + result.stderr.decode()
        equal(result.returncode, status, self.said)
        if not self.provider.messages:
            return None
        whole = self.provider.messages[0][1]
        header = whole.split(b"\r\n\r\n", 1)[0] + b"\r\n"
        for line in header.split(b"\r\n")[:-1]:
            truth(len(line) <= 998, line)
            truth(b"=?" not in line or len(line) <= 78, line)
            truth(line.strip(), "no blank line")
        return header, whole

    def arrive(self, data, *args, **more):
        return self.relay(self.submit(data, *args), **more)


def parsed(header):
    return email.message_from_bytes(header, policy=email.policy.SMTP)


def ascii_only(header):
    truth(max(header) < 128, header)
    return parsed(header)


def test_mail_of_cron(way):
    header, _ = way.arrive(b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@h> test\nX-Cron-Env: <A=b>\n\nx\n",
                           "root")
    truth(b"\r\nFrom: root@host.example.org (Cron Daemon)\r\nTo: root@host.example.org\r\n"
          b"Subject: Cron <root@h> test\r\nX-Cron-Env: <A=b>\r\n" in header, header)


def test_text_beyond_ascii(way):
    subject = "Größe: 100 € – \U0001f600 " + "und noch viel mehr Wörter " * 10
    data = ('Subject: %s\nFrom: "Müller, Jörg (x)" <j@x.org>\n'
            "To: Ångström Jr <a@x.org>, b@x.org (Bô), Plain Name <c@x.org>,\n\tJ.Ö. M <d@x.org>\n"
            "X-Note: %s\n\nbody\n" % (subject, "日本語" * 200)).encode()
    header, whole = way.arrive(data, "a@x.org", offers=UTF8)
    truth("SMTPUTF8" not in " ".join(way.provider.commands), way.provider.commands)
    message = ascii_only(header)
    equal(message["Subject"], subject.rstrip())
    equal(message["X-Note"], "日本語" * 200)
    equal([(a.display_name, a.addr_spec) for a in message["From"].addresses], [("Müller, Jörg (x)", "j@x.org")])
    equal([(a.display_name, a.addr_spec) for a in message["To"].addresses],
          [("Ångström Jr", "a@x.org"), ("", "b@x.org"), ("Plain Name", "c@x.org"), ("J.Ö. M", "d@x.org")])
    truth(whole.endswith(b"\r\n\r\nbody\r\n"), whole)


def test_text_in_no_charset(way):
    header, _ = way.arrive("Subject: Größe\nFrom: Jörg <j@x.org>\n\nx\n".encode("latin-1"), "a@x.org")
    message = ascii_only(header)
    equal(email.header.decode_header(email.message_from_bytes(header)["Subject"]), [(b"Gr\xf6\xdfe", "unknown-8bit")])
    equal(message["From"].addresses[0].addr_spec, "j@x.org")


def test_parameters(way):
    header, _ = way.arrive('MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; name="Größe 1.txt"\n\nx\n'
                           .encode(), "a@x.org")
    equal(ascii_only(header)["Content-Type"].params["name"], "Größe 1.txt")


def test_domain_beyond_ascii(way):
    message = way.submit("From: a@bücher.example\nTo: user@müller.de\n\nx\n".encode(), "user@müller.de")
    header, _ = way.relay(message, "user@müller.de", "v@straße.example")
    truth(b"\r\nFrom: a@xn--bcher-kva.example\r\nTo: user@xn--mller-kva.de\r\n" in header, header)
    truth("RCPT TO:<user@xn--mller-kva.de>" in way.provider.commands, way.provider.commands)
    truth("RCPT TO:<v@xn--strae-oqa.example>" in way.provider.commands, way.provider.commands)


def test_local_part_beyond_ascii(way):
    data = "From: Jö <jö@x.org>\nTo: käthe@müller.de, b@x.org\nSubject: ö\n\nx\n".encode()
    message = way.submit(data, "b@x.org")
    header, _ = way.relay(message, "b@x.org", offers=UTF8)
    truth(way.provider.commands[1].endswith(" SMTPUTF8"), way.provider.commands)
    truth("\r\nFrom: Jö <jö@x.org>\r\nTo: käthe@xn--mller-kva.de, b@x.org\r\nSubject: ö\r\n".encode() in header, header)
    header, _ = way.relay(message, "käthe@müller.de", "b@x.org", status=69)
    truth("5.6.7" in way.said and "SMTPUTF8" in way.said, way.said)
    equal(way.provider.messages[0][0], ["<b@x.org>"])
    message = ascii_only(header)
    equal([(g.display_name, len(g.addresses)) for g in message["From"].groups], [("Jö jö@x.org", 0)])
    equal([a.addr_spec for a in message["To"].addresses], ["b@x.org"])


def test_bcc_stays_here(way):
    data = b"From: a@x.org\nBcc: hidden@x.org,\n\thidden2@x.org\nTo: b@x.org\nBCC : hidden@x.org\nResent-Bcc: hidden@x.org\n"
    truth(b"hidden" not in way.submit(data + b"\nx\n", "b@x.org"), "queued")
    header, whole = way.relay(data.replace(b"\n", b"\r\n") + b"\r\nx\r\n")
    truth(b"hidden" not in whole and b"To: b@x.org\r\n" in header, whole)


def test_what_is_left_alone(way):
    data = (b"From: a@x.org\nFROM : b@x.org, C (c) <c@x.org>\nSender: d@x.org\nTo: g: e@x.org, \"F, (f)\" <f@x.org>;,\n"
            b"\t<@r.org:h@x.org> (h)\nDate: yesterday\nDate: today\nMessage-ID: none\nPrecedence: bulk\nX-Odd:\n"
            b"Subject: =?utf-8?q?=C3=B6?=   two  blanks \n\nx\n")
    message = way.submit(data, "a@x.org")
    equal(message, data.replace(b"\n", b"\r\n"))
    header, whole = way.relay(message)
    equal(whole.split(b"\r\n", 2)[2], message)
    truth(re.match(rb"Received: by host.example.org \(mailchute, from userid %d\)\r\n\tid BYHAND; " % os.getuid(), header),
          header)


def test_resent_mail(way):
    data = b"From: a@x.org\nTo: b@x.org\nDate: d\nMessage-ID: <i@j>\nResent-To: c@x.org\n\nx\n"
    header = way.submit(data, "-f", "me@x.org", "-F", "Me", "-t").split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in header.split(b"\r\n")]
    equal(names, [b"Resent-From", b"Resent-Date", b"Resent-Message-ID", b"From", b"To", b"Date", b"Message-ID",
                  b"Resent-To"])
    truth(header.startswith(b'Resent-From: "Me" <me@x.org>\r\n'), header)
    data = data.replace(b"Resent-To", b"Resent-From: d@x.org\nResent-Date: e\nResent-Message-ID: <k@l>\nResent-To")
    equal(way.submit(data, "-t"), data.replace(b"\n", b"\r\n"))


def test_body_beyond_ascii(way):
    header, _ = way.arrive("From: a@x.org\n\nGröße\n".encode(), "a@x.org")
    message = parsed(header)
    equal([message["MIME-Version"], message["Content-Type"], message["Content-Transfer-Encoding"]],
          ["1.0", 'text/plain; charset="utf-8"', "8bit"])
    header, _ = way.arrive("From: a@x.org\n\nGröße\n".encode("latin-1"), "a@x.org")
    equal(parsed(header)["Content-Type"].params["charset"], "unknown-8bit")
    header, _ = way.arrive("Subject: ö\n\nplain\n".encode(), "a@x.org")
    equal(parsed(header)["MIME-Version"], None)
    header, _ = way.arrive("Content-Type: text/html; charset=latin1\n\nGröße\n".encode(), "a@x.org")
    equal([parsed(header)[name] for name in ("MIME-Version", "Content-Type")], ["1.0", 'text/html; charset="latin1"'])
    long_body = "é" * 40000  # characters lie across the blocks that are read
    header, whole = way.arrive(("X-Pad: x\n\n" + "%s\n" % long_body[:400] * 100).encode(), "a@x.org")
    equal(parsed(header)["Content-Type"].params["charset"], "utf-8")


def test_mail_loop(way):
    trace = b"Received: by somebody\r\n"
    way.relay(trace * 100 + b"From: a@x.org\r\n\r\nx\r\n")
    equal(way.relay(trace * 101 + b"From: a@x.org\r\n\r\nx\r\n", status=69), None)
    truth("5.4.6" in way.said and "loop" in way.said, way.said)


def test_long_lines(way):
    identifiers = b"".join(b"<%d@x.org>" % i for i in range(1000))
    words = "word " * 1000
    header, _ = way.arrive(b"From: a@x.org\nReferences: " + identifiers + b"\nX-Words: " + words.encode() +
                           b"\nX-Endless: " + b"x" * 5000 + b"\nTo: " + b"a@x.org,root," * 300 + b"b@x.org\n\nx\n", "a@x.org")
    message = ascii_only(header)
    equal(re.sub(r"\s", "", message["References"]).encode(), identifiers)
    equal(message["X-Words"], words.rstrip())
    equal(message["X-Endless"], "x" * 5000)
    equal(len(message["To"].addresses), 601)


def test_full_names(way):
    for name in ('Jöhn "J" (x)', "J\\\"", "a" * 1000, "ö" * 500, "<x@y.org>,", "=?utf-8?q?x?="):
        header, _ = way.arrive(b"Subject: s\n\nx\n", "-F", name, "-f", "s@x.org", "a@x.org")
        message = ascii_only(header)
        equal(len(message.get_all("From")), 1, name)
        address, = message["From"].addresses
        equal(address.addr_spec, "s@x.org", name)
        if "=?" not in name:  # that parser keeps the blanks between encoded-words
            equal(re.sub("(?<=[aö]) (?=[aö])", "", address.display_name), name)


def test_hostile_headers(way):
    for piece in (b"(", b"<@a,", b'"', b"a ", b"a,", b"root,", b"x:;", "ö ".encode(), "ö,".encode(), b"\\", b"<a>"):
        field = b"To: " + piece * (1000000 // len(piece)) + b"\r\n"
        way.relay(b"From: a@x.org\r\n" + field + b"Subject: s\r\n\r\nx\r\n", offers=["CHUNKING"])
        equal(len(way.provider.messages), 1, piece)


if __name__ == "__main__":
    main(globals(), Way)
