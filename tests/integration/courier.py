"""mailchute-courier with a socket like mailchuted's, and a scripted provider."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

from harness import BUILD, equal, truth

MESSAGE = b"From: Root <root@host.example.org>\r\nSubject: test\r\n\r\nbody\r\n.dot\r\n..\r\nend\r\n"


class Courier:
    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="mailchute-test-")
        self.program = os.path.join(BUILD, "mailchute-courier")
        self.provider = self.child = self.socket = None
        self.key = os.path.join(self.path, "key.pem")
        self.certificate = os.path.join(self.path, "certificate.pem")

    def tls(self):
        """A server side context with a certificate for localhost, made on the spot."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-keyout", self.key, "-out", self.certificate, "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True, timeout=60)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def start(self, provider, **options):
        self.provider = provider
        self.spawn(provider.port, **options)
        return self

    def spawn(self, port, **options):
        values = {"host": "127.0.0.1", "port": port, "tls": "none", "hostname": "host.example.org",
                  "max-messages": 100}
        if "user" in options and not {"password_command", "token_command"} & set(options):
            values["password-file"] = os.path.join(self.path, "password")
            with open(values["password-file"], "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
                f.write("s3cret\n")
        values.update({key.replace("_", "-"): value for key, value in options.items()})
        conf = os.path.join(self.path, "mailchute.conf")
        with open(conf, "w") as f:
            for key, value in values.items():
                f.write("%s = %s\n" % (key, value if isinstance(value, int) else '"%s"' % value))
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(30)
        self.child = subprocess.Popen(
            ["bash", "-c", 'exec 3<&"$0"; exec "$@"', str(theirs.fileno()),
             self.program, "-v", "-c", conf],
            pass_fds=[theirs.fileno()], stderr=open(os.path.join(self.path, "log"), "w"))
        theirs.close()

    def log(self):
        with open(os.path.join(self.path, "log")) as f:
            return f.read()

    def post(self, message=MESSAGE, recipients=("a@example.net",), sender="s@example.org", size=None, eight=False):
        with open(os.path.join(self.path, "message"), "wb") as f:
            f.write(b"head\n" + message)
        lines = ["job 0123456789AB", "uid 33", "arrived 1764000000000", "offset 5",
                 "size %d" % (len(message) if size is None else size), "body %s fits" % ("8bit" if eight else "7bit"),
                 "sender <%s>" % sender] + ["recipient <%s>" % r for r in recipients]
        with open(os.path.join(self.path, "message"), "rb") as f:
            socket.send_fds(self.socket, ["\n".join(lines).encode() + b"\n"], [f.fileno()])

    def report(self):
        """Relay, and for each recipient (verdict, blame, code, enhanced, text)."""
        packet = self.socket.recv(131072)
        truth(packet, "a report; log: " + self.log())
        lines = packet.decode().rstrip("\n").split("\n")
        equal(lines[0], "report 0123456789AB")
        self.relay = lines[1].split(" ", 1)[1]
        self.gear, self.shifted = lines[2].split(" ")[1], lines[3] == "shifted yes"
        self.dsn = lines[4] == "dsn yes"
        fields = [line.split(" ", 5) for line in lines[5:]]
        return [tuple(f[:3] + f[4:]) for f in fields]

    def send_flight(self, *messages):
        """Reports of several, dictionaries of arguments for post(), that are there at the same time."""
        os.kill(self.child.pid, signal.SIGSTOP)
        for message in messages:
            self.post(**message)
        os.kill(self.child.pid, signal.SIGCONT)
        return [self.report()[0] for _ in messages]

    def send(self, *args, **kwargs):
        self.post(*args, **kwargs)
        return self.report()

    def verdicts(self, *args, **kwargs):
        return [outcome[:2] for outcome in self.send(*args, **kwargs)]

    def leaves(self):
        """The courier ends without fault when there is nothing more to do."""
        self.socket.shutdown(socket.SHUT_WR)
        equal(self.child.wait(30), 0, "exit; log: " + self.log())
        truth("s3cret" not in self.log(), "the log is free of the password")

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if self.socket:
            self.socket.close()
        if self.provider:
            self.provider.close()
        self.child = self.socket = self.provider = None
        shutil.rmtree(self.path, ignore_errors=True)
