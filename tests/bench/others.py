"""The other mail systems, as Debian packages them: what they need to do the same as mailchute."""

import glob
import os
import re
import shutil
import signal
import subprocess
import time

from mailer import Mailer
from measure import LAUNCH, message

CA = "/etc/provider.pem"


class Floor(Mailer):
    """Starting a program that does nothing."""

    name = "floor"

    def __init__(self, root):
        super().__init__(root)
        self.words = ["/bin/true"]


class Other(Mailer):
    program = ""  # that is called to submit

    def __init__(self, root):
        super().__init__(root)
        self.words = [self.program, *self.words]

    def configure(self, provider, connections=1):
        shutil.copy(provider.ca, self.root + CA)
        self.connections_now = connections

    def write(self, path, text, mode=0o644):
        with open(self.root + path, "w") as f:
            f.write(text)
        os.chmod(self.root + path, mode)

    def inside(self, *words):
        subprocess.run([*self.prefix, *words], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    def remove(self, *patterns):
        for pattern in patterns:
            for path in glob.glob(self.root + pattern):
                os.unlink(path)

    def end_all(self):
        """Ends what it has running, however it was started."""
        while self.processes():
            for pid in self.processes():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


class Msmtp(Other):
    """Has no queue: what is called draining here is so many submissions in a row, or at once."""

    name, program = "msmtp", "/usr/bin/msmtp"
    connections = (1, 8)
    few, most, queues = 8, 0, False
    child = None

    def configure(self, provider, connections=1):
        super().configure(provider, connections)
        self.write("/etc/msmtprc", "account default\nhost localhost\nport %d\nauth plain\n"
                   "user sandbox\npassword sandbox\ntls on\ntls_trust_file %s\n" % (provider.port, CA))

    def fill(self, count, size=1024):
        self.held = count, size

    def release(self):
        count, size = self.held
        self.child = subprocess.Popen(
            [LAUNCH, str(count), str(self.connections_now), message(size), *self.command()],
            stdout=subprocess.DEVNULL)

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None
        self.end_all()


class Nullmailer(Other):
    name, program = "nullmailer", "/opt/nullmailer/sendmail"
    few = 8
    child = None

    def __init__(self, root):
        super().__init__(root)
        trigger = root + "/var/spool/nullmailer/trigger"
        os.mkfifo(trigger)
        shutil.chown(trigger, "mail", "root")
        os.chmod(trigger, 0o622)

    def configure(self, provider, connections=1):
        super().configure(provider, connections)
        self.write("/etc/nullmailer/remotes", "localhost smtp --port=%d --starttls --auth-login "
                   "--user=sandbox --pass=sandbox --x509cafile=%s\n" % (provider.port, CA))
        self.write("/etc/nullmailer/defaultdomain", "example.org\n")

    def start(self):
        self.child = subprocess.Popen(["chroot", "--userspec=mail:mail", self.root,
                                       "/usr/sbin/nullmailer-send"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)

    def release(self):
        self.start()

    def flush(self):
        """There is no other way than the next message, or a new start."""
        self.stop()
        self.start()

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None
        self.end_all()

    def empty(self):
        self.remove("/var/spool/nullmailer/queue/*", "/var/spool/nullmailer/failed/*",
                    "/var/spool/nullmailer/tmp/*")


class Dma(Other):
    """Each message has a process and a connection of its own, as many as there are messages."""

    name, program = "dma", "/usr/sbin/dma"
    few, most = 20, 0
    connections = (8,)
    own_user = "mail:mail"

    def configure(self, provider, connections=1):
        super().configure(provider, connections)
        self.port = provider.port
        self.write("/etc/dma/auth.conf", "sandbox|localhost:sandbox\n", 0o644)
        self.set()

    def set(self, *more):
        self.write("/etc/dma/dma.conf", "\n".join((
            "SMARTHOST localhost", "PORT %d" % self.port, "AUTHPATH /etc/dma/auth.conf", "SECURETRANSFER",
            "STARTTLS", "MAILNAME example.org", *more)) + "\n")

    def hold(self):
        self.set("DEFER")

    def release(self):
        self.set()
        self.inside("/usr/sbin/dma", "-q")

    def flush(self):
        self.inside("/usr/sbin/dma", "-q")

    def stop(self):
        self.end_all()

    def empty(self):
        self.remove("/var/spool/dma/*")


class Postfix(Other):
    name, program = "Postfix", "/usr/sbin/sendmail"
    connections = (1, 8)
    few, most = 8, 1000
    more = ""

    def configure(self, provider, connections=1):
        super().configure(provider, connections)
        self.text = "\n".join((
            "compatibility_level = 3.6", "myhostname = mail.example", "mydestination =",
            "inet_interfaces = loopback-only", "inet_protocols = ipv4", "alias_maps =", "message_size_limit = 0", "mailbox_size_limit = 0",
            "relayhost = [localhost]:%d" % provider.port, "smtp_host_lookup = native",
            "smtp_tls_security_level = secure", "smtp_tls_secure_cert_match = localhost",
            "smtp_tls_CAfile = " + CA, "smtp_sasl_auth_enable = yes", "smtp_sasl_security_options =",
            "smtp_sasl_password_maps = inline:{ { [localhost]:%d = sandbox:sandbox } }" % provider.port,
            "smtp_destination_concurrency_limit = %d" % connections,
            "initial_destination_concurrency = %d" % connections,
            "smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache",
            "maillog_file = /var/log/postfix.log", self.more)) + "\n"
        self.set()
        with open(self.root + "/etc/postfix/master.cf.proto") as f:
            lines = f.read().replace("smtp      inet", "#smtp     inet")
            lines = lines.replace("#tlsproxy", "tlsproxy")
        # chrooted daemons want files that the service copies for them
        self.write("/etc/postfix/master.cf", re.sub(r"(?m)^(\w+ +\S+ +\S+ +\S+ +)y", r"\1n", lines))

    def set(self, *more):
        self.write("/etc/postfix/main.cf", self.text + "\n".join(more) + "\n")

    def start(self):
        self.inside("postfix", "start")

    def hold(self):
        self.set("defer_transports = smtp")
        self.start()

    def fill(self, count, size=1024):
        """Through its daemons into the deferred queue, so that draining is delivery alone."""
        super().fill(count, size)
        deferred = self.root + "/var/spool/postfix/deferred"
        end = time.monotonic() + 120
        while sum(len(files) for *_, files in os.walk(deferred)) < count and time.monotonic() < end:
            time.sleep(0.1)

    def release(self):
        self.set()
        self.inside("postfix", "reload")
        self.flush()

    def flush(self):
        self.inside("postqueue", "-f")

    def stop(self):
        subprocess.run([*self.prefix, "postfix", "abort"], capture_output=True, check=False)
        self.end_all()
        self.remove("/var/spool/postfix/pid/*.pid", "/var/lib/postfix/*.db")

    def empty(self):
        for queue in ("maildrop", "incoming", "active", "deferred", "defer"):
            subprocess.run(["find", self.root + "/var/spool/postfix/" + queue, "-type", "f", "-delete"],
                           check=True)


class PostfixReuse(Postfix):
    name = "Postfix, TLS reuse"
    variant = True
    more = "smtp_tls_connection_reuse = yes\nsmtp_connection_cache_on_demand = yes"


class OpenSmtpd(Other):
    """How many connections it makes is its own affair."""

    name, program = "OpenSMTPD", "/opt/opensmtpd/sendmail"
    connections = (8,)
    few, most = 8, 1000
    own_user = "root:opensmtpq"
    child = None

    def __init__(self, root):
        super().__init__(root)
        os.unlink(root + self.program)
        os.symlink("/usr/sbin/smtpctl", root + self.program)

    def configure(self, provider, connections=1):
        super().configure(provider, connections)
        shutil.copy(provider.ca, self.root + "/etc/ssl/certs/ca-certificates.crt")
        self.write("/etc/smtpd-secrets", "sandbox sandbox:sandbox\n", 0o640)
        self.write("/etc/smtpd.conf", "table secrets file:/etc/smtpd-secrets\n"
                   "action \"relay\" relay host \"smtp+tls://sandbox@127.0.0.1:%d\" auth <secrets>\n"
                   "match from local for any action \"relay\"\n" % provider.port)

    def start(self):
        """It is there when its control socket answers."""
        self.child = subprocess.Popen([*self.prefix, "smtpd", "-d"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while self.control("show", "status") != 0 and time.monotonic() < end:
            time.sleep(0.05)

    def control(self, *words):
        return subprocess.run([*self.prefix, "smtpctl", *words], capture_output=True,
                              check=False).returncode

    def hold(self):
        self.start()
        self.control("pause", "mta")

    def release(self):
        self.control("resume", "mta")

    def flush(self):
        self.control("schedule", "all")

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None
        self.end_all()

    def empty(self):
        subprocess.run(["find", self.root + "/var/spool/smtpd", "-type", "f", "-delete"], check=True)


OTHERS = (Msmtp, Nullmailer, Dma, Postfix, PostfixReuse, OpenSmtpd)
