#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
Every preset against a server that imitates its provider, at the provider's own name and port: what
EHLO offers, how one logs in, and what it says when something is wrong. In namespaces of its own.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import internet
from harness import BUILD, equal, main, truth
from provider import CLOSE, Closed, Dialogue, Provider
from relay import Relay, wait_for

internet.enter()

ADDRESS, PASSWORD, TOKEN = "someone@example.com", "s3cret-hunter2", "t0ken"
MESSAGE = "From: someone@example.com\r\nSubject: test\r\n\r\n"
USUAL = ["SIZE 20000000", "8BITMIME", "PIPELINING", "AUTH PLAIN LOGIN"]
GOOGLE = ["SIZE 35882577", "8BITMIME", "AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH",
          "ENHANCEDSTATUSCODES", "PIPELINING", "CHUNKING", "SMTPUTF8"]
MICROSOFT = ["SIZE 157286400", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "AUTH LOGIN XOAUTH2", "8BITMIME",
             "BINARYMIME", "CHUNKING", "SMTPUTF8"]
YAHOO = ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SIZE 41697280", "AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER"]
SPARKPOST = ["AUTH LOGIN PLAIN", "ENHANCEDSTATUSCODES", "PIPELINING", "8BITMIME"]
UNITED = ["SIZE 69920427", "8BITMIME", "AUTH LOGIN PLAIN"]
ZOHO = ["SIZE 53477376", "AUTH LOGIN PLAIN"]

SENDGRID = ["8BITMIME", "PIPELINING", "SIZE 31457280", "AUTH PLAIN LOGIN", "AUTH=PLAIN LOGIN"]

# What the first of them are known by, so that a slip in a row is seen.
PLACES = {
    "gmail": ("smtp.gmail.com", [465, 587]), "google-relay": ("smtp-relay.gmail.com", [587, 465, 25]),
    "microsoft365": ("smtp.office365.com", [587]), "outlook": ("smtp-mail.outlook.com", [587]),
    "yahoo": ("smtp.mail.yahoo.com", [465, 587]), "sendgrid": ("smtp.sendgrid.net", [587, 2525, 465]),
    "mailgun": ("smtp.mailgun.org", [587, 2525, 465]), "mailgun-eu": ("smtp.eu.mailgun.org", [587, 2525, 465]),
    "ses": ("email-smtp.eu-west-1.amazonaws.com", [587, 2587, 465, 2465]),
    "postmark": ("smtp.postmarkapp.com", [587, 2525]), "smtpcom": ("send.smtp.com", [587, 2525, 465]),
    "brevo": ("smtp-relay.brevo.com", [587, 2525, 465]),
}
# What is known of EHLO; the others offer the usual.
OFFERS = {
    "gmail": GOOGLE, "google-relay": GOOGLE, "outlook": MICROSOFT, "microsoft365": MICROSOFT, "yahoo": YAHOO,
    "aol": YAHOO,
    "microsoft365-hve": MICROSOFT, "sendgrid": SENDGRID, "sendgrid-eu": SENDGRID,
    "elasticemail": USUAL[:-1] + ["AUTH PLAIN LOGIN CRAM-MD5"],
    "mailgun": ["SIZE 52428800", "8BITMIME", "SMTPUTF8", "PIPELINING", "AUTH PLAIN LOGIN"],
    "ses": ["8BITMIME", "SIZE 10485760", "AUTH PLAIN LOGIN", "Ok"],
    "sparkpost": SPARKPOST, "sparkpost-eu": SPARKPOST,
    "scaleway-tem": ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "AUTH PLAIN LOGIN", "SIZE"],
    "zoho": ZOHO, "zoho-pro": ZOHO, "zoho-ca": ZOHO,
    "icloud": ["PIPELINING", "SIZE 28319744", "ETRN", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8",
               "AUTH ATOKEN LOGIN PLAIN ATOKEN2 XOAUTH2"],
    "gmx": UNITED, "webde": UNITED, "ionos": UNITED,
    "yandex": ["8BITMIME", "PIPELINING", "SIZE 42991616", "AUTH LOGIN PLAIN XOAUTH2", "DSN", "ENHANCEDSTATUSCODES"],
    "oracle-oci": ["8BITMIME", "AUTH PLAIN"],
}
# They take a password without TLS too, and say so.
PLAIN_TOO = ("sendgrid", "sendgrid-eu", "mailgun", "mailgun-eu", "postmark", "mandrill")
# Who logs in, where it is the same for everybody.
USERS = {"sendgrid": "apikey", "sendgrid-eu": "apikey", "cloudflare": "api_token", "emailit": "emailit",
         "zeptomail": "emailapikey", "sparkpost": "SMTP_Injection", "sparkpost-eu": "SMTP_Injection", "resend": "resend",
         "mailtrap": "api", "mailtrap-bulk": "api", "mandrill": "mandrill", "postmark": PASSWORD,
         "postmark-broadcast": PASSWORD}
MECHANISMS = {"microsoft365": "LOGIN", "microsoft365-hve": "LOGIN", "outlook": "XOAUTH2"}
# What else they take: settings, and the mechanism that comes of it.
BY_TOKEN = {"token-command": "echo " + TOKEN}
OTHERS = [
    ("gmail", BY_TOKEN, "OAUTHBEARER"), ("google-relay", BY_TOKEN, "OAUTHBEARER"),
    ("microsoft365", BY_TOKEN, "XOAUTH2"), ("yahoo", BY_TOKEN, "OAUTHBEARER"), ("yandex", BY_TOKEN, "XOAUTH2"),
    ("elasticemail", {"auth": "cram-md5"}, "CRAM-MD5"), ("ses", {"auth": "login"}, "LOGIN"),
]


def tool(name, *words, **more):
    return subprocess.run([os.path.join(BUILD, name), *words], capture_output=True, text=True, timeout=120, **more)


def preset(name):
    """Host, ports and the settings that are shown to begin with."""
    told = tool("mailchute", "providers", name).stdout
    host, ports = re.search(r"^  server +([^\s,]+)(?:, port (.*))?$", told, re.M).groups()
    settings = dict(re.findall(r'^  (\S+) += "(.*)"$', told, re.M))
    return (host.replace("REGION", settings.get("region", "")),
            [int(port) for port in re.findall(r"\d+", ports or "587")], settings)


NAMES = [line.split()[0] for line in tool("mailchute", "providers").stdout.splitlines()]


class Crowd(Provider):
    """Takes several connections at a time; over the limit, messages are answered as Microsoft does."""

    limit, most = 3, 0

    def _serve(self):
        self.open = set()
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        self.open.add(connection)
        self.most = max(self.most, len(self.open))
        try:
            Dialogue(self, connection).run()
        except (Closed, OSError):
            pass
        self.open.discard(connection)

    def answer(self, verb, usual):
        if verb == "FINAL" and len(self.open) > self.limit:
            return "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"
        return super().answer(verb, usual)


class Fixture:
    """The network, and one configuration in it."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="mailchute-test-")
        self.path = self.directory.name
        self.presets = {name: preset(name) for name in NAMES}
        hosts = sorted({host for host, _, _ in self.presets.values()})
        internet.name(hosts, self.path)
        self.context = self.certificate(hosts)
        self.write("password", PASSWORD + "\n")
        self.provider = None
        self.relays = []

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text):
        with open(self.file(name), "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
            f.write(text)

    def certificate(self, hosts):
        names = ",".join("DNS:" + host for host in hosts)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.file("key"), "-out", self.file("ca"), "-days", "2", "-subj",
                        "/CN=providers", "-addext", "subjectAltName=" + names],
                       check=True, capture_output=True, timeout=60)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("ca"), self.file("key"))
        return context

    def imitate(self, name, answers=None, port=None, kind=Provider):
        """A server like the provider's, where the preset looks for it first, and the file to use it."""
        host, ports, settings = self.presets[name]
        port = port or ports[0]
        offers = OFFERS.get(name, USUAL)
        implicit = port in (465, 2465)
        self.stop()
        self.provider = kind(offers + ([] if implicit else ["STARTTLS"]), answers, self.context, implicit,
                                 port=port)
        if name not in PLAIN_TOO:
            self.provider.plain_offers = [o for o in offers if not o.startswith("AUTH")] + ["STARTTLS"]
        self.provider.users = {USERS.get(name, ADDRESS): PASSWORD}
        self.provider.tokens = {TOKEN}
        self.configure(settings)
        return self.provider

    def configure(self, settings, **more):
        known = {"user": ADDRESS, "from": "server@example.com", "root": "admin@example.com"}
        values = {name: known.get(name, value) if value == "..." else value for name, value in settings.items()}
        values.update(hostname="server.example.com", **{"ca-file": self.file("ca")}, **more)
        if values.pop("oauth", None):
            del values["oauth-client-id"]
            values.update(BY_TOKEN)
        elif "token-command" not in values:
            values["password-file"] = self.file("password")
        self.write("conf", "".join('%s = "%s"\n' % item for item in values.items()))

    def check(self):
        return tool("mailchute", "check", "-c", self.file("conf"))

    def send(self, *recipients, courier="mailchute-courier"):
        """What the courier says became of a message, a line for each recipient, and its log."""
        self.write("message", MESSAGE)
        with open(self.file("message")) as message:
            result = tool(courier, "-c", self.file("conf"), ADDRESS,
                          *(recipients or ["a@example.net"]), stdin=message)
        truth(PASSWORD not in result.stdout + result.stderr, "no password in what is said")
        self.log = result.stderr
        return result.stdout

    def relay(self):
        """A spool and its mailchuted, with the same configuration."""
        relay = Relay()
        shutil.copyfile(self.file("conf"), relay.conf_path)
        relay.start_flusher()
        self.relays.append(relay)
        return relay

    def stop(self):
        if self.provider:
            self.provider.close()
            self.provider = None

    def close(self):
        for relay in self.relays:
            relay.close()
        self.stop()
        subprocess.run(["umount", "/etc/hosts"], check=True)
        self.directory.cleanup()


def test_each_preset_logs_in_and_sends(f):
    for name in NAMES:
        provider = f.imitate(name)
        result = f.check()
        equal(result.returncode, 0, name + ": " + result.stdout + result.stderr)
        truth(PASSWORD not in result.stdout + result.stderr, "no password in what is said")
        said = f.send("a@example.net", "b@example.net")
        truth(said.count("status=delivered") == 2, name + ": " + said)
        equal(set(provider.logins), {(MECHANISMS.get(name, "PLAIN"), True)}, name)
        equal((len(provider.messages), provider.bare), (1, []), name)
        if name.startswith("postmark"):
            truth(b"\r\nX-PM-Message-Stream: " in provider.messages[0][1], "Postmark's stream")
        if "PIPELINING" not in provider.offers:
            equal(provider.early, [], name + " offers no PIPELINING")


def test_the_places(f):
    for name, (host, ports) in PLACES.items():
        equal(f.presets[name][:2], (host, ports), name)


def test_other_logins(f):
    """Also over implicit TLS and STARTTLS alike, and a token that is refused once it was shown."""
    for name, settings, mechanism in OTHERS:
        provider = f.imitate(name)
        f.configure(f.presets[name][2], **settings)
        truth("status=delivered" in f.send(), name + f.log)
        equal(provider.logins, [(mechanism, True)], name)
        if settings == BY_TOKEN:
            provider.tokens.clear()
            said = f.send()
            truth("status=unattempted" in said and "that the token" in said, name + said)
            equal(provider.dummies, b"\1" if mechanism == "OAUTHBEARER" else b"", name)


QUOTA, SENDER, PACE = "allowance is used up", "sender refused: ", "wants it slower"
DEFERRED, FAILED, UNATTEMPTED = "deferred", "failed", "unattempted"

# Preset, what the server answers, what becomes of the message, and what is said about it.
TROUBLE = [
    ("gmail", {"MAIL": "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n"
                       "550-5.4.5 sending limits go to\n550 5.4.5 https://support.google.com - gsmtp"},
     DEFERRED, QUOTA),
    ("gmail", {"AUTH PLAIN": "534-5.7.9 Application-specific password required.\n534 5.7.9 Learn more"},
     UNATTEMPTED, "make an app password"),
    ("gmail", {"AUTH PLAIN": "535-5.7.8 Username and Password not accepted.\n535 5.7.8 Learn more"},
     UNATTEMPTED, "Gmail wants an app password"),
    ("gmail", {"AUTH PLAIN": "454 4.7.0 Too many login attempts, please try again later."}, UNATTEMPTED,
     "the provider cannot check the login now"),
    ("google-relay", {"MAIL": "550 5.7.1 Invalid credentials for relay [192.0.2.1]."}, DEFERRED,
     "set hostname to the domain"),
    ("outlook", {"AUTH": "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."}, UNATTEMPTED,
     "the token (token-command"),
    ("outlook", {"AUTH": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
                         "Mailbox."}, UNATTEMPTED, "SMTP AUTH is switched off"),
    ("microsoft365", {"AUTH": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
                              "Tenant."}, UNATTEMPTED, "SMTP AUTH is switched off"),
    ("microsoft365", {"AUTH": "550 5.7.30 Basic authentication is not supported for Client Submission."}, UNATTEMPTED,
     "takes no passwords any more; set oauth"),
    ("microsoft365", {"FINAL": "554 5.2.252 SendAsDenied; a not allowed to send as b"}, DEFERRED, SENDER),
    ("microsoft365", {"FINAL": "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; x"}, DEFERRED,
     QUOTA),
    ("microsoft365", {"FINAL": "550 5.2.252 Sender throttled after continuous refusals"}, DEFERRED, SENDER),
    ("azure-acs", {"FINAL": "450 4.5.127 Message rejected. Excessive message rate from sender."}, UNATTEMPTED, PACE),
    ("mailersend", {"FINAL": "450 The from.email domain must be verified in your account to send emails. #MS42207"},
     DEFERRED, SENDER),
    ("yahoo", {"AUTH PLAIN": "535 5.7.0 (#AUTH005) Too many bad auth attempts."}, UNATTEMPTED,
     "the password may be right"),
    ("sendgrid", {"AUTH PLAIN": "535 Authentication failed: Bad username / password"}, UNATTEMPTED, "the word apikey"),
    ("sendgrid", {"MAIL": "451 Authentication failed: Maximum credits exceeded"}, UNATTEMPTED, QUOTA),
    ("sendgrid", {"MAIL": "403 You are not authorized to send from that email address"}, DEFERRED, SENDER),
    ("mailgun", {"AUTH PLAIN": "535 5.7.0 Authentication failed"}, UNATTEMPTED, "mailgun-eu"),
    ("ses", {"AUTH PLAIN": "535 Authentication Credentials Invalid"}, UNATTEMPTED, "check user and region"),
    ("ses", {"FINAL": "454 Throttling failure: Maximum sending rate exceeded."}, UNATTEMPTED, PACE),
    ("ses", {"FINAL": "454 Throttling failure: Daily message quota exceeded."}, UNATTEMPTED, QUOTA),
    ("ses", {"FINAL": "554 Message rejected: Email address is not verified. The following identities failed the check "
                      "in region EU-WEST-1: a@b"}, DEFERRED, "verify the address in this region"),
    ("brevo", {"AUTH PLAIN": "525 5.7.1 Unauthorized IP address"}, UNATTEMPTED, "authorise this machine's address"),
    ("brevo", {"AUTH PLAIN": "535 5.7.8 Authentication failed"}, UNATTEMPTED, "an SMTP key (xsmtpsib-...)"),
    ("sparkpost", {"MAIL": "550 5.7.1 Unconfigured Sending Domain <example.com>"}, DEFERRED, SENDER),
    ("resend", {"MAIL": "450 The example.com domain is not verified. Please, add and verify your domain"}, DEFERRED,
     SENDER),
    ("mailtrap", {"AUTH PLAIN": "535 5.7.8 Too many connections per account"}, UNATTEMPTED, "set max-connections lower"),
    ("mailtrap", {"FINAL": "554 From: Header does not match the sender's domain"}, DEFERRED, SENDER),
    ("smtp2go", {"MAIL": "550 Relay access denied - please authenticate"}, UNATTEMPTED, "the server wants a login first"),
    ("oracle-oci", {"RCPT <a@example.net>": "254 4.7.1 Suppression for user u to a@example.net"}, FAILED,
     "take it off there"),
    ("oracle-oci", {"FINAL": "254 4.7.1 Suppression for user u to a@example.net"}, FAILED, "take it off there"),
    ("oracle-oci", {"FINAL": "455 Maximum messages sent per minute reached : limit is 10"}, UNATTEMPTED, PACE),
    ("oracle-oci", {"FINAL": "455 Maximum messages sent per day reached : limit is 200"}, UNATTEMPTED, QUOTA),
    ("alibaba", {"MAIL": "440 mail from account doesn't conform with authentication (Auth Account:a|Mail Account:b)"},
     DEFERRED, SENDER),
    ("zoho", {"FINAL": "550 5.4.6 Unusual sending activity detected. Please try after sometime"}, DEFERRED, QUOTA),
    ("zoho", {"FINAL": "553 Sender is not allowed to relay emails"}, DEFERRED, SENDER),
    ("zeptomail", {"AUTH PLAIN": "535 Authentication Failed"}, UNATTEMPTED, "credits left"),
    ("gmx", {"MAIL": "550-Requested action not taken: mailbox unavailable\n550 Sender address is not allowed."},
     DEFERRED, SENDER),
    ("yandex", {"MAIL": "553 5.7.1 <a@b>: Sender address rejected: not owned by auth user."}, DEFERRED, SENDER),
    ("mailru", {"AUTH PLAIN": "535 5.7.0 NEOBHODIM parol prilozheniya / Application password is REQUIRED"}, UNATTEMPTED,
     "make an app password"),
    ("dreamhost", {"RCPT <a@example.net>": "550 Policy Rejection- Quota Exceeded."}, DEFERRED, QUOTA),
    ("godaddy", {"FINAL": "550 You've reached the max number of messages per session. IB510"}, DEFERRED, PACE),
    ("emailit", {"MAIL": "452 4.5.3 Daily message limit exceeded"}, UNATTEMPTED, QUOTA),
]

# The classic ones, the same for everybody.
CLASSIC = [
    ({"AUTH": "535 5.7.8 no", "AUTH PLAIN": "535 5.7.8 no"}, UNATTEMPTED, "refused: "),
    ({"RCPT <a@example.net>": "550 5.1.1 unknown"}, FAILED, "there is no such mailbox"),
    ({"MAIL": "553 5.7.1 Sender address not verified"}, DEFERRED, "verify the sender's address"),
    ({"FINAL": "554 5.7.1 sender domain is not verified"}, DEFERRED, "verify the sender's address"),
    ({"FINAL": "552 5.3.4 Message size exceeds fixed maximum message size"}, FAILED, "send a link"),
    ({"RCPT <a@example.net>": "554 5.7.1 <a@example.net>: Relay access denied"}, DEFERRED, "relays nothing for us"),
]


def test_the_classic_errors(f):
    for name in ("gmail", "microsoft365", "sendgrid", "ses", "postmark", "zoho"):
        for answers, verdict, words in CLASSIC:
            f.imitate(name, answers)
            said = f.send()
            truth("status=%s (" % verdict in said and words in said, "%s %r: %s" % (name, answers, said))
        f.imitate(name)
        f.provider.offers = f.provider.plain_offers = ["SIZE 1000"]
        if not f.provider.implicit:
            said = f.send()
            truth("offers no STARTTLS" in said, said)


def test_a_secret_of_the_wrong_kind(f):
    for name, right, wrong in (("gmail", "abcd efgh ijkl mnop", "Pa55word"), ("sendgrid", "SG.x.y", "hunter2"),
                               ("brevo", "xsmtpsib-1", "xkeysib-1")):
        for secret in (right, wrong):
            f.imitate(name)
            f.write("password", secret + "\n")
            said = f.check().stdout
            equal("does not look like the right kind" in said, secret == wrong, name)
            truth(secret not in said, said)
    f.write("password", PASSWORD + "\n")


def test_trouble(f):
    for name, answers, verdict, words in TROUBLE:
        f.imitate(name, answers)
        said = f.send()
        truth("status=%s (" % verdict in said and words in said, "%s %r: %s" % (name, answers, said))
        truth("AUTH" not in "".join(answers) or words in f.check().stdout, "mailchute check with " + name)


def test_a_blocked_port(f):
    provider = f.imitate("sendgrid", port=2525)
    truth("status=delivered" in f.send(), f.log)
    truth(re.search(r"connection to smtp\.sendgrid\.net\[127\.0\.0\.1\]:587: .*; trying port 2525$", f.log, re.M), f.log)
    equal(f.check().returncode, 0)
    provider = f.imitate("sendgrid", port=465)
    truth("status=delivered" in f.send(), f.log)
    equal(provider.logins, [("PLAIN", True)], "over implicit TLS")
    f.stop()
    said = f.send()
    truth("status=unattempted" in said and ":465: " in said, said)
    provider = f.imitate("gmail", port=587)
    truth("status=delivered" in f.send() and re.search(":465: .*; trying port 587$", f.log, re.M), f.log)
    equal((provider.logins, provider.bare), ([("PLAIN", True)], []), "after STARTTLS")


def test_a_port_that_does_not_answer(f):
    f.imitate("sendgrid", port=2525)
    deaf = socket.create_server(("127.0.0.1", 587), backlog=0)
    waiting = []
    for _ in range(3):  # until the kernel drops what more comes
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(("127.0.0.1", 587))
    truth("status=delivered" in f.send(courier="tests/hostile/mailchute-courier"), f.log)
    truth(re.search(r":587: Connection timed out; .*; trying port 2525$", f.log, re.M), f.log)
    for each in (deaf, *waiting):
        each.close()


def test_a_port_that_waits_for_tls(f):
    f.provider = Provider([], None, f.context, True)
    f.configure({"host": "localhost", "port": str(f.provider.port), "user": ADDRESS})
    said = f.send(courier="tests/hostile/mailchute-courier")
    truth('greeting: timed out; is it tls = "implicit" on this port?' in said, said)


def courier_of(relay):
    with open("/proc/%d/task/%d/children" % (relay.flusher.child.pid, relay.flusher.child.pid)) as f:
        return [int(pid) for pid in f.read().split()]


def test_the_port_that_works_is_remembered(f):
    provider = f.imitate("sendgrid", port=2525)
    relay = f.relay()
    for count in (1, 2):
        relay.send("a@example.net")
        wait_for(lambda: len(provider.messages) == count, "message %d" % count)
        relay.wait_empty()
        for pid in courier_of(relay):  # so that the next message gets a new one
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not courier_of(relay), "no courier")
    equal(relay.flusher.text().count("trying port 2525"), 1, relay.flusher.text())


def send_many(f, relay, count):
    for i in range(count):
        relay.send("a%d@example.net" % i)
    relay.wait_empty()
    equal(sorted(to for (to,), _ in f.provider.messages), sorted("<a%d@example.net>" % i for i in range(count)))
    truth("bounce" not in relay.flusher.text(), relay.flusher.text())


def test_microsoft_has_three_connections(f):
    f.imitate("microsoft365", kind=Crowd)
    f.configure(f.presets["microsoft365"][2], **{"max-connections": "3"})
    send_many(f, f.relay(), 12)
    truth(f.provider.most <= 3, "%d connections" % f.provider.most)


def test_recipients_of_a_transaction(f):
    for name, limit in (("gmail", 100), ("ses", 50), ("scaleway-tem", 10)):
        f.imitate(name)
        relay = f.relay()
        relay.send(*("a%d@example.net" % i for i in range(101)))
        relay.wait_empty()
        sizes = [len(recipients) for recipients, _ in f.provider.messages]
        equal((max(sizes), sum(sizes), len(sizes)), (limit, 101, 100 // limit + 1), name)
        relay.flusher.stop()


def test_messages_of_a_connection(f):
    provider = f.imitate("yahoo")
    f.configure(f.presets["yahoo"][2], **{"max-connections": "1"})
    send_many(f, f.relay(), 21)
    equal(provider.connections, 2)


def test_gmails_quota_holds_all_and_bounces_nothing(f):
    f.imitate("gmail", {"MAIL": "550-5.4.5 Daily user sending limit exceeded. For more information\n"
                                "550 5.4.5 go to https://support.google.com - gsmtp"})
    relay = f.relay()
    relay.send("a@example.net")
    relay.flusher.wait_line("the account's allowance is used up .*Daily user sending limit.*next try in 3[0-9]{3} s")
    relay.send("b@example.net")
    wait_for(lambda: len(relay.queued()) == 2, "that both wait")
    equal((f.provider.connections, relay.entries("failed")), (1, []))
    truth("bounce" not in relay.flusher.text(), relay.flusher.text())


def test_more_than_microsoft_allows(f):
    f.imitate("microsoft365", kind=Crowd)
    f.provider.limit = 0
    relay = f.relay()
    relay.send("a@example.net")
    relay.flusher.wait_line("the provider wants it slower; set max-connections = 2 .*432 4.3.2")
    equal(len(relay.queued()), 1, "it waits")


def test_a_worn_out_connection(f):
    """421 after some messages, or a silent close, is no trouble: the next connection goes on."""
    for end in ("421 4.7.0 Connection expired, try reconnecting", CLOSE):
        f.imitate("ses", {"MAIL": ["250 Ok", "250 Ok", end]})
        relay = f.relay()
        send_many(f, relay, 5)
        truth("next try" not in relay.flusher.text(), relay.flusher.text())
        relay.flusher.stop()


def test_a_port_that_is_set_is_the_only_one(f):
    provider = f.imitate("sendgrid", port=2525)
    for settings in ({"port": 587}, {"tls": "starttls"}):
        f.configure(f.presets["sendgrid"][2], **settings)
        said = f.send()
        truth("status=unattempted" in said and ":587: " in said, said)
    equal(provider.connections, 0)


def test_a_refusal_is_no_blocked_port(f):
    second = Provider(port=2525)
    for answers in ({"GREETING": "554 5.7.1 go away"}, {"GREETING": CLOSE}, {"STARTTLS": "454 4.7.0 not now"},
                    {"AUTH PLAIN": "535 5.7.8 no"}):
        f.imitate("sendgrid", answers)
        truth("status=unattempted" in f.send(), f.log)
    equal(second.connections, 0)
    second.close()


main(dict(vars(sys.modules[__name__])), Fixture)
