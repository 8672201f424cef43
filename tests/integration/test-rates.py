#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""rate: so much goes out and no more, over restarts and crashes, and people are told."""

import os
import signal
import socket

from harness import equal, main, truth
from relay import Relay, wait_for


def start(relay, rate, **more):
    return relay.configure(rate=rate, **more).start_flusher()


def send(relay, count):
    for i in range(count):
        relay.send("a%d@example.net" % i)


def stays(relay, arrived, queued):
    """One more message shows that nothing goes out: the flusher knows of it, and it is there."""
    relay.send("late@example.net")
    wait_for(lambda: "messages %d\n" % (queued + 1) in status(relay), "a look at it")
    equal(len(relay.arrived()), arrived)


def status(relay):
    with open(os.path.join(relay.path, "status")) as f:
        return f.read()


def rates(relay):
    with open(os.path.join(relay.path, "rates")) as f:
        return f.read()


def test_a_day_that_is_used_up(relay):
    relay.start_provider()
    start(relay, "3/day")
    send(relay, 5)
    relay.wait_arrived(3)
    relay.flusher.wait_line(r"alert: rate 3/day is used up; mail goes on at 2\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
    wait_for(lambda: "trouble rate" in status(relay), "the status")
    equal(len(relay.queued()), 2)
    equal(relay.flusher.stop(), 0)
    truth("running" not in rates(relay), rates(relay))
    start(relay, "3/day")
    relay.flusher.wait_line("alert: rate 3/day is used up")
    stays(relay, 3, 2)
    relay.flusher.stop(signal.SIGKILL)
    start(relay, "3/day")
    relay.flusher.wait_line("alert: rate 3/day is used up")
    stays(relay, 3, 3)
    relay.configure(rate="none")
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.wait_arrived(7)
    relay.wait_empty()
    truth("status=deferred" not in relay.flusher.text(), relay.flusher.text())


def test_what_a_crash_loses_counts_as_sent(relay):
    """Of 200 a day 4 are noted at a time."""
    relay.start_provider()
    start(relay, "200/day")
    send(relay, 1)
    relay.wait_empty()
    relay.flusher.stop(signal.SIGKILL)
    start(relay, "6/day")
    send(relay, 4)
    relay.wait_arrived(2)
    relay.flusher.wait_line("alert: rate 6/day is used up")
    equal(len(relay.arrived()), 2)


def test_after_a_crash_a_minute_counts_as_used_up(relay):
    relay.start_provider()
    start(relay, "none")
    send(relay, 1)
    relay.wait_empty()
    relay.configure(rate="100/min")
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.flusher.wait_line("configuration reloaded")
    send(relay, 1)
    relay.wait_empty()
    relay.flusher.stop(signal.SIGKILL)
    start(relay, "100/min")
    stays(relay, 2, 0)
    relay.flusher.stop()
    start(relay, "1000/s")
    relay.wait_arrived(3)
    relay.wait_empty()


def test_recipients_are_counted_and_a_message_is_divided(relay):
    relay.start_provider()
    start(relay, "5 recipients/day")
    relay.send(*["a%d@example.net" % i for i in range(8)])
    equal(len(relay.wait_arrived(1)[0]["to"].split(",")), 5)
    relay.flusher.wait_line("alert: rate 5 recipients/day is used up")
    equal(len(relay.arrived()), 1)
    relay.configure(rate="8 recipients/day")
    relay.flusher.child.send_signal(signal.SIGHUP)
    equal(len(relay.wait_arrived(2)[1]["to"].split(",")), 3)
    relay.wait_empty()


def test_what_never_went_is_not_counted(relay):
    relay.start_provider().provider.stop()
    start(relay, "2/day", retry_max="1s")
    send(relay, 2)
    wait_for(lambda: relay.flusher.text().count("next try in") >= 5, "tries without a provider")
    relay.start_provider()
    relay.wait_arrived(2)
    relay.wait_empty()


def test_a_file_that_is_no_such_file(relay):
    relay.start_provider()
    head, many = "mailchute-rates 1\n", " 0" * 20
    for text in ("", "x", head + "sent default 86400 messages 1 2 3\n", head + "sent\n", head + "\n\nsent a",
                 head + "sent default 86400 messages 1%s -1\n" % many, head + "sent default x messages 1\n",
                 head + "sent default 86400 messages 1%s 1 1\n" % many, head + "running\n" + "sent " * 1000):
        with open(os.path.join(relay.path, "rates"), "w") as f:
            f.write(text)
        start(relay, "2/day").wait_line("rates: cannot be read")
        equal(relay.flusher.stop(), 0)
    start(relay, "2/day")
    send(relay, 2)
    relay.wait_arrived(2)


def test_a_second_is_soon_over(relay):
    relay.start_provider()
    start(relay, "2/s, 100/h")
    send(relay, 7)
    relay.wait_arrived(7)
    relay.wait_empty()
    truth("alert" not in relay.flusher.text(), relay.flusher.text())


def test_the_service_says_what_it_waits_for(relay):
    relay.start_provider()
    path = os.path.join(relay.path, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            start(relay, "2/min")
        finally:
            del os.environ["NOTIFY_SOCKET"]
        send(relay, 3)
        while "; 2/min reached" not in s.recv(4096).decode():
            pass
    equal(len(relay.wait_arrived(2)), 2)


def test_the_fallback_takes_what_is_over(relay):
    relay.start_provider()
    start(relay, "2/day", fallback="other", fallback_after="0s")
    relay.flusher.stop()
    with open(relay.conf_path) as f:
        own = f.read()
    keys = ("host", "port", "tls", "ca-file", "user", "password-file")
    lines = [line for line in own.splitlines() if line.split(" =")[0] in keys]
    with open(relay.conf_path, "a") as f:
        f.write('account "other" {\n%s\n}\n' % "\n".join(lines))
    relay.start_flusher()
    send(relay, 5)
    relay.wait_arrived(5)
    relay.wait_empty()
    relay.flusher.wait_line("alert: account default: rate 2/day is used up")


if __name__ == "__main__":
    main(globals(), Relay)
