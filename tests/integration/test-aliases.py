"""Aliases and local users: who gets the mail, and what happens when nobody does."""

import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402


def start(relay, aliases=None, *provider, **options):
    if aliases is not None:
        relay.aliases(aliases)
    relay.start_provider(*provider).configure(**options).start_flusher()


def recipients(relay, count):
    """Everybody who got COUNT messages, in order of their addresses."""
    return sorted(address for message in relay.wait_arrived(count)
                  for address in message["to"].strip("<>").split(">,<"))


def test_a_list_with_locals_and_others(relay):
    start(relay, "staff: joe, Ann Other <ann@example.net>,\n  chief@example.com\nJoe: joe@example.net\n")
    relay.send("Staff@localhost", "ann@example.NET", "x@example.net")
    equal(recipients(relay, 1), ["ann@example.net", "chief@example.com", "joe@example.net", "x@example.net"])
    relay.flusher.wait_line(r"to=<joe@example.net>, orig_to=<Staff@localhost>, .*status=sent")
    relay.flusher.wait_line(r"to=<x@example.net>, relay=.*status=sent")
    relay.wait_empty()


def test_the_forms_of_root(relay):
    start(relay, "postmaster: p@example.net\n")
    relay.send("root", "root@localhost", "root@host.example.org", "ROOT@localhost", "nobody")
    relay.send("postmaster", "MAILER-DAEMON")
    equal(recipients(relay, 2), ["admin@example.org", "admin@example.org", "p@example.net"])
    relay.wait_empty()


def test_root_is_a_list(relay):
    start(relay, root="a@example.net, b@example.net")
    relay.send("root", "www-data", "b@example.net")
    equal(recipients(relay, 1), ["a@example.net", "b@example.net"])


def test_the_configuration_goes_before_the_alias_of_root(relay):
    start(relay, "root: r@example.net\nwww-data: w@example.net\n")
    relay.send("root", "www-data", "backup")
    equal(recipients(relay, 1), ["admin@example.org", "w@example.net"])
    relay.configure(root=None)
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.flusher.wait_line("configuration reloaded")
    relay.send("root", "backup")
    equal(recipients(relay, 2), ["admin@example.org", "r@example.net", "w@example.net"])


def test_a_loop_ends_at_root(relay):
    start(relay, "a: b\nb: c\nc: a\n")
    relay.send("a")
    equal(recipients(relay, 1), ["admin@example.org"])
    relay.flusher.wait_line(re.escape(relay.aliases_path) + r":3: c: the alias in line 1.* leads back here")


def test_programs_and_files_are_not_touched(relay):
    witness = os.path.join(relay.path, "witness")
    start(relay, 'cmd: "|touch %s", k@example.net\nonly: |touch %s\nfile: %s\ninc: :include:%s\n'
          % (witness, witness, witness, relay.conf_path))
    relay.send("cmd")
    relay.send("only", "file", "inc")
    equal(recipients(relay, 2), ["admin@example.org", "k@example.net"])
    for line, words in ((1, "given to programs"), (2, "given to programs"), (3, "written to files"),
                        (4, "no other file is read")):
        relay.flusher.wait_line(re.escape(relay.aliases_path) + r":%d: .*%s" % (line, words))
    truth(not os.path.exists(witness), "a program ran, or a file was written")


def test_a_faulty_line_leaves_the_others(relay):
    start(relay, "a: b@c d@e\nno colon\ngood: g@example.net\ngood: twice@example.net\n")
    relay.send("good", "a")
    equal(recipients(relay, 1), ["admin@example.org", "g@example.net"])
    for line in (1, 2, 4):
        relay.flusher.wait_line(re.escape(relay.aliases_path) + r":%d: " % line)
    relay.send("good")
    relay.wait_arrived(2)
    equal(len([line for line in relay.flusher.lines if "aliases:2: " in line]), 1, "told once for a change")


def test_those_who_are_left_are_tried_again(relay):
    start(relay, "staff: good@example.net, later@example.net, bad@example.net, fine@example.net\n",
          "--reply", "RCPT:later:452 4.2.2 full", "--reply", "RCPT:bad:550 5.1.1 no such user")
    relay.send("-f", "", "staff")
    equal(recipients(relay, 1), ["fine@example.net", "good@example.net"])
    relay.flusher.wait_line(r"to=<later@example.net>, orig_to=<staff>, .*status=deferred")
    relay.aliases("staff: good@example.net, new@example.net\n")  # too late for this message
    relay.provider.stop()
    relay.start_provider()
    equal(recipients(relay, 1), ["later@example.net"])
    wait_for(lambda: len(relay.entries("failed")) == 2, "both files in failed/")
    with open(os.path.join(relay.folder("failed"), relay.entries("failed")[1])) as f:
        truth("\nfailed 0 <bad@example.net> 550 5.1.1 " in f.read())
    equal(relay.queued(), [])


def test_what_leads_nowhere_waits_for_an_alias(relay):
    start(relay, "joe: joe@example.net, ann\n", root=None)
    relay.send("joe", "x@example.net")
    equal(recipients(relay, 1), ["joe@example.net", "x@example.net"])
    relay.flusher.wait_line(r"to=<ann>, .*status=deferred \(.*set root = ")
    wait_for(lambda: "joe@" not in relay.listing(), "the state on disk")
    truth(re.search(r"\n {41}ann\n", relay.listing()), relay.listing())
    relay.aliases("joe: joe@example.net, ann\nann: joe@example.net, x@example.net, a@example.net\n")
    equal(recipients(relay, 2), ["a@example.net", "joe@example.net", "x@example.net"])
    relay.wait_empty()


def test_nobody_gets_it_twice_over_restarts(relay):
    """What waits for an alias knows who has got the message, also after a crash."""
    start(relay, "", root=None)
    relay.send("ann", "x@example.net", "y@example.net")
    equal(recipients(relay, 1), ["x@example.net", "y@example.net"])
    relay.flusher.wait_line(r"to=<ann>, .*status=deferred")
    wait_for(lambda: [name for name in relay.entries("cur") if name.endswith(".state")], "a state file")
    relay.flusher.stop(signal.SIGKILL)
    relay.aliases("ann: y@example.net, z@example.net\n")
    relay.start_flusher()
    equal(recipients(relay, 2), ["x@example.net", "y@example.net", "z@example.net"])
    relay.wait_empty()


def test_a_root_alias_that_leads_nowhere(relay):
    start(relay, "root: joe\n", root=None)
    relay.send("root")
    relay.flusher.wait_line(r"to=<joe>, .*status=deferred \(.*set root = ")
    relay.aliases("root: joe\njoe: joe@example.net\n")
    equal(recipients(relay, 1), ["joe@example.net"])
    relay.flusher.wait_line(r"to=<joe@example.net>, orig_to=<root>")


def test_no_file_makes_it_hang(relay):
    """A pipe, a directory, a device, a link to nowhere."""
    start(relay)
    os.mkfifo(relay.aliases_path)
    relay.send("a")
    relay.wait_arrived(1)
    relay.flusher.wait_line("aliases: cannot be read: it is not a regular file")
    os.unlink(relay.aliases_path)
    os.mkdir(relay.aliases_path)
    relay.send("a")
    relay.wait_arrived(2)
    os.rmdir(relay.aliases_path)
    os.symlink("/dev/zero", relay.aliases_path)
    relay.send("a")
    relay.wait_arrived(3)
    os.unlink(relay.aliases_path)
    os.symlink("nowhere", relay.aliases_path)
    relay.send("a")
    relay.wait_arrived(4)
    os.unlink(relay.aliases_path)
    relay.aliases("a: a@example.net\n")
    relay.send("a")
    equal(relay.wait_arrived(5)[4]["to"], "<a@example.net>")
    os.unlink(relay.aliases_path)
    os.mkfifo(relay.aliases_path)
    relay.send("a")
    equal(relay.wait_arrived(6)[5]["to"], "<a@example.net>", "what was read before stays")
    relay.flusher.wait_line("the aliases before stay in force: 1")


def test_its_submitter_changes_the_envelope(relay):
    """Between two tries the file loses a recipient: nobody new gets the message, nothing breaks."""
    start(relay, "staff: later@example.net\n", "--reply", "RCPT:later:452 4.2.2 full")
    relay.send("x@example.net", "staff")
    relay.flusher.wait_line(r"to=<later@example.net>, orig_to=<staff>, .*status=deferred")
    message = [name for name in relay.entries("cur") if "." not in name][0]
    path = os.path.join(relay.folder("cur"), message)
    with open(path, "rb") as f:
        text = f.read()
    changed = re.sub(rb"recipient <staff>.*\n|recipient <x@example.net>.*\n", b"", text)
    changed = changed.replace(b"\n\n", b"\nrecipient <victim@example.net>\n\n", 1)
    with open(path, "wb") as f:
        f.write(changed)
    relay.provider.stop()
    relay.start_provider()
    equal(recipients(relay, 1), ["later@example.net"])
    relay.wait_empty()


def test_many_recipients(relay):
    """Lists of 500 in an envelope of 1000, most of them twice."""
    start(relay, "".join("list%d: %s\n" % (i, ", ".join("u%d@example.net" % j for j in range(500)))
                         for i in range(3)), max_recipients=100)
    relay.send("list0", "list1", "list2", *("u%d@example.net" % i for i in range(1000)))
    equal(recipients(relay, 10), sorted("u%d@example.net" % i for i in range(1000)))
    relay.wait_empty()


def test_a_kill_in_the_middle_of_many(relay):
    """What became of each batch is on disk before the next: at most one goes out twice."""
    relay.start_provider().configure(max_recipients=50).start_flusher()
    relay.send("-f", "<>", *("u%d@example.net" % i for i in range(2000)))
    relay.wait_arrived(7)
    relay.flusher.stop(signal.SIGKILL)
    state = [name for name in relay.entries("cur") if name.endswith(".state")]
    with open(os.path.join(relay.folder("cur"), state[0])) as f:
        lines = f.read().splitlines()
    truth(len([line for line in lines if line.startswith("done ")]) >= 200, lines[-3:])
    relay.start_flusher()
    relay.wait_empty()
    got = recipients(relay, 40)
    equal(len(set(got)), 2000)
    truth(len(got) <= 2050, len(got))


if __name__ == "__main__":
    main(globals(), Relay)
