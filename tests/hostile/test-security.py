"""TLS and the login: whoever is between, and whoever pretends, gets no password and no mail."""

import base64
import os
import ssl
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from actions import around, certificate, endless, fin, plain, rst, say, stall, unplugged  # noqa: E402
from case import Case, FOREVER, OFFERS, PASSWORD, TEN, USER, main  # noqa: E402
from server import ehlo  # noqa: E402

BAD = {
    "expired": "expired|wrong time|clock",
    "future": "not yet|clock",
    "other-name": "is not for localhost",
    "self-signed": "not trusted",
    "unknown": "not trusted",
    "no-chain": "not trusted",
    "by-leaf": "not trusted|certificate",
    "weak": "certificate|insecure",
    "sha1": "certificate|insecure",
    "client": "certificate|purpose",
}
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake_failure
ENTIRE = base64.b64encode(b"\0" + USER.encode() + b"\0" + PASSWORD.encode()).decode()


def certificates(made):
    for name, log in BAD.items():
        for tls in ("starttls", "implicit"):
            yield Case("certificate %s, %s" % (name, tls), {"TLS": certificate(lambda n=name: made.context(n))}, tls=tls,
                       log="TLS: .*(%s)" % log)
    yield Case("a certificate with its chain is good", {"TLS": certificate(lambda: made.context("chain"), True)}, FOREVER)
    yield Case("a chain of a hundred", {"TLS": certificate(lambda: made.context("long"))}, log="TLS: ")
    yield Case("a certificate of the client's is welcome", {"TLS": certificate(lambda: made.context(ask=ssl.CERT_OPTIONAL),
                                                                               True)}, FOREVER)
    yield Case("a certificate of the client's is required", {"TLS": certificate(lambda: made.context(ask=ssl.CERT_REQUIRED),
                                                                                True)})
    yield Case("a second greeting behind the handshake", {"TLS": greet(made)}, log="said: 220")
    yield Case("TLS 1.2 alone", {"TLS": certificate(lambda: made.context(version=ssl.TLSVersion.TLSv1_2), True)}, FOREVER,
               log="TLS: ok TLS1.2")
    yield Case("TLS 1.0 alone", {"TLS": certificate(lambda: made.context(version=ssl.TLSVersion.TLSv1))}, log="TLS: ")


def greet(made):
    def action(session, _usual):
        session.wrap(made.context())
        session.say("220 provider.example.com at your service again")
    return action


def handshakes():
    for what, data in (("garbage", os.urandom(300)), ("a plain reply", b"250 ok\r\n"), ("an alert", ALERT),
                       ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"), ("a record without end", b"\x16\x03\x03\xff\xff" * 9000),
                       ("a hello with nonsense in it", b"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" + b"A" * 42)):
        for tls in ("starttls", "implicit"):
            yield Case("%s in place of TLS, %s" % (what, tls), {"TLS": say(data, stall)}, tls=tls, log="TLS: ")
    yield Case("endless alerts in place of TLS", {"TLS": endless(b"\x15\x03\x03\x00\x02\x01\x5a")}, log="TLS: ", times=1)
    yield Case("SMTP where implicit TLS is due", {"TLS": say("220 provider.example.com ESMTP", stall)}, tls="implicit",
               log="does not speak TLS")
    for stage in ("EHLO-TLS", "AUTH", "MAIL", "RCPT r5", "DATA", "FINAL"):
        yield Case("an alert in plain at %s" % stage, {stage: plain(ALERT)}, times=1)
        yield Case("a forged record at %s" % stage, {stage: plain(b"\x17\x03\x03\x00\x20" + b"A" * 32)}, times=1)
        yield Case("TLS ends at %s and plain text goes on" % stage, {stage: unplugged}, times=1)


def starttls():
    """RFC 3207: what comes in plain counts for nothing."""
    injected = b"250-evil\r\n250 AUTH PLAIN LOGIN\r\n"
    yield Case("plain text behind the 220", {"STARTTLS": around(after=injected)}, log="RFC 3207")
    yield Case("plain text behind the 220, a moment later", {"STARTTLS": later(injected)}, log="TLS: ")
    for what, offers in (("not offered", []), ("not offered, and a login", ["AUTH PLAIN LOGIN"]),
                         ("offered only after the login", ["AUTH PLAIN LOGIN", "X-STARTTLS-LATER"]),
                         ("misspelt", ["STARTTLS2", "AUTH PLAIN"])):
        yield Case("STARTTLS %s" % what, {"EHLO": ehlo(*offers)}, log="offers no STARTTLS")
    yield Case("a login that is offered before TLS alone", {"EHLO": ehlo("STARTTLS", "AUTH PLAIN"),
                                                            "EHLO-TLS": ehlo(*OFFERS)}, log="no login that .*nothing")
    yield Case("pipelining that vanishes with TLS", {"EHLO": ehlo("STARTTLS", "PIPELINING"), "MAIL": alone, "RCPT": alone,
                                                     "EHLO-TLS": ehlo(*OFFERS[1:], "AUTH PLAIN")}, FOREVER)
    yield Case("chunking that vanishes with TLS", {"EHLO": ehlo("STARTTLS", "CHUNKING"),
                                                   "EHLO-TLS": ehlo(*OFFERS, "AUTH PLAIN")}, FOREVER)
    yield Case("a size that is smaller in TLS", {"EHLO": ehlo("STARTTLS", "SIZE 10000000"),
                                                 "EHLO-TLS": ehlo("SIZE 200000", "AUTH PLAIN")}, FOREVER,
               body=b"\n\n" + b"x\n" * 200000, bounced=tuple(TEN), log="takes 200000 at most")


def later(data):
    def action(session, usual):
        session.say(usual)
        time.sleep(0.3)
        session.say(data)
        return stall(session, None)
    return action


def alone(session, usual):
    """The usual, if nothing came behind the command."""
    session.socket.settimeout(0.1)
    try:
        session.receive()
    except TimeoutError:
        pass
    session.socket.settimeout(30)
    if session.buffer:
        session.server.faults.append("pipelined: %r" % session.buffer)
    return session.say(usual)


def login():
    def offer(line):
        return ehlo(*OFFERS, line)
    yield Case("LOGIN alone", {"EHLO-TLS": offer("AUTH LOGIN")}, FOREVER, log="AUTH: ok LOGIN")
    yield Case("AUTH= as of old", {"EHLO-TLS": offer("AUTH=PLAIN")}, FOREVER, log="AUTH: ok PLAIN")
    yield Case("CRAM-MD5 alone", {"EHLO-TLS": offer("AUTH CRAM-MD5")}, log="no login that .*CRAM-MD5")
    yield Case("AUTH with nothing behind it", {"EHLO-TLS": offer("AUTH")}, log="no login that .*nothing")
    yield Case("no AUTH", {"EHLO-TLS": offer("HELP")}, log="no login that .*nothing")
    for what, prompt in (("garbage", "334 \x01\x02!!not base64%%"), ("nothing", "334"), ("a lot", "334 " + "QUJD" * 400),
                         ("several lines", "334-VXNl\n334 cm5hbWU=")):
        yield Case("a prompt of %s" % what, {"EHLO-TLS": offer("AUTH LOGIN"), "USERNAME": prompt, "PASSWORD": prompt},
                   FOREVER, log="AUTH: ok LOGIN")
    yield Case("a prompt of 100,000 octets", {"EHLO-TLS": offer("AUTH LOGIN"), "USERNAME": "334 " + "QUJD" * 25000},
               log="too long")
    yield Case("334 for ever, to PLAIN", {"AUTH": endless(b"334 \r\n")}, log="more than the login has to say", times=1)
    yield Case("334 for ever, to LOGIN", {"EHLO-TLS": offer("AUTH LOGIN"), "PASSWORD": endless(b"334 UGFzc3dvcmQ6\r\n")},
               log="more than the login has to say", times=1)
    yield Case("a password refused once", {"AUTH": "535 5.7.8 wrong"}, times=1, log="(?s)check the user name.*takes mail again")
    yield Case("a user refused", {"EHLO-TLS": offer("AUTH LOGIN"), "USERNAME": say("535 5.7.8 who?", fin)}, log="535")
    for where, echo in (("the line", "AUTH PLAIN " + ENTIRE), ("the password", "wrong password " + PASSWORD),
                        ("its base64", base64.b64encode(PASSWORD.encode()).decode()), ("all", ENTIRE)):
        yield Case("a refusal that repeats %s" % where, {"AUTH": "535 5.7.8 I do not understand " + echo}, log="535")
        yield Case("a welcome that repeats %s" % where, {"AUTH": "235 2.7.0 " + echo}, FOREVER)
    yield Case("a login that is forgotten", {"MAIL": "530 5.7.0 log in first"}, log="wants a login")
    yield Case("a login that ends in a reset", {"AUTH": rst})


def cases(made):
    return [*certificates(made), *handshakes(), *starttls(), *login()]


if __name__ == "__main__":
    main(cases)
