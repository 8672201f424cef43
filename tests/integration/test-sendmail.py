"""sendmail(8): what lands in the spool: recipients, header, body."""

import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Spool, equal, main, truth  # noqa: E402
from submit import SENDMAIL, SIMPLE, accepted, queued, recipients, refused, sender  # noqa: E402


def test_recipients_from_words(spool):
    lines, _, body = accepted(spool, "-i", "-f", "s@t.org", "b@c.org,a@b.org", "Joe <j@k.org>", "root")
    equal(recipients(lines), ["a@b.org", "b@c.org", "j@k.org", "root"])
    equal(sender(lines), "s@t.org")
    equal(body, b"body\r\n")


def test_recipients_from_header(spool):
    data = (b"To: one@x.org, \"Two, T\" <two@x.org>,\n three@x.org\nCc: g: four@x.org;\n"
            b"Bcc: five@x.org,\n\tsix@x.org\nSubject: s\n\nb\n")
    lines, header, _ = accepted(spool, "-t", "seven@x.org", "one@X.org", data=data)
    equal(recipients(lines), sorted("one@X.org two@x.org three@x.org four@x.org five@x.org "
                                    "six@x.org seven@x.org".split()))
    truth(b"five" not in header and b"six" not in header, "Bcc left in the header")


def test_resent_recipients_count_alone(spool):
    data = b"To: a@x.org\nResent-To: b@x.org\nResent-Bcc: c@x.org\n\nb\n"
    lines, header, _ = accepted(spool, "-t", data=data)
    equal(recipients(lines), ["b@x.org", "c@x.org"])
    truth(b"Resent-Bcc" not in header and b"Resent-To" in header, header)


def test_resent_mail_is_stamped_by_any_resent_field(spool):
    for given in (b"Resent-To: r@x.org\n", b"Resent-From: a@b.org\n", b"Resent-Date: d\n"):
        _, header, _ = accepted(spool, "x@y.org", data=given + SIMPLE)
        for field in (b"Resent-From: ", b"Resent-Date: ", b"Resent-Message-ID: "):
            equal(header.count(field), 1, (given, field))


def test_bcc_goes_without_t_too(spool):
    _, header, _ = accepted(spool, "x@y.org", data=b"To: a@b\nBcc: secret@x,\n other@x\n\nb")
    truth(b"secret" not in header and b"other" not in header, header)


def test_missing_fields_are_added(spool):
    _, header, body = accepted(spool, "-F", 'J\u00f6 "Q"', "-f", "s@t.org", "x@y.org", data=b"hello\n")
    for field in (b"From: =?utf-8?B?SsO2ICJRIg==?= <s@t.org>", b"Date: ", b"Message-ID: <",
                  b"To: undisclosed-recipients:;"):
        truth(field in header, (field, header))
    equal(body, b"hello\r\n")


def test_present_fields_stay(spool):
    _, header, _ = accepted(spool, "x@y.org")
    equal(header, SIMPLE.split(b"\n\n")[0].replace(b"\n", b"\r\n") + b"\r\n")


def test_return_path_and_content_length_go(spool):
    _, header, _ = accepted(spool, "x@y.org", data=b"Return-Path: <a@b>\nContent-Length: 3\n" + SIMPLE)
    truth(b"Return-Path" not in header and b"Content-Length" not in header, header)


def test_null_sender(spool):
    for words in (("-f", ""), ("-f", "<>"), ("-f<>",)):
        lines, header, _ = accepted(spool, *words, "x@y.org", data=b"Subject: s\n\nb\n")
        equal(sender(lines), "")
        truth(b"From: MAILER-DAEMON@" in header, header)


def test_default_sender_is_the_user(spool):
    lines, _, _ = accepted(spool, "x@y.org", env={"LOGNAME": "mallory", "USER": "mallory"})
    truth(sender(lines) not in ("", "mallory") or os.getuid() != 0, lines)


def test_line_ends(spool):
    for data in (SIMPLE, SIMPLE.replace(b"\n", b"\r\n"), SIMPLE.replace(b"\n", b"\r\n", 4)):
        _, header, body = accepted(spool, "x@y.org", data=data)
        equal((header.count(b"\r\n"), body), (5, b"body\r\n"))


def test_lone_dot(spool):
    data = SIMPLE + b"..\n.x\n.\nmore\n"
    _, _, body = accepted(spool, "x@y.org", data=data)
    equal(body, b"body\r\n..\r\n.x\r\n")
    _, _, body = accepted(spool, "x@y.org", data=data.replace(b"\n", b"\r\n"))
    equal(body, b"body\r\n..\r\n.x\r\n")
    for flag in ("-i", "-oi"):
        _, _, body = accepted(spool, flag, "x@y.org", data=data)
        equal(body, b"body\r\n..\r\n.x\r\n.\r\nmore\r\n")
    _, _, body = accepted(spool, "x@y.org", data=SIMPLE + b".")
    equal(body, b"body\r\n.\r\n")


def test_the_dot_ends_it_though_the_pipe_stays_open(spool):
    environment = dict(os.environ, MAILCHUTE_SPOOL=spool.path)
    child = subprocess.Popen([SENDMAIL, "x@y.org"], stdin=subprocess.PIPE, env=environment)
    child.stdin.write(SIMPLE + b".\n")
    child.stdin.flush()
    equal(child.wait(20), 0)
    child.stdin.close()
    queued(spool)


def test_endless_input_after_an_error(spool):
    with open("/dev/zero", "rb") as zero:
        environment = dict(os.environ, MAILCHUTE_SPOOL=spool.path)
        result = subprocess.run([SENDMAIL, "-Z"], stdin=zero, env=environment, capture_output=True, timeout=20)
    equal(result.returncode, 64)


def test_input_that_does_not_block(spool):
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    environment = dict(os.environ, MAILCHUTE_SPOOL=spool.path)
    child = subprocess.Popen([SENDMAIL, "x@y.org"], stdin=reader, env=environment)
    time.sleep(0.1)
    os.write(writer, SIMPLE)
    os.close(writer)
    os.close(reader)
    equal(child.wait(20), 0)
    queued(spool)


def test_an_address_too_long_to_relay(spool):
    refused(spool, 64, "-f", "a" * 641, "x@y.org")
    accepted(spool, "-f", "a" * 640, "x@y.org")


def test_mbox_line_is_skipped(spool):
    _, header, _ = accepted(spool, "x@y.org", data=b"From a@b Mon Nov 24\n>From c@d Tue\n" + SIMPLE)
    truth(header.startswith(b"From: a@b.org"), header)


def test_odd_input(spool):
    _, _, body = accepted(spool, "-i", "x@y.org", data=b"")
    equal(body, b"")
    _, _, body = accepted(spool, "-i", "x@y.org", data=SIMPLE + b"a\0b\rc\xff")
    equal(body, b"body\r\nab c\xff\r\n")
    lines, _, _ = accepted(spool, "-i", "x@y.org", data=SIMPLE + b"\xff")
    truth(lines[1].endswith(b"8bit fits"), lines[1])
    _, header, body = accepted(spool, "-i", "x@y.org", data=b" continuation first\nX: y\n\nz")
    equal(body, b" continuation first\r\nX: y\r\n\r\nz\r\n")


def test_input_in_single_bytes(spool):
    environment = dict(os.environ, MAILCHUTE_SPOOL=spool.path)
    child = subprocess.Popen([SENDMAIL, "x@y.org"], stdin=subprocess.PIPE, env=environment)
    for byte in b"From a@b x\r\n" + SIMPLE + b".\r\nrest":
        child.stdin.write(bytes([byte]))
        child.stdin.flush()
    child.stdin.close()
    equal(child.wait(30), 0)
    _, header, body = queued(spool)
    equal((header[:13], body), (b"From: a@b.org", b"body\r\n"))


def test_memory_does_not_grow_with_the_message(spool):
    def peak(size):
        environment = dict(os.environ, MAILCHUTE_SPOOL=spool.path)
        child = subprocess.Popen([SENDMAIL, "-i", "x@y.org"], stdin=subprocess.PIPE, env=environment)
        block = b"x" * 65536
        child.stdin.write(SIMPLE)
        for _ in range(size // len(block)):
            child.stdin.write(block)
        child.stdin.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        equal(status, 0)
        spool.empty("new")
        return usage.ru_maxrss
    truth(peak(32 << 20) < peak(0) + 1024, "KiB")


def test_fallback_without_proc(spool):
    """Where /proc is not mounted, tmp/ and rename do the same."""
    if os.getuid() != 0 or b"libasan" in open(SENDMAIL, "rb").read():  # which wants /proc
        return
    root = os.path.join(spool.path, "root")
    libraries = subprocess.run(["ldd", SENDMAIL], capture_output=True, text=True).stdout
    for path in [SENDMAIL] + re.findall(r"(/\S+)", libraries):
        if not os.path.exists(path):
            continue
        place = root + ("/sendmail" if path == SENDMAIL else path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(path, place)
    for name in ("tmp", "new"):
        os.makedirs(os.path.join(root, "spool", name))
    result = subprocess.run(["chroot", root, "/sendmail", "-i", "x@y.org"], input=SIMPLE,
                            env=dict(os.environ, MAILCHUTE_SPOOL="/spool"),
                            capture_output=True)
    equal((result.returncode, result.stderr), (0, b""))
    equal(os.listdir(root + "/spool/tmp"), [])
    equal(len(os.listdir(root + "/spool/new")), 1)


def test_links_libc_alone(spool):
    dynamic = subprocess.run(["objdump", "-p", SENDMAIL], capture_output=True, text=True).stdout
    needed = set(re.findall(r"NEEDED\s+(\S+)", dynamic))
    truth(needed <= {"libc.so.6", "libasan.so.8", "libubsan.so.1", "libm.so.6", "libgcc_s.so.1"}, needed)


if __name__ == "__main__":
    main(globals(), lambda: Spool())
