"""The main path: sendmail, spool, mailchuted, courier, provider; and what holds it up."""

import email
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, equal, main, truth  # noqa: E402
from relay import Process, Relay, wait_for  # noqa: E402


def test_a_message_arrives(relay):
    relay.start_provider().configure().start_flusher()
    relay.send("-f", "s@example.org", "a@example.net", data=b"From: S <s@example.org>\nTo: a@example.net\n"
               b"Subject: hello\n\nline\n.dot\n..two\n")
    message = relay.wait_arrived(1)[0]
    equal((message["from"], message["to"], message["user"]), ("<s@example.org>", "<a@example.net>", "sandbox"))
    truth(message["tls"].startswith("TLS1.3"), message)
    text = relay.read_arrived(message)
    truth(re.search(rb"Received: by host.example.org \(mailchute, from userid %d\)" % os.getuid(), text), text)
    truth(text.replace(b"\r\n", b"\n").endswith(b"\n\nline\n.dot\n..two\n"), text)
    equal([len(re.findall(rb"^" + name, text, re.M | re.I)) for name in (b"From:", b"Date:", b"Message-ID:")],
          [1, 1, 1])
    relay.wait_empty()
    relay.flusher.wait_line(r"^mailchuted: [0-9A-F]{12}: from=<s@example.org>, to=<a@example.net>, "
                            r"relay=localhost\[\S+\]:\d+, delay=\d+\.\d+, dsn=2\S*, status=sent \(.+\)$")
    equal(relay.entries("failed"), [])


def test_a_submitter_is_believed_of_our_own_services_alone(relay):
    relay.start_provider().configure().start_flusher()
    cases = [("submitter 4711", None, b"(mailchute, from userid 4711)"),
             ("submitter 4294967295", None, b"(mailchute)")]
    if os.getuid() == 0:
        cases.append(("submitter 4711", 65534, b"(mailchute, from userid 65534)"))
    for number, (line, owner, expected) in enumerate(cases):
        path = os.path.join(relay.path, "message")
        with open(path, "wb") as f:
            f.write(b"mailchute 1\nsize %020d 7bit fits\nsender <s@example.org>\n%s\n"
                    b"recipient <a@example.net>\n\n\r\nhi\r\n" % (6, line.encode()))
        if owner:
            os.chown(path, owner, -1)
        os.rename(path, os.path.join(relay.folder("new"), "6110A0000%03X" % number))
        text = relay.read_arrived(relay.wait_arrived(number + 1)[-1])
        truth(b"Received: by host.example.org " + expected + b"\r\n" in text, text)


def test_implicit_tls(relay):
    relay.start_provider().configure(port=relay.ports["implicit"], tls="implicit").start_flusher()
    relay.send("a@example.net")
    truth(relay.wait_arrived(1)[0]["tls"].startswith("TLS1.3"))


def test_every_gear_and_mechanism(relay):
    for options in (["--no-chunking"], ["--no-pipelining"], ["--no-pipelining", "--no-chunking"],
                    ["--no-auth-plain"], ["--no-8bitmime", "--no-enhanced-status-codes", "--no-dsn"]):
        relay.start_provider(*options).configure().start_flusher()
        body = b"".join(b"." * (i % 4) + b"line %d\n" % i for i in range(5000)) + b"\xc3\xb6\n"
        relay.send("-i", "a@example.net", data=b"Subject: s\n\n" + body)
        text = relay.read_arrived(relay.wait_arrived(1)[0])
        decoded = email.message_from_bytes(text).get_payload(decode=True)
        equal(decoded.replace(b"\r\n", b"\n"), body, options)
        truth("--no-8bitmime" not in options or text.isascii(), options)
        relay.flusher.stop()
        relay.provider.stop()


def test_local_users_mail_goes_to_root(relay):
    relay.start_provider().configure().start_flusher()
    relay.send("root", "www-data", "root@localhost", "root@host.example.org")
    message = relay.wait_arrived(1)[0]
    equal(message["to"], "<admin@example.org>")
    truth(re.fullmatch(r"<\S+@host\.example\.org>", message["from"]), message)


def test_local_mail_without_root_waits(relay):
    relay.start_provider().configure(root=None).start_flusher()
    relay.send("root", "a@example.net")
    equal(relay.wait_arrived(1)[0]["to"], "<a@example.net>")
    relay.flusher.wait_line(r"to=<root>, .*status=deferred \(.*set root = ")
    equal(len(relay.queued()), 1)
    relay.configure()
    relay.flusher.child.send_signal(signal.SIGHUP)
    equal(relay.wait_arrived(2)[1]["to"], "<admin@example.org>")
    relay.wait_empty()


def test_from_is_what_the_provider_allows(relay):
    relay.start_provider().configure(**{"from": "server@example.org"}).start_flusher()
    relay.send("-f", "joe@inside.example", "a@example.net", data=b"From: \"Joe, J\" <joe@inside.example>\n\nb\n")
    message = relay.wait_arrived(1)[0]
    equal(message["from"], "<server@example.org>")
    text = relay.read_arrived(message)
    truth(re.search(rb'^From: "?Joe, J"? <server@example.org>', text, re.M), text)
    truth(re.search(rb"^X-Original-From: .*joe@inside.example", text, re.M), text)
    truth(re.search(rb"^Reply-To: .*joe@inside.example", text, re.M), text)


def test_a_verdict_for_each_recipient(relay):
    relay.start_provider("--reply", "RCPT:bad:550 5.1.1 no such user", "--reply",
                         "RCPT:later:452 4.2.2 mailbox full").configure().start_flusher()
    relay.send("good@example.net", "bad@example.net", "later@example.net", "fine@example.net")
    equal([m["to"] for m in relay.wait_arrived(2)], ["<fine@example.net>,<good@example.net>", "<admin@example.org>"])
    relay.flusher.wait_line(r"to=<bad@example.net>.*dsn=5.1.1, status=failed \(.*no such user")
    relay.flusher.wait_line(r"to=<later@example.net>.*dsn=4.2.2, status=deferred \(.*mailbox full")
    truth(re.search(r"^[0-9A-F]{12} +\d+ \w{3} \w{3} +\d+ [\d:]{8} +\S+@?\S*\n +\(.*mailbox full.*\)\n"
                    r" {41}later@example.net\n\n\t\tTotal requests: 1\n-- 0 Kbytes in 1 Request\.$", relay.listing(), re.M), relay.listing())
    relay.provider.stop()
    relay.start_provider()
    equal(relay.wait_arrived(1)[0]["to"], "<later@example.net>")
    wait_for(lambda: not relay.queued(), "nothing in the queue")
    equal(relay.listing(), "Mail queue is empty\n")
    equal(relay.entries("failed"), [])


def test_what_nobody_can_be_told_of_is_kept(relay):
    """A bounce that is refused too: never a bounce for a bounce."""
    relay.start_provider("--reply", "DATA:*:554 5.6.0 not like that").configure().start_flusher()
    relay.send("a@example.net")
    bounce = relay.flusher.wait_line(r"returned to the sender, as ([0-9A-F]{12})")[1]
    relay.flusher.wait_line(r"nobody can be told; .*kept: failed/%s" % bounce)
    wait_for(lambda: relay.entries("failed") == [bounce, bounce + ".state"], "both files in failed/")
    with open(os.path.join(relay.folder("failed"), bounce + ".state")) as f:
        truth("failed 0 <admin@example.org> 554 5.6.0 not like that" in f.read())
    equal(relay.queued(), [])


def test_a_refused_sender_holds_nobody_else(relay):
    """The provider does not know one sender: its mail waits, untouched, and the other mail goes on."""
    relay.start_provider("--reply", "MAIL:strang:550 5.7.1 sender domain not verified").configure().start_flusher()
    for i in range(3):
        relay.send("-f", "strangér@example.org", "a%d@example.net" % i)
    relay.flusher.wait_line(r"sender refused: verify the sender's address.*mail of <strang\?\?r@example.org> waits")
    relay.send("-f", "known@example.org", "b@example.net")
    equal(relay.wait_arrived(1)[0]["to"], "<b@example.net>")
    wait_for(lambda: len(relay.queued()) == 3, "the three alone in the queue")
    truth(len([line for line in relay.flusher.lines if "mail of <strang??r@example.org> waits" in line]) == 1)
    relay.provider.stop()
    relay.start_provider()
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.wait_arrived(3)
    relay.flusher.wait_line(r"takes mail of <strang\?\?r@example.org> again")
    relay.wait_empty()


def test_a_quota_that_says_550_bounces_nothing(relay):
    relay.start_provider("--reply", "MAIL:*:550 5.4.5 Daily user sending limit exceeded").configure(
        retry_max="2s").start_flusher()
    for i in range(3):
        relay.send("a%d@example.net" % i)
    relay.flusher.wait_line(r"the account's allowance is used up .*550 5.4.5.*messages wait")
    time.sleep(1)
    equal((len(relay.queued()), relay.entries("failed")), (3, []))
    relay.provider.stop()
    relay.start_provider()
    equal(len(relay.wait_arrived(3)), 3)
    relay.wait_empty()


def test_connections_that_break_again_and_again_hold_the_account(relay):
    """Each message costs a login: after a few in a row the others wait, and are not counted against."""
    relay.start_provider("--reply", "RCPT:*:421 4.3.2 going down").configure(max_connections=1).start_flusher()
    for i in range(30):
        relay.send("a%d@example.net" % i)
    relay.flusher.wait_line("going down.*messages wait, next try in")
    truth(relay.flusher.text().count("status=deferred") < 15, relay.flusher.text())
    relay.provider.stop()
    relay.start_provider()
    relay.wait_arrived(30)
    relay.wait_empty()


def test_throttling_slows_down_and_loses_nothing(relay):
    relay.start_provider("--reply", "RCPT:*:454 Throttling failure: Maximum sending rate exceeded").configure(
        max_connections=4).start_flusher()
    for i in range(5):
        relay.send("a%d@example.net" % i)
    relay.flusher.wait_line("the provider wants it slower .*pausing for")
    relay.provider.stop()
    relay.start_provider()
    relay.wait_arrived(5)
    relay.wait_empty()
    truth("status=" not in "\n".join(line for line in relay.flusher.lines if "deferred" in line), "no try is counted")


def test_one_connection_for_many_messages(relay):
    for i in range(20):
        relay.send("a%d@example.net" % i)
    relay.start_provider().configure(max_connections=1).start_flusher()
    arrived = relay.wait_arrived(20)
    equal([message["to"] for message in arrived], ["<a%d@example.net>" % i for i in range(20)])
    relay.wait_empty()


def trouble(relay, pattern):
    """Mail stays queued, untouched; one line says PATTERN; nobody's mail is given up."""
    relay.start_flusher()
    relay.send("a@example.net")
    relay.flusher.wait_line(pattern)
    equal(len(relay.queued()), 1)
    equal((relay.entries("failed"), [n for n in relay.entries("cur") if "." in n]), ([], []))
    truth("sandbox\n" not in relay.flusher.text() and "hunter2" not in relay.flusher.text(), "secret in the log")


def recovery(relay):
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.wait_arrived(1)
    relay.wait_empty()


def test_wrong_password(relay):
    relay.password("hunter2")
    relay.start_provider().configure()
    trouble(relay, r"535.*password.*message.* wait.*next try")
    relay.password("sandbox")
    recovery(relay)


def test_missing_password(relay):
    os.unlink(relay.password_path)
    relay.start_provider().configure()
    trouble(relay, re.escape(relay.password_path) + r".*message.* wait.*next try")
    relay.password("sandbox")
    recovery(relay)


def test_unknown_authority(relay):
    relay.start_provider().configure(ca_file="")
    trouble(relay, r"not trusted.*ca-file.*next try")
    relay.configure()
    recovery(relay)


def test_wrong_host_name(relay):
    relay.start_provider("--hostname", "smtp.example.org").configure(host="127.0.0.2")
    trouble(relay, r"(certificate is not for 127\.0\.0\.2|refused).*next try")


def test_no_starttls(relay):
    relay.start_provider("--no-starttls", "--allow-plain-auth").configure()
    trouble(relay, r"STARTTLS.*next try")
    relay.provider.stop()
    relay.start_provider()
    recovery(relay)


def test_connection_refused(relay):
    relay.start_provider().configure()
    relay.provider.stop()
    trouble(relay, r"refused.*next try")
    relay.start_provider()
    relay.wait_arrived(1)  # without a reload: the probe finds out
    relay.wait_empty()
    relay.flusher.wait_line("takes mail again")


def test_credentials_go_over_tls_only(relay):
    """A server that offers AUTH but no TLS hears no AUTH, whatever it asks for."""
    heard = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        connection.sendall(b"220 x ESMTP\r\n")
        for line in connection.makefile("rb"):
            heard.append(line)
            if line.startswith(b"EHLO"):
                connection.sendall(b"250-x\r\n250 AUTH PLAIN LOGIN\r\n")
            else:
                connection.sendall(b"250 ok\r\n")

    import threading
    threading.Thread(target=serve, daemon=True).start()
    relay.configure(port=listener.getsockname()[1])
    trouble(relay, r"STARTTLS.*next try")
    truth(heard and not [line for line in heard if line.upper().startswith((b"AUTH", b"MAIL"))], heard)
    listener.close()


def test_bad_configuration_is_told_whole(relay):
    relay.start_provider()
    with open(relay.conf_path, "w") as f:
        f.write('hots = "x"\nport = 99999999\npassword = "hunter2"\n')
    relay.send("a@example.net")
    relay.start_flusher()
    equal(relay.flusher.child.wait(20), 78)
    relay.flusher.reader.join(5)
    for number in (1, 2, 3):
        truth("mailchute.conf:%d: " % number in relay.flusher.text(), relay.flusher.text())
    truth("hunter2" not in relay.flusher.text(), "the secret is shown")
    equal(len(relay.queued()), 1)


def test_a_reload_of_a_faulty_configuration(relay):
    relay.start_provider().configure().start_flusher()
    relay.send("a@example.net")
    relay.wait_arrived(1)
    with open(relay.conf_path, "a") as f:
        f.write("nonsense = 1\n")
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.flusher.wait_line("no mail goes out until that is mended")
    relay.send("b@example.net")
    relay.flusher.wait_line("mailchute-courier cannot be started")
    equal(len(relay.queued()), 1)
    relay.configure()
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.wait_arrived(2)
    relay.wait_empty()


def test_stops_cleanly_in_the_middle(relay):
    for i in range(100):
        relay.send("a%d@example.net" % i)
    relay.start_provider().configure(max_connections=1).start_flusher()
    relay.wait_arrived(5)
    equal(relay.flusher.stop(), 0)
    left = len(relay.queued())
    equal(left + len(relay.arrived()), 100)
    relay.start_flusher()
    relay.wait_arrived(100)
    relay.wait_empty()
    equal(len({message["to"] for message in relay.arrived()}), 100)
    equal(len(relay.arrived()), 100)


def test_kill_nine_loses_nothing(relay):
    for i in range(200):
        relay.send("a%d@example.net" % i)
    relay.start_provider().configure(window=2)
    for i in range(10):
        relay.start_flusher()
        time.sleep(0.05 + 0.03 * i)
        relay.flusher.stop(signal.SIGKILL)
    relay.start_flusher()
    wait_for(lambda: len({m["to"] for m in relay.arrived()}) == 200, "all 200")
    relay.wait_empty()
    # two connections, with two windows given ahead to each
    truth(len(relay.arrived()) <= 200 + 10 * 2 * 4, "no more duplicates than were in flight")
    equal(relay.entries("failed"), [])


def test_nobody_gets_it_twice_when_the_disk_refuses(relay):
    """The state cannot be written: it is kept, and the message waits until it can be."""
    relay.send("good@example.net", "later@example.net")
    blocker = os.path.join(relay.folder("cur"), relay.entries("new")[0] + ".state~")
    os.makedirs(os.path.join(blocker, "x"))
    relay.start_provider("--reply", "RCPT:later:452 4.2.2 mailbox full").configure().start_flusher()
    relay.flusher.wait_line("cannot write its state")
    relay.flusher.wait_line("alert: the queue .* cannot be written")
    relay.provider.stop()
    first = relay.arrived()
    equal([message["to"] for message in first], ["<good@example.net>"])
    relay.start_provider()
    time.sleep(2.5)
    equal(relay.arrived(), [], "sent while its state could not be written")
    os.rmdir(os.path.join(blocker, "x"))
    os.rmdir(blocker)
    relay.flusher.child.send_signal(signal.SIGHUP)
    equal([message["to"] for message in relay.wait_arrived(1)], ["<later@example.net>"])
    relay.wait_empty()


def test_a_state_file_that_is_no_such_thing(relay):
    relay.send("a@example.net")
    name = relay.entries("new")[0]
    os.rename(os.path.join(relay.folder("new"), name), os.path.join(relay.folder("cur"), name))
    with open(os.path.join(relay.folder("cur"), name + ".state"), "w") as f:
        f.write("nonsense\n")
    relay.start_provider().configure().start_flusher()
    relay.send("b@example.net")
    equal(relay.wait_arrived(1)[0]["to"], "<b@example.net>")
    relay.wait_empty()
    equal(len(relay.entries("failed")), 2)


def test_a_courier_that_dies_holds_up_nobody_else(relay):
    listener = socket.create_server(("127.0.0.1", 0))  # takes the connection and says nothing
    relay.start_provider().configure(port=listener.getsockname()[1], retry_min="1h", retry_max="1h",
                                     max_connections=1)
    relay.start_flusher()
    relay.send("a@example.net")
    held, _ = listener.accept()
    children = subprocess.run(["pgrep", "-P", str(relay.flusher.child.pid)], capture_output=True, text=True)
    for pid in children.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    relay.flusher.wait_line(r"status=deferred \(the courier ended before it was done: signal 9")
    relay.configure(retry_min="1h", retry_max="1h", max_connections=1)
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.send("b@example.net")
    equal({message["to"] for message in relay.wait_arrived(2)}, {"<a@example.net>", "<b@example.net>"})
    held.close()
    listener.close()


def test_a_message_that_kills_couriers_is_set_aside(relay):
    """Three couriers die of one message: it is kept, its sender is told, and the other mail goes on."""
    listener = socket.create_server(("127.0.0.1", 0))
    relay.start_provider().configure(port=listener.getsockname()[1], max_connections=1)
    relay.start_flusher()
    relay.send("a@example.net")
    for _ in range(3):
        held, _ = listener.accept()
        for pid in subprocess.run(["pgrep", "-P", str(relay.flusher.child.pid)],
                                  capture_output=True, text=True).stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        held.close()
    relay.flusher.wait_line("3 couriers ended over it; it is not tried again")
    relay.flusher.wait_line("it is set aside; .*kept: failed/")
    equal(len(relay.entries("failed")), 2)
    relay.configure(max_connections=1)
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.send("b@example.net")
    equal({message["to"] for message in relay.wait_arrived(2)}, {"<admin@example.org>", "<b@example.net>"})
    listener.close()


def test_what_is_over_the_limit_of_a_user_waits(relay):
    relay.start_provider().configure(user_messages=2)
    for i in range(7):
        relay.send("a%d@example.net" % i)
    relay.start_flusher()
    relay.flusher.wait_line(r"user \d+ has as much mail in the queue as one may have")
    relay.wait_arrived(7)
    relay.wait_empty()
    equal(len(relay.arrived()), 7)


def test_much_junk_is_a_line_or_two(relay):
    for i in range(2000):
        with open(os.path.join(relay.folder("new"), "junk%d" % i), "w"):
            pass
        with open(os.path.join(relay.folder("new"), "%012X" % i), "w"):
            pass
    relay.start_provider().configure().start_flusher()
    relay.send("a@example.net")
    relay.wait_arrived(1)
    relay.wait_empty()
    equal(len(relay.entries("failed")), 4000)
    relay.flusher.wait_line(r"\d+ files in the queue were moved to failed/")
    truth(len([line for line in relay.flusher.lines if "moved to failed/" in line]) < 5, "few lines")


def test_a_link_that_was_kept_stays_nobodys(relay):
    """The submitter links a refused message into the queue again: it does not stay there for ever."""
    relay.start_provider("--reply", "DATA:*:554 5.6.0 not like that").configure()
    relay.send("-f", "<>", "a@example.net")
    name = relay.entries("new")[0]
    new = os.path.join(relay.folder("new"), name)
    os.link(new, os.path.join(relay.path, "kept"))
    relay.start_flusher()
    wait_for(lambda: len(relay.entries("failed")) == 2, "it in failed/")
    os.link(os.path.join(relay.path, "kept"), new)
    wait_for(lambda: len(relay.entries("failed")) == 3 and not relay.queued(), "it in failed/ again")


def test_a_reload_keeps_the_foreground(relay):
    relay.start_provider().configure(idle_exit="1s").start_flusher()
    relay.send("a@example.net")
    relay.wait_arrived(1)
    relay.flusher.child.send_signal(signal.SIGHUP)
    relay.flusher.wait_line("configuration reloaded")
    time.sleep(2.5)
    truth(relay.flusher.child.poll() is None, "still there")


def test_an_idle_flusher_sleeps(relay):
    """In the foreground it stays when the queue is empty, and does nothing there."""
    def rounds():
        with open("/proc/%d/status" % relay.flusher.child.pid) as f:
            return sum(int(n) for n in re.findall(r"ctxt_switches:\s*(\d+)", f.read()))
    relay.start_provider().configure(idle_exit="1s").start_flusher()
    relay.send("a@example.net")
    relay.wait_arrived(1)
    relay.flusher.wait_line("status=sent")
    time.sleep(6)  # until the courier has gone, and the time to leave has passed
    before = rounds()
    time.sleep(2)
    truth(rounds() - before < 20, rounds() - before)


def test_leaves_when_idle(relay):
    relay.start_provider().configure(idle_exit="1s")
    relay.send("a@example.net")
    relay.start_flusher("-v")
    relay.wait_arrived(1)
    equal(relay.flusher.child.wait(30), 0)


def test_one_flusher_a_spool(relay):
    relay.start_provider().configure().start_flusher()
    relay.send("a@example.net")
    relay.wait_arrived(1)
    second = Process([os.path.join(BUILD, "mailchuted"), "-c", relay.conf_path, "-s", relay.path])
    equal(second.child.wait(20), 75)
    truth("another mailchuted" in second.text() or second.wait_line("another mailchuted"))


def test_junk_is_put_aside(relay):
    new = relay.folder("new")
    with open(os.path.join(new, "0123456789AB"), "w") as f:
        f.write("mailchute 1\nsize 00000000000000000009 7bit fits\nsender <>\nrecipient <a@b>\n\nshort")
    with open(os.path.join(new, "not-a-queue-id"), "w") as f:
        f.write("x")
    os.mkfifo(os.path.join(new, "0123456789AC"))
    os.symlink("/etc/shadow", os.path.join(new, "0123456789AD"))
    relay.start_provider().configure().start_flusher()
    relay.send("a@example.net")
    relay.wait_arrived(1)
    relay.wait_empty()
    equal(len(relay.entries("failed")), 4)
    truth(all(name.startswith("junk-") for name in relay.entries("failed")))
    equal(len(relay.arrived()), 1)


def test_smuggling_is_refused(relay):
    """A message with a bare LF, written past sendmail, is cut off before the provider takes it."""
    body = b"Subject: x\r\n\r\na\n.\nMAIL FROM:<evil@example.org>\r\n"
    head = b"mailchute 1\nsize %020d 7bit fits\nsender <>\nrecipient <c@d.org>\n\n" % len(body)
    with open(os.path.join(relay.folder("new"), "0123456789AB"), "wb") as f:
        f.write(head + body)
    for options in ([], ["--no-chunking"]):
        relay.start_provider(*options).configure().start_flusher()
        relay.send("good@example.net")
        relay.wait_arrived(1)
        relay.flusher.wait_line("wire form") if not options else None
        equal([message["to"] for message in relay.arrived()], ["<good@example.net>"])
        relay.wait_empty()
        relay.flusher.stop()
        relay.provider.stop()
        relay.empty("failed")
        with open(os.path.join(relay.folder("new"), "0123456789AC"), "wb") as f:
            f.write(head + body)


def test_many_recipients_go_in_batches(relay):
    relay.start_provider().configure(max_recipients=10).start_flusher()
    relay.send(*["r%02d@example.net" % i for i in range(25)])
    arrived = relay.wait_arrived(3)
    equal([message["to"].count("@") for message in arrived], [10, 10, 5])
    relay.wait_empty()


def test_a_large_message(relay):
    relay.start_provider("--size", str(64 << 20)).configure().start_flusher()
    relay.send("-i", "a@example.net", data=b"Subject: big\n\n" + b"0123456789" * 7 * 10 + b"\n" * 1 +
               (b"x" * 70 + b"\n") * (25 << 20 >> 6))
    message = relay.wait_arrived(1)[0]
    truth(int(message["size"]) > 25 << 20, message)
    relay.wait_empty()


def test_sendmail_while_the_flusher_runs_as_many(relay):
    relay.start_provider().configure().start_flusher()
    command = ("for i in $(seq 25); do printf 'Subject: x\\n\\nb\\n' | %s -i a$1-$i@example.net || exit 1; done"
               % os.path.join(BUILD, "sendmail"))
    environment = dict(os.environ, MAILCHUTE_SPOOL=relay.path)
    children = [subprocess.Popen(["sh", "-c", command, "sh", str(n)], env=environment) for n in range(4)]
    equal([child.wait(60) for child in children], [0, 0, 0, 0])
    relay.wait_arrived(100)
    relay.wait_empty()
    equal(len({message["to"] for message in relay.arrived()}), 100)


if __name__ == "__main__":
    main(globals(), Relay)
