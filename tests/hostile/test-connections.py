"""Servers that refuse, stall or go away, at every stage of a connection."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from actions import fin, keep, polite, read, rst, stall  # noqa: E402
from case import Case, FOREVER, TEN, main  # noqa: E402

BEFORE_MAIL = ["GREETING", "EHLO", "STARTTLS", "EHLO-TLS", "AUTH"]
STAGES = ["CONNECT", *BEFORE_MAIL[:3], "TLS", *BEFORE_MAIL[3:], "MAIL", "RCPT r5", "DATA", "BODY", "FINAL"]
LATER, NEVER, CLOSING = "451 4.3.0 not now", "554 5.3.0 no, never", "421 4.3.2 closing"


def refusals():
    """A refusal concerns the link before MAIL, the sender there, and what it is about from RCPT on."""
    for stage in BEFORE_MAIL:
        for reply in (LATER, NEVER, CLOSING):
            yield Case("%s answered by %s" % (stage, reply), {stage: reply}, log=r"it said: " + reply[:3])
    yield Case("MAIL answered by 451", {"MAIL": LATER}, only=True, log="status=deferred")
    yield Case("MAIL answered by 550", {"MAIL": "550 5.7.1 who are you?"}, nudge=True, only=True, log="sender refused")
    yield Case("MAIL answered by 553 5.1.7", {"MAIL": "553 5.1.7 no such address"}, FOREVER, only=True,
               bounced=tuple(TEN))
    yield Case("MAIL answered by 421", {"MAIL": CLOSING}, only=True, log="closes the connection")
    for stage, whom in (("RCPT r5", TEN[4:5]), ("RCPT", TEN), ("DATA", TEN), ("FINAL", TEN)):
        yield Case("%s answered by 451" % stage, {stage: LATER}, only=True, log="status=deferred")
        yield Case("%s answered by 554" % stage, {stage: NEVER}, FOREVER, only=True, bounced=tuple(whom),
                   log="status=failed")
        yield Case("%s answered by 421" % stage, {stage: CLOSING}, only=True, log="status=deferred")


def ends():
    """Silence, and the three ways to go."""
    for what, act in (("silence", stall), ("FIN", fin), ("RST", rst)):
        for stage in STAGES:
            yield Case("%s at %s" % (what, stage), {stage: act}, log="in doubt" if stage == "FINAL" else "")
        yield Case("%s within the message" % what, {"BODY": read(300000, act)},
                   body=b"\n\n" + (b"x" * 79 + b"\n") * 20000)
        yield Case("%s at QUIT" % what, {"QUIT": act}, options={"max_messages": 1})
        yield Case("%s in place of the answer to a message it has" % what, {"FINAL": keep(act)}, doubt=True,
                   log="in doubt")
    for stage in ("EHLO-TLS", "AUTH", "RCPT r5", "DATA", "FINAL"):
        yield Case("close_notify at %s" % stage, {stage: polite})


def cases(_certificates):
    return [*refusals(), *ends()]


if __name__ == "__main__":
    main(cases)
