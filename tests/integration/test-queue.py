"""mailq and its other names, the totals for everybody, sendmail -q, and the modes that read no input."""

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Skip, equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402
from submit import SENDMAIL, environment, named, submit  # noqa: E402

HEADING = "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n"
STRANGER = 54321
CHECK_MAILQ = "/usr/lib/nagios/plugins/check_mailq"


def mailq(spool, *words, program=None, **more):
    result = submit(spool, *words, program=program or named(spool, "mailq"), **more)
    equal((result.returncode, result.stderr), (0, b""))
    return result.stdout.decode()


def when(path):
    return time.strftime("%a %b %e %H:%M:%S", time.localtime(os.stat(path).st_mtime))


def become_stranger():
    os.setgroups([])
    os.setgid(STRANGER)
    os.setuid(STRANGER)


def for_strangers(spool, name):
    """A copy of sendmail that anybody may run, under NAME."""
    if os.getuid() != 0:
        raise Skip("only root can become somebody else")
    folder = os.path.join(spool.path, "bin")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        shutil.copy(SENDMAIL, path)
    return path


def ask_as_stranger(spool, *words):
    return submit(spool, *words, program=for_strangers(spool, "sendmail"), preexec_fn=become_stranger)


def silent_listener():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    return listener


def deferred(relay, text="450 4.2.0 come back later"):
    """One message that was tried and waits for an hour."""
    relay.start_provider("--reply", "RCPT:*:" + text).configure(retry_min="1h", retry_max="1h").start_flusher()
    relay.send("-f", "s@example.org", "a@example.net")
    relay.flusher.wait_line("status=deferred")
    wait_for(lambda: any(name.endswith(".state") for name in relay.entries("cur")), "the state on disk")


def test_an_empty_queue(relay):
    for words, program in (([], named(relay, "mailq")), (["-bp"], SENDMAIL), (["-v", "-Ac", "-C", "/x"], None)):
        equal(mailq(relay, *words, program=program), "Mail queue is empty\n")
    equal(relay.listing(), "Mail queue is empty\n")
    equal(mailq(relay, "-bP", program=SENDMAIL), "0\n")


def test_the_layout_is_that_of_postfix(relay):
    relay.send("-f", "s@example.org", "a@example.net", "b@example.net", data=b"Subject: x\n\n" + b"y" * 3000)
    relay.send("-f", "", "c@example.net")
    first, second = relay.entries("new")
    paths = [os.path.join(relay.folder("new"), name) for name in (first, second)]
    sizes = [int(re.search(rb"size (\d+)", open(path, "rb").read())[1]) for path in paths]
    expected = (HEADING +
                "%s%7d %s  s@example.org\n%41sa@example.net\n%41sb@example.net\n\n" % (first, sizes[0], when(paths[0]), "", "") +
                "%s%7d %s  MAILER-DAEMON\n%41sc@example.net\n\n" % (second, sizes[1], when(paths[1]), "") +
                "\t\tTotal requests: 2\n-- %d Kbytes in 2 Requests.\n" % (sum(sizes) // 1024))
    equal(mailq(relay), expected)
    equal(mailq(relay, "-bp", program=SENDMAIL), expected)
    equal(relay.listing(), expected)
    equal(mailq(relay, "-bP", program=SENDMAIL), "2\n")


def test_the_reason_stands_above_the_recipient(relay):
    deferred(relay)
    text = wait_for(lambda: "*" not in mailq(relay) and mailq(relay), "the end of the delivery")
    lines = text.split("\n")
    reason = lines[2]
    truth(re.fullmatch(r" +\(.*come back later\)", reason), text)
    equal(len(reason), 78)
    equal(lines[3], " " * 41 + "a@example.net")
    truth(text.endswith("\n\n\t\tTotal requests: 1\n-- 0 Kbytes in 1 Request.\n"), text)


def test_a_star_while_a_delivery_runs(relay):
    listener = silent_listener()
    relay.configure(port=listener.getsockname()[1], ca_file=None)
    relay.start_flusher()
    relay.send("a@example.net")
    connection, _ = listener.accept()
    text = mailq(relay)
    truth(re.search(r"^[0-9A-F]{12}\* +\d+ \w{3} \w{3} ", text, re.M), text)
    equal(text.split("\n")[1].index(relay.entries("cur")[0]), 0)
    equal(json.loads(json_lines(relay))["queue_name"], "active")
    connection.close()
    listener.close()


def json_lines(relay):
    return subprocess.run([os.path.join(BUILD, "mailchute"), "queue", "--json", "-s", relay.path],
                          capture_output=True, text=True, check=True).stdout


def test_json_is_that_of_postqueue(relay):
    equal(json_lines(relay), "")
    relay.send("-f", '"a\\"b"@d', "x@example.net")
    entry = json.loads(json_lines(relay))
    equal((entry["queue_name"], entry["sender"]), ("incoming", '"a\\"b"@d'))
    relay.empty("new")
    deferred(relay, '450 4.2.0 "quoted" \\ text')
    wait_for(lambda: "*" not in mailq(relay), "the end of the delivery")
    lines = json_lines(relay).splitlines()
    equal(len(lines), 1)
    entry = json.loads(lines[0])
    equal(sorted(entry), sorted("queue_name queue_id arrival_time message_size forced_expire sender recipients".split()))
    equal((entry["queue_name"], entry["sender"], entry["forced_expire"]), ("deferred", "s@example.org", False))
    equal(entry["queue_id"], [name for name in relay.entries("cur") if "." not in name][0])
    truth(isinstance(entry["arrival_time"], int) and entry["message_size"] > 0, entry)
    equal(entry["recipients"][0]["address"], "a@example.net")
    truth('"quoted" \\ text' in entry["recipients"][0]["delay_reason"], entry)


def test_everybody_reads_the_totals(relay):
    program = for_strangers(relay, "mailq")
    equal(mailq(relay, program=program, preexec_fn=become_stranger), "Mail queue is empty\n")  # no flusher ever ran
    deferred(relay)
    relay.send("b@example.net", data=b"Subject: x\n\n" + b"y\n" * 2000)
    wait_for(lambda: "2 Requests" in mailq(relay, program=program, preexec_fn=become_stranger), "the new totals")
    text = mailq(relay, program=program, preexec_fn=become_stranger)
    truth(re.fullmatch(r"\t\tTotal requests: 2\n-- [56] Kbytes in 2 Requests\.\n", text), text)
    result = submit(relay, "-bP", program=for_strangers(relay, "sendmail"), preexec_fn=become_stranger)
    equal((result.returncode, result.stdout, result.stderr), (0, b"2\n", b""))
    path = os.path.join(relay.path, "status")
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o644)
    relay.flusher.stop()
    relay.empty("cur")
    relay.start_flusher()
    wait_for(lambda: mailq(relay, program=program, preexec_fn=become_stranger) == "Mail queue is empty\n", "no mail")
    relay.send("c@example.net")
    relay.flusher.wait_line("to=<c@example.net>")
    relay.flusher.stop()  # before it leaves it says what is left
    truth("1 Request." in mailq(relay, program=program, preexec_fn=become_stranger))


def test_totals_that_are_none(relay):
    program = for_strangers(relay, "mailq")
    for text in ("", "mailchute-status 1\nmessages x\noctets 1\n", "mailchute-status 1\nmessages 3", "\0" * 100):
        with open(os.path.join(relay.path, "status"), "w") as f:
            f.write(text)
        result = submit(relay, program=program, preexec_fn=become_stranger)
        equal((result.returncode, result.stdout, result.stderr.count(b"\n")), (69, b"", 1), text)


def test_no_queue_at_all(relay):
    shutil.rmtree(relay.folder("cur"))
    result = submit(relay, "-bp")
    equal((result.returncode, result.stdout, result.stderr.count(b"\n")), (69, b"", 1))
    truth(b"systemd-tmpfiles" in result.stderr, result.stderr)


def test_a_listing_that_cannot_be_written(relay):
    relay.send("a@example.net")
    with open("/dev/full", "wb") as full:
        result = subprocess.run([SENDMAIL, "-bp"], stdout=full, stderr=subprocess.PIPE, env=environment(relay))
    equal(result.returncode, 69)
    truth(re.fullmatch(rb"sendmail: cannot list the queue [^\n]+ No space left on device\n", result.stderr), result.stderr)


def test_what_is_no_message_is_left_out(relay):
    relay.send("a@example.net")
    name = relay.entries("new")[0]
    new = relay.folder("new")
    with open(os.path.join(new, "0" * 12), "w") as f:
        f.write("no envelope")
    os.mkdir(os.path.join(new, "1" * 12))
    os.mkfifo(os.path.join(new, "2" * 12))
    os.symlink("/etc/passwd", os.path.join(new, "3" * 12))
    truth(re.search("^%s" % name, mailq(relay), re.M))
    truth("-- 0 Kbytes in 1 Request.\n" in mailq(relay), mailq(relay))


def test_nobody_reads_the_listing_to_its_end(relay):
    for _ in range(3):
        relay.send(*["u%d@example.net" % i for i in range(3000)])
    reader, writer = os.pipe()
    child = subprocess.Popen([SENDMAIL, "-bp"], stdout=writer, stderr=subprocess.PIPE, env=environment(relay))
    os.close(writer)
    os.read(reader, 100)
    os.close(reader)
    _, text = child.communicate(timeout=30)
    equal((child.returncode, text), (0, b""))


def test_check_mailq_counts_right(relay):
    if not os.path.exists(CHECK_MAILQ):
        raise Skip("no check_mailq; it comes with monitoring-plugins-standard")
    for name in ("check_mailq", "utils.pm"):
        with open(os.path.join(os.path.dirname(CHECK_MAILQ), name)) as f:
            text = f.read().replace("/usr/bin/mailq", named(relay, "mailq"))
        with open(os.path.join(relay.path, name), "w") as f:
            f.write(text)
    for count in (0, 1, 2):
        if count:
            relay.send("a@example.net")
        for kind in ("postfix", "sendmail"):
            result = subprocess.run(["perl", os.path.join(relay.path, "check_mailq"), "-w", "5", "-c", "9", "-M", kind],
                                    env=environment(relay), capture_output=True, text=True)
            equal(result.returncode, 0, result.stdout)
            truth("empty" in result.stdout if count == 0 else re.search(r"\b%d\b" % count, result.stdout),
                  (kind, count, result.stdout))


def test_modes_that_read_no_input(relay):
    for words, name in ((["-bp"], "sendmail"), (["-bP"], "sendmail"), (["-bi"], "sendmail"), (["-I"], "sendmail"),
                        (["-bh"], "sendmail"), (["-bH"], "sendmail"), (["-bv", "a@b"], "sendmail"),
                        (["-q"], "sendmail"), (["-qf"], "sendmail"), (["-q30m"], "sendmail"), (["-qIx"], "sendmail"),
                        ([], "mailq"), (["-v"], "mailq"), (["-C", "x"], "mailq"), ([], "newaliases"), ([], "runq"),
                        ([], "hoststat"), ([], "purgestat"), (["host"], "hoststat")):
        reader, writer = os.pipe()
        os.write(writer, b"To: x@y\n\nnot read\n")
        os.close(writer)
        result = subprocess.run([named(relay, name), *words], stdin=reader, capture_output=True,
                                env=environment(relay), timeout=30)
        equal(result.returncode, 0, (name, words))
        truth(re.fullmatch(rb"(sendmail: /etc/aliases:.*\n)*", result.stderr), result.stderr)  # as this machine's is
        equal(os.read(reader, 100), b"To: x@y\n\nnot read\n", (name, words))
        os.close(reader)
        equal(relay.queued(), [name for name in relay.queued() if name == "flush"], (name, words))
        truth(result.stdout == b"" or name == "mailq" or words[0] in ("-bp", "-bP"), (name, words, result.stdout))


def test_newaliases_tells_what_is_wrong_with_the_file(relay):
    etc = os.path.join(relay.path, "etc")
    os.mkdir(etc)
    with open(os.path.join(etc, "aliases"), "w") as f:
        f.write("root: admin@example.org\nlist: |/bin/program\n")
    script = "mount --bind %s /etc || exit 99; exec %s" % (etc, named(relay, "newaliases"))
    result = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True)
    if result.returncode not in (0, 64, 72):
        raise Skip("no mount namespaces here")
    equal((result.returncode, result.stdout), (0, b""))
    truth(re.fullmatch(rb"sendmail: /etc/aliases:2: [^\n]+\n", result.stderr), result.stderr)


def test_addresses_are_looked_at(relay):
    equal(submit(relay, "-bv", "a@b.org", "root", "Joe <x@y.org>, z@y.org").returncode, 0)
    for words in (["-bv", "a b"], ["-bv", "a@b", "@c"], ["-bv"]):
        result = submit(relay, *words)
        equal((result.returncode, result.stderr.count(b"\n")), (64, 1), words)
    equal(relay.queued(), [])


def test_a_queue_run_takes_no_recipients(relay):
    for words in (["-q", "a@b"], ["-q", "30m"], ["-bp", "a@b"], ["-bi", "a@b"]):
        equal(submit(relay, *words).returncode, 64, words)
    equal(relay.queued(), [])


def sleeping(relay):
    """A message that a new flusher, and a provider that would take it, let wait for an hour."""
    deferred(relay)
    relay.flusher.stop()
    relay.provider.stop()
    relay.start_provider()


def test_a_flush_tries_what_waits(relay):
    sleeping(relay)
    relay.start_flusher()
    relay.send("-f", "s@example.org", "b@example.net")
    relay.wait_arrived(1)
    wait_for(lambda: len(relay.queued()) == 1, "the other to leave the queue")
    equal(submit(relay, "-q").returncode, 0)
    relay.wait_arrived(2)
    relay.wait_empty()
    relay.flusher.wait_line("a flush was asked for; all waiting mail is tried now")


def test_the_control_program_flushes_too(relay):
    sleeping(relay)
    relay.start_flusher()
    subprocess.run([os.path.join(BUILD, "mailchute"), "flush", "-s", relay.path], check=True)
    relay.wait_arrived(1)


def test_a_flush_before_the_flusher_starts(relay):
    sleeping(relay)
    for _ in range(3):  # the second finds the first one's
        equal(submit(relay, "-q").returncode, 0)
    equal(relay.entries("new"), ["flush"])
    relay.start_flusher()
    relay.wait_arrived(1)
    relay.wait_empty()


def test_a_flush_without_a_spool(relay):
    shutil.rmtree(relay.folder("new"))
    result = submit(relay, "-q")
    equal((result.returncode, result.stderr.count(b"\n")), (73, 1))


def test_only_root_tries_a_refused_login_again(relay):
    for_strangers(relay, "sendmail")
    relay.start_provider().configure(retry_max="2h")
    relay.password("wrong")
    relay.start_flusher()
    relay.send("a@example.net")
    relay.flusher.wait_line("next try in")
    equal(ask_as_stranger(relay, "-q").returncode, 0)
    relay.flusher.wait_line("only root's flush tries it again now")
    tried = sum("next try in" in line for line in relay.flusher.lines)
    equal(tried, 1)
    equal(submit(relay, "-q").returncode, 0)  # 10 s after the last one
    wait_for(lambda: sum("next try in" in line for line in relay.flusher.lines) == 2, "root's try")


def test_a_user_who_hammers_is_let_down(relay):
    deferred(relay)
    ask_as_stranger(relay, "-q")
    relay.flusher.wait_line("a flush was asked for")
    wait_for(lambda: sum("status=deferred" in line for line in relay.flusher.lines) == 2, "one more try")
    for _ in range(50):
        ask_as_stranger(relay, "-q")
        wait_for(lambda: relay.entries("new") == [], "the wish was taken")
    equal(sum("status=deferred" in line for line in relay.flusher.lines), 2)
    equal(sum("a flush was asked for" in line for line in relay.flusher.lines), 1)


def test_a_wish_of_another_kind(relay):
    """A directory, a pipe, a link: gone, and nothing loops over them."""
    place = os.path.join(relay.folder("new"), "flush")
    relay.start_provider().configure().start_flusher()
    for make in (lambda: os.symlink("/etc/passwd", place), lambda: os.mkfifo(place), lambda: os.mkdir(place)):
        make()
        wait_for(lambda: relay.entries("new") == [], "the entry is gone")
    truth(os.path.exists("/etc/passwd"))
    equal(len(relay.flusher.lines) < 10, True, relay.flusher.text())


if __name__ == "__main__":
    main(globals(), lambda: Relay())
