"""The main path against a TLS SMTP server that is not ours (aiosmtpd)."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import equal, main, truth  # noqa: E402
from relay import Process, Relay  # noqa: E402

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's aiosmtpd
TEMPLATES = {
    "ca": 'cn = "an authority"\nca\ncert_signing_key\nexpiration_days = 2\n',
    "server": 'cn = "localhost"\ndns_name = "localhost"\ntls_www_server\nexpiration_days = 2\n',
}


class Independent(Relay):
    def certificates(self):
        def certtool(*words):
            subprocess.run(["certtool", *words], check=True, capture_output=True)
        for name, text in TEMPLATES.items():
            with open(self.folder(name + ".cfg"), "w") as f:
                f.write(text)
            certtool("--generate-privkey", "--ecc", "--outfile", self.folder(name + ".key"))
        self.ca = self.folder("ca.pem")
        certtool("--generate-self-signed", "--load-privkey", self.folder("ca.key"),
                 "--template", self.folder("ca.cfg"), "--outfile", self.ca)
        certtool("--generate-certificate", "--load-privkey", self.folder("server.key"),
                 "--load-ca-privkey", self.folder("ca.key"), "--load-ca-certificate", self.ca,
                 "--template", self.folder("server.cfg"), "--outfile", self.folder("server.pem"))

    def start_provider(self):
        self.certificates()
        server = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aiosmtpd_provider.py")
        self.provider = Process([PYTHON, "-W", "ignore", server, self.folder("server.pem"),
                                 self.folder("server.key")])
        self.ports["starttls"] = int(self.provider.wait_line(r"^ready (\d+)")[1])
        return self


def test_messages_arrive(relay):
    relay.start_provider().configure().start_flusher()
    for i in range(5):
        relay.send("-f", "s@example.org", "a%d@example.net" % i, "root")
    arrived = relay.wait_arrived(5)
    equal({m["to"] for m in arrived}, {"<a%d@example.net>,<admin@example.org>" % i for i in range(5)})
    equal({(m["from"], m["user"], m["tls"]) for m in arrived}, {("<s@example.org>", "sandbox", "TLSv1.3")})
    relay.wait_empty()


def test_a_wrong_password_keeps_the_mail(relay):
    relay.password("hunter2")
    relay.start_provider().configure().start_flusher()
    relay.send("a@example.net")
    relay.flusher.wait_line("535.*next try|password.*next try")
    equal((len(relay.queued()), relay.arrived()), (1, []))


def test_another_authority_keeps_the_mail(relay):
    relay.start_provider().configure(ca_file="").start_flusher()
    relay.send("a@example.net")
    relay.flusher.wait_line("not trusted.*next try")
    equal((len(relay.queued()), relay.arrived()), (1, []))


if __name__ == "__main__":
    found = subprocess.run([PYTHON, "-c", "import aiosmtpd"], capture_output=True)
    if found.returncode != 0 or not shutil.which("certtool"):
        print("1..0 # SKIP wants python3-aiosmtpd and gnutls-bin")
        sys.exit(0)
    main(globals(), Independent)
