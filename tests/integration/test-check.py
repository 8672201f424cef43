#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""mailchute check against a scripted server on loopback: each step that can fail, with its hint and
exit code, and never a password in the output."""

import base64
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

MAILCHUTE = os.path.join(os.environ.get("top_builddir", "."), "mailchute")
USER, PASSWORD = "alice@example.com", "correct horse battery"
OK, USAGE, UNAVAILABLE, TEMPFAIL, NOPERM, CONFIG = 0, 64, 69, 75, 77, 78


class Server:
    """One SMTP dialogue after the other; what it offers and says is given by keywords."""

    def __init__(self, chain=None, implicit=False, greeting="220 test ESMTP", starttls=True,
                 auth="AUTH PLAIN LOGIN", refusal=None, sender="250 2.1.0 ok", recipient="250 2.1.5 ok"):
        self.chain, self.implicit, self.greeting = chain, implicit, greeting
        self.starttls, self.auth, self.refusal = starttls, auth, refusal
        self.sender, self.recipient = sender, recipient
        self.commands, self.logins = [], []
        self.over = threading.Event()  # a connection has come to its end
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                self.connection, _ = self.listener.accept()
            except OSError:
                return  # stopped
            self.connection.settimeout(20)
            try:
                self.dialogue()
            except (OSError, ValueError):
                pass  # the client went away, as it does from a server it does not trust
            self.connection.close()
            self.over.set()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def secure(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")
        self.is_secure = True

    def say(self, *lines):
        self.connection.sendall("".join(line + "\r\n" for line in lines).encode())

    def hear(self):
        return self.lines.readline().decode("ascii").rstrip("\r\n")

    def dialogue(self):
        self.is_secure = False
        self.lines = self.connection.makefile("rb")
        if self.implicit:
            self.secure()
        self.say(self.greeting)
        while line := self.hear():
            verb = line.split()[0].upper()
            self.commands.append(verb)
            getattr(self, "do_" + verb.lower())(line)
            if verb == "QUIT":
                return

    def do_ehlo(self, _):
        words = ["8BITMIME", "PIPELINING"]
        if self.starttls and not self.is_secure:
            words.append("STARTTLS")
        if self.auth and (self.is_secure or not self.chain):
            words.append(self.auth)
        self.say("250-test", *("250-" + word for word in words[:-1]), "250 " + words[-1])

    def do_starttls(self, _):
        self.say("220 go ahead")
        self.secure()

    def do_auth(self, line):
        _, mechanism, *initial = line.split()
        if mechanism.upper() == "PLAIN":
            token = initial[0] if initial else self.ask("")
            _, user, password = base64.b64decode(token).decode().split("\0")
        else:
            user = base64.b64decode(initial[0] if initial else self.ask("VXNlcm5hbWU6")).decode()
            password = base64.b64decode(self.ask("UGFzc3dvcmQ6")).decode()
        self.logins.append((mechanism.upper(), user, password))
        if self.refusal:
            self.say(self.refusal)
        elif (user, password) == (USER, PASSWORD):
            self.say("235 2.7.0 welcome")
        else:
            self.say("535 5.7.8 no such user or password")

    def ask(self, challenge):
        self.say("334 " + challenge)
        return self.hear()

    def do_mail(self, line):
        self.paths = [line]
        self.say(self.sender)

    def do_rcpt(self, line):
        self.paths.append(line)
        self.say(self.recipient)

    def do_rset(self, _):
        self.say("250 2.0.0 ok")

    def do_quit(self, _):
        self.say("221 bye")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make_authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=" + name, "-days", "30", "-keyout", name + ".key", "-out", name + ".pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def make_chain(authority, host):
    """The certificate for HOST, 90 days valid, and its key, in one file."""
    name = f"{authority}-{host}"
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=" + host, "-keyout", name + ".key", "-out", name + ".csr")
    with open(name + ".ext", "w") as ext:
        ext.write(f"subjectAltName=DNS:{host}\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", name + ".csr", "-CA", authority + ".pem", "-CAkey",
            authority + ".key", "-CAcreateserial", "-days", "90", "-extfile", name + ".ext",
            "-out", name + ".crt")
    with open(name + ".chain", "wb") as chain:
        for part in (".crt", ".key"):
            with open(name + part, "rb") as source:
                shutil.copyfileobj(source, chain)
    return os.path.abspath(name + ".chain")


def write(name, text, mode=0o600):
    with open(name, "w") as out:
        out.write(text)
    os.chmod(name, mode)
    return os.path.abspath(name)


def lines(settings):
    return "".join(f"{k} = '{v}'\n" for k, v in settings.items())


def check(settings, *options, **accounts):
    """Runs mailchute check with these settings; exit code and all that it said."""
    text = lines(settings) + "".join("account %s {\n%s}\n" % (name, lines(section))
                                     for name, section in accounts.items())
    path = write("m.conf", text, 0o644)
    environment = {k: v for k, v in os.environ.items() if k != "CREDENTIALS_DIRECTORY"}
    done = subprocess.run([MAILCHUTE, "check", "-c", path, *options], capture_output=True,
                          text=True, timeout=120, env=environment)
    return done.returncode, done.stdout, done.stderr


number = 0


def report(name, faults):
    global number
    number += 1
    print(("not ok" if faults else "ok"), number, "-", name, flush=True)
    for fault in faults:
        print("#", fault.replace("\n", "\n# "), flush=True)


def expect(name, result, code, *texts, absent=()):
    status, out, err = result
    said = out + err
    secrets = [PASSWORD, "wrong horse", base64.b64encode(PASSWORD.encode()).decode(),
               base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()]
    faults = [f"exit {status} instead of {code}"] if status != code else []
    faults += [f"does not say: {text}" for text in texts if text not in said]
    faults += [f"says: {text}" for text in [*absent, *secrets] if text in said]
    report(name, faults + [said] if faults else [])


def settings_for(server, **more):
    settings = {"host": "localhost", "port": server.port, "tls": "starttls", "user": USER,
                "ca-file": os.path.abspath("ours.pem"), "hostname": "client.example.com",
                "password-file": write("password", PASSWORD + "\n")}
    settings.update({k.replace("_", "-"): v for k, v in more.items()})
    return settings


def test_file():
    expect("the values and where they come from",
           check({"provider": "ses", "region": "eu-west-1", "user": "AKIA"}, "--offline"), OK,
           "email-smtp.eu-west-1.amazonaws.com", "m.conf:1", "preset ses", "built in",
           absent=["FAIL"])
    expect("all faults of a file, each with its line",
           check({"provider": "gmail", "regoin": "x", "port": "0", "secret": PASSWORD}), CONFIG,
           "m.conf:1: provider: gmail needs a user", "m.conf:2: regoin", "did you mean region?",
           "m.conf:3: port", "m.conf:4: secret")
    expect("a file that is not there", check({}, "-c", "/nonexistent/m.conf"), CONFIG,
           "/nonexistent/m.conf: cannot be read")
    expect("an unknown option of the command", check({}, "--frobnicate"), USAGE, "usage:")


def test_sense():
    gmail = {"provider": "gmail", "user": USER, "from": USER}
    expect("settings that make sense", check(gmail, "--offline", office=dict(gmail, users="root, 4711")), OK,
           absent=["the settings"])
    expect("settings that are hardly meant",
           check(dict(gmail, **{"user-senders": "joe: joe@example.com"}), "--offline",
                 office=dict(gmail, provider="microsoft365", **{"max-connections": "4"})), OK,
           "the settings", "no mail goes by account office", "Microsoft 365 takes 3 at once",
           "set allowed-senders", absent=["lets an account send as"])
    plain = {"host": "localhost", "tls": "none"}
    expect("users that are not there, and a fallback in any name",
           check(dict(plain, **{"from": USER, "allowed-senders": "@example.com", "fallback": "office",
                                "user-senders": "*: @a.example, wwwdata: joe@example.com"}), "--offline",
                 office=dict(plain, users="root, nobody-at-all", **{"from": USER})), OK,
           "user-senders: there is no user wwwdata here", "users: there is no user nobody-at-all here",
           "correct its name", absent=["user root", "user *", "stands in"])
    expect("a fallback without from", check(dict(plain, fallback="office"), "--offline", office=plain), OK,
           "account office stands in for another", "set from to what it may send as")
    expect("no TLS to another machine", check({"host": "mail.example.com", "tls": "none"}, "--offline"), OK,
           "mail goes to mail.example.com in plain")
    expect("no from", check({"provider": "ses", "region": "eu-west-1", "user": "AKIA"}, "--offline"), OK,
           "Amazon SES lets an account send as: an identity that is verified", "set from")


def test_aliases():
    settings = {"host": "localhost", "tls": "none", "aliases": os.path.abspath("aliases")}
    write("aliases", "root: joe, \"|/bin/x\"\njoe: joe@example.com\nann: |/bin/x\n")
    expect("root's alias, and what is wrong with the file", check(settings, "--offline"), OK,
           "aliases: 3 aliases", " warn  ", "aliases:1: \"|/bin/x\": mail is not given to programs",
           "aliases:3: ", "mail for root goes to joe@example.com\n", absent=["note "])
    expect("root of the configuration goes before the alias",
           check(dict(settings, root="a@example.com, b@example.com"), "--offline"), OK,
           "mail for root goes to a@example.com, b@example.com\n", "note ", "line 1 is not used")
    write("aliases", "root: joe\n")
    expect("root's mail goes nowhere", check(settings, "--offline"), OK,
           "1 alias\n", "warn  mail for root goes nowhere", "set root = ")
    os.unlink("aliases")
    os.mkfifo("aliases")
    expect("a pipe for an aliases file", check(dict(settings, root="a@example.com"), "--offline"), OK,
           "0 aliases", "not a regular file", "mail for root goes to a@example.com")
    os.unlink("aliases")
    expect("no aliases file", check(settings, "--offline"), OK, "0 aliases",
           "warn  mail for root goes nowhere")


def test_success(chain):
    server = Server(chain)
    expect("login after STARTTLS", check(settings_for(server)), OK, "ok", "TLS1.", "days",
           "PIPELINING", absent=["FAIL"])
    server.over.wait(20)
    report("it logged in as told, sent no mail and left politely", [
        f"{server.logins} {server.commands}"] if server.logins != [("PLAIN", USER, PASSWORD)]
        or server.commands != ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"] else [])
    expect("login over implicit TLS",
           check(settings_for(Server(chain, implicit=True), tls="implicit")), OK,
           absent=["FAIL"])
    expect("login where only LOGIN is offered", check(settings_for(Server(chain, auth="AUTH LOGIN"))),
           OK, absent=["FAIL"])
    settings = settings_for(Server(chain))
    del settings["user"], settings["password-file"]
    expect("no user, no login", check(settings), OK, absent=["FAIL"])
    settings = settings_for(Server(auth=None, starttls=False), tls="none")
    del settings["user"], settings["password-file"], settings["ca-file"]
    expect("a server on this machine without TLS", check(settings), OK, absent=["FAIL"])


def test_password(chain):
    server = Server(chain)
    wrong = settings_for(server)
    write("password", "wrong horse\n")
    expect("a wrong password", check(wrong), NOPERM, "FAIL", "535 5.7.8", "password")
    server = Server(chain)
    missing = settings_for(server, password_file="/nonexistent/password")
    expect("no password", check(missing), NOPERM, "FAIL", "/nonexistent/password", "mode 0600")
    blank = settings_for(Server(chain))
    write("password", PASSWORD + " \n")
    expect("a password with a blank", check(blank), NOPERM, "read, with a blank at its start or end", "535 5.7.8")
    loose = settings_for(server)
    os.chmod("password", 0o644)
    expect("a password file that all may read", check(loose), NOPERM, "FAIL", "chmod 600")
    report("neither went to the server", ["connected"] if server.commands else [])
    server = Server(chain, refusal="454 4.7.0 temporary authentication failure")
    expect("a login that fails for now", check(settings_for(server)), TEMPFAIL, "FAIL", "454 4.7.0")


def test_accounts(chain):
    good, refusing = Server(chain), Server(chain, refusal="535 5.7.8 not you")
    settings = settings_for(good)
    office = {k: v for k, v in settings_for(refusing).items() if k != "hostname"}
    expect("each account is shown and tried", check(settings, office=office, third=office), NOPERM,
           "account office\n", f"account office: localhost, port {refusing.port}", "535 5.7.8",
           "account third: ")
    report("the accounts logged in at their servers", [f"{good.logins} {refusing.logins}"]
           if len(good.logins) != 1 or len(refusing.logins) != 2 else [])
    del office["password-file"]
    expect("an account's own password file", check(settings, office=office), NOPERM,
           "/secrets/password-office (owner root, mode 0600)")


def test_envelope(chain):
    root = {"from": "cron@example.com", "root": "admin@example.net, b@example.net"}
    server = Server(chain)
    expect("an envelope that would be taken", check(dict(settings_for(server), **root)), OK,
           "would take mail of cron@example.com for admin@example.net; nothing was sent")
    server.over.wait(20)
    report("it was asked, and taken back", [str(server.commands)] if server.commands[4:] != ["MAIL", "RCPT", "RSET", "QUIT"]
           or server.paths != ["MAIL FROM:<cron@example.com>", "RCPT TO:<admin@example.net>"] else [])
    expect("a sender that is not verified",
           check(dict(settings_for(Server(chain, sender="553 5.7.1 sender not verified")), **root)),
           UNAVAILABLE, "MAIL         FAIL", "553 5.7.1", "sender not verified")
    expect("a recipient that is refused",
           check(dict(settings_for(Server(chain, recipient="550 5.1.1 user unknown")), **root)),
           UNAVAILABLE, "RCPT         FAIL", "550 5.1.1", "user unknown")


def test_json(chain):
    good, bad = Server(chain), Server(chain, refusal="535 5.7.8 \"no\" such user")
    status, out, _ = check(settings_for(good), "--json")
    told = json.loads(out)
    steps = {step["name"]: step for step in told["checks"]}
    report("all of it as one object", [out] if (status, told["status"]) != (OK, "warn")
           or steps["root"]["status"] != "warn" or not steps["root"]["hint"]
           or steps["AUTH"] != {"section": f"localhost, port {good.port}", "name": "AUTH", "status": "ok",
                                "text": "PLAIN", "hint": ""} else [])
    status, out, errors = check({"provider": "gmail", "regoin": "x", "port": "0"}, "--json")
    told = json.loads(out)
    report("faults of the configuration in it", [out] if (status, errors, told["status"]) != (CONFIG, "", "fail")
           or {step["name"] for step in told["checks"]} != {"configuration"} or len(told["checks"]) < 2 else [])
    status, out, _ = check(settings_for(bad), "--json")
    told = json.loads(out)
    report("a failure in it", [out] if (status, told["status"]) != (NOPERM, "fail")
           or not told["checks"][-1]["text"].startswith('535 5.7.8 ') or '"no"' not in told["checks"][-1]["text"] else [])


def no_login(name, server, code, *texts, **more):
    expect(name, check(settings_for(server, **more)), code, "FAIL", *texts)
    report(name + ": no credential was sent", [str(server.commands)]
           if server.logins or "AUTH" in server.commands else [])


def test_server(chain):
    no_login("an unknown authority", Server(make_chain("theirs", "localhost")), UNAVAILABLE,
             "ca-file")
    no_login("a certificate for another name", Server(make_chain("ours", "mail.example.net")),
             UNAVAILABLE, "localhost")
    no_login("no STARTTLS offered", Server(chain, starttls=False), UNAVAILABLE, "STARTTLS")
    no_login("no AUTH offered", Server(chain, auth=None), UNAVAILABLE, "AUTH")
    no_login("no mechanism in common", Server(chain, auth="AUTH GSSAPI"), UNAVAILABLE, "AUTH")
    no_login("a server that is busy", Server(chain, greeting="421 4.3.2 later"), TEMPFAIL,
             "421 4.3.2", "later")
    no_login("a server that refuses us", Server(chain, greeting="554 5.7.1 go away"), UNAVAILABLE,
             "554 5.7.1", "go away")
    no_login("a server that speaks something else", Server(chain, greeting="HTTP/1.1 400"),
             UNAVAILABLE)
    closed = Server(chain)
    closed.stop()
    no_login("a name that leads nowhere", closed, TEMPFAIL, "DNS", "/etc/resolv.conf",
             host="nowhere.invalid")
    no_login("nobody listens", closed, TEMPFAIL, "refused", str(closed.port))


def main():
    print("1..57", flush=True)
    with tempfile.TemporaryDirectory(prefix="mailchute-check-") as directory:
        here = os.path.abspath(MAILCHUTE)
        globals()["MAILCHUTE"] = here
        os.chdir(directory)
        make_authority("ours")
        make_authority("theirs")
        chain = make_chain("ours", "localhost")
        test_file()
        test_sense()
        test_aliases()
        test_success(chain)
        test_password(chain)
        test_accounts(chain)
        test_envelope(chain)
        test_json(chain)
        test_server(chain)


main()
