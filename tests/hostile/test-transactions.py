"""Servers that take some of it, or want it otherwise, slower, smaller, later, or once more."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from actions import (around, chunk, deaf, fin, keep, nothing, nth, read, rst, say, stall,  # noqa: E402
                     unread)
from server import ehlo  # noqa: E402
from case import Case, FOREVER, OFFERS, TEN, main, truth  # noqa: E402

CHUNKING = (*OFFERS, "CHUNKING")
LOCKSTEP = OFFERS[1:]
LARGE = b"\n\n" + (b"x" * 79 + b"\n") * 100000
CLOSING = "421 4.3.2 closing"
GEARS = (("pipelining", OFFERS), ("lock-step", LOCKSTEP), ("chunking", CHUNKING))


def recipients():
    mixed = {"RCPT r2": "550 5.1.1 nobody", "RCPT r4": "452 4.2.2 full", "RCPT r6": "252 2.1.5 perhaps",
             "RCPT r8": "553 5.1.3 what?", "RCPT r9": "450 4.2.0 busy"}
    refused = {"RCPT": "450 4.2.0 busy", "RCPT r1": "550 5.1.1 nobody", "RCPT r10": "551 5.1.6 moved"}
    for gear, offers in GEARS:
        yield Case("ten recipients, ten answers, in %s" % gear, mixed, FOREVER, only=True,
                   offers=offers, bounced=(TEN[1], TEN[7]), queued=(TEN[3], TEN[8]))
        yield Case("all ten refused, in %s" % gear, {"RCPT": "550 5.1.1 nobody"}, FOREVER, only=True, offers=offers,
                   bounced=tuple(TEN))
        yield Case("all ten refused, two for good, in %s" % gear, refused, FOREVER, only=True, offers=offers,
                   bounced=(TEN[0], TEN[9]), queued=tuple(TEN[1:9]))
        yield Case("all refused, and RSET too, in %s" % gear, {"RCPT": "550 5.1.1 nobody", "RSET": "502 5.5.1 what?"},
                   FOREVER, only=True, offers=offers, bounced=tuple(TEN))
        yield Case("three at once and no more, in %s" % gear, {"RCPT": three}, FOREVER, only=True, offers=offers)
        yield Case("greylisting, in %s" % gear, {"RCPT": greylist()}, FOREVER, only=True, offers=offers,
                   log="greylisted")
        yield Case("closed within the recipients, in %s" % gear, {"RCPT r5": say(CLOSING, fin)}, only=True,
                   offers=offers)
        yield Case("closed behind the recipients, in %s" % gear, {"RCPT r10": say("250 2.1.5 fine\n" + CLOSING, fin)},
                   only=True, offers=offers)
    yield Case("all refused, and 354 nevertheless", {"RCPT": "550 5.1.1 nobody", "DATA": "354 go"}, FOREVER, only=True,
               bounced=tuple(TEN))
    yield Case("all refused, 354, and 250 to nothing", {"RCPT": "550 5.1.1 nobody", "DATA": "354 go",
                                                        "FINAL": "250 2.0.0 whatever"}, FOREVER, only=True,
               bounced=tuple(TEN))


def three(session, usual):
    return session.say(usual if len(session.recipients) < 3 else "452 4.5.3 too many recipients")


def greylist():
    seen = set()

    def action(session, usual):
        line = session.commands[-1]
        known = line in seen
        seen.add(line)
        return session.say(usual if known else "450 4.7.1 greylisted, come back")
    return action


def bodies():
    for reply in ("502 5.5.1 what is BDAT?", "503 5.5.1 not now", "451 4.3.0 later", CLOSING):
        # 502 and 503 end the use of BDAT
        yield Case("a chunk answered by %s" % reply, {"BDAT": chunk(reply)}, offers=CHUNKING, only=True,
                   times=1 if reply.startswith("50") else 2)
        yield Case("a chunk answered by %s, and taken for commands" % reply, {"BDAT": unread(reply)}, offers=CHUNKING,
                   times=1, only=True)
    yield Case("a chunk refused for good", {"BDAT": chunk("554 5.6.0 no")}, FOREVER, offers=CHUNKING, only=True,
               bounced=tuple(TEN))
    yield Case("a chunk refused in its middle", {"BDAT": read(100000, say("554 5.6.0 no", fin))}, FOREVER,
               offers=CHUNKING, only=True, body=LARGE, bounced=tuple(TEN))
    for what, act in (("silence", stall), ("FIN", fin), ("RST", rst), ("no more reading", deaf)):
        yield Case("%s within a chunk" % what, {"BDAT": read(100000, act)}, offers=CHUNKING, body=LARGE, narrow=True)
        yield Case("%s in the middle of a large message" % what, {"BODY": read(100000, act)}, body=LARGE, narrow=True)
    for stage in ("CONNECT", "EHLO-TLS", "MAIL", "DATA"):
        yield Case("no more reading from %s on" % stage, {stage: deaf}, body=LARGE, narrow=True)
    yield Case("a chunk with no reply", {"BDAT": nothing}, times=1, offers=CHUNKING)
    yield Case("552 to the size", {"MAIL": "552 5.3.4 too large"}, FOREVER, only=True, bounced=tuple(TEN))
    yield Case("no 8BITMIME for octets above 127", {"EHLO-TLS": ehlo(*LOCKSTEP[:1], "AUTH PLAIN")}, FOREVER,
               body=b"Subject: x\n\ngr\xc3\xbc\xc3\x9fe\n")
    yield Case("no SMTPUTF8 for an address that wants it", {"EHLO-TLS": around()}, FOREVER,
               to=["r1@example.net", "gr\u00fc\u00df@example.net"], bounced=("gr\u00fc\u00df@example.net",))


def moods():
    """The account's troubles: the mail waits, and none is counted against it."""
    for reply in ("454 Throttling failure: Maximum sending rate exceeded.", "432 4.3.2 Concurrent connections limit "
                  "exceeded. Visit https://aka.ms/concurrent_sending", "451 4.7.0 rate limit, try again",
                  "550 5.4.5 Daily user sending limit exceeded.", "554 5.7.1 number of messages per session IB510",
                  "454 Throttling failure: Daily message quota exceeded."):
        for stage in ("MAIL", "RCPT", "FINAL"):
            yield Case("%s answered by %s" % (stage, reply[:40]), {stage: reply}, nudge=True, log="%s|paus" % reply[:3])
    yield Case("one connection at a time", {"GREETING": limit}, FOREVER, beside=30,
               options={"max_connections": 8})
    for gear, offers in GEARS:
        for words in ("421 4.3.2 closing", "421 too many messages in this connection",
                      "421 4.7.0 Max messages per session reached, closing transmission channel"):
            yield Case("ten messages a connection, in %s: %s" % (gear, words), {"MAIL": quota(words)}, FOREVER,
                       beside=45, offers=offers, options={"max_connections": 2}, check=nobody_waits)


def limit(session, usual):
    others = [s for s in session.server.sessions if s is not session and s.socket.fileno() >= 0]
    if others:
        session.say("421 4.7.0 one connection is enough")
        fin(session, None)
    return session.say(usual)


def quota(words):
    def act(session, usual):
        before = len([c for c in session.commands if c.startswith("MAIL")]) - 1
        return session.say(words if before >= 10 else usual)
    return act


def flights():
    """Over one connection, where messages follow each other before they are answered."""
    take = keep("250 2.0.0 taken")
    more = b"250 2.0.0 and more\r\n"
    for gear, offers in GEARS:
        for what, stage, act, doubt, times in (
                ("a reply too many behind the fifth MAIL", "MAIL", nth(5, around(after=more)), True, 1),
                ("a reply too many before the fifth recipient", "RCPT", nth(5, around(before=more)), True, 1),
                ("no reply to the fifth MAIL", "MAIL", nth(5, nothing), True, 1),
                ("two replies to the fifth message", "FINAL", nth(5, keep("250 2.0.0 one\n250 2.0.0 two"), take),
                 True, 1),
                ("no reply to the fifth message", "FINAL", nth(5, keep(b""), take), True, 1),
                ("421 to the fifth MAIL", "MAIL", nth(5, say(CLOSING, fin)), False, 3),
                ("421 to the fifth message", "FINAL", nth(5, say(CLOSING, fin), take), False, 3),
                ("421 behind the fifth message", "FINAL", nth(5, keep(say("250 2.0.0 taken\n" + CLOSING, fin)), take),
                 False, 3),
                ("the end at the fifth MAIL", "MAIL", nth(5, fin), False, 3),
                ("the end behind the fifth message", "FINAL", nth(5, keep(say("250 2.0.0 taken", fin)), take), False, 3),
                ("the end in place of the fifth reply", "FINAL", nth(5, keep(fin), take), True, 3),
                ("a reset at the fifth MAIL", "MAIL", nth(5, rst), True, 3),
                ("503 to the fifth MAIL", "MAIL", nth(5, say("503 5.5.1 what?")), False, 1),
                ("503 to the fifth message", "FINAL", nth(5, say("503 5.5.1 what?"), take), False, 1),
                ("silence at the fifth message", "FINAL", nth(5, keep(stall), take), True, 1)):
            yield Case("%s, in %s" % (what, gear), {stage: act}, times, to=["r1@example.net"], beside=20, doubt=doubt,
                       offers=offers, options={"max_connections": 1})
        yield Case("all recipients of one among others refused, in %s" % gear, {"RCPT": "550 5.1.1 nobody"}, FOREVER,
                   only=True, offers=offers, beside=20, bounced=tuple(TEN), options={"max_connections": 1})
    for what, act, doubt in (("refused", say("503 5.5.1 again?"), False), ("answered by one line", say("250 ok"), True),
                             ("closed at", say(CLOSING, fin), False), ("the end", fin, False),
                             ("answered late", nothing, True)):
        yield Case("EHLO behind a flight: %s" % what, {"EHLO-TLS": nth(2, act)}, times=1, to=["r1@example.net"], beside=20,
                   doubt=doubt, offers=CHUNKING, options={"max_connections": 1})


def under_load():
    def now_and_then(act, chances):
        """ACT at one of so many CHANCES."""
        state = {"count": 0}

        def action(session, usual):
            state["count"] += 1
            return act(session, usual) if state["count"] % chances == 0 else session.say(usual)
        return action
    many = {"beside": 40, "options": {"max_connections": 4}}
    for what, act in (("resets", rst), ("ends", fin)):
        for stage in ("GREETING", "AUTH", "MAIL", "RCPT", "DATA"):
            chances = 13 if stage == "RCPT" else 3  # ten of these have to go well in a row
            yield Case("%s under load at %s" % (what, stage), {stage: now_and_then(act, chances)}, FOREVER, **many)
    for what, farewell in (("closed", "250 2.0.0 taken"), ("421 behind the 250,", "250 2.0.0 taken\n" + CLOSING)):
        yield Case("%s after each message" % what, {"FINAL": keep(say(farewell, fin))}, FOREVER, beside=10,
                   check=nobody_waits)
    for stage in ("MAIL", "RCPT r10", "FINAL"):
        yield Case("closed after a refusal at %s" % stage, {stage: say("451 4.3.0 not now", fin)}, only=True, beside=5,
                   options={"max_connections": 1})
    yield Case("reset after each message", {"FINAL": keep(say("250 2.0.0 taken", rst))}, times=4, beside=10, doubt=True)
    yield Case("taken, and silence for ever after", {"FINAL": keep(say("250 2.0.0 taken", stall))}, beside=4)


def nobody_waits(run):
    late = [line for line in run.flusher.lines if re.search("status=deferred|next try|pausing", line)]
    truth(not late, "no mail waits: %r" % late)


def cases(_certificates):
    return [*recipients(), *bodies(), *moods(), *flights(), *under_load()]


if __name__ == "__main__":
    main(cases)
