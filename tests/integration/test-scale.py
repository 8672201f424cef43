#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What a long queue costs: calls, memory, connections, and who has to wait."""

import collections
import os
import re
import shutil
import signal
import subprocess

from harness import BUILD, Skip, equal, main, truth
from relay import Process, Relay, wait_for


def fill(relay, count, recipient="a@example.net", owner=-1):
    """One is submitted, the others are copies of it."""
    before = set(relay.entries("new"))
    relay.send(recipient)
    first = (set(relay.entries("new")) - before).pop()
    new = relay.folder("new")
    with open(os.path.join(new, first), "rb") as f:
        content = f.read()
    for number in range(count):
        path = os.path.join(new, "%012X" % (int(first, 16) ^ number))
        with open(path, "wb") as f:
            f.write(content)
        os.chown(path, owner, -1)


def children(relay):
    pid = relay.flusher.child.pid
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(word) for word in f.read().split()]


def couriers(relay):
    return len(children(relay))


def test_few_messages_go_over_one_connection(relay):
    """Where the machine is too busy for the first to get on, a second is right; so, not always."""
    relay.start_provider().configure(max_connections=4, max_idle="10m")
    seen = []
    for _ in range(5):
        fill(relay, 3)
        relay.start_flusher()
        relay.wait_empty()
        seen.append(couriers(relay))
        relay.flusher.stop()
        if 1 in seen:
            return
    truth(False, seen)


def test_many_go_over_as_many_as_are_allowed(relay):
    relay.start_provider().configure(max_connections=3, max_messages=1000, max_idle="10m")
    fill(relay, 400)
    relay.start_flusher()
    wait_for(lambda: couriers(relay) == 3, "three connections")
    relay.wait_empty()
    equal((len(relay.arrived()), couriers(relay)), (400, 3))


def calls(relay, count):
    """The flusher's calls that concern files, by name."""
    fill(relay, count)
    trace = os.path.join(relay.provider_dir, "trace")
    if not shutil.which("strace"):
        raise Skip("no strace")
    relay.flusher = Process(["strace", "-f", "-o", trace, "-e", "trace=file,desc", os.path.join(BUILD, "mailchuted"),
                             "-c", relay.conf_path, "-s", relay.path, "--foreground"])
    try:
        relay.wait_empty()
    except AssertionError:
        if "Operation not permitted" in relay.flusher.text():
            raise Skip("strace is not allowed here") from None
        raise
    os.kill(children(relay)[0], signal.SIGTERM)
    relay.flusher.child.wait(30)
    with open(trace) as f:
        lines = f.read().splitlines()
    flusher = lines[0].split()[0]
    return collections.Counter(re.findall(r"^%s +(\w+)\(" % flusher, "\n".join(lines), re.M))


def test_no_message_costs_more_because_of_others(relay):
    relay.start_provider().configure(max_connections=1, max_messages=1000)
    few, many = calls(relay, 50), calls(relay, 450)
    for name, most in (("getdents64", 0.01), ("openat", 3.1), ("newfstatat", 4.2), ("renameat2", 1.1),
                       ("unlinkat", 1.1)):
        each = (many[name] - few[name]) / 400
        truth(each <= most, "%s: %.2f for each message" % (name, each))


def peak_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])


def knows(relay, count):
    def told():
        try:
            with open(os.path.join(relay.path, "status")) as f:
                return "messages %d\n" % count in f.read()
        except OSError:
            return False
    wait_for(told, "%d messages" % count)


def needs_no_sanitizer():
    with open(os.path.join(BUILD, "mailchuted"), "rb") as f:
        if b"__asan" in f.read():
            raise Skip("sanitizers want more")


def test_memory_is_bounded(relay):
    """140 octets for a message: 14 MB for 100,000."""
    needs_no_sanitizer()
    relay.configure(user_messages=0).start_flusher()
    knows(relay, 0)
    before = peak_kb(relay.flusher.child.pid)
    relay.flusher.stop()
    fill(relay, 20000)
    relay.start_flusher()
    knows(relay, 20000)
    grown = peak_kb(relay.flusher.child.pid) - before
    truth(grown * 1024 <= 20000 * 140, "%d kB for 20,000 messages" % grown)


def listing_kb(relay, count):
    """The memory of a listing that has said its first line, and waits for somebody to read on."""
    fill(relay, count)
    command = [os.path.join(BUILD, "mailchute"), "queue", "-s", relay.path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as listing:
        listing.stdout.readline()
        used = peak_kb(listing.pid)
        listing.stdout.read()
        equal(listing.wait(), 0)
    return used


def test_a_listing_keeps_no_message(relay):
    needs_no_sanitizer()
    few = listing_kb(relay, 2000)
    grown = listing_kb(relay, 20000) - few
    truth(grown * 1024 <= 20000 * 70, "%d kB for 20,000 messages" % grown)


def test_an_alert_does_not_wait_for_a_newsletter(relay):
    """The rate stops the newsletter in its middle; then root writes, and is the next or the one after."""
    if os.getuid() != 0:
        raise Skip("not root")
    relay.start_provider().configure(rate="100/day", max_connections=2)
    fill(relay, 400, owner=33)
    relay.start_flusher()
    relay.wait_arrived(100)
    relay.send("alert@example.net")
    knows(relay, 301)
    relay.configure(rate="103/day", max_connections=1)
    relay.flusher.child.send_signal(signal.SIGHUP)
    truth("<alert@example.net>" in [message["to"] for message in relay.wait_arrived(103)[100:]], relay.arrived()[100:])


if __name__ == "__main__":
    main(globals(), Relay)
