"""The submit socket and the local SMTP port: who cannot write to the spool, who connects by TCP."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Spool, equal, main, truth  # noqa: E402

SENDMAIL = os.path.join(BUILD, "sendmail")
MESSAGE = b"From: a@b.org\nTo: x@y.org\nSubject: s\n\nbody\n"
NOBODY = 65534
UNKNOWN = 4294967295


class Service:
    """What systemd does for mailchute-submit.socket and mailchute-smtp.socket."""

    def __init__(self, family=socket.AF_UNIX, delay=0, options=()):
        self.spool = Spool()
        self.options = options
        self.delay = delay
        self.said = b""
        self.connections = 0
        self.listener = socket.socket(family)
        if family == socket.AF_UNIX:
            self.address = os.path.join(self.spool.path, "submit")
            self.listener.bind(self.address)
            os.chmod(self.address, 0o666)
        else:
            self.listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
            self.address = self.listener.getsockname()
        self.listener.listen(16)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            if not self.handle(connection):
                connection.close()
                continue
            time.sleep(self.delay)
            environment = dict(os.environ, MAILCHUTE_SPOOL=self.spool.path, MAILCHUTE_SUBMIT="")
            result = subprocess.run([SENDMAIL, "-bs", *self.options], stdin=connection, stdout=connection,
                                    stderr=subprocess.PIPE, env=environment, timeout=120)
            self.said += result.stderr
            connection.close()

    def handle(self, connection):
        """False: the connection was dealt with."""
        return True

    def wait_idle(self):
        """The session of the last client has ended."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(60)
        truth(not self.thread.is_alive(), "the service is idle")

    def close(self):
        self.listener.close()
        self.spool.close()


def submit(service, *args, data=MESSAGE, spool="/nonexistent/spool", **more):
    environment = dict(os.environ, MAILCHUTE_SPOOL=spool, MAILCHUTE_SUBMIT=service.address)
    return subprocess.run([SENDMAIL, *args], input=data, env=environment, capture_output=True,
                          timeout=120, **more)


def accepted(service, *args, **more):
    result = submit(service, *args, **more)
    equal((result.returncode, result.stdout, result.stderr), (0, b"", b""), args)
    return only(service.spool)


def refused(service, status, *args, **more):
    result = submit(service, *args, **more)
    equal((result.returncode, result.stdout), (status, b""), result.stderr)
    truth(re.fullmatch(rb"sendmail: [ -~]+\n", result.stderr), result.stderr)
    equal(service.spool.entries("new") + service.spool.entries("tmp"), [], "left behind")
    return result.stderr.decode()


def only(spool):
    """The only message in new/: envelope lines and message."""
    names = spool.entries("new")
    equal(len(names), 1, "messages in new/")
    with open(os.path.join(spool.folder("new"), names[0]), "rb") as f:
        envelope, message = f.read().split(b"\n\n", 1)
    spool.empty("new")
    lines = envelope.decode().split("\n")
    equal(int(lines[1].split()[1]), len(message), "size")
    return lines, message


def test_a_caller_without_the_spool_hands_the_message_over(service):
    lines, message = accepted(service, "-f", "s@t.org", "-N", "failure", "-R", "hdrs", "-V", "id",
                              "x@y.org", "root", data=MESSAGE + "ü\n.\n..\n".encode())
    equal(lines[1].split()[2:], ["8bit", "fits"])
    equal(lines[2:], ["sender <s@t.org> RET=HDRS ENVID=id", "recipient <root> NOTIFY=FAILURE",
                      "recipient <x@y.org> NOTIFY=FAILURE"])
    truth(message.endswith("\r\n\r\nbody\r\nü\r\n".encode()), message)
    equal(service.said, b"")


def test_the_header_is_put_in_order_once(service):
    _, message = accepted(service, "-t", "-F", "Ann", "-f", "ann",
                          data=b"To: x@y.org\nBcc: b@y.org\nSubject: s\n\nb\n")
    header = message.split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in header.split(b"\r\n")]
    equal(sorted(names), [b"Date", b"From", b"Message-ID", b"Subject", b"To"])
    truth(re.search(rb'(?m)^From: "Ann" <ann@', header), header)


def test_recipients_from_the_header(service):
    lines, _ = accepted(service, "-t", "z@y.org", data=b"To: x@y.org\nBcc: b@y.org\n\nb\n")
    equal(lines[3:], ["recipient <b@y.org>", "recipient <x@y.org>", "recipient <z@y.org>"])


def test_the_null_sender_and_addresses_in_UTF_8(service):
    lines, _ = accepted(service, "-f", "", "jürgen@y.org")
    equal(lines[2:], ["sender <>", "recipient <jürgen@y.org>"])


def test_a_spool_that_may_not_be_written(service):
    locked = os.path.join(service.spool.path, "locked")
    os.makedirs(os.path.join(locked, "new"))
    os.chmod(os.path.join(locked, "new"), 0o555)
    if os.getuid() == 0:  # the kernel says who it was
        with tempfile.TemporaryDirectory() as everybodys:  # nobody may be kept out of the build
            os.chmod(everybodys, 0o755)
            copy = shutil.copy(SENDMAIL, everybodys)
            lines, _ = accepted(service, "-f", "s@t.org", "x@y.org", spool=locked, user=NOBODY, group=NOBODY,
                                cwd="/", executable=copy)
        equal(lines[3], "submitter %d" % NOBODY)
        equal(lines[4:], ["recipient <x@y.org>"])
    else:
        lines, _ = accepted(service, "-f", "s@t.org", "x@y.org", spool=locked)
        equal(lines[3:], ["recipient <x@y.org>"])


def test_a_hundred_thousand_recipients(service):
    words = ["r%d@y.org" % number for number in range(100000)]
    lines, _ = accepted(service, "-t", "-f", "s@t.org",
                        data=("To: " + ",\n ".join(words) + "\n\nb\n").encode())
    equal(lines[3:], sorted("recipient <%s>" % word for word in words))


def test_a_large_message_in_constant_memory(service):
    data = MESSAGE + (b"x" * 75 + b"\n") * 400000
    _, message = accepted(service, "-i", "x@y.org", data=data)
    equal(len(message.split(b"\r\n\r\n", 1)[1]), 6 + 77 * 400000)
    few = ["sh", "-c", "ulimit -v 20000; exec \"$0\" \"$@\"", SENDMAIL, "-i", "x@y.org"]
    environment = dict(os.environ, MAILCHUTE_SPOOL="/nonexistent", MAILCHUTE_SUBMIT=service.address)
    if b"asan" not in open(SENDMAIL, "rb").read():
        equal(subprocess.run(few, input=data, env=environment, timeout=120).returncode, 0)


def test_sendmail_bs_hands_over_too(service):
    one = b"MAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\nSubject: s\r\n\r\n..\r\n.\r\n"
    result = submit(service, "-bs", data=b"HELO x\r\n" + one + one + b"QUIT\r\n")
    equal((result.returncode, result.stderr), (0, b""))
    equal(re.findall(rb"(?m)^\d\d\d", result.stdout), b"220 250 250 250 354 250 250 250 354 250 221".split())
    equal(len(service.spool.entries("new")), 2)


def test_neither_spool_nor_service(service):
    service.listener.close()
    os.unlink(service.address)
    text = refused(service, 75, "x@y.org")
    truth("/nonexistent/spool/new: No such file" in text and
          "systemctl enable --now mailchute-submit.socket" in text and
          "BindPaths=/nonexistent/spool" in text, text)


def test_a_service_that_is_not_wanted_is_not_asked(service):
    environment = dict(os.environ, MAILCHUTE_SPOOL="/nonexistent", MAILCHUTE_SUBMIT="")
    result = subprocess.run([SENDMAIL, "x@y.org"], input=MESSAGE, env=environment, capture_output=True)
    equal(result.returncode, 73)
    equal(service.connections, 0)


def test_a_service_that_fails_queues_nothing_and_says_so(service):
    os.rename(service.spool.folder("new"), service.spool.folder("away"))
    os.mkdir(service.spool.folder("new"), 0)
    os.rmdir(service.spool.folder("new"))
    result = submit(service, "x@y.org")
    equal(result.returncode, 75)
    truth(b"answered: 451 cannot create a file in " in result.stderr, result.stderr)
    equal(result.stderr.count(b"\n"), 1)


def test_what_the_service_finds_wrong_with_a_message(service):
    service.options = ("-O", "MaxMessageSize=1000", "-O", "MaxRecipientsPerMessage=2")
    truth("answered: 552 " in refused(service, 65, "x@y.org", data=MESSAGE + b"x" * 2000))
    truth("answered: 452 " in refused(service, 75, "1@y.org", "2@y.org", "3@y.org"))
    accepted(service, "1@y.org", "2@y.org")


def test_a_service_that_dies_in_the_middle(service):
    def handle(connection):
        connection.sendall(b"220 x\r\n")
        text = b""
        while b"RCPT" not in text:
            text += connection.recv(65536)
        return False

    service.handle = handle
    text = refused(service, 75, "x@y.org")
    truth("nothing was queued, try again" in text, text)


def test_a_service_that_is_busy_is_tried_again(service):
    service.handle = lambda _: service.connections > 2
    accepted(service, "x@y.org")
    equal(service.connections, 3)


def test_a_caller_that_dies_in_the_middle_queues_nothing(service):
    environment = dict(os.environ, MAILCHUTE_SPOOL="/nonexistent", MAILCHUTE_SUBMIT=service.address)
    process = subprocess.Popen([SENDMAIL, "-i", "x@y.org"], stdin=subprocess.PIPE, env=environment)
    process.stdin.write(MESSAGE + b"x\n" * 100000)
    process.stdin.flush()
    process.kill()
    process.wait()
    process.stdin.close()
    service.wait_idle()
    equal(service.spool.entries("new") + service.spool.entries("tmp"), [])
    truth(service.said in (b"", b"sendmail: the SMTP client left within a message, which was not queued\n"),
          service.said)


def by_tcp(family, address):
    """Sends a message in one piece."""
    client = socket.socket(family)
    client.connect(address)
    client.sendall(b"EHLO [127.0.0.1]\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\n"
                   b"From z Mon Nov 23 10:00:00 2026\r\nSubject: s\r\n\r\n.\r\nQUIT\r\n")
    text = b"".join(iter(lambda: client.recv(65536), b""))
    client.close()
    equal(re.findall(rb"(?m)^(\d\d\d) ", text), b"220 250 250 250 354 250 221".split())


BY_TCP = [  # the family of the service and of its client, which may speak IPv4 over a socket of the other
    (socket.AF_INET, socket.AF_INET, "127.0.0.1", b"[127.0.0.1]"),
    (socket.AF_INET6, socket.AF_INET6, "::1", b"[IPv6:::1]"),
    (socket.AF_INET, socket.AF_INET6, "::ffff:127.0.0.1", b"[127.0.0.1]"),
]


def test_a_client_by_TCP_is_known_by_its_uid(_):
    for family, own, host, shown in BY_TCP:
        service = Service(family)
        child = os.fork()
        if child == 0:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            by_tcp(own, (host, service.address[1]))
            os._exit(0)
        equal(os.waitpid(child, 0)[1], 0)
        lines, message = only(service.spool)
        equal(lines[3:-1], ["submitter %d" % NOBODY] if os.getuid() == 0 else [], (family, own))
        truth(re.match(rb"Received: from \[127\.0\.0\.1\] \(%s\)\r\n\tby \S+ with ESMTP; [^\r]+\r\n"
                       rb"Subject: s\r\n" % re.escape(shown), message), message)
        service.close()


def test_a_client_by_TCP_that_is_gone_is_nobody_and_not_root(_):
    service = Service(socket.AF_INET, delay=0.3)
    client = socket.create_connection(service.address)
    client.sendall(b"HELO (evil;\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<x@y.org>\r\nDATA\r\n.\r\nQUIT\r\n")
    client.close()
    service.wait_idle()
    if service.spool.entries("new"):  # it is too late to answer, and may be to read
        lines, message = only(service.spool)
        equal(lines[3], "submitter %d" % UNKNOWN)
        truth(message.startswith(b"Received: from unknown ([127.0.0.1])"), message)
    service.close()


if __name__ == "__main__":
    main(globals(), Service)
