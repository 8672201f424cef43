"""sendmail -bs: the dialogues of its real callers, and what must not go wrong in them."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Spool, equal, main, truth  # noqa: E402

SENDMAIL = os.path.join(BUILD, "sendmail")
MESSAGE = b"From: a@b.org\r\nTo: x@y.org\r\nSubject: s\r\n\r\n"


class Client:
    """A program that talks to sendmail -bs through two pipes."""

    def __init__(self, spool, *options, **more):
        self.process = subprocess.Popen(
            [SENDMAIL, "-bs", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=dict(os.environ, MAILCHUTE_SPOOL=spool.path), **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def reply(self):
        """All lines of the next reply."""
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = self.process.stdout.readline().decode("ascii")
            truth(line.endswith("\r\n"), "a whole line: %r" % line)
            lines.append(line[:-2])
        return lines

    def expect(self, code, command=None):
        if command is not None:
            self.send(command)
        lines = self.reply()
        equal(lines[-1].split(" ")[0], str(code), (command, lines))
        return lines

    def message(self, data, *recipients, sender=b"a@b.org", end=b"\r\n"):
        self.expect(250, b"MAIL FROM:<" + sender + b">" + end)
        for recipient in recipients or (b"x@y.org",):
            self.expect(250, b"RCPT TO:<" + recipient + b">" + end)
        self.expect(354, b"DATA" + end)
        return self.expect(250, data + b"." + end)

    def finish(self, status=0):
        """After QUIT or at the end of input: nothing more on stdout, nothing on stderr."""
        out, err = self.process.communicate(timeout=30)
        equal((out, err), (b"", b""), "output at the end")
        equal(self.process.returncode, status, "exit status")


def talk(spool, data, *options, status=0):
    """All input at once. The codes of the replies, and their text."""
    result = subprocess.run([SENDMAIL, "-bs", *options], input=data, capture_output=True, timeout=120,
                            env=dict(os.environ, MAILCHUTE_SPOOL=spool.path))
    equal((result.returncode, result.stderr), (status, b""), data[:200])
    text = result.stdout.decode("ascii")
    truth(re.fullmatch(r"(\d\d\d[ -][ -~]*\r\n)*", text), text)
    return re.findall(r"(?m)^(\d\d\d) ", text), text


def queued(spool):
    """Envelope lines and message of each file in new/, by age."""
    found = []
    for name in spool.entries("new"):
        with open(os.path.join(spool.folder("new"), name), "rb") as f:
            envelope, message = f.read().split(b"\n\n", 1)
        truth(not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", message), "wire form")
        found.append((envelope.decode().split("\n"), message))
    spool.empty("new")
    equal(spool.entries("tmp"), [], "left behind")
    return found


def only(spool):
    found = queued(spool)
    equal(len(found), 1, "messages in new/")
    return found[0]


def body(message):
    return message.split(b"\r\n\r\n", 1)[1]


def test_it_greets_before_any_input_and_serves_the_HELO_of_Symfony(spool):
    with Client(spool) as c:
        truth(re.fullmatch(r"220 \S+ ESMTP", c.expect(220)[0]), "greeting")
        truth(c.expect(250, b"HELO [127.0.0.1]\r\n")[0].startswith("250 "), "one line")
        for number in (b"1", b"2", b"3"):
            c.message(MESSAGE + b"..\r\nnumber " + number + b"\r\n", b"x@y.org", b"z@y.org")
            c.expect(250, b"NOOP\r\n")
        c.expect(250, b"MAIL FROM:<a@b.org>\r\n")
        c.expect(250, b"RSET\r\n")
        c.expect(221, b"QUIT\r\n")
        c.finish()
    found = queued(spool)
    equal([body(message) for _, message in found],
          [b".\r\nnumber %d\r\n" % number for number in (1, 2, 3)])
    equal(found[0][0][2:], ["sender <a@b.org>", "recipient <x@y.org>", "recipient <z@y.org>"])


def test_Laravel_adds_i_and_a_lone_dot_still_ends_the_message(spool):
    with Client(spool, "-i") as c:
        c.expect(220)
        c.expect(250, b"HELO 127.0.0.1\r\n")
        c.message(MESSAGE + b"hi\r\n")
        c.expect(221, b"QUIT\r\n")
        c.finish()
    equal(body(only(spool)[1]), b"hi\r\n")


def test_Alpine_says_EHLO_and_asks_for_reports(spool):
    with Client(spool, "-odb", "-oem") as c:
        c.expect(220)
        offered = [line[4:] for line in c.expect(250, b"EHLO host.example.org\r\n")[1:]]
        equal(offered, ["PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES",
                        "DSN", "SIZE 0"])
        c.expect(250, b"MAIL FROM:<a@b.org> SIZE=99 BODY=8BITMIME RET=HDRS ENVID=id+2B1\r\n")
        c.expect(250, b"RCPT TO:<x@y.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;x@y.org\r\n")
        c.expect(250, b"RCPT TO:<z@y.org> NOTIFY=NEVER\r\n")
        c.expect(354, b"DATA\r\n")
        c.expect(250, MESSAGE + b"gr\xc3\xbc\xc3\x9fe\r\n.\r\n")
        c.expect(221, b"QUIT\r\n")
        c.finish()
    lines, message = only(spool)
    truth(lines[1].endswith(" 8bit fits"), lines[1])
    equal(lines[2:], ["sender <a@b.org> RET=HDRS ENVID=id+2B1",
                      "recipient <x@y.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;x@y.org",
                      "recipient <z@y.org> NOTIFY=NEVER"])
    equal(body(message), "grüße\r\n".encode())


def test_a_client_that_ends_its_lines_with_LF(spool):
    with Client(spool) as c:
        c.expect(220)
        c.expect(250, b"helo there\n")
        c.message(MESSAGE.replace(b"\r", b"") + b"..one\ntwo\n", end=b"\n")
        c.expect(221, b"quit\n")
        c.finish()
    equal(body(only(spool)[1]), b".one\r\ntwo\r\n")


def test_ten_messages_on_one_connection_with_RSET_between(spool):
    with Client(spool) as c:
        c.expect(220)
        c.expect(250, b"EHLO x\r\n")
        for number in range(10):
            c.message(MESSAGE + b"%d\r\n" % number, b"r%d@y.org" % number)
            c.expect(250, b"RSET\r\n")
        c.process.stdin.close()
        equal(c.process.wait(30), 0, "status at the end of input")
    equal([(lines[3], body(message)) for lines, message in queued(spool)],
          [("recipient <r%d@y.org>" % n, b"%d\r\n" % n) for n in range(10)])


def test_pipelined_input_with_the_null_sender_and_dots_to_take_away(spool):
    one = (b"MAIL FROM:<>\r\nRCPT TO:<x@y.org>\r\nDATA\r\n" + MESSAGE +
           b"..\r\n...\r\nend.\r\n.\r\n")
    codes, text = talk(spool, b"EHLO x\r\n" + one + one + b"NOOP\r\nQUIT\r\n")
    equal(codes, "220 250 250 250 354 250 250 250 354 250 250 221".split())
    equal(len(re.findall(r"queued as [0-9A-F]{12}\r", text)), 2)
    for lines, message in queued(spool):
        equal(lines[2], "sender <>")
        equal(body(message), b".\r\n..\r\nend.\r\n")


def test_the_end_of_input_within_DATA_queues_nothing(spool):
    start = b"EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\n"
    talk(spool, start)
    for rest in (b"DATA\r\n", b"DATA\r\n" + MESSAGE, b"DATA\r\n" + MESSAGE + b"half\r\n.",
                 b"DATA\r\n" + MESSAGE + b"half\r\n.\r", b"BDAT 1000 LAST\r\n" + MESSAGE,
                 b"BDAT %d\r\n" % len(MESSAGE) + MESSAGE):
        result = subprocess.run([SENDMAIL, "-bs"], input=start + rest, capture_output=True, timeout=30,
                                env=dict(os.environ, MAILCHUTE_SPOOL=spool.path))
        equal((result.returncode, result.stderr),
              (65, b"sendmail: the SMTP client left within a message, which was not queued\n"))
        equal(queued(spool), [], rest)


def test_250_comes_when_the_message_is_in_the_queue(spool):
    with Client(spool) as c:
        c.expect(220)
        c.expect(250, b"HELO x\r\n")
        identity = c.message(MESSAGE)[0].split()[-1]
        equal(spool.entries("new"), [identity])
        c.expect(250, b"EHLO x\r\n")
        c.expect(250, b"MAIL FROM:<a@b.org>\r\n")
        c.expect(250, b"RCPT TO:<x@y.org>\r\n")
        c.expect(250, b"BDAT %d LAST\r\n" % len(MESSAGE) + MESSAGE)
        equal(len(spool.entries("new")), 2)


def test_nothing_is_on_stderr_at_the_start(spool):
    with Client(spool) as c:
        c.expect(220)
        os.set_blocking(c.process.stderr.fileno(), False)
        equal(c.process.stderr.read(), None, "stderr")


def test_the_header_is_put_in_order_as_for_plain_submission(spool):
    with Client(spool) as c:
        c.expect(220)
        c.expect(250, b"HELO x\r\n")
        c.message(b"Subject: s\r\nBcc: secret@y.org\r\nReturn-Path: <r@y.org>\r\n\r\nb\r\n",
                  b"x@y.org", b"x@Y.org", sender=b"www-data")
    lines, message = only(spool)
    equal(lines[2:], ["sender <www-data>", "recipient <x@Y.org>"])
    truth(b"secret" not in message and b"Return-Path" not in message, message)
    for name in (b"From: www-data@", b"To: undisclosed-recipients:;", b"Date: ", b"Message-ID: <"):
        truth(b"\r\n" + name in message, name)


def test_addresses_as_local_programs_write_them(spool):
    for good in (b"root", b"a..b@y.org", b"under_score@my_host", b'"quoted blank"@y.org',
                 b"x" * 200 + b"@y.org", b"Postmaster"):
        talk(spool, b"HELO x\r\nMAIL FROM: <%s>\r\nRCPT TO: <%s>\r\nDATA\r\n.\r\n" % (good, good))
        equal(only(spool)[0][2:], ["sender <%s>" % good.decode(), "recipient <%s>" % good.decode()])
    for bad in (b"a b@y.org", b"a<b>@y.org", b'"open@y.org', b"x" * 700 + b"@y.org", b"", b"a\tb"):
        codes, _ = talk(spool, b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\n" % bad)
        equal(codes[3], "501", bad)


def test_addresses_in_UTF_8(spool):
    codes, _ = talk(spool, "EHLO x\r\nMAIL FROM:<jürgen@y.org>\r\n"
                    "MAIL FROM:<jürgen@y.org> SMTPUTF8\r\nRCPT TO:<用户@例子.org>\r\n"
                    "BDAT 0 LAST\r\n".encode())
    equal(codes, "220 250 553 250 250 250".split())
    equal(only(spool)[0][2:], ["sender <jürgen@y.org>", "recipient <用户@例子.org>"])


def test_a_message_cannot_end_itself_in_a_CRLF_dialogue(spool):
    evil = b"MAIL FROM:<evil@y.org>\r\nRCPT TO:<victim@y.org>\r\nDATA\r\nevil\r\n"
    for end in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\n\n.\r\r\n", b"\0\r\n.\n"):
        codes, _ = talk(spool, b"HELO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\n" +
                        MESSAGE + b"x" + end + evil + b".\r\nQUIT\r\n")
        equal(codes, "220 250 250 250 354 250 221".split(), end)
        lines, message = only(spool)
        equal(lines[2:], ["sender <a@b.org>", "recipient <x@y.org>"])
        truth(body(message).endswith(b"\r\nevil\r\n"), end)


def test_odd_octets_and_endless_lines(spool):
    line = b"x" * (10 << 20)
    codes, _ = talk(spool, b"HELO x\r\nNOOP " + line + b"\r\nNO\0OP\r\nMAIL FROM:<a@b.org>\r\n"
                    b"RCPT TO:<x@y.org>\r\nDATA\r\n" + MESSAGE + b"nul\0 cr\r.\r\n" + line +
                    b"\r\n.\r\nQUIT\r\n")
    equal(codes, "220 250 500 500 250 250 354 250 221".split())
    lines, message = only(spool)
    truth(lines[1].endswith(" 7bit long"), lines[1])
    equal(body(message), b"nul cr .\r\n" + line + b"\r\n")


def test_an_endless_header_is_the_message_s_fault(spool):
    codes, text = talk(spool, b"HELO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\nX: " +
                       b"x" * (10 << 20) + b"\r\n\r\n.\r\nQUIT\r\n")
    equal(codes, "220 250 250 250 354 554 221".split())
    truth("5.6.0 the header section is too long" in text, text)
    equal(queued(spool), [])


def test_a_message_that_goes_in_circles(spool):
    for hops, code in ((100, "250"), (101, "554")):
        codes, text = talk(spool, b"HELO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\n" +
                           b"Received: by x; now\r\n" * hops + MESSAGE + b".\r\n")
        equal(codes[-1], code, hops)
    truth("goes in circles" in text, text)


def test_a_header_field_in_tiny_pieces(spool):
    pieces = b"BDAT 1\r\nx" * 5000
    codes, _ = talk(spool, b"EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nBDAT 3\r\nX: " + pieces +
                    b"BDAT 0 LAST\r\nQUIT\r\n")
    equal(codes[-2:], ["250", "221"])
    truth(only(spool)[1].startswith(b"X: " + b"x" * 5000 + b"\r\n"), "the field")


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))


def test_a_full_disk_is_452_and_the_next_message_has_its_chance(spool):
    with Client(spool, preexec_fn=limit_file_size) as c:
        c.expect(220)
        c.expect(250, b"HELO x\r\n")
        c.expect(250, b"MAIL FROM:<a@b.org>\r\n")
        c.expect(250, b"RCPT TO:<x@y.org>\r\n")
        c.expect(354, b"DATA\r\n")
        text = c.expect(452, MESSAGE + b"x" * 60000 + b"\r\n" + b"y" * 60000 + b"\r\n.\r\n")[0]
        truth(text.startswith("452 4.3.1 cannot write to"), text)
        equal(queued(spool), [])
        c.message(MESSAGE)
        c.expect(221, b"QUIT\r\n")
        c.finish()
    equal(len(queued(spool)), 1)


def test_a_spool_that_is_not_there_is_451(spool):
    os.rename(spool.folder("new"), spool.folder("old"))
    codes, text = talk(spool, b"EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\nQUIT\r\n")
    equal(codes, "220 250 250 250 451 221".split())
    truth("451 4.3.0 cannot create a file in" in text, text)


def test_killed_in_the_middle_it_leaves_nothing(spool):
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        with Client(spool) as c:
            c.expect(220)
            c.expect(250, b"HELO x\r\n")
            c.expect(250, b"MAIL FROM:<a@b.org>\r\n")
            c.expect(250, b"RCPT TO:<x@y.org>\r\n")
            c.expect(354, b"DATA\r\n")
            c.send(MESSAGE + b"x" * 50000)
            c.process.send_signal(number)
            truth(c.process.wait(30) != 0, "status")
            equal(queued(spool), [])


def test_a_client_that_leaves_without_a_word_is_no_error(spool):
    process = subprocess.Popen([SENDMAIL, "-bs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=dict(os.environ, MAILCHUTE_SPOOL=spool.path))
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(b"HELO x\r\n" + b"NOOP\r\n" * 1000 + b"QUIT\r\n")
    process.stdin.close()
    equal((process.stderr.read(), process.wait(30)), (b"", 0))


def test_standard_input_may_be_a_socket(spool):
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([SENDMAIL, "-bs"], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE,
                               env=dict(os.environ, MAILCHUTE_SPOOL=spool.path))
    theirs.close()
    ours.sendall(b"HELO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\n" + MESSAGE +
                 b".\r\nQUIT\r\n")
    text = b"".join(iter(lambda: ours.recv(65536), b""))
    equal([line[:3] for line in text.splitlines()], b"220 250 250 250 354 250 221".split())
    equal((process.stderr.read(), process.wait(30)), (b"", 0))
    process.stderr.close()
    ours.close()
    equal(len(queued(spool)), 1)


def test_the_caller_s_descriptors_are_given_back_as_they_were(spool):
    ours, theirs = socket.socketpair()
    with subprocess.Popen([SENDMAIL, "-bs"], stdin=theirs, stdout=theirs) as process:
        ours.sendall(b"QUIT\r\n")
        equal(process.wait(30), 0)
    truth(os.get_blocking(theirs.fileno()), "blocking")
    ours.close()
    theirs.close()


def test_what_is_not_offered(spool):
    codes, _ = talk(spool, b"EHLO x\r\nSTARTTLS\r\nAUTH PLAIN\r\nXCLIENT ADDR=1.2.3.4\r\nETRN y\r\n"
                    b"VRFY root\r\nHELP\r\nMAIL FROM:<a> XFORWARD=1\r\nDATA\r\nQUIT\r\n")
    equal(codes, "220 250 502 502 500 500 252 214 555 503 221".split())


def test_recipients_from_the_header_do_not_go_with_it(spool):
    result = subprocess.run([SENDMAIL, "-bs", "-t"], input=b"", capture_output=True, timeout=30)
    equal((result.returncode, result.stdout), (64, b""))
    equal(result.stderr, b"sendmail: not together with -bs: -t; sendmail(8) lists what is "
          b"understood\n")


if __name__ == "__main__":
    main(globals(), Spool)
