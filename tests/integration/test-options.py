"""sendmail(8): what the command line means, and that no option of Sendmail's loses mail or opens a file."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Skip, Spool, equal, main, truth  # noqa: E402
from submit import (SENDMAIL, SIMPLE, accepted, environment, named, queued, recipients, refused,  # noqa: E402
                    sender, submit)

IGNORED = """-oitrue -oem -oep -oee -oeq -oew -odb -odi -odq -odd -odf -om -oo -os -o7 -o8 -oj -oc -of -ov -ob -op
    -oT5d -or0s -oA/x -oQ/x -oC/x -oH/x -oS/x -oL9 -oX10 -oP/x -oMrX -oMsY -oz -em -ep -ee -eq -Ac -Am -B8BITMIME
    -BNONSENSE -c -d -d8.99 -E -Ex -J -JX -G -h5 -Ltag -m -n -px:y -U -v -vv -x -OA=b -bm -bq -OErrorMode=q
    -C/x -D/x -X/x""".split()
IGNORED_PAIRS = [("-o", "i"), ("-A", "c"), ("-B", "7BIT"), ("-e", "q"), ("-h", "5"), ("-L", "tag"), ("-p", "x:y"),
                 ("-O", "A=b"), ("-C", "/x"), ("-D", "/x"), ("-X", "/x"), ("-o", "A/x"), ("-b", "m")]
REFUSED = """-bt -ba -bC -bO -bz -bS -be -bf -bF -brt -bw -bV -bI:x -bnq -bpc -b -Mrm -M -s -T -Q -Qreason -S -Sx -z
    -zline -Z -a -aux -au -H -K -k -l -P -qp -qp5m -qG -qGx -qQ -qL -q!Ix -qI -qR -qS -qx - -f -r -F -o -O
    -B -C --exec --config=/x -ti-""".split()
DAEMON = (("-bd",), ("-bD",), ("-bl",), ("-bd", "-q30m"), ("-q1h", "-bd"))


def test_a_message_is_queued_without_a_word(spool):
    lines, _, _ = accepted(spool, "x@y.org")
    equal(recipients(lines), ["x@y.org"])


def test_options_end_at_the_first_recipient(spool):
    evil = os.path.join(spool.path, "evil")
    lines, _, _ = accepted(spool, "a@b.org", "-X" + evil)
    equal(recipients(lines), sorted(["a@b.org", "-X" + evil]))
    truth(not os.path.exists(evil))


def test_two_dashes_end_the_options(spool):
    lines, _, _ = accepted(spool, "-i", "--", "-x@y.org")
    equal(recipients(lines), ["-x@y.org"])


def test_the_sender_attached_and_apart_and_the_last_one_counts(spool):
    for words in (("-fs@t.org",), ("-f", "s@t.org"), ("-rs@t.org",), ("-r", "s@t.org"), ("-fx@y", "-f", "s@t.org"),
                  ("-r", "x@y", "-fs@t.org"), ("-f", "<s@t.org>"), ("-f", "Joe <s@t.org>")):
        lines, _, _ = accepted(spool, *words, "x@y.org")
        equal(sender(lines), "s@t.org", words)


def test_a_value_may_begin_with_a_dash(spool):
    lines, _, _ = accepted(spool, "-f", "-x@y.org", "a@b.org")
    equal(sender(lines), "-x@y.org")


def test_an_unqualified_sender_stays_for_the_flusher_to_qualify(spool):
    lines, _, _ = accepted(spool, "-f", "root", "a@b.org")
    equal(sender(lines), "root")


def test_control_characters_are_refused(spool):
    for words in (["a@b\nx"], ["a@b\rx"], ["-f", "a@b\r\nx", "x@y"], ["-fa@b\n", "x@y"], ["-F", "a\nBcc: x", "x@y"],
                  ["-Fa\rb", "x@y"]):
        refused(spool, 64, *words)


def test_a_full_name_of_any_letters_makes_a_valid_from(spool):
    _, header, _ = accepted(spool, "-F", 'J\u00f6hn "J" (x)', "-f", "s@t.org", "x@y.org", data=b"hello\n")
    truth(re.search(rb"^From: =\?utf-8\?B\?[A-Za-z0-9+/=]+\?= <s@t.org>\r$", header, re.M), header)
    _, header, _ = accepted(spool, "-F", "", "x@y.org", data=b"hello\n")
    truth(b"From: " in header, header)
    _, header, _ = accepted(spool, "-FCronDaemon", "x@y.org")
    truth(b"From: a@b.org\r\n" in header and b"CronDaemon" not in header, header)


def test_letters_in_one_word(spool):
    for words in (("-ti",), ("-it",), ("-vti",), ("-tfs@t.org",), ("-itfs@t.org",), ("-tif", "s@t.org")):
        lines, _, body = accepted(spool, *words, data=SIMPLE + b".\nmore\n")
        equal(recipients(lines), ["x@y.org"])
        truth("i" not in words[0] or body.endswith(b"more\r\n"), words)
        truth("f" not in words[0] or sender(lines) == "s@t.org", words)


def test_what_has_no_meaning_here_is_taken(spool):
    for word in IGNORED:
        lines, _, _ = accepted(spool, word, "x@y.org")
        equal(recipients(lines), ["x@y.org"], word)


def test_its_value_is_swallowed(spool):
    for pair in IGNORED_PAIRS:
        lines, _, _ = accepted(spool, *pair, "x@y.org")
        equal(recipients(lines), ["x@y.org"], pair)


def test_dots_can_be_switched_on_and_off(spool):
    for words, ends in (((), True), (("-i",), False), (("-oi",), False), (("-o", "i"), False), (("-oiT",), False),
                        (("-OIgnoreDots=true",), False), (("-O", "ignoredots=True"), False),
                        (("-i", "-oiF"), True), (("-i", "-oifalse"), True), (("-i", "-OIgnoreDots=False"), True)):
        _, _, body = accepted(spool, *words, "x@y.org", data=SIMPLE + b".\nmore\n")
        equal(body, b"body\r\n" if ends else b"body\r\n.\r\nmore\r\n", words)


def test_the_version_is_told_and_the_mail_sent(spool):
    result = submit(spool, "-d0.1", "x@y.org")
    equal((result.returncode, result.stderr), (0, b""))
    truth(re.fullmatch(rb"mailchute \S+\n", result.stdout), result.stdout)
    queued(spool)


def test_wishes_for_reports_are_kept(spool):
    for words, of_sender, of_recipient in (
            (("-N", "never"), b"", b" NOTIFY=NEVER"),
            (("-Nsuccess,FAILURE,Delay",), b"", b" NOTIFY=SUCCESS,FAILURE,DELAY"),
            (("-R", "hdrs"), b" RET=HDRS", b""),
            (("-RFULL", "-Rhdrs"), b" RET=HDRS", b""),
            (("-V", "a+2Bb"), b" ENVID=a+2Bb", b""),
            (("-N", "success", "-R", "full", "-V00000001"), b" RET=FULL ENVID=00000001", b" NOTIFY=SUCCESS")):
        lines, _, _ = accepted(spool, *words, "-f", "s@t", "x@y.org", "z@y.org")
        equal(lines[2:5], [b"sender <s@t>" + of_sender, b"recipient <x@y.org>" + of_recipient,
                           b"recipient <z@y.org>" + of_recipient], words)


def test_a_wish_that_is_not_understood_loses_no_mail(spool):
    for words in (("-N", "sometimes"), ("-N", "never,success"), ("-N", ""), ("-R", "half"), ("-V", "a b"),
                  ("-V", "a\nb"), ("-V", "x" * 101)):
        result = submit(spool, *words, "-f", "s@t", "x@y.org")
        equal((result.returncode, result.stdout, result.stderr.count(b"\n")), (0, b"", 1), words)
        truth(words[0].encode() in result.stderr, result.stderr)
        lines, _, _ = queued(spool)
        equal(lines[2:4], [b"sender <s@t>", b"recipient <x@y.org>"])
    accepted(spool, "-oeq", "-N", "sometimes", "x@y.org")


def test_what_cannot_be_done_is_refused(spool):
    for word in REFUSED:
        message = refused(spool, 64, word)
        truth(word in message, (word, message))


def test_smtp_has_its_own_recipients(spool):
    for words in (("-bs", "-t"), ("-t", "-bs"), ("-bs", "a@b")):
        refused(spool, 64, *words)


def test_no_daemon_and_who_is_instead(spool):
    for words in DAEMON:
        message = refused(spool, 64, *words)
        truth("mailchute.path" in message and "mailchute-smtp.socket" in message, message)
    equal(submit(spool, program=named(spool, "smtpd")).returncode, 64)


def test_what_is_no_recipient_is_refused(spool):
    for words in (["a b"], ["-f", "a b", "x@y"], ["-f", "a@b,c@d", "x@y"], ["a@b", "@"], ["<>"]):
        refused(spool, 64, *words)


def test_no_recipients(spool):
    refused(spool, 64)
    refused(spool, 64, "-i", "--")
    refused(spool, 64, "-t", data=b"To: undisclosed-recipients:;\n\nx")
    refused(spool, 65, "-t", data=b"To: a@b, broken@\n\nx")


def test_the_input_is_read_before_it_is_refused(spool):
    child = subprocess.Popen([SENDMAIL], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(spool))
    child.stdin.write(b"x" * (1 << 20))  # more than a pipe holds: SIGPIPE if nobody reads it
    child.stdin.close()
    equal(child.wait(30), 64)
    child.stderr.close()


def test_silent_errors(spool):
    for words in (("-oeq",), ("-eq", "-Z"), ("-OErrorMode=q", "a b")):
        result = submit(spool, *words)
        equal((result.returncode, result.stdout, result.stderr), (64, b"", b""), words)
    equal(submit(spool, "-oee").returncode, 64)  # no success for mail that is not queued


def test_options_make_no_file(spool):
    target = os.path.join(spool.path, "evil")
    for words in (["-X", target], ["-X" + target], ["-C", target], ["-D", target], ["-O", "QueueDirectory=" + target],
                  ["-oQ" + target], ["-oA" + target]):
        accepted(spool, *words, "x@y.org")
        truth(not os.path.exists(target), words)


def test_options_open_no_file_and_run_nothing(spool):
    if not shutil.which("strace"):
        raise Skip("no strace")
    trace = os.path.join(spool.path, "trace")
    path = os.path.join(spool.path, "named")
    with open(path, "w") as f:
        f.write("DAEMON_OPTIONS=x\n")
    for words in (["-C", path], ["-D", path], ["-X", path], ["-O", "QueueDirectory=" + path], ["-oQ" + path],
                  ["-oA" + path], ["-O", "AliasFile=" + path], ["-oC" + path], ["-oH" + path], ["-oS" + path],
                  ["-oP" + path], ["-d" + path], ["-L", path], ["-p", path], ["-h", path], ["-be", "${run{%s}}" % path],
                  ["-bi", "-oA" + path], ["-bp", "-C", path]):
        subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=file,process", SENDMAIL, *words, "x@y.org"],
                       input=SIMPLE, env=environment(spool, {"ASAN_OPTIONS": "detect_leaks=0"}), capture_output=True)
        if not os.path.exists(trace):
            raise Skip("strace is not allowed here")
        with open(trace) as f:
            calls = [line for line in f if "execve(\"%s\"" % SENDMAIL not in line]
        if not calls:
            raise Skip("strace is not allowed here")
        truth(not any(path in call for call in calls), (words, calls))
        truth(not any(re.search(r"\bexecve|fork\(", call) for call in calls), (words, calls))


def test_any_other_name_submits(spool):
    for name in ("send-mail", "lib/sendmail", "my-mailer"):
        os.makedirs(os.path.join(spool.path, "lib"), exist_ok=True)
        result = submit(spool, "x@y.org", program=named(spool, name))
        equal((result.returncode, result.stdout, result.stderr), (0, b"", b""), name)
        queued(spool)


def test_help_and_version(spool):
    for word, pattern in (("--help", rb"usage: sendmail "), ("--version", rb"mailchute \d")):
        result = submit(spool, word)
        equal((result.returncode, result.stderr), (0, b""))
        truth(re.match(pattern, result.stdout), result.stdout)


def test_one_word_may_hold_many_recipients(spool):
    lines, _, _ = accepted(spool, "a@x.org,b@y.org")
    equal(recipients(lines), ["a@x.org", "b@y.org"])
    lines, _, _ = accepted(spool, "Joe <a@b.org>")
    equal(recipients(lines), ["a@b.org"])
    lines, _, _ = accepted(spool, "a@x.org, Joe Q. <b@y.org>,root")
    equal(recipients(lines), ["a@x.org", "b@y.org", "root"])


def test_as_many_words_as_the_kernel_takes(spool):
    words = ["u%06d@example.org" % i for i in range(50000)]
    lines, _, _ = accepted(spool, "-i", "--", *words)
    equal(recipients(lines), words)


if __name__ == "__main__":
    main(globals(), lambda: Spool())
