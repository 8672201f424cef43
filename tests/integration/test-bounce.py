"""What senders are told: bounces, delay notices, expiry, and who is never told."""

import email
import email.policy
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402

REFUSED = ("--reply", "RCPT:bad:550 5.1.1 no such user")
DEFERRED = ("--reply", "RCPT:later:452 4.2.2 mailbox full")
LATE = {"expire": "4s", "delay_notice": "0s", "retry_min": "1s", "retry_max": "1s"}


def start(relay, *options, **conf):
    relay.start_provider(*options).configure(**conf).start_flusher()


def report(relay, message):
    """A message at the provider as a multipart/report: its header and three parts."""
    parsed = email.message_from_bytes(relay.read_arrived(message), policy=email.policy.default)
    equal((parsed.get_content_type(), parsed.get_param("report-type")), ("multipart/report", "delivery-status"))
    equal(parsed["Auto-Submitted"], "auto-replied")
    truth(not parsed.defects, parsed.defects)
    words, status, original = parsed.get_payload()
    equal(status.get_content_type(), "message/delivery-status")
    return parsed, words.get_content(), status.get_payload(), original


def bounces(relay):
    """Wait for one message without a sender, and read it."""
    wait_for(lambda: [m for m in relay.arrived() if m["from"] == "<>"], "a bounce at the provider")
    return [m for m in relay.arrived() if m["from"] == "<>"]


def test_a_refused_recipient_is_told_in_the_servers_words(relay):
    start(relay, *REFUSED)
    relay.send("-f", "joe@example.org", "bad@example.net", "good@example.net",
               data=b"From: joe@example.org\nMessage-ID: <original@x>\nSubject: hello\n\nthe body\n")
    bounce = bounces(relay)[0]
    equal(bounce["to"], "<joe@example.org>")
    parsed, words, (message, recipient), original = report(relay, bounce)
    equal(parsed["In-Reply-To"], "<original@x>")
    truth("550 5.1.1 no such user" in words and "there is no such mailbox" in words, words)
    truth("good@" not in words, words)
    equal((message["Reporting-MTA"], recipient["Action"], recipient["Status"]),
          ("dns; host.example.org", "failed", "5.1.1"))
    equal((recipient["Final-Recipient"], recipient["Diagnostic-Code"]),
          ("rfc822; bad@example.net", "smtp; 550 5.1.1 no such user"))
    equal(original.get_content_type(), "message/rfc822")
    equal(original.get_payload()[0].get_payload().strip(), "the body")
    relay.wait_empty()
    equal(relay.entries("failed"), [])


def test_a_local_sender_is_told_at_the_local_alias(relay):
    start(relay, *REFUSED)
    relay.send("-f", "www-data", "bad@example.net")
    equal(bounces(relay)[0]["to"], "<admin@example.org>")


def test_no_bounce_for_a_bounce(relay):
    start(relay, "--reply", "RCPT:*:550 5.1.1 nobody here")
    relay.send("-f", "joe@example.org", "bad@example.net")
    relay.flusher.wait_line(r"returned to the sender, as")
    relay.flusher.wait_line(r"nobody can be told; .*kept: failed/")
    wait_for(lambda: not relay.queued(), "an empty queue")
    equal(len(relay.entries("failed")), 2)


def test_an_own_address_where_the_provider_takes_no_null_sender(relay):
    start(relay, *REFUSED, null_sender="no", **{"from": "server@example.org"})
    relay.send("-f", "joe@example.org", "bad@example.net")
    wait_for(lambda: [m for m in relay.arrived() if m["to"] == "<joe@example.org>"], "a bounce")
    bounce = relay.arrived()[-1]
    equal(bounce["from"], "<server@example.org>")
    report(relay, bounce)


def dsn(relay, *words, data=b"Subject: s\n\nbody\n"):
    """A file in the queue as sendmail writes it, with DSN parameters: WORDS are envelope lines."""
    message = data.replace(b"\n", b"\r\n")
    head = "mailchute 1\nsize %020d 7bit fits\n%s\n\n" % (len(message), "\n".join(words))
    with open(os.path.join(relay.folder("tmp"), "x"), "wb") as f:
        f.write(head.encode() + message)
    os.rename(os.path.join(relay.folder("tmp"), "x"), os.path.join(relay.folder("new"), "0123456789AB"))


def test_notify_never(relay):
    start(relay, *REFUSED)
    dsn(relay, "sender <joe@example.org>", "recipient <bad@example.net> NOTIFY=NEVER")
    relay.flusher.wait_line(r"to=<bad@example.net>.*status=failed")
    relay.wait_empty()
    equal((relay.arrived(), relay.entries("failed")), ([], []))


def test_envelope_id_original_recipient_and_headers_alone(relay):
    start(relay, *REFUSED)
    dsn(relay, "sender <joe@example.org> RET=HDRS ENVID=job+2B7",
        "recipient <bad@example.net> NOTIFY=FAILURE ORCPT=rfc822;orig@example.net")
    _, _, (message, recipient), original = report(relay, bounces(relay)[0])
    equal((message["Original-Envelope-Id"], recipient["Original-Recipient"]), ("job+7", "rfc822;orig@example.net"))
    equal(original.get_content_type(), "text/rfc822-headers")
    truth("Subject: s" in original.get_content() and "body" not in original.get_content(), original)


def test_success_where_the_provider_does_not_report_it(relay):
    start(relay, "--no-dsn")
    dsn(relay, "sender <joe@example.org>", "recipient <good@example.net> NOTIFY=SUCCESS")
    _, words, (_, recipient), _ = report(relay, bounces(relay)[0])
    equal((recipient["Action"], recipient["Final-Recipient"]), ("relayed", "rfc822; good@example.net"))
    truth("handed to the provider" in words, words)


def test_success_is_the_providers_to_report(relay):
    start(relay)
    dsn(relay, "sender <joe@example.org>", "recipient <good@example.net> NOTIFY=SUCCESS")
    relay.wait_arrived(1)
    relay.wait_empty()
    equal(len(relay.arrived()), 1)


def test_mail_that_expires_is_returned(relay):
    start(relay, *DEFERRED, **LATE)
    relay.send("-f", "joe@example.org", "later@example.net")
    _, words, (_, recipient), _ = report(relay, bounces(relay)[0])
    equal((recipient["Action"], recipient["Status"]), ("failed", "5.4.7"))
    truth("not delivered within 4s; the last reply was: the recipient's mailbox is full" in words, words)
    relay.wait_empty()


def test_an_outage_expires_nothing(relay):
    relay.start_provider().configure(**dict(LATE, expire="1s", delay_notice="1s"))
    relay.provider.stop()
    relay.start_flusher()
    relay.send("-f", "joe@example.org", "good@example.net")
    for _ in range(4):
        count = len(re.findall("refused", relay.flusher.text()))
        wait_for(lambda: len(re.findall("refused", relay.flusher.text())) > count, "another try")
    relay.start_provider()
    equal([(m["from"], m["to"]) for m in relay.wait_arrived(1)], [("<joe@example.org>", "<good@example.net>")])
    relay.wait_empty()
    equal(len(relay.arrived()), 1)


def test_the_sender_is_told_once_that_it_is_late(relay):
    start(relay, *DEFERRED, **dict(LATE, delay_notice="1s", expire="8s"))
    relay.send("-f", "joe@example.org", "later@example.net")
    _, words, (_, recipient), original = report(relay, bounces(relay)[0])
    equal((recipient["Action"], recipient["Status"]), ("delayed", "4.2.2"))
    truth(recipient["Will-Retry-Until"] and "need not send it again" in words, words)
    equal(original.get_content_type(), "text/rfc822-headers")
    wait_for(lambda: len(bounces(relay)) == 2, "the bounce in the end")
    equal(report(relay, bounces(relay)[1])[2][1]["Action"], "failed")


def test_lists_are_not_told_that_it_is_late(relay):
    start(relay, *DEFERRED, **dict(LATE, delay_notice="1s", expire="4s"))
    relay.send("-f", "joe@example.org", "later@example.net", data=b"Precedence: bulk\nSubject: s\n\nbody\n")
    equal(report(relay, bounces(relay)[0])[2][1]["Action"], "failed")


def test_a_file_that_changes_its_envelope(relay):
    """Its submitter swaps the recipients while it waits: the report names no other."""
    start(relay, "--reply", "RCPT:later:452 4.2.2 mailbox full", **dict(LATE, expire="3s"))
    path = os.path.join(relay.folder("cur"), "0123456789AB")
    dsn(relay, "sender <joe@example.org>", "recipient <a@example.net>", "recipient <later@example.net>")
    relay.flusher.wait_line("status=deferred")
    with open(path, "r+b") as f:
        message = b"Subject: s\r\n\r\nbody\r\n"
        f.truncate(0)
        f.write(b"mailchute 1\nsize %020d 7bit fits\nsender <joe@example.org>\nrecipient <x@y>\n\n%s"
                % (len(message), message))
    _, words, (_, recipient), _ = report(relay, bounces(relay)[0])
    equal(recipient["Final-Recipient"], "rfc822; later@example.net")
    truth("x@y" not in words, words)


if __name__ == "__main__":
    main(globals(), Relay)
