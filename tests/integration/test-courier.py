"""mailchute-courier against a scripted server, with jobs over its socket."""

import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from courier import MESSAGE, Courier  # noqa: E402
from harness import BUILD, equal, main, truth  # noqa: E402
from provider import CLOSE, GEARS, Provider  # noqa: E402
from relay import wait_for  # noqa: E402

TRACE = b"Received: by host.example.org (mailchute, from userid 33)\r\n\tid 0123456789AB; "


def each_gear(courier, function):
    for gear, offers in GEARS.items():
        try:
            function(gear, offers)
        except AssertionError as fault:
            raise AssertionError("%s: %s" % (gear, fault)) from fault
        finally:
            courier.close()
        courier.__init__()


DELIVERED = ("delivered", "nobody")
LINK_DOWN = ("unattempted", "link")
LINK_LOST = ("deferred", "link")
IN_VAIN = ("unattempted", "nobody")


def gear_below(offers):
    return "data" if offers == GEARS["chunking"] else "lock-step"


def test_messages_arrive_in_every_gear(courier):
    def run(_gear, offers):
        courier.start(Provider(offers + ["SIZE 100000", "8BITMIME"]))
        for _ in range(3):
            equal(courier.send(), [("delivered", "nobody", "250", "2.0.0", "taken")])
        truth(courier.relay.startswith("127.0.0.1[127.0.0.1]:"), courier.relay)
        courier.leaves()
        equal(courier.provider.connections, 1)
        wait_for(lambda: courier.provider.commands[-1] == "QUIT", "QUIT")
        for recipients, body in courier.provider.messages:
            equal(recipients, ["<a@example.net>"])
            truth(body.startswith(TRACE), body)
            truth(body.endswith(b"\r\n" + MESSAGE), body)
        size = len(courier.provider.messages[0][1])
        equal(courier.provider.commands[1], "MAIL FROM:<s@example.org> SIZE=%d" % size)
    each_gear(courier, run)


def test_gears_wait_as_long_as_they_must(courier):
    for gear, offers in GEARS.items():
        if "PIPELINING" in offers:  # answers nothing before the whole flight is there
            courier.start(Provider(offers, hold=True))
        else:
            courier.start(Provider(offers))
        equal(courier.verdicts(recipients=["a@x.org", "b@x.org"]), [DELIVERED] * 2, gear)
        early = {"lock-step": [], "pipelining": ["MAIL", "RCPT", "RCPT"],
                 "chunking": ["MAIL", "RCPT", "RCPT"], "chunking without pipelining": []}
        equal(courier.provider.early, early[gear], gear)
        courier.close()
        courier.__init__()


def test_each_recipient_has_its_verdict(courier):
    def run(_gear, offers):
        courier.start(Provider(offers, {"RCPT <b@x.org>": "550 5.7.1 not him",
                                        "RCPT <c@x.org>": "452-4.3.0 not\n452 4.3.0 now",
                                        "RCPT <d@x.org>": "251 will forward"}))
        equal(courier.send(recipients=["a@x.org", "b@x.org", "c@x.org", "d@x.org"]), [
            ("delivered", "nobody", "250", "2.0.0", "taken"),
            ("failed", "recipient", "550", "5.7.1", "not him"),
            ("deferred", "recipient", "452", "4.3.0", "not now"),
            ("delivered", "nobody", "250", "2.0.0", "taken")])
        equal(courier.provider.messages[0][0], ["<a@x.org>", "<d@x.org>"])
        equal(courier.verdicts(), [DELIVERED])
        courier.leaves()
    each_gear(courier, run)


def test_fewer_recipients_at_a_time(courier):
    """A server that takes two in a transaction gets five in three."""
    def run(_gear, offers):
        full = "452 4.5.3 too many recipients"
        courier.start(Provider(offers, {"RCPT <c@x.org>": [full], "RCPT <d@x.org>": [full],
                                        "RCPT <e@x.org>": [full, full]}))
        equal(courier.verdicts(recipients=["%s@x.org" % c for c in "abcde"]), [DELIVERED] * 5)
        equal([m[0] for m in courier.provider.messages],
              [["<a@x.org>", "<b@x.org>"], ["<c@x.org>", "<d@x.org>"], ["<e@x.org>"]])
        courier.leaves()
    each_gear(courier, run)


def test_no_recipient_at_a_time(courier):
    courier.start(Provider([], {"RCPT <a@x.org>": "452 4.5.3 too many recipients",
                                "RCPT <b@x.org>": "452 4.5.3 too many recipients"}))
    equal(courier.verdicts(recipients=["a@x.org", "b@x.org"]), [("deferred", "recipient")] * 2)
    courier.leaves()


def test_all_recipients_refused(courier):
    def run(_gear, offers):
        courier.start(Provider(offers, {"RCPT <a@x.org>": "550 5.1.1 no", "RCPT <b@x.org>": "451 4.0.0 later"}))
        equal(courier.verdicts(recipients=["a@x.org", "b@x.org"]),
              [("failed", "recipient"), ("deferred", "recipient")])
        equal(courier.provider.messages, [])
        equal(courier.verdicts(), [DELIVERED])
        truth("RSET" in courier.provider.commands, "the next message starts with RSET")
        courier.leaves()
        equal(courier.provider.connections, 1)
    each_gear(courier, run)


def test_all_refused_and_still_354(courier):
    courier.start(Provider(["PIPELINING"], {"RCPT <a@x.org>": "550 5.1.1 no", "DATA": ["354 go"]}))
    equal(courier.verdicts(recipients=["a@x.org"]), [("failed", "recipient")])
    equal(courier.verdicts(), [DELIVERED])
    equal(len(courier.provider.messages), 1)
    equal(courier.provider.connections, 1)


def test_refusals_and_whose_fault_they_are(courier):
    def run(_gear, offers):
        data = [] if "CHUNKING" in offers else [("DATA", "451 4.3.0 later", ("deferred", "message")),
                                                ("DATA", "554 5.6.0 no", ("failed", "message"))]
        for verb, answer, expected in data + [
                ("MAIL", "451 4.1.8 later", ("deferred", "sender")),
                ("MAIL", "553 5.1.7 no", ("failed", "sender")),
                ("FINAL", "452 4.3.1 later", ("deferred", "message")),
                ("FINAL", "552 5.6.0 no", ("failed", "message"))]:
            courier.start(Provider(offers, {verb: [answer]}))
            code, enhanced, text = answer.split(" ", 2)
            equal(courier.send(), [expected + (code, enhanced, text)])
            equal(courier.verdicts(), [DELIVERED], "the next message")
            courier.leaves()
            courier.close()
            courier.__init__()
    each_gear(courier, run)


def test_trouble_before_any_message(courier):
    for verb, answer, words in [("GREETING", "554 5.7.1 go away", "takes no mail from this machine"),
                                ("GREETING", "421 4.3.2 busy", "closes the connection"),
                                ("GREETING", "nonsense", "no reply"),
                                ("GREETING", CLOSE, "closed the connection"),
                                ("EHLO", "421 4.3.2 busy", "closes the connection"),
                                ("EHLO", CLOSE, "closed the connection"),
                                ("EHLO", "250-a\n251 b", "no reply")]:
        courier.start(Provider([], {verb: answer}))
        outcome = courier.send()[0]
        equal(outcome[:2], LINK_DOWN, (verb, answer, outcome))
        truth(words in outcome[4], outcome)
        courier.leaves()
        courier.close()
        courier.__init__()


def test_connection_refused_and_unknown_name(courier):
    unused = socket.create_server(("127.0.0.1", 0))
    port = unused.getsockname()[1]
    unused.close()
    courier.spawn(port)
    outcome = courier.send()[0]
    equal((outcome[:2], outcome[4]), (LINK_DOWN, "connection to 127.0.0.1[127.0.0.1]:%d: Connection refused; nothing listens there: "
                                              "check host and port" % port))
    courier.leaves()


def test_helo_when_nothing_more_is_needed(courier):
    courier.start(Provider([], {"EHLO": "502 5.5.1 what?"}))
    equal(courier.verdicts(), [DELIVERED])
    equal(courier.provider.commands[1], "HELO host.example.org")


def test_lost_connections(courier):
    def run(_gear, offers):
        for verb in ["MAIL", "RCPT <a@example.net>", "BODY"] + ([] if "CHUNKING" in offers else ["DATA"]):
            courier.start(Provider(offers, {verb: [CLOSE]}))
            outcome = courier.send()[0]
            equal(outcome[:2], LINK_LOST, (verb, outcome))
            if "CHUNKING" not in offers:
                truth("in doubt" not in outcome[4] or verb == "BODY", outcome)
            equal(courier.verdicts(), [DELIVERED], "over a new connection")
            equal(courier.provider.connections, 2)
            courier.close()
            courier.__init__()
        courier.start(Provider(offers, {"FINAL": [CLOSE]}))
        outcome = courier.send()[0]
        equal(outcome[:2], LINK_LOST, outcome)
        truth("in doubt: the message may have been delivered" in outcome[4], outcome)
    each_gear(courier, run)


def test_lost_within_a_long_message_is_not_in_doubt(courier):
    for offers in ([], ["PIPELINING", "CHUNKING"]):
        courier.start(Provider(offers, {"BODY": [CLOSE]}))
        outcome = courier.send(MESSAGE + b"x" * 70 + b"\r\n" + (b"y" * 998 + b"\r\n") * 20000)[0]
        equal(outcome[:2], LINK_LOST, outcome)
        truth("in doubt" not in outcome[4], outcome)
        courier.close()
        courier.__init__()


def test_idle_close_is_met_with_a_new_connection(courier):
    def run(_gear, offers):
        for words in (b"421 4.4.2 idle too long\r\n", b""):
            courier.start(Provider(offers))
            equal(courier.verdicts(), [DELIVERED])
            courier.provider.say(words, hang_up=True)
            equal(courier.verdicts(), [DELIVERED])
            equal(courier.provider.connections, 2)
            courier.leaves()
            courier.close()
            courier.__init__()
    each_gear(courier, run)


def test_421_in_a_transaction(courier):
    def run(_gear, offers):
        courier.start(Provider(offers, {"MAIL": ["421 4.7.0 slow down"]}))
        outcome = courier.send()[0]
        equal((outcome[:2], outcome[2]), (LINK_DOWN, "421"))
        courier.leaves()
        courier.close()
        courier.__init__()
        # after a message was taken, it may go over a new connection at once
        courier.start(Provider(offers, {"MAIL": ["250 fine", "421 4.7.0 enough for one connection"]}))
        equal(courier.verdicts(), [DELIVERED])
        equal(courier.verdicts(), [IN_VAIN])
        equal(courier.verdicts(), [DELIVERED])
        equal(courier.provider.connections, 2)
        courier.close()
        courier.__init__()
        courier.start(Provider(offers, {"FINAL": ["421 4.3.0 going down"]}))
        equal(courier.verdicts(), [LINK_LOST])
    each_gear(courier, run)


def test_a_reply_too_many_delivers_nothing(courier):
    def run(_gear, offers):
        for verb, answer in [("MAIL", "250 one\n250 two"), ("RCPT <a@example.net>", "250 one\n250 two")]:
            courier.start(Provider(offers, {verb: [answer]}, hold="PIPELINING" in offers))
            outcome = courier.send()[0]
            equal(outcome[:2], LINK_LOST, (verb, outcome))
            equal((courier.gear, courier.shifted), (gear_below(offers), True))
            courier.provider.hold = False
            equal(courier.verdicts(), [DELIVERED], "over a new connection")
            equal(courier.provider.connections, 2)
            courier.close()
            courier.__init__()
    each_gear(courier, run)


def test_a_421_behind_the_last_reply_does_not_undo_it(courier):
    def run(_gear, offers):
        courier.start(Provider(offers, {"FINAL": ["250 2.0.0 taken\n421 4.3.2 closing"]}))
        equal(courier.verdicts(), [DELIVERED])
        equal(courier.verdicts(), [DELIVERED], "over a new connection")
        equal(courier.provider.connections, 2)
        courier.close()
        courier.__init__()
    each_gear(courier, run)


def test_an_unasked_reply_between_messages(courier):
    provider = Provider(["PIPELINING"])
    courier.start(provider)
    equal(courier.verdicts(), [DELIVERED])
    provider.say(b"250 2.0.0 and another one\r\n")
    equal(courier.verdicts(), [DELIVERED])
    equal(provider.connections, 2)


def test_bdat_that_is_not_understood_bounces_nobody(courier):
    for offers in (["PIPELINING", "CHUNKING"], ["CHUNKING"]):
        courier.start(Provider(offers, {"FINAL": ["502 5.5.1 not implemented"]}))
        equal(courier.verdicts(), [IN_VAIN])
        equal((courier.gear, courier.shifted), (gear_below(offers), True))
        equal(courier.verdicts(), [DELIVERED], "by DATA")
        equal(courier.provider.connections, 1)
        courier.leaves()
        courier.close()
        courier.__init__()


def test_message_with_a_bare_line_end_is_not_sent(courier):
    for bad in (b"S: x\r\n\r\na\nb\r\n", b"S: x\r\n\r\na\rb\r\n", b"S: x\r\n\r\na\r\n.\n", b"S: x\r\n\r\nno end",
                b"S: x\r\n\r\nhalf\r", b"S: x\n\nunix\n", b"S: x\r\n\r\n" + b"y" * 16384 * 3 + b"\n\r\n"):
        for offers in ([], ["PIPELINING", "CHUNKING"]):
            courier.start(Provider(offers))
            outcome = courier.send(bad)[0]
            equal(outcome[:4], ("failed", "message", "0", "5.6.0"), (bad[:40], outcome))
            truth("wire form" in outcome[4], outcome)
            equal(courier.verdicts(), [DELIVERED], "the next message")
            equal(len(courier.provider.messages), 1, "no part of it went")
            courier.close()
            courier.__init__()


def test_message_that_became_shorter_is_not_sent(courier):
    for offers in ([], ["PIPELINING", "CHUNKING"]):
        courier.start(Provider(offers))
        outcome = courier.send(size=len(MESSAGE) + 7)[0]
        equal(outcome[:4], ("failed", "message", "0", "5.6.0"), outcome)
        truth("lost its last 7 octets" in outcome[4], outcome)
        equal(courier.provider.messages, [])
        courier.close()
        courier.__init__()


def test_message_beyond_the_limit_is_not_uploaded(courier):
    courier.start(Provider(["SIZE 200"]))
    equal(courier.send(MESSAGE + b"x" * 100 + b"\r\n")[0][:4], ("failed", "message", "0", "5.3.4"))
    equal([c for c in courier.provider.commands if c.startswith("MAIL")], [])


def test_long_message_arrives_whole(courier):
    message = MESSAGE + b"".join(b"." * (i % 5) + b"line %d\r\n" % i for i in range(100000))
    for offers in ([], ["PIPELINING"], ["PIPELINING", "CHUNKING"]):
        courier.start(Provider(offers))
        equal(courier.verdicts(message), [DELIVERED])
        truth(courier.provider.messages[0][1].endswith(message), "the same bytes")
        courier.close()
        courier.__init__()


def test_parameters_only_when_offered(courier):
    for offers, expected in [([], "MAIL FROM:<>"), (["8BITMIME"], "MAIL FROM:<> BODY=8BITMIME"),
                             (["8BITMIME", "SMTPUTF8"], "MAIL FROM:<> BODY=8BITMIME SMTPUTF8")]:
        courier.start(Provider(offers))
        recipient = "j\u00f6rg@example.net" if "SMTPUTF8" in offers else "a@example.net"
        equal(courier.verdicts(sender="", recipients=[recipient], eight=True), [DELIVERED])
        equal(courier.provider.commands[1], expected)
        courier.close()
        courier.__init__()


def test_addresses_cannot_smuggle_parameters(courier):
    courier.start(Provider([]))
    outcomes = courier.send(recipients=["a@x.org NOTIFY=NEVER", "j\u00f6rg@x.org", "ok@x.org"])
    equal([o[:2] + o[3:4] for o in outcomes], [("failed", "recipient", "5.1.3"), ("failed", "recipient", "5.6.7"),
                                               ("delivered", "nobody", "2.0.0")])


def test_from_is_rewritten(courier):
    courier.start(Provider([]), **{"from": "server@example.com"})
    equal(courier.verdicts(), [DELIVERED])
    truth(courier.provider.commands[1].startswith("MAIL FROM:<server@example.com>"), courier.provider.commands)
    body = courier.provider.messages[0][1]
    truth(b'\r\nFrom: Root <server@example.com>\r\nX-Original-From: Root <root@host.example.org>\r\n'
          b'Reply-To: Root <root@host.example.org>\r\nSubject: test\r\n\r\nbody' in body, body)
    equal(courier.verdicts(sender=""), [DELIVERED])
    truth("MAIL FROM:<>" in courier.provider.commands[-5:], courier.provider.commands)


def test_reconnects_after_as_many_messages_as_allowed(courier):
    courier.start(Provider(["PIPELINING"]), max_messages=2)
    for _ in range(5):
        equal(courier.verdicts(), [DELIVERED])
    courier.leaves()
    wait_for(lambda: (courier.provider.connections, courier.provider.commands.count("QUIT")) == (3, 3), "QUIT, thrice")


def test_login_in_plain_to_loopback(courier):
    for offer, first in [("AUTH LOGIN PLAIN", "AUTH PLAIN AHVzZXIAczNjcmV0"), ("AUTH LOGIN", "AUTH LOGIN"),
                         ("AUTH=PLAIN", "AUTH PLAIN AHVzZXIAczNjcmV0")]:
        courier.start(Provider([offer]), user="user")
        equal(courier.verdicts(), [DELIVERED])
        equal(courier.provider.commands[1], first)
        if first == "AUTH LOGIN":
            equal(courier.provider.commands[2:4], ["dXNlcg==", "czNjcmV0"])
        courier.leaves()
        courier.close()
        courier.__init__()


def test_login_refused(courier):
    for answers, words in [({"AUTH": "535 5.7.8 bad credentials"}, "check the user name and the stored password"),
                           ({"AUTH": "454 4.7.0 later"}, "cannot check the login now"),
                           ({"AUTH": "534 5.7.9 application-specific password required"}, "make an app password"),
                           ({"MAIL": "530 5.7.0 authentication required"}, "wants a login first")]:
        courier.start(Provider(["AUTH PLAIN"], answers), user="user")
        outcome = courier.send()[0]
        equal(outcome[:2], ("unattempted", "account"), outcome)
        truth("user user refused: " in outcome[4] and words in outcome[4], outcome)
        courier.leaves()
        courier.close()
        courier.__init__()


def test_no_login_that_we_know(courier):
    courier.start(Provider(["AUTH GSSAPI NTLM"]), user="user")
    outcome = courier.send()[0]
    equal(outcome[:2], ("unattempted", "account"), outcome)
    truth("GSSAPI NTLM" in outcome[4], outcome)
    courier.leaves()


def test_password_that_cannot_be_read(courier):
    courier.start(Provider(["AUTH PLAIN"]), user="user", password_file="/nonexistent/password")
    outcome = courier.send()[0]
    equal(outcome[:2], ("unattempted", "account"), outcome)
    truth("/nonexistent/password" in outcome[4], outcome)
    equal(courier.provider.connections, 0)
    courier.leaves()


def test_starttls(courier):
    courier.start(Provider(["STARTTLS", "AUTH PLAIN", "PIPELINING"], tls=courier.tls()), host="localhost",
                  tls="starttls", user="user", ca_file=courier.certificate)
    for _ in range(3):
        equal(courier.verdicts(), [DELIVERED])
    truth(courier.relay.startswith("localhost["), courier.relay)
    courier.leaves()
    commands = courier.provider.commands
    equal(commands[:4], ["EHLO host.example.org", "STARTTLS", "EHLO host.example.org", "AUTH PLAIN AHVzZXIAczNjcmV0"])
    wait_for(lambda: commands[-1] == "QUIT", "QUIT")
    equal(courier.provider.connections, 1)


def test_implicit_tls(courier):
    courier.start(Provider(["PIPELINING", "CHUNKING"], tls=courier.tls(), implicit=True), host="localhost",
                  tls="implicit", ca_file=courier.certificate)
    equal(courier.verdicts(MESSAGE + b"long line\r\n" * 200000), [DELIVERED])
    equal(courier.verdicts(), [DELIVERED])
    courier.leaves()


def test_starttls_not_offered_or_refused(courier):
    for offers, answers, words in [
            (["AUTH PLAIN"], {}, "offers no STARTTLS; refusing to send the password in plain"),
            (["STARTTLS", "AUTH PLAIN"], {"STARTTLS": "454 4.7.0 no TLS now"}, "refuses to start TLS"),
            (["STARTTLS", "AUTH PLAIN"], {"STARTTLS": "220 go\n250 injected"}, "in plain behind the answer")]:
        courier.start(Provider(offers, answers), tls="starttls", user="user")
        outcome = courier.send()[0]
        equal(outcome[:2], LINK_DOWN, outcome)
        truth(words in outcome[4], outcome)
        courier.leaves()
        truth(not [c for c in courier.provider.commands if "AUTH" in c], courier.provider.commands)
        courier.close()
        courier.__init__()


def test_certificate_that_is_not_trusted_or_for_another_name(courier):
    for host, trusted in [("localhost", False), ("127.0.0.1", True)]:
        context = courier.tls()
        courier.start(Provider(["AUTH PLAIN"], tls=context, implicit=True), host=host, tls="implicit",
                      user="user", **({"ca_file": courier.certificate} if trusted else {}))
        outcome = courier.send()[0]
        equal(outcome[:2], LINK_DOWN, outcome)
        truth(outcome[4].startswith("TLS: "), outcome)
        courier.leaves()
        equal(courier.provider.commands, [])
        courier.close()
        courier.__init__()


def test_by_hand(courier):
    courier.start(Provider([], {"RCPT <b@x.org>": "550 5.1.1 no"}))
    courier.leaves()
    path = os.path.join(courier.path, "by-hand")
    with open(path, "wb") as f:
        f.write(MESSAGE)
    with open(path, "rb") as f:
        result = subprocess.run([os.path.join(BUILD, "mailchute-courier"), "-c",
                                 os.path.join(courier.path, "mailchute.conf"), "s@x.org", "a@x.org", "b@x.org"],
                                stdin=f, capture_output=True, timeout=60)
    lines = result.stdout.decode().splitlines()
    equal((result.returncode, len(lines)), (69, 2))
    truth("to=<a@x.org>" in lines[0] and "status=delivered (250 taken)" in lines[0], lines)
    truth("to=<b@x.org>" in lines[1] and "(it said: 550 5.1.1 no)" in lines[1], lines)


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("# left out, since there is no openssl to make a certificate with: TLS")
        for function in (test_starttls, test_implicit_tls,
                         test_certificate_that_is_not_trusted_or_for_another_name):
            del globals()[function.__name__]
    main(globals(), Courier)
