"""mailchute sandbox: the server side of SMTP, spoken to by Python's smtplib and by hand."""

import base64
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402

MESSAGE = "From: a@example.org\r\nSubject: s\r\n\r\nbody\r\n.dot\r\n"


def trusting(sandbox):
    return ssl.create_default_context(cafile=sandbox.ca)


def client(sandbox, login=True):
    smtp = smtplib.SMTP("127.0.0.1", sandbox.ports["starttls"], timeout=20)
    smtp.starttls(context=trusting(sandbox))
    if login:
        smtp.login("sandbox", "sandbox")
    return smtp


class Raw:
    """A dialogue by hand; TLS is started unless told otherwise."""

    def __init__(self, sandbox, tls=True, login=True):
        self.socket = socket.create_connection(("127.0.0.1", sandbox.ports["starttls"]), timeout=20)
        self.file = self.socket.makefile("rb")
        equal(self.reply()[0], 220)
        if tls:
            equal(self.say("EHLO me")[0], 250)
            equal(self.say("STARTTLS")[0], 220)
            self.socket = trusting(sandbox).wrap_socket(self.socket, server_hostname="localhost")
            self.file = self.socket.makefile("rb")
        self.offers = self.say("EHLO me")[1]
        if tls and login:
            secret = base64.b64encode(b"\0sandbox\0sandbox").decode()
            equal(self.say("AUTH PLAIN " + secret)[0], 235)

    def reply(self):
        lines = []
        while True:
            line = self.file.readline().decode()
            lines.append(line[4:].rstrip("\r\n"))
            if line[3:4] != "-":
                return int(line[:3] or 0), lines

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def say(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def codes(self, count):
        return [self.reply()[0] for _ in range(count)]

    def at_end(self):
        try:
            return self.file.readline() == b""
        except (ConnectionError, ssl.SSLError):
            return True


def test_starttls(sandbox):
    sandbox.start_provider()
    with client(sandbox) as smtp:
        smtp.sendmail("a@example.org", ["b@example.net", "c@example.net"], MESSAGE)
    message = wait_for(sandbox.arrived, "a message")[0]
    equal((message["from"], message["to"], message["user"], message["via"]),
          ("<a@example.org>", "<b@example.net>,<c@example.net>", "sandbox", "DATA"))
    text = sandbox.read_arrived(message).replace(b"\r\n", b"\n")
    truth(text.endswith(b"\nSubject: s\n\nbody\n.dot\n"), text)
    truth(b"Return-Path: <a@example.org>\n" in text and b"X-Envelope-To: <c@example.net>\n" in text, text)


def test_implicit_tls(sandbox):
    sandbox.start_provider()
    with smtplib.SMTP_SSL("127.0.0.1", sandbox.ports["implicit"], context=trusting(sandbox), timeout=20) as smtp:
        smtp.login("sandbox", "sandbox")
        smtp.sendmail("a@example.org", "b@example.net", MESSAGE)
    wait_for(sandbox.arrived, "a message")


def test_login_mechanisms(sandbox):
    sandbox.start_provider()
    for mechanism, step in (("PLAIN", smtplib.SMTP.auth_plain), ("LOGIN", smtplib.SMTP.auth_login)):
        for first in (True, False):
            smtp = client(sandbox, login=False)
            smtp.ehlo()
            smtp.user, smtp.password = "sandbox", "sandbox"
            equal(smtp.auth(mechanism, lambda c=None, s=smtp, f=step: f(s, c), initial_response_ok=first)[0], 235)
            smtp.password = "wrong"
            smtp.quit()


def test_wrong_password(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox, login=False)
    equal(raw.say("AUTH PLAIN " + base64.b64encode(b"\0sandbox\0wrong").decode())[0], 535)
    equal(raw.say("AUTH PLAIN not-base64!")[0], 501)
    equal(raw.say("AUTH CRAM-MD5")[0], 504)
    equal(raw.say("AUTH PLAIN")[0], 334)
    equal(raw.say("*")[0], 501)
    equal(raw.say("MAIL FROM:<a@b.org>")[0], 530)


def test_no_login_without_tls(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox, tls=False)
    truth(not [line for line in raw.offers if line.startswith("AUTH")], raw.offers)
    truth(raw.say("AUTH PLAIN " + base64.b64encode(b"\0sandbox\0sandbox").decode())[0] in (530, 538, 503, 502))
    truth(raw.say("MAIL FROM:<a@b.org>")[0] == 530)


def test_what_comes_before_tls_counts_for_nothing(sandbox):
    """RFC 3207 section 4.2: commands sent behind STARTTLS in plain are not obeyed after it."""
    sandbox.start_provider()
    raw = Raw(sandbox, tls=False)
    raw.send("STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n")
    equal(raw.reply()[0], 220)
    tls = trusting(sandbox).wrap_socket(raw.socket, server_hostname="localhost")
    tls.sendall(b"NOOP\r\n")
    truth(tls.makefile("rb").readline().startswith(b"250"), "an answer to NOOP and to nothing else")


def test_pipelining(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox)
    raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nRCPT TO:<e@f.org>\r\nDATA\r\n")
    equal(raw.codes(4), [250, 250, 250, 354])
    raw.send("x: y\r\n\r\n..\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.org>\r\nRSET\r\nQUIT\r\n")
    equal(raw.codes(5), [250, 250, 250, 250, 221])
    truth(raw.at_end())
    equal(len(wait_for(sandbox.arrived, "a message")), 1)
    truth(sandbox.read_arrived(sandbox.arrived()[0]).replace(b"\r\n", b"\n").endswith(b"\n\n.\n"))


def test_chunking(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox)
    raw.send("MAIL FROM:<a@b.org> BODY=8BITMIME\r\nRCPT TO:<c@d.org>\r\nBDAT 6\r\nx: y\r\nBDAT 5 LAST\r\n\r\n\xff\r\n".encode("latin-1"))
    equal(raw.codes(4), [250, 250, 250, 250])
    equal(wait_for(sandbox.arrived, "a message")[0]["via"], "BDAT")
    raw.send("BDAT 5\r\nQUIT\n")  # no transaction: the chunk is read and forgotten
    equal(raw.reply()[0], 503)
    raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 5\r\nabcdeDATA\r\nRSET\r\n")
    equal(raw.codes(5), [250, 250, 250, 503, 250])
    equal(raw.say("BDAT x")[0], 501)


def test_too_large(sandbox):
    sandbox.start_provider("--size", "1000")
    raw = Raw(sandbox)
    truth("SIZE 1000" in raw.offers, raw.offers)
    equal(raw.say("MAIL FROM:<a@b.org> SIZE=1001")[0], 552)
    raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n")
    equal(raw.codes(3), [250, 250, 354])
    raw.send("x" * 600 + "\r\n" + "x" * 600 + "\r\n.\r\n")
    equal(raw.reply()[0], 552)
    raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 1001 LAST\r\n" + "x" * 1001)
    equal(raw.codes(3), [250, 250, 552])
    equal(raw.say("NOOP")[0], 250)
    equal(sandbox.arrived(), [])


def test_syntax(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox)
    for line, code in (("HELP", 214), ("VRFY a", 252), ("NOOP x", 250), ("FROB", 500), ("RCPT TO:<a@b.org>", 503),
                       ("DATA", 503), ("MAIL", 501), ("MAIL FROM:a@b.org", 501), ("MAIL FROM:<a b@c>", 501),
                       ("MAIL FROM:<a@b.org> FROB=1", 555), ("MAIL FROM:<a@b.org> BODY=9BIT", 501),
                       ("MAIL FROM:<a@b.org> SIZE=x", 501), ("mail from:<\"odd local\"@b.org> ret=HDRS", 250),
                       ("MAIL FROM:<a@b.org>", 503), ("RCPT TO:<>", 501), ("RCPT TO:<c@d.org> NOTIFY=SUCCESS,FAILURE", 250),
                       ("RCPT TO:<c@d.org> NOTIFY=NEVER,DELAY", 501), ("RSET", 250), ("STARTTLS", 503)):
        got = raw.say(line)[0]
        truth(got == code or (got // 100 == code // 100 == 5), (line, got, code))
    raw.send("NOOP " + "x" * 20000 + "\r\n")
    truth(raw.reply()[0] in (421, 500), "a long line")


def test_bare_line_feeds_are_refused(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox)
    raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n")
    equal(raw.codes(3), [250, 250, 354])
    raw.send("a\n.\nMAIL FROM:<evil@b.org>\r\n.\r\n")
    equal(raw.reply()[0], 554)
    equal(raw.say("NOOP")[0], 250)
    equal(sandbox.arrived(), [])


def test_extensions_can_be_switched_off(sandbox):
    for option, word in (("pipelining", "PIPELINING"), ("chunking", "CHUNKING"), ("8bitmime", "8BITMIME"),
                         ("smtputf8", "SMTPUTF8"), ("dsn", "DSN"),
                         ("enhanced-status-codes", "ENHANCEDSTATUSCODES")):
        sandbox.start_provider("--no-" + option)
        raw = Raw(sandbox)
        truth(word not in raw.offers, (word, raw.offers))
        truth(len(raw.offers) > 5, raw.offers)
        sandbox.provider.stop()
    sandbox.start_provider("--no-starttls", "--allow-plain-auth", "--no-auth-login")
    raw = Raw(sandbox, tls=False)
    truth("STARTTLS" not in raw.offers and "AUTH PLAIN" in raw.offers, raw.offers)


def test_scripted_replies(sandbox):
    sandbox.start_provider("--reply", "RCPT:joe@:550 5.1.1 no such user", "--reply", "MAIL:bad:451 4.3.0 later")
    raw = Raw(sandbox)
    equal(raw.say("MAIL FROM:<bad@b.org>"), (451, ["4.3.0 later"]))
    equal(raw.say("MAIL FROM:<good@b.org>")[0], 250)
    equal(raw.say("RCPT TO:<joe@b.org>"), (550, ["5.1.1 no such user"]))
    equal(raw.say("RCPT TO:<jane@b.org>")[0], 250)


def test_a_cut_message_is_not_kept(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox)
    raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n")
    equal(raw.codes(3), [250, 250, 354])
    raw.send("half of it\r\n")
    raw.socket.close()
    raw.file.close()
    time.sleep(0.2)
    maildir = os.path.join(sandbox.provider_dir, "Maildir")
    wait_for(lambda: not [f for d in ("new", "tmp") for f in os.listdir(os.path.join(maildir, d))], "no file left")
    equal(sandbox.arrived(), [])


def test_many_at_once(sandbox):
    sandbox.start_provider()
    clients = [client(sandbox) for _ in range(10)]
    for number, smtp in enumerate(clients):
        smtp.sendmail("a@example.org", "b%d@example.net" % number, MESSAGE)
    for smtp in clients:
        smtp.quit()
    wait_for(lambda: len(sandbox.arrived()) == 10, "ten messages")


def test_the_authority_stays(sandbox):
    sandbox.start_provider()
    with open(sandbox.ca) as f:
        before = f.read()
    equal(sandbox.provider.stop(), 0)
    sandbox.start_provider()
    with open(sandbox.ca) as f:
        equal(f.read(), before)
    equal(os.stat(os.path.join(sandbox.provider_dir, "server.key")).st_mode & 0o777, 0o600)


def accepts(sandbox, name):
    """A handshake with the certificate verified for NAME."""
    with socket.create_connection(("127.0.0.1", sandbox.ports["implicit"]), timeout=20) as plain:
        try:
            trusting(sandbox).wrap_socket(plain, server_hostname=name).close()
            return True
        except ssl.SSLCertVerificationError:
            return False


def identity(sandbox):
    found = []
    for name in ("ca.pem", "server.pem", "server.key"):
        with open(os.path.join(sandbox.provider_dir, name), "rb") as f:
            found.append(f.read())
    return found


def test_certificates_are_for_the_name_and_fit(sandbox):
    sandbox.start_provider("--hostname", "mail.example.org")
    equal([accepts(sandbox, name) for name in ("mail.example.org", "localhost", "127.0.0.1", "::1", "example.org")],
          [True, True, True, True, False])
    first = identity(sandbox)
    sandbox.provider.stop()
    sandbox.start_provider("--hostname", "other.example.org")
    truth(accepts(sandbox, "other.example.org") and not accepts(sandbox, "mail.example.org"), "a new one")
    truth(all(a != b for a, b in zip(first, identity(sandbox))), "all three are new")
    sandbox.provider.stop()
    with open(os.path.join(sandbox.provider_dir, "server.key"), "wb") as f:
        f.write(first[2])  # the key of another certificate
    sandbox.start_provider("--hostname", "other.example.org")
    truth(accepts(sandbox, "other.example.org"), "made anew, as the key did not fit")


def test_stopping_ends_connections(sandbox):
    sandbox.start_provider()
    dialogues = Raw(sandbox), Raw(sandbox, tls=False)
    equal(sandbox.provider.stop(), 0)
    truth(all(raw.at_end() for raw in dialogues), "closed")


def test_own_user_and_password(sandbox):
    path = os.path.join(sandbox.path, "other-password")
    with open(path, "w") as f:
        f.write("s\u00e9same ouvre-toi\nsecond line\n")
    sandbox.start_provider("--user", "alice", "--password-file", path)
    raw = Raw(sandbox, login=False)
    equal(raw.say("AUTH PLAIN " + base64.b64encode(b"\0sandbox\0sandbox").decode())[0], 535)
    equal(raw.say("AUTH PLAIN " + base64.b64encode("alice\0alice\0s\u00e9same ouvre-toi".encode()).decode())[0], 235)


def test_what_is_switched_off_is_refused(sandbox):
    for option, line, code in (("chunking", "BDAT 0 LAST", 502), ("starttls", "STARTTLS", 502),
                               ("8bitmime", "MAIL FROM:<a@b.org> BODY=8BITMIME", 555),
                               ("smtputf8", "MAIL FROM:<a@b.org> SMTPUTF8", 555),
                               ("dsn", "MAIL FROM:<a@b.org> RET=HDRS", 555),
                               ("auth-plain", "AUTH PLAIN", 504), ("auth-login", "AUTH LOGIN", 504)):
        sandbox.start_provider("--no-" + option, "--no-auth-required", "--allow-plain-auth")
        equal(Raw(sandbox, tls=False).say(line)[0], code, option)
        sandbox.provider.stop()
    sandbox.start_provider("--no-enhanced-status-codes")
    equal(Raw(sandbox).say("NOOP"), (250, ["Ok"]))


def test_no_bare_line_end_ends_a_message(sandbox):
    sandbox.start_provider()
    raw = Raw(sandbox)
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\r\r\n"):
        raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n")
        equal(raw.codes(3), [250, 250, 354])
        raw.send(b"text" + end + b"MAIL FROM:<evil@b.org>\r\n\r\n.\r\n")
        equal(raw.reply()[0], 554, end)
        equal(raw.say("NOOP")[0], 250)
    equal(sandbox.arrived(), [])


def test_scripted_replies_to_messages(sandbox):
    sandbox.start_provider("--reply", "DATA:odd@:554 5.6.0 not like that", "--reply", "RCPT:bye@:421 4.3.2 closing")
    raw = Raw(sandbox)
    for ending in ("DATA\r\n.\r\n", "BDAT 0 LAST\r\n"):
        raw.send("MAIL FROM:<a@b.org>\r\nRCPT TO:<fine@d.org>\r\nRCPT TO:<odd@d.org>\r\n" + ending)
        equal(raw.codes(3), [250, 250, 250])
        replies = [raw.reply()]
        if replies[0][0] == 354:
            replies.append(raw.reply())
        equal(replies[-1], (554, ["5.6.0 not like that"]))
    equal(sandbox.arrived(), [])
    equal(raw.say("MAIL FROM:<a@b.org>")[0], 250)
    equal(raw.say("RCPT TO:<bye@b.org>")[0], 421)
    truth(raw.at_end(), "421 closes the connection")


def test_usage(sandbox):
    def run(*words):
        return subprocess.run([os.path.join(BUILD, "mailchute"), "sandbox", *words], capture_output=True, text=True,
                              timeout=20)

    for words in (["--port", "65536"], ["--size", "-1"], ["--hostname", "../x"], ["--user", "a b"], ["word"],
                  ["--password-file", "/nonexistent"], ["--frob"], ["--reply", "RCPT:x"], ["--reply", "RCPT::550 x"],
                  ["--reply", "EHLO:x:550 x"], ["--reply", "RCPT:x:354 x"], ["--reply", "RCPT:x:550 a\r\n250 b"]):
        done = run(*words)
        equal((done.returncode, done.stdout, bool(done.stderr)), (64, "", True), words)
    equal(run("--help").returncode, 0)
    equal(run("--dir", os.path.join(sandbox.path, "no", "where")).returncode, 73)
    sandbox.start_provider()
    done = run("--dir", sandbox.provider_dir, "--port", str(sandbox.ports["starttls"]))
    truth(done.returncode == 71 and "choose others with" in done.stderr, done)


if __name__ == "__main__":
    main(globals(), Relay)
