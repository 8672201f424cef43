"""TLS and the login: whoever is between, and whoever pretends, gets no password and no mail."""

import base64
import os
import ssl
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from actions import around, certificate, endless, fin, plain, rst, say, stall, unplugged  # noqa: E402
from case import Case, FOREVER, OFFERS, PASSWORD, TEN, USER, main, secrets, truth  # noqa: E402
from server import ehlo  # noqa: E402

BAD = {
    "expired": "expired|wrong time|clock",
    "future": "not yet|clock",
    "other-name": "is not for localhost",
    "self-signed": "not trusted",
    "unknown": "not trusted",
    "no-chain": "not trusted",
    "by-leaf": "not trusted|certificate",
    "weak": "too weak",
    "sha1": "too weak",
    "client": "certificate|purpose",
}
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake_failure
ENTIRE = base64.b64encode(b"\0" + USER.encode() + b"\0" + PASSWORD.encode()).decode()


def certificates(made):
    for name, log in BAD.items():
        for tls in ("starttls", "implicit"):
            yield Case("certificate %s, %s" % (name, tls), {"TLS": certificate(made, name)}, tls=tls,
                       log="TLS: .*(%s)" % log)
    yield Case("a chain of a hundred", {"TLS": certificate(made, "long")}, log="TLS: ")
    yield Case("TLS 1.0 alone", {"TLS": certificate(made, "good", version=ssl.TLSVersion.TLSv1)}, log="TLS: ")
    yield Case("a second greeting behind the handshake", {"TLS": greet(made)}, log="said: 220")
    yield Case("a certificate of the client's is required", {
        "TLS": certificate(made, "good", True, ask=ssl.CERT_REQUIRED)})
    for what, name, more in (("a certificate with its chain", "chain", {}),
                             ("a certificate of the client's that is welcome", "good", {"ask": ssl.CERT_OPTIONAL}),
                             ("TLS 1.2 alone", "good", {"version": ssl.TLSVersion.TLSv1_2})):
        yield Case("%s is good" % what, {"TLS": certificate(made, name, True, **more)}, FOREVER, log="TLS: ok TLS1")


def greet(made):
    def action(session, _usual):
        session.wrap(made.context())
        session.say("220 provider.example.com at your service again")
    return action


def handshakes():
    for what, data in (("garbage", os.urandom(300)), ("a plain reply", b"250 ok\r\n"), ("an alert", ALERT),
                       ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                       ("a record without end", b"\x16\x03\x03\xff\xff" * 9000),
                       ("a hello with nonsense in it", b"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" + b"A" * 42)):
        for tls in ("starttls", "implicit"):
            yield Case("%s in place of TLS, %s" % (what, tls), {"TLS": say(data, stall)}, tls=tls, log="TLS: ")
    yield Case("endless alerts in place of TLS", {"TLS": endless(b"\x15\x03\x03\x00\x02\x01\x5a")}, times=1,
               log="TLS: ")
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
    yield Case("a login that is offered before TLS alone", {
        "EHLO": ehlo("STARTTLS", "AUTH PLAIN"), "EHLO-TLS": ehlo(*OFFERS)}, log="none of the logins .*nothing")
    yield Case("pipelining that vanishes with TLS", {
        "EHLO": ehlo("STARTTLS", "PIPELINING"), "EHLO-TLS": ehlo(*OFFERS[1:], "AUTH PLAIN"),
        "MAIL": alone, "RCPT": alone}, FOREVER)
    yield Case("chunking that vanishes with TLS", {
        "EHLO": ehlo("STARTTLS", "CHUNKING"), "EHLO-TLS": ehlo(*OFFERS, "AUTH PLAIN")}, FOREVER)
    yield Case("a size that is smaller in TLS", {
        "EHLO": ehlo("STARTTLS", "SIZE 10000000"), "EHLO-TLS": ehlo("SIZE 200000", "AUTH PLAIN")}, FOREVER,
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
    yield Case("logins that nobody has", {"EHLO-TLS": offer("AUTH GSSAPI NTLM")}, log="none of the logins .*NTLM")
    yield Case("AUTH with nothing behind it", {"EHLO-TLS": offer("AUTH")}, log="none of the logins .*nothing")
    yield Case("no AUTH", {"EHLO-TLS": offer("HELP")}, log="none of the logins .*nothing")
    for what, prompt in (("garbage", "334 \x01\x02!!not base64%%"), ("nothing", "334"),
                         ("a lot", "334 " + "QUJD" * 400), ("several lines", "334-VXNl\n334 cm5hbWU=")):
        yield Case("a prompt of %s" % what, {"EHLO-TLS": offer("AUTH LOGIN"), "USERNAME": prompt, "PASSWORD": prompt},
                   FOREVER, log="AUTH: ok LOGIN")
    yield Case("a prompt of 100,000 octets", {"EHLO-TLS": offer("AUTH LOGIN"), "USERNAME": "334 " + "QUJD" * 25000},
               log="too long")
    yield Case("334 for ever, to PLAIN", {"AUTH": endless(b"334 \r\n")}, log="more than the login has to say", times=1)
    yield Case("334 for ever, to LOGIN", {
        "EHLO-TLS": offer("AUTH LOGIN"), "PASSWORD": endless(b"334 UGFzc3dvcmQ6\r\n")},
               log="more than the login has to say", times=1)
    yield Case("a password refused once", {"AUTH": "535 5.7.8 wrong"}, times=1,
               log="(?s)check the user name.*takes mail again")
    yield Case("a user refused", {"EHLO-TLS": offer("AUTH LOGIN"), "USERNAME": say("535 5.7.8 who?", fin)}, log="535")
    for where, echo in (("the line", "AUTH PLAIN " + ENTIRE), ("the password", "wrong password " + PASSWORD),
                        ("its base64", base64.b64encode(PASSWORD.encode()).decode()), ("all", ENTIRE)):
        yield Case("a refusal that repeats %s" % where, {"AUTH": "535 5.7.8 I do not understand " + echo}, log="535")
        yield Case("a welcome that repeats %s" % where, {"AUTH": "235 2.7.0 " + echo}, FOREVER)
    yield Case("a login that is forgotten", {"MAIL": "530 5.7.0 log in first"}, log="wants a login")
    yield Case("a login that ends in a reset", {"AUTH": rst})


def scram():
    """RFC 5802: the server has to know the password, and does not get it."""
    good = "r=%sX,s=QUFB,i=4096"
    for what, first, then, log in (
            ("nonce of another", "r=another,s=QUFB,i=4096", "501 5.7.0 as you like", "does not go with"),
            ("nonce that is only ours", "r=%s,s=QUFB,i=4096", "501 5.7.0 as you like", "does not go with"),
            ("salt that is none", "r=%sX,s=!,i=4096", "501 5.7.0 as you like", "not in order"),
            ("no iterations", "r=%sX,s=QUFB,i=0", "501 5.7.0 as you like", "not in order"),
            ("iterations for a year", "r=%sX,s=QUFB,i=99999999999999", "501 5.7.0 as you like", "than are sane"),
            ("nothing at all", "", "501 5.7.0 as you like", "not in order"),
            ("no proof of the server", good, "235 2.7.0 welcome", "without proving"),
            ("wrong proof of the server", good, "334 dj1BQUFB", "could not prove"),
            ("echo for a proof", good, "334 " + base64.b64encode(good.encode()).decode(), "could not prove")):
        yield Case("SCRAM with %s" % what, {
            "EHLO-TLS": ehlo(*OFFERS, "AUTH SCRAM-SHA-256"), "AUTH": challenge(first, then)},
                   log=log, check=no_password)


def challenge(first, then):
    """Challenges with FIRST, which may want the client's nonce, and replies to the answer with THEN."""
    def action(session, _usual):
        nonce = base64.b64decode(session.commands[-1].split(" ")[2]).decode().partition("r=")[2]
        words = first % nonce if "%s" in first else first
        session.say("334 " + base64.b64encode(words.encode()).decode())
        session.commands.append(session.line())
        return session.say(then)
    return action


def no_password(run):
    heard = "\n".join(line for s in run.server.sessions if s.hostile for line in s.commands)
    truth(not any(secret.decode() in heard for secret in secrets()), "no password in %r" % heard)


def cases(made):
    return [*certificates(made), *handshakes(), *starttls(), *login(), *scram()]


if __name__ == "__main__":
    main(cases)
