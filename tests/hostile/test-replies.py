"""Replies that are none, or that nobody asked for, or that should never reach a terminal."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from actions import around, drip, endless, fin, keep, nothing, plain, say, stall  # noqa: E402
from case import Case, FOREVER, OFFERS, TEN, main  # noqa: E402

LOCKSTEP = OFFERS[1:]
LARGE = b"\n\n" + (b"x" * 79 + b"\n") * 100000
STAGES = ["GREETING", "EHLO", "STARTTLS", "EHLO-TLS", "AUTH", "MAIL", "RCPT r5", "DATA", "FINAL"]
ONE_GOES_ON = {"GREETING": "220", "EHLO": "250", "STARTTLS": "220", "EHLO-TLS": "250", "AUTH": "235", "MAIL": "250",
               "RCPT r5": "250", "DATA": "354", "FINAL": "250"}
NO_REPLY = {
    "code 199": b"199 what is that\r\n",
    "code 600": b"600 too much\r\n",
    "no code": b"all is well\r\n",
    "two digits": b"25 all is well\r\n",
    "a code without an end": b"250ok\r\n",
    "an empty line": b"\r\n",
    "a code that changes": b"250-yes\r\n550 no\r\n",
    "NULs": b"\0\0\0\r\n",
    "a line of 100,000 octets": b"250 " + b"x" * 100000 + b"\r\n",
    "2,000 lines": b"250-x\r\n" * 2000 + b"250 x\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
}
ODD_WORDS = {
    "ANSI escapes": b"\x1b[31m\x1b[2J\x1b]0;owned\x07",
    "NULs and control characters": bytes(range(10)) + bytes(range(11, 32)) + b"\x7f",
    "octets above 127": b"gr\xfc\xdfe \xc2\x9b31m \xff\xfe \xe2\x80\xae",
    "a carriage return and a log line": b"x\rmailchuted: 6111: to=<r1@example.net>, status=sent (ok)\x0b\x85",
    "conversions of printf": b"%n%s%s%s%n%100000d%%",
    "words of a state file": b"x pending 0 <root@example.net> 250 2.0.0 \x0c",
}


def no_replies():
    """Nobody knows what it means, so the link is to blame, and the mail waits."""
    for what, data in NO_REPLY.items():
        for stage in ("GREETING", "EHLO-TLS", "AUTH", "MAIL", "RCPT r5", "DATA", "FINAL"):
            yield Case("%s: %s" % (stage, what), {stage: data}, times=1,
                       log="too long|no reply" if stage != "FINAL" else "in doubt")


def odd_words():
    """What is no harm in the dialogue and would be elsewhere: in the log, in mailq, in a report."""
    for what, words in ODD_WORDS.items():
        yield Case("all goes well, with %s" % what, {
            s: say(code.encode() + b" " + words + b"\r\n") for s, code in ONE_GOES_ON.items()
            if s not in ("EHLO", "EHLO-TLS", "FINAL")}, FOREVER)
        for stage in ("GREETING", "AUTH", "MAIL", "RCPT r5", "FINAL"):
            yield Case("%s refused, with %s" % (stage, what), {stage: b"451 4.3.0 " + words + b"\r\n"},
                       only=stage in ("MAIL", "RCPT r5", "FINAL"), log="451|status=deferred")
        yield Case("a report, with %s" % what, {"FINAL": b"554 5.3.0 " + words + b"\r\n"}, FOREVER, only=True,
                   bounced=tuple(TEN), check=report_is_printable)


def report_is_printable(run):
    report = next(body for sender, _, body in run.server.taken if sender == "")
    odd = [line for line in report.split(b"\r\n") if not line.decode("latin-1").expandtabs().isprintable()]
    if odd:
        raise AssertionError("lines of the report: %r" % odd)


def wrong_codes():
    for stage, codes in (("GREETING", (250, 235, 354)), ("EHLO-TLS", (220, 354)), ("STARTTLS", (250, 354)),
                         ("AUTH", (250, 220, 354)), ("MAIL", (220, 354)), ("RCPT r5", (220, 354)),
                         ("DATA", (250, 220, 334)), ("FINAL", (354, 334))):
        for code in codes:
            yield Case("%s answered by %d" % (stage, code), {stage: "%d 2.0.0 as it were" % code}, times=1,
                       log="said: %d" % code if stage != "FINAL" else "in doubt.*said: %d" % code)
    yield Case("a message taken with 251", {"FINAL": keep("251 2.0.0 somewhere")}, times=1, doubt=True, log="in doubt")


def out_of_step():
    for gear, offers in (("pipelining", OFFERS), ("lock-step", LOCKSTEP)):
        def case(what, acts, offers=offers, gear=gear, **more):
            return Case("%s, in %s" % (what, gear), acts, offers=offers, **more)
        yield case("no reply to MAIL", {"MAIL": nothing}, times=1)
        yield case("no reply to a recipient", {"RCPT r5": nothing}, times=1)
        yield case("a reply too many behind EHLO", {"EHLO-TLS": around(after=b"250 2.0.0 and more\r\n")})
        yield case("a login accepted before it came", {"EHLO-TLS": around(after=b"235 2.7.0 welcome\r\n")})
        yield case("a reply too many behind AUTH", {"AUTH": around(after=b"250 2.1.0 and more\r\n")})
        yield case("a reply too many behind MAIL", {"MAIL": around(after=b"250 2.1.5 and more\r\n")}, times=1)
        yield case("replies to all that may come", {
            "MAIL": say(b"250 2.0.0 ok\r\n" * 11 + b"354 go\r\n250 2.0.0 ok\r\n", stall)}, times=1)
        yield case("a 250 behind the 354", {"DATA": around(after=b"250 2.0.0 taken\r\n")}, times=1,
                   doubt=True, log="in doubt")
        yield case("a 250 in the middle of the message", {"BODY": early}, times=1, body=LARGE, narrow=True)
        yield case("a 554 in the middle of the message", {"BODY": say("554 5.3.0 enough", fin)}, times=FOREVER,
                   body=LARGE, only=True, bounced=tuple(TEN))
        yield case("two replies to the message", {"FINAL": keep("250 2.0.0 taken\n250 2.0.0 taken")}, times=1,
                   doubt=True, log="in doubt")
        yield case("two replies to QUIT", {"QUIT": "221 bye\n221 bye"}, options={"max_messages": 1})


def early(session, _usual):
    """Says that it has the message when it has heard a little of it, and lets the client find out."""
    session.take(100000)
    session.say("250 2.0.0 taken")
    time.sleep(1)
    session.read_body()
    fin(session, None)


def slow_and_endless():
    yield Case("one octet at a time", {s: drip(0.001) for s in STAGES if s != "FINAL"}, FOREVER)
    yield Case("a greeting of two lines, one octet at a time", {
        "GREETING": drip(0.001, b"220-a\r\n220  b,\t\r\n")}, FOREVER)
    for stage in ("GREETING", "EHLO-TLS", "MAIL"):
        yield Case("%s drips so slowly that it never ends" % stage, {stage: drip(0.5)}, times=1, log="timed out")
        yield Case("%s without a line end, for ever" % stage, {stage: endless(b"250 x")}, times=1, log="too long")
        yield Case("%s of lines for ever" % stage, {stage: endless(b"250-x\r\n")}, times=1, log="no reply")
    yield Case("FINAL of lines for ever", {"FINAL": endless(b"250-x\r\n")}, times=1, log="in doubt")
    yield Case("100 capabilities", {"EHLO-TLS": b"250-x\r\n" + b"".join(b"250-X%d\r\n" % i for i in range(100)) +
                                    b"250 AUTH PLAIN\r\n"}, FOREVER)
    yield Case("10,000 capabilities", {"EHLO-TLS": b"".join(b"250-X%d\r\n" % i for i in range(10000)) +
                                       b"250 AUTH PLAIN\r\n"}, log="EHLO: .*no reply")
    yield Case("1,000 mechanisms", {"EHLO-TLS": b"250-x\r\n250 AUTH" + b" X" * 900 + b" PLAIN\r\n"}, FOREVER)
    yield Case("bare LF at every stage", {s: say(code.encode() + b" ok\n") for s, code in ONE_GOES_ON.items()
                                          if s not in ("EHLO", "EHLO-TLS", "FINAL")}, FOREVER)
    yield Case("bare CR at MAIL", {"MAIL": say(b"250 2.1.0 ok\r", stall)}, times=1, log="timed out")
    yield Case("enhanced codes that are none", {"MAIL": b"250 2.99999.1 x\r\n", "RCPT": b"250 5.1.1.1.1 x\r\n",
                                                "DATA": b"354 4..5\r\n"}, FOREVER)
    yield Case("a code and no more", {s: say(code.encode() + b"\r\n") for s, code in ONE_GOES_ON.items()
                                      if s not in ("EHLO", "EHLO-TLS", "FINAL")}, FOREVER)
    yield Case("plain text within TLS", {"MAIL": plain(b"250 2.1.0 ok\r\n")}, times=1)


def cases(_certificates):
    return [*no_replies(), *odd_words(), *wrong_codes(), *out_of_step(), *slow_and_endless()]


if __name__ == "__main__":
    main(cases)
