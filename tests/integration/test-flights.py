"""mailchute-courier with several transactions under way: what becomes of each when one goes wrong."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from courier import Courier  # noqa: E402
from harness import equal, main, truth  # noqa: E402
from provider import CLOSE, GEARS, Provider  # noqa: E402

DELIVERED = ("delivered", "nobody")
LINK_LOST = ("deferred", "link")
IN_VAIN = ("unattempted", "nobody")
IN_DOUBT = ("deferred", "nobody")  # with another one that is to blame
FOUR = [{"recipients": ["%s@x.org" % name]} for name in "abcd"]


def warm(courier, offers, answers=None, hold=False):
    """A courier whose connection has carried three messages, so that four may go in a flight."""
    courier.start(Provider(offers, hold=hold))
    equal([courier.verdicts() for _ in range(3)], [[DELIVERED]] * 3)
    courier.provider.answers = dict(answers or {})
    del courier.provider.commands[:], courier.provider.messages[:], courier.provider.early[:]


def test_messages_follow_each_other(courier):
    """In each gear: what has come behind each message before it was answered."""
    for gear, offers in GEARS.items():
        warm(courier, offers)
        equal([o[:2] for o in courier.send_flight(*FOUR)], [DELIVERED] * 4, gear)
        equal([r for r, _ in courier.provider.messages], [["<%s@x.org>" % name] for name in "abcd"], gear)
        verbs = [c.split(" ")[0] for c in courier.provider.commands]
        one = ["MAIL", "RCPT", "BDAT" if "CHUNKING" in offers else "DATA"]
        equal(verbs, one + 3 * ["RSET", *one] + ["EHLO"] if gear == "chunking" else 4 * one, gear)
        behind = {"chunking": 4, "pipelining": 3}.get(gear, 0)
        equal(courier.provider.early.count("FINAL"), behind, gear)
        courier.leaves()
        equal(courier.provider.connections, 1)
        courier.close()
        courier.__init__()


def test_a_flight_is_no_longer_than_what_went_before(courier):
    courier.start(Provider(GEARS["chunking"]))
    equal([o[:2] for o in courier.send_flight(*8 * FOUR)], [DELIVERED] * 32)
    verbs = [c.split(" ")[0] for c in courier.provider.commands[1:]]
    flights = [part.count("BDAT") for part in
               " ".join(verbs).replace("MAIL RCPT BDAT MAIL", "MAIL RCPT BDAT EHLO MAIL", 1).split("EHLO")]
    equal(flights, [1, 2, 4, 8, 16, 1])
    truth(courier.provider.early.count("FINAL") >= 26, "the window is not used")


def test_surprises_in_a_flight(courier):
    """What the second of four meets, and what becomes of all; the chunked flight is under way whole."""
    full = "454 4.7.0 Throttling failure: Maximum sending rate exceeded."
    refused = ("failed", "recipient")
    for what, answers, expected, gear, arrived in [
            ("a refused recipient", {"RCPT <b@x.org>": "550 5.1.1 no"},
             [DELIVERED, refused, DELIVERED, DELIVERED], "chunking", "acd"),
            ("a refused sender", {"MAIL": [None, "553 5.1.7 no"]},
             [DELIVERED, ("failed", "sender"), DELIVERED, DELIVERED], "chunking", "acd"),
            ("a refused message", {"FINAL": [None, "554 5.6.0 no"]},
             [DELIVERED, ("failed", "message"), DELIVERED, DELIVERED], "chunking", "acd"),
            ("503 to MAIL", {"MAIL": [None, "503 5.5.1 what?"]},
             [DELIVERED, IN_VAIN, DELIVERED, DELIVERED], "data", "acd"),
            ("503 to a recipient", {"RCPT <b@x.org>": "503 5.5.1 what?"},
             [DELIVERED, IN_VAIN, DELIVERED, DELIVERED], "data", "acd"),
            ("503 to BDAT", {"FINAL": [None, "503 5.5.1 what?"]},
             [DELIVERED, IN_VAIN, DELIVERED, DELIVERED], "data", "acd"),
            ("502 to RSET", {"RSET": ["502 5.5.1 what?"]}, [DELIVERED] * 4, "data", "abcd"),
            ("503 to EHLO", {"EHLO": ["503 5.5.1 again?"]}, [DELIVERED] * 4, "data", "abcd"),
            ("421 to MAIL", {"MAIL": [None, "421 4.7.0 enough"]},
             [DELIVERED, IN_VAIN, IN_VAIN, IN_VAIN], "chunking", "a"),
            ("421 to the message", {"FINAL": [None, "421 4.3.0 going down"]},
             [DELIVERED, LINK_LOST, IN_VAIN, IN_VAIN], "chunking", "a"),
            ("421 behind the second", {"FINAL": [None, "250 2.0.0 taken\n421 4.3.2 closing"]},
             [DELIVERED, DELIVERED, IN_VAIN, IN_VAIN], "chunking", "ab"),
            ("421 to EHLO", {"EHLO": ["421 4.3.2 closing"]}, [DELIVERED] * 4, "chunking", "abcd"),
            ("the end at MAIL", {"MAIL": [None, CLOSE]},
             [DELIVERED, LINK_LOST, IN_DOUBT, IN_DOUBT], "chunking", "a"),
            ("the end at the message", {"FINAL": [None, CLOSE]},
             [DELIVERED, LINK_LOST, IN_DOUBT, IN_DOUBT], "chunking", "a"),
            ("the end behind all", {"EHLO": [CLOSE]}, [DELIVERED] * 4, "chunking", "abcd"),
            ("a reply too many to MAIL", {"MAIL": [None, "250 one\n250 two"]},
             [LINK_LOST, IN_DOUBT, IN_DOUBT, IN_DOUBT], "data", "abcd"),
            ("a reply too many, and the last refused", {
                "MAIL": [None, "250 one\n250 two"], "RCPT <d@x.org>": "550 5.1.1 no"},
             [LINK_LOST, IN_DOUBT, IN_DOUBT, IN_DOUBT], "data", "abc"),
            ("a reply too many to the message", {"FINAL": [None, "250 one\n250 two"]},
             [LINK_LOST, IN_DOUBT, IN_DOUBT, IN_DOUBT], "data", "abcd"),
            ("throttling", {"MAIL": [None, full]},
             [DELIVERED, ("unattempted", "pace"), DELIVERED, DELIVERED], "none", "acd")]:
        warm(courier, GEARS["chunking"], answers)
        outcomes = courier.send_flight(*FOUR)
        equal([o[:2] for o in outcomes], expected, what)
        equal([r[0][1] for r, _ in courier.provider.messages if r], list(arrived), what)
        equal(courier.shifted, gear == "data", what)
        equal([("in doubt" in o[4]) for o in outcomes],
              [o[0] == "deferred" and "421" not in o[2] for o in outcomes], what)
        courier.provider.answers.clear()
        again = courier.verdicts()
        equal((again, courier.gear), ([IN_VAIN if gear == "none" else DELIVERED], gear), what + ": the next one")
        courier.leaves()
        courier.close()
        courier.__init__()


def test_a_bad_message_within_a_flight(courier):
    warm(courier, GEARS["chunking"])
    bad = dict(FOUR[1], message=b"S: x\r\n\r\na\nb\r\n")
    equal([o[:2] for o in courier.send_flight(FOUR[0], bad, *FOUR[2:])],
          [DELIVERED, ("failed", "message"), DELIVERED, DELIVERED])
    equal([r for r, _ in courier.provider.messages], [["<a@x.org>"], ["<c@x.org>"], ["<d@x.org>"]])
    equal(courier.provider.connections, 2)


def test_fewer_recipients_within_a_flight(courier):
    warm(courier, GEARS["chunking"], {"RCPT <b@x.org>": ["452 4.5.3 too many recipients"]})
    equal([o[:2] for o in courier.send_flight({"recipients": ["a@x.org", "b@x.org"]}, *FOUR[2:])], [DELIVERED] * 3)
    equal([r for r, _ in courier.provider.messages], [["<a@x.org>"], ["<c@x.org>"], ["<d@x.org>"], ["<b@x.org>"]])


def test_the_next_message_behind_the_dot(courier):
    """By DATA, what the second of three meets before its 354, and what becomes of all."""
    for what, answers, expected, gear in [
            ("a refused recipient", {"RCPT <b@x.org>": "550 5.1.1 no"},
             [DELIVERED, ("failed", "recipient"), DELIVERED], "data"),
            ("503 to DATA", {"DATA": [None, "503 5.5.1 what?"]}, [DELIVERED, IN_VAIN, DELIVERED], "lock-step"),
            ("421 to MAIL", {"MAIL": [None, "421 4.7.0 enough"]}, [DELIVERED, IN_VAIN, DELIVERED], "data"),
            ("the end at MAIL", {"MAIL": [None, CLOSE]}, [DELIVERED, IN_VAIN, DELIVERED], "data"),
            ("the end at the first message", {"FINAL": [CLOSE]}, [LINK_LOST, IN_VAIN, DELIVERED], "data"),
            ("a reply too many to the first", {"FINAL": ["250 one\n250 two"]},
             [LINK_LOST, IN_VAIN, DELIVERED], "lock-step"),
            ("a reply too many to MAIL", {"MAIL": [None, "250 one\n250 two"]},
             [LINK_LOST, IN_VAIN, DELIVERED], "lock-step"),
            ("a reply too many to the second", {"FINAL": [None, "250 one\n250 two"]},
             [DELIVERED, LINK_LOST, IN_VAIN], "lock-step")]:
        warm(courier, GEARS["pipelining"], answers)
        equal([o[:2] for o in courier.send_flight(*FOUR[:3])], expected, what)
        equal(courier.gear, gear, what)
        courier.leaves()
        courier.close()
        courier.__init__()


if __name__ == "__main__":
    main(globals(), Courier)
