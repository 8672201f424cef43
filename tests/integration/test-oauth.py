"""OAuth2: from the consent to mail that goes, and what becomes of it when tokens end."""

import fcntl
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import termios
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Skip, equal, main, truth  # noqa: E402
from issuer import CLIENT, SECRET, SILENCE, Issuer  # noqa: E402
from provider import Provider  # noqa: E402
from relay import Process, Relay, wait_for  # noqa: E402

TOKEN = os.path.join(BUILD, "mailchute-token")


class OAuth(Relay):
    """An issuer, a provider that takes its tokens, and the service's directories."""

    def __init__(self):
        super().__init__()
        self.secrets, self.credentials, self.state = (self.make(name) for name in ("secrets", "credentials", "state"))
        os.environ.update(CREDENTIALS_DIRECTORY=self.credentials, STATE_DIRECTORY=self.state)
        for name in ("refresh-token", "client-secret", "service-account"):
            os.symlink(os.path.join(self.secrets, name), os.path.join(self.credentials, "secret_" + name))
        self.secret("client-secret", SECRET)
        self.key, self.certificate = (os.path.join(self.path, name) for name in ("key.pem", "certificate.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-keyout", self.key, "-out", self.certificate, "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True, timeout=60)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        self.smtp = Provider(["AUTH XOAUTH2 PLAIN"], tls=context, implicit=True)
        self.issuer = Issuer(context, self.smtp.tokens)
        self.said = []  # by programs that have ended

    def make(self, name):
        path = os.path.join(self.path, name)
        os.mkdir(path, 0o700)
        return path

    def secret(self, name, text):
        with open(os.path.join(self.secrets, name), "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)

    def stored(self):
        path = os.path.join(self.secrets, "refresh-token")
        equal(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as f:
            return f.read()

    def kept(self):
        with open(os.path.join(self.state, "oauth-default")) as f:
            return f.read()

    def prepare(self, oauth="google", paths=("auth", "token"), **options):
        self.configure(host="localhost", port=self.smtp.port, tls="implicit", ca_file=self.certificate, user="user",
                       password_file=None, max_connections=1, **{**self.issuer.options(oauth, *paths), **options})
        return self

    def token(self, *options):
        """What mailchute-token says: its sign and its words."""
        result = subprocess.run([TOKEN, "-c", self.conf_path, *options], capture_output=True, text=True, timeout=120)
        self.said.append(result.stderr)
        equal(result.returncode, 0, result.stderr)
        return result.stdout[0], result.stdout[1:].rstrip("\n")

    def login(self, *account, **more):
        return Process([os.path.join(BUILD, "mailchute"), "login", "-c", self.conf_path, "-d", self.secrets, *account],
                       **more)

    def log_in(self):
        process = self.login()
        visit(self.issuer.consent(wait_url(process)))
        process.wait_line("stored: " + self.secrets)
        equal(process.child.wait(30), 0)
        self.said.append(process.text())

    def delivered(self, count):
        wait_for(lambda: len(self.smtp.messages) >= count, "%d messages\n%s" % (count, self.flusher.text()))

    def restart(self):
        if self.flusher:
            equal(self.flusher.stop(), 0, self.flusher.text())
            self.said.append(self.flusher.text())
        return self.start_flusher("--foreground", "-v")

    def close(self):
        if self.flusher:
            self.said.append(self.flusher.text())
        words = "\n".join(self.said)
        secrets = {SECRET, "device-s3cret", *self.issuer.refresh, *self.smtp.tokens}
        self.issuer.close()
        self.smtp.close()
        super().close()
        truth(not [secret for secret in secrets if secret in words], "nothing secret is said: " + words)


def wait_url(process):
    return process.wait_line(r"^ +(https://\S+)$")[1]


def visit(url):
    """As a browser: the status and the page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_from_login_to_revocation_and_back(o):
    """Login, mail, a token that has run out, one that is refused, a consent that is taken back, login, mail."""
    o.prepare().log_in()
    first = o.stored()
    o.restart()
    o.send("a@example.net")
    o.delivered(1)
    equal(o.issuer.grants(), ["authorization_code", "refresh_token"])
    o.restart()
    o.send("b@example.net")
    o.delivered(2)  # by the token that is kept
    equal(o.issuer.grants()[2:], [])
    o.smtp.tokens.clear()
    o.restart()
    o.send("c@example.net")
    o.delivered(3)  # it was refused once, and then another one taken
    equal(o.issuer.grants()[2:], ["refresh_token"])
    equal([good for _, good in o.smtp.logins], [True, True, False, True])
    o.smtp.tokens.clear()
    o.issuer.refresh.clear()
    o.restart()
    o.send("d@example.net")
    trouble = o.flusher.wait_line(r"OAuth2: .*invalid_grant.*run: mailchute login")
    truth("localhost refuses" in trouble[0], trouble[0])
    equal(len(o.queued()), 1)
    o.log_in()
    truth(o.stored() != first, "another refresh token")
    o.restart()
    o.delivered(4)
    equal(o.entries("failed"), [])


def test_a_new_token_that_is_refused(o):
    """One login, for providers count them; two where the first token may only have run out."""
    o.issuer.tokens = set()  # and none of the provider's
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    for logins, tokens in ((1, 1), (3, 2)):
        o.restart()
        if not o.queued():
            o.send("a@example.net")
        o.flusher.wait_line("user user refused: .*the token .*; 1 message waits")
        equal((len(o.smtp.logins), len(o.issuer.grants())), (logins, tokens))


def test_no_token_yet(o):
    o.prepare()
    equal(o.token(), ("-", "OAuth2: there is no refresh token yet; run: mailchute login"))
    o.restart()
    o.send("a@example.net")
    o.flusher.wait_line("there is no refresh token yet; run: mailchute login")
    equal(len(o.queued()), 1)


def test_a_token_is_kept_until_it_has_five_minutes_left(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    for lifetime, asked in ((300, 2), (1, 2), (0, 2), (3600, 1), (60, 0)):
        o.issuer.lifetime = lifetime
        o.issuer.requests.clear()
        first, second = o.token(), o.token()
        equal((first[0], second == ("=", first[1]), len(o.issuer.requests)),
              ("=" if asked == 0 else "+", asked != 2, asked), lifetime)
    equal(os.stat(os.path.join(o.state, "oauth-default")).st_mode & 0o777, 0o600)


def test_a_kept_token_is_not_taken_for_another_consent(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    first = o.token()
    o.secret("refresh-token", o.issuer.new_refresh())
    second = o.token()
    truth(first != second and second[0] == "+", second)
    equal(o.token(), ("=", second[1]))
    o.prepare(oauth_scope="other")
    equal(o.token()[0], "+", "another scope")


def test_refresh_tokens_that_change(o):
    """The newest is used, until somebody logs in anew."""
    o.issuer.rotates = True
    o.issuer.lifetime = 1
    first = o.issuer.new_refresh()
    o.prepare().secret("refresh-token", first)
    equal([o.token()[0] for _ in range(3)], ["+", "+", "+"])
    used = [form["refresh_token"] for _, form in o.issuer.requests]
    equal((used[0], len(set(used)), len(o.issuer.refresh)), (first, 3, 1))
    newest, = o.issuer.refresh
    truth(newest in o.kept() and first not in o.kept(), "only the newest is kept")
    other = o.issuer.new_refresh()
    o.secret("refresh-token", other)
    equal(o.token()[0], "+")
    equal(o.issuer.requests[-1][1]["refresh_token"], other)


def test_two_at_once(o):
    """A refresh token that may be used once is used once."""
    o.issuer.rotates = True
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    children = [subprocess.Popen([TOKEN, "-c", o.conf_path], stdout=subprocess.PIPE, text=True) for _ in range(8)]
    answers = [child.communicate(timeout=120)[0] for child in children]
    equal(sorted(answer[0] for answer in answers), ["+"] + ["="] * 7)
    equal((len({answer[1:] for answer in answers}), len(o.issuer.requests)), (1, 1))


def test_without_a_place_to_keep_it(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    os.environ["STATE_DIRECTORY"] = os.path.join(o.path, "nowhere")
    equal([o.token()[0], o.token()[0]], ["+", "+"])
    truth("cannot be kept" in o.said[0], o.said)
    with open(os.path.join(o.state, "oauth-default"), "w") as f:
        f.write("origin x\naccess stale\nexpires 99999999999999\n")
    os.environ["STATE_DIRECTORY"] = o.state
    equal(o.token()[0], "+")


ERROR = '{"error": "%s", "error_description": "%s"}'
ANSWERS = [
    # what the issuer says, the sign of ours, what is in our words
    ((400, ERROR % ("invalid_grant", "Token has been revoked"), None), "-", r"refuses \(it said: 400 invalid_grant: "
     r"Token has been revoked\); .*run: mailchute login$"),
    ((400, ERROR % ("interaction_required", "AADSTS50076"), None), "-", "AADSTS50076.*run: mailchute login$"),
    ((401, ERROR % ("invalid_client", "x"), None), "-", "check oauth-client-id and the stored client-secret"),
    ((400, ERROR % ("unauthorized_client", "x"), None), "-", "not registered for this way"),
    ((400, ERROR % ("invalid_request", "client_secret is missing."), None), "-", "missing.*needs a client-secret"),
    ((400, ERROR % ("invalid_scope", "x"), None), "-", "check oauth-scope"),
    ((403, '{"error": 7}', None), "-", "403 without a reason"),
    ((400, ERROR % ("temporarily_unavailable", "x"), None), "~", "gives no token for now"),
    ((200, ERROR % ("server_error", "x"), None), "~", "gives no token for now"),
    ((429, ERROR % ("invalid_grant", "x"), None), "~", "429"),
    ((500, ERROR % ("invalid_grant", "x"), None), "~", "500"),
    ((503, "<html>", None), "~", "not understood .status 503.; check the URL, and if a proxy"),
    ((200, "", None), "~", "not understood"),
    ((200, '{"access_token": ', None), "~", "not understood"),
    ((200, "[" * 60000, None), "~", "not understood"),
    ((200, '["access_token"]', None), "~", "not understood"),
    ((200, '{"access_token": "a", "access_token": "b"}', None), "~", "not understood"),
    ((200, "{}", None), "~", "without what was asked for"),
    ((200, '{"access_token": "a b"}', None), "~", "without what was asked for"),
    ((200, '{"access_token": "a\\nb"}', None), "~", "without what was asked for"),
    ((200, '{"access_token": "%s"}' % ("a" * 9000), None), "~", "without what was asked for"),
    ((200, '{"access_token": "%s"}' % ("a" * 70000), None), "~", "gives more than 65536 octets"),
    ((302, "", {"Location": "https://localhost:1/token"}), "~", r"redirection \(302\), which is not followed"),
    ((400, ERROR % ("invalid_grant", "\\u001b[31m"), None), "-", r"invalid_grant: \?\[31m\)"),
    ((400, ERROR % ("invalid_grant", "you sent " + SECRET), None), "-", "^OAuth2: localhost refuses; the consent"),
]


def test_answers_of_every_kind(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    for answer, sign, words in ANSWERS:
        o.issuer.script = [answer]
        said = o.token("--anew")
        o.said.append(said[1])
        truth(said[0] == sign and said[1].startswith("OAuth2: localhost ") and re.search(words, said[1]), (answer, said))
    equal(o.token()[0], "+")


def test_lifetimes_as_they_come(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    for lifetime, kept in (('"3600"', True), ("3600.5", True), ("null", True), ("1e99", True), ("-5", False),
                           ('"x"', False), ("299", False)):
        o.issuer.script = [(200, '{"access_token": "scripted", "expires_in": %s}' % lifetime, None)]
        equal(o.token("--anew"), ("+", "scripted"))
        equal(o.token() == ("=", "scripted"), kept, lifetime)


def test_an_issuer_that_cannot_be_asked(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    o.issuer.script = [SILENCE]
    sign, words = o.token()
    truth(sign == "~" and "cannot be asked: Operation timed out" in words, words)
    for options, reason in (({"oauth-token-url": "https://localhost:1/token"}, "cannot be asked: .*connect"),
                            ({"oauth-token-url": o.issuer.url("token").replace("localhost", "127.0.0.1")},
                             "cannot be asked: .*certificate"),
                            ({"ca-file": "/etc/ssl/certs/ca-certificates.crt"},
                             "cannot be asked: .*certificate.*check this machine's clock, and ca-file$")):
        o.prepare(**options)
        sign, words = o.token()
        truth(sign == "~" and re.search(reason, words), words)


def test_trouble_of_the_issuer_is_no_trouble_of_the_account(o):
    """It holds the way, and mail goes by itself when it is over."""
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    o.issuer.script = [(503, "<html>", None)] * 2
    o.restart()
    o.send("a@example.net")
    o.flusher.wait_line("localhost gives an answer that is not understood")
    truth(not [line for line in o.flusher.lines if "refuse" in line], o.flusher.text())
    o.restart()
    o.delivered(1)


def test_the_consent_that_comes_by_the_browser(o):
    """Strangers at the port, with no state or a wrong one, are sent away."""
    process = o.prepare().login()
    url = wait_url(process)
    good = o.issuer.consent(url)
    bare = good.split("?")[0]
    truth(re.match(r"http://127\.0\.0\.1:\d+$", bare), bare)
    state = re.search("state=([^&]*)", good)[1]
    truth(len(state) >= 43, state)
    for bad in (bare, bare + "?code=x", bare + "?code=x&state=", bare + "?code=x&state=" + state[:-1],
                bare + "?code=x&state=" + state + "x", bare + "?state=" + state, bare + "?code=%0a&state=" + state,
                bare + "?xstate=" + state + "&code=x"):
        equal(visit(bad)[0], 400, bad)
    equal(visit(good)[0], 200)
    process.wait_line("stored: ")
    equal((process.child.wait(30), o.issuer.grants()), (0, ["authorization_code"]))
    truth(not is_listening(int(bare.split(":")[2])), "it listens no longer")


def test_microsoft_by_the_browser(o):
    """A public client, at the name that is registered there."""
    o.issuer.public = True
    os.unlink(os.path.join(o.secrets, "client-secret"))
    process = o.prepare("microsoft-browser").login()
    url = wait_url(process)
    truth("access_type" not in url and "prompt" not in url, "words that are Google's: " + url)
    ended = o.issuer.consent(url)
    truth(ended.startswith("http://localhost:"), ended)
    equal(visit(ended)[0], 200)
    process.wait_line("stored: ")
    equal(process.child.wait(30), 0, process.text())
    equal(o.issuer.codes, {}, "the code was taken")
    equal(o.token()[0], "+")


def at_a_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_the_address_that_is_typed_in(o):
    """Into a pipe, and at a terminal."""
    o.prepare()
    for make, more in ((os.pipe, {}), (lambda: os.openpty()[::-1], {"start_new_session": True, "preexec_fn": at_a_terminal})):
        reading, writing = make()
        process = o.login(stdin=reading, **more)
        os.close(reading)
        url = wait_url(process)
        os.write(writing, b"http://127.0.0.1:1/?code=x&state=y\n")
        process.wait_line("That is not the address")
        os.write(writing, o.issuer.consent(url).encode() + b"\n")
        process.wait_line("stored: ")
        os.close(writing)
        equal(process.child.wait(30), 0)
        equal(o.token()[0], "+")


def test_an_interrupt_at_the_terminal(o):
    """Nobody goes on listening."""
    terminal, theirs = os.openpty()
    process = o.prepare().login(stdin=theirs, start_new_session=True, preexec_fn=at_a_terminal)
    os.close(theirs)
    port = int(re.search(r"127\.0\.0\.1%3A(\d+)", wait_url(process))[1])
    os.write(terminal, b"\x03")
    equal(process.child.wait(30), -signal.SIGINT)
    wait_for(lambda: not is_listening(port), "no listener")
    os.close(terminal)


def is_listening(port):
    with open("/proc/net/tcp") as f:
        return "0100007F:%04X 00000000:0000 0A" % port in f.read()


def test_a_build_without_it(o):
    """The program alone, without mailchute-token beside it."""
    if os.path.exists("/usr/libexec/mailchute/mailchute-token"):
        raise Skip("it is installed")
    alone = os.path.join(o.path, "mailchute")
    shutil.copy(os.path.join(BUILD, "mailchute"), alone)
    result = subprocess.run([alone, "login", "-c", o.prepare().conf_path], capture_output=True, text=True, timeout=60)
    truth(result.returncode == 69 and "built --without-oauth" in result.stderr, result.stderr)


def test_no_place_for_the_token(o):
    """That is said before anybody consents."""
    process = o.prepare().login("-d", o.conf_path)
    process.wait_line("could not be stored in .*; run this as root")
    equal((process.child.wait(30), o.issuer.requests), (73, []))


def test_no_consent(o):
    process = o.prepare().login()
    equal(visit(o.issuer.consent(wait_url(process), code=False))[0], 200)
    process.wait_line(r"there was no consent \(access_denied\)")
    equal((process.child.wait(30), os.listdir(o.secrets)), (77, ["client-secret"]))


def test_a_code_that_somebody_else_asked_for(o):
    """PKCE: a code is for who has the verifier."""
    process = o.prepare().login()
    good = o.issuer.consent(wait_url(process))
    for asked in o.issuer.codes.values():
        asked["code_challenge"] = "another"
    visit(good)
    process.wait_line("invalid_grant")
    equal(process.child.wait(30), 77)


def test_by_another_device(o):
    o.issuer.public = True
    os.unlink(os.path.join(o.secrets, "client-secret"))
    o.issuer.device = ["authorization_pending", "slow_down", "authorization_pending"]
    process = o.prepare("microsoft", ("device", "token")).login()
    process.wait_line("enter the code WDJB-MJHT, and log in as user")
    process.wait_line("stored: ")
    equal(process.child.wait(30), 0, process.text())
    o.said.append(process.text())
    equal(o.issuer.requests[0][1]["scope"], "https://outlook.office.com/SMTP.Send offline_access")
    truth(o.issuer.times[3] - o.issuer.times[2] >= 6, "slower after it was told so")
    equal(o.token()[0], "+")


def test_a_token_that_is_encrypted(o):
    """It is there as a whole, and alone, or what there was stays; and so it is the next time."""
    o.issuer.public = True
    os.unlink(os.path.join(o.secrets, "client-secret"))
    o.prepare("microsoft", ("device", "token"))
    encrypted, tools = o.secrets + ".encrypted", o.make("tools")

    def log_in(encryption, *options):
        """With a systemd that hands over what there is, and a systemd-creds that writes to $5."""
        for tool, script in (("systemd-run", "exit 0"), ("systemd-creds", encryption)):
            with open(os.path.join(tools, tool), "w", opener=lambda p, f: os.open(p, f, 0o755)) as f:
                f.write("#!/bin/sh\n%s\n" % script)
        process = o.login(*options, env=dict(os.environ, PATH=tools + ":" + os.environ["PATH"]))
        status = process.child.wait(60)
        process.reader.join(5)
        return status, process.text(), [os.listdir(d) if os.path.exists(d) else None for d in (o.secrets, encrypted)]

    status, said, files = log_in("exit 9")
    equal((status, files), (0, [["refresh-token"], None]), said)
    truth("for its owner only\n" in said, said)
    status, said, files = log_in('echo half >"$5"; echo no key >&2; exit 1', "--encrypt")
    equal((status, files), (73, [["refresh-token"], []]), said)
    truth("secrets.encrypted/refresh-token: no key" in said, said)
    status, said, files = log_in('cat >"$5"', "--encrypt")
    equal((status, files), (0, [[], ["refresh-token"]]), said)
    equal(os.stat(os.path.join(encrypted, "refresh-token")).st_mode & 0o777, 0o600)
    equal(os.stat(encrypted).st_mode & 0o777, 0o700)
    status, said, files = log_in('cat >"$5"')
    equal((status, files), (0, [[], ["refresh-token"]]), said)
    status, said, files = log_in("echo no key; exit 1")
    equal((status, files), (0, [["refresh-token"], []]), said)
    truth("not encrypted: no key" in said, said)
    log_in('cat >"$5"', "--encrypt")
    status, said, files = log_in("exit 9", "--no-encrypt")
    equal((status, files), (0, [["refresh-token"], []]), said)


def test_a_device_that_nobody_wants(o):
    for error, words in (("access_denied", "access_denied.*; there was no consent$"),
                         ("expired_token", "expired_token.*; nobody consented in time$")):
        o.issuer.device = [error]
        process = o.prepare("microsoft", ("device", "token")).login()
        process.wait_line(words)
        equal((process.child.wait(30), os.listdir(o.secrets)), (77, ["client-secret"]))


def test_a_device_that_nobody_looks_at(o):
    o.issuer.patience = 2
    o.issuer.device = ["authorization_pending"] * 100
    process = o.prepare("microsoft", ("device", "token")).login()
    process.wait_line("nobody consented in time")
    equal((process.child.wait(30), os.listdir(o.secrets)), (77, ["client-secret"]))


def test_an_application(o):
    """With its own secret: nothing to log in for, nothing to store."""
    o.prepare("microsoft-app", ("token",), oauth_tenant="example.com")
    process = o.login()
    process.wait_line("There is nothing to store")
    equal(process.child.wait(30), 0)
    o.restart()
    o.send("a@example.net")
    o.delivered(1)
    equal(o.issuer.grants(), ["client_credentials"] * 2)


def service_account(o, kind="rsa:2048"):
    key, public = os.path.join(o.path, "service.pem"), os.path.join(o.path, "public.pem")
    subprocess.run(["openssl", "genpkey", "-out", key, "-algorithm", *kind], check=True, capture_output=True, timeout=120)
    with open(public, "wb") as f:
        subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, stdout=f, timeout=60)
    with open(key) as f:
        o.secret("service-account", json.dumps({"type": "service_account", "client_email": "robot@example.iam",
                                                "private_key": f.read(), "token_uri": "https://evil.example/"}))
    o.issuer.key = public


def test_a_service_account(o):
    service_account(o, ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
    o.prepare("google-service", ("token",)).restart()
    o.send("a@example.net")
    o.delivered(1)
    equal({name: o.issuer.claims[name] for name in ("iss", "sub", "scope")},
          {"iss": "robot@example.iam", "sub": "user", "scope": "https://mail.google.com/"})
    good = o.issuer.key
    service_account(o, ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
    truth(good == o.issuer.key, "a new key in its place")
    equal(o.token()[0], "+")  # what is kept was by another key
    equal(len(o.issuer.requests), 2)


def test_service_accounts_that_are_none(o):
    o.prepare("google-service", ("token",))
    truth("no service-account" in o.token()[1], "none")
    for text, words in (("{", "is no key file"), ('{"client_email": "x", "private_key": "y"}', "cannot sign"),
                        ('{"private_key": "y"}', "is no key file")):
        o.secret("service-account", text)
        sign, said = o.token()
        truth(sign == "-" and words in said, said)
    service_account(o, ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
    sign, said = o.token()
    truth(sign == "-" and "cannot sign" in said, said)
    equal(o.issuer.requests, [])


def test_check_logs_in_with_a_token(o):
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    words = [os.path.join(BUILD, "mailchute"), "check", "-c", o.conf_path]
    result = subprocess.run(words, capture_output=True, text=True, timeout=120)
    equal(result.returncode, 0, result.stdout + result.stderr)
    truth(re.search(r"token +ok", result.stdout) and re.search(r"oauth-scope +\S+ +preset google", result.stdout),
          result.stdout)
    o.said.append(result.stdout)
    for answer, status in ((503, 75), (400, 77)):  # in spite of the token that is kept
        o.issuer.script = [(answer, ERROR % ("invalid_grant", "x"), None)]
        result = subprocess.run(words, capture_output=True, text=True, timeout=120)
        equal(result.returncode, status, result.stdout)
    truth("run: mailchute login" in result.stdout and "app password" not in result.stdout, result.stdout)


def test_an_account_with_a_name(o):
    """Its secrets have other names, and so has what is kept; the words say what to run for it."""
    for name in ("refresh-token-office", "client-secret-office"):
        os.symlink(os.path.join(o.secrets, name), os.path.join(o.credentials, "secret_" + name))
    o.secret("client-secret-office", SECRET)
    o.prepare().secret("refresh-token", o.issuer.new_refresh())
    o.token()
    with open(o.conf_path) as f:
        default = f.read()
    with open(o.conf_path, "a") as f:
        f.write('account "office" {\nsenders = "@office.example"\n%s}\n' % "".join(
            line + "\n" for line in default.splitlines() if line.split(" ")[0] in
            ("host", "port", "tls", "ca-file", "user") or line.startswith("oauth")))
    equal(o.token("-a", "office"), ("-", "OAuth2: there is no refresh token yet; run: mailchute login office"))
    process = o.login("office")
    visit(o.issuer.consent(wait_url(process)))
    process.wait_line(r"stored: .*/refresh-token-office, ")
    equal(process.child.wait(30), 0)
    equal(o.token("-a", "office")[0], "+")
    truth(o.token("-a", "office") != o.token(), "each has its own")
    o.issuer.refresh.clear()
    equal(re.search("run: (.*)$", o.token("-a", "office", "--anew")[1])[1], "mailchute login office")
    process = o.login("nobody")
    process.wait_line('has no account "nobody"')
    equal(process.child.wait(30), 64)


def test_login_without_oauth(o):
    o.configure()
    process = o.login()
    process.wait_line("has no oauth in")
    equal(process.child.wait(30), 78)


def test_nothing_secret_in_words_or_environment(o):
    """While it asks: what others of the machine can see."""
    token = o.issuer.new_refresh()
    o.prepare().secret("refresh-token", token)
    o.issuer.script = [SILENCE]
    child = subprocess.Popen([TOKEN, "-c", o.conf_path], stdout=subprocess.DEVNULL)
    wait_for(lambda: o.issuer.requests, "a request")
    for name in ("cmdline", "environ"):
        with open("/proc/%d/%s" % (child.pid, name), "rb") as f:
            text = f.read()
        truth(token.encode() not in text and SECRET.encode() not in text, name)
    child.kill()
    child.wait()


if __name__ == "__main__":
    if not os.path.exists(TOKEN):
        print("1..0 # SKIP built --without-oauth")
        sys.exit()
    main(globals(), OAuth)
