#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""mailchute setup: from nothing to a configuration that works, by options and by questions at a terminal,
with the wrong turns; and mailchute test, which follows a message."""

import os
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Skip, equal, main, truth  # noqa: E402
from relay import DEADLINE, Relay, wait_for  # noqa: E402

MAILCHUTE = os.path.join(BUILD, "mailchute")
OK, USAGE, NOINPUT, UNAVAILABLE, CANTCREAT, TEMPFAIL, NOPERM, CONFIG = 0, 64, 66, 69, 73, 75, 77, 78


class Machine(Relay):
    """The directory etc/ has no configuration yet; a provider runs."""

    def __init__(self):
        super().__init__()
        self.etc = os.path.join(self.path, "etc")
        os.mkdir(self.etc)
        self.conf_path = os.path.join(self.etc, "mailchute.conf")
        self.secret = os.path.join(self.etc, "secrets", "password")
        self.start_provider()

    def settings(self, **changes):
        values = {"host": "localhost", "port": self.ports["starttls"], "tls": "starttls", "ca-file": self.ca,
                  "user": "sandbox", "from": "server@example.com", "root": "admin@example.net",
                  "hostname": "host.example.com", "aliases": self.aliases_path}
        values.update({key.replace("_", "-"): value for key, value in changes.items()})
        return ["%s=%s" % item for item in values.items() if item[1] is not None]

    def setup(self, *words, secret=None):
        """Without a terminal. Exit code and all that was said."""
        done = subprocess.run([MAILCHUTE, "setup", "-c", self.conf_path, "--secret-file", "-", *words],
                              input=secret if secret is not None else "sandbox\n",
                              capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        truth("sandbox\n" not in re.sub(r"user .*", "", said), said)
        return done.returncode, said

    def text(self):
        with open(self.conf_path) as f:
            return f.read()


class Terminal:
    """mailchute setup at a terminal."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(MAILCHUTE, [MAILCHUTE, "setup", *words])
        self.said = ""

    def wait(self, pattern):
        end = time.monotonic() + DEADLINE
        while not re.search(pattern, self.said):
            truth(time.monotonic() < end and select.select([self.fd], [], [], DEADLINE)[0],
                  (pattern, self.said))
            try:
                self.said += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:  # nobody has the other side any more
                raise AssertionError((pattern, self.said)) from None

    def answer(self, question, line):
        """Waits for the question, at the end of all that was said."""
        self.wait(re.escape(question) + r"[^\n]*: $")
        if line.startswith("(secret)"):
            wait_for(lambda: not self.echoes(), "silence")
            line = line[len("(secret)"):]
        os.write(self.fd, line.encode() + b"\n")
        self.wait(r"(?s)%s[^\n]*\n" % re.escape(question))

    def echoes(self):
        return termios.tcgetattr(self.fd)[3] & termios.ECHO

    def interrupt(self, number):
        """At the question for a secret."""
        wait_for(lambda: not self.echoes(), "silence")
        os.kill(self.pid, number)
        wait_for(lambda: os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG), "its end")

    def end(self):
        try:
            while True:
                data = os.read(self.fd, 4096)
                if not data:
                    break
                self.said += data.decode(errors="replace")
        except OSError:
            pass  # what Linux says when nobody has the other side any more
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def test_from_nothing_to_a_login(machine):
    status, said = machine.setup(*machine.settings())
    equal(status, OK, said)
    for words in ("written: ", "AUTH         ok", "would take mail of server@example.com for admin@example.net"):
        truth(words in said, (words, said))
    equal(stat.S_IMODE(os.stat(machine.secret).st_mode), 0o600)
    equal(stat.S_IMODE(os.stat(os.path.dirname(machine.secret)).st_mode), 0o700)
    equal(stat.S_IMODE(os.stat(machine.conf_path).st_mode), 0o644)
    equal(sorted(os.listdir(machine.etc)), ["mailchute.conf", "secrets"])


def test_again_keeps_what_is_set(machine):
    equal(machine.setup(*machine.settings())[0], OK)
    before = machine.text()
    with open(machine.conf_path, "a") as f:
        f.write('# a word of mine\nmax-connections = 1\naccount "office" {\n  host = "localhost"\n'
                '  from = "office@example.com"\n  senders = "office@example.com"\n  tls = "none"\n}\n')
    status, said = machine.setup("from=other@example.com", "--no-test")
    equal(status != USAGE and status != CONFIG, True, said)
    text = machine.text()
    truth(text.startswith(before.replace("server@example.com", "other@example.com")), text)
    truth("# a word of mine\nmax-connections = 1\n" in text and '  from = "office@example.com"' in text, text)
    truth("; the one before is %s.old" % machine.conf_path in said, said)
    with open(machine.conf_path + ".old") as f:
        truth(f.read().startswith(before), "the old file")
    status, said = machine.setup("--no-test")
    truth("written: " not in said and machine.text() == text, said)
    with open(machine.conf_path + ".old") as f:
        truth(f.read().startswith(before), "what changes nothing leaves it alone")


def test_the_example_is_filled_in(machine):
    """As make install leaves it: a comment for each setting, and the lines come in their places."""
    with open(os.path.join(os.environ.get("top_srcdir", "."), "etc", "mailchute.conf")) as f:
        example = f.read()
    with open(machine.conf_path, "w") as f:
        f.write(example)
    equal(machine.setup(*machine.settings(root="o'hara@example.net"))[0], OK)
    lines, changed = example.splitlines(), machine.text().splitlines()
    equal(len(lines), len(changed))
    differ = [new for old, new in zip(lines, changed) if old != new]
    equal(len(differ), 10, differ)  # and the password file
    truth('root = "o\'hara@example.net"' in differ, differ)


def test_a_wrong_password_replaces_no_good_one(machine):
    """Of the same login. Another one never gets to see it."""
    equal(machine.setup(*machine.settings())[0], OK)
    status, said = machine.setup(secret="wrong\n")
    equal(status, NOPERM, said)
    truth("there before is there again" in said, said)
    with open(machine.secret) as f:
        equal(f.read(), "sandbox")
    status, said = machine.setup("user=somebody", secret="wrong\n")
    equal(status, NOPERM, said)
    with open(machine.secret) as f:
        equal(f.read(), "wrong")


def test_a_password_file_elsewhere(machine):
    path = os.path.join(machine.etc, "own", "word")
    status, said = machine.setup(*machine.settings(password_file=path))
    equal(status, OK, said)
    equal((stat.S_IMODE(os.stat(path).st_mode), os.path.exists(machine.secret)), (0o600, False))


def test_no_login(machine):
    """No user, and then no password file either."""
    status, said = machine.setup(*machine.settings(user="-"))
    truth("a password needs" not in said and status != CONFIG, said)
    truth("user = " not in machine.text() and not os.path.exists(machine.secret), machine.text())
    oauth = ["oauth=custom", "oauth-client-id=x", "oauth-token-url=https://localhost/token", "user=sandbox"]
    for way in ("oauth=", "user=-"):
        machine.setup(*oauth)
        truth('oauth-client-id = "x"' in machine.text(), machine.text())
        status, said = machine.setup(way)
        truth(status not in (USAGE, CONFIG) and not re.search("^oauth", machine.text(), re.M), said)


def test_what_cannot_be_encrypted(machine):
    """A password file is read as it is, so nothing would find the secret."""
    status, said = machine.setup("--encrypt", *machine.settings())
    equal(status, USAGE, said)
    truth("--encrypt is for the secrets in " in said and 'has password-file = "%s"' % machine.secret in said, said)
    equal(os.listdir(machine.etc), [])


def test_another_provider(machine):
    """What was of the old one goes."""
    equal(machine.setup(*machine.settings())[0], OK)
    status, said = machine.setup("provider=sendgrid", "ca-file=" + machine.ca)
    truth(status not in (USAGE, CONFIG), said)
    text = machine.text()
    for gone in ("host", "port", "tls", "user"):
        truth(re.search(r"^#%s = " % gone, text, re.M) and not re.search(r"^%s = " % gone, text, re.M), text)
    truth('provider = "sendgrid"' in text and 'from = "server@example.com"' in text, text)


def test_another_provider_gets_no_old_password(machine):
    """Neither is it sent there, nor does the configuration lead it there."""
    equal(machine.setup(*machine.settings())[0], OK)
    before = machine.text()
    done = subprocess.run([MAILCHUTE, "setup", "-c", machine.conf_path, "provider=sendgrid"], capture_output=True,
                          text=True, timeout=60, stdin=subprocess.DEVNULL)
    equal(done.returncode, USAGE, done.stderr)
    truth("is that of sandbox at localhost; give the new one, with --secret-file" in done.stderr, done.stderr)
    equal(machine.text(), before)
    terminal = Terminal("-c", machine.conf_path)
    terminal.answer("name of a server [localhost]", "gmail")
    terminal.answer("User", "me@gmail.com")
    terminal.answer("mail comes from [me@gmail.com]", "")
    terminal.answer("goes to [admin@example.net]", "")
    terminal.wait("Password[^\n]*: $")
    terminal.interrupt(signal.SIGINT)
    equal((terminal.end(), machine.text()), (-signal.SIGINT, before), terminal.said)


OFFICE = ["-a", "office", "host=localhost", "tls=starttls", "from=office@example.com", "senders=@example.com"]


def test_a_further_account(machine):
    """In a section of its own, which is edited in place; only its login is tried, and its password put back."""
    status, said = machine.setup(*OFFICE)
    equal(status, USAGE, said)
    truth("the default account comes first" in said, said)
    equal(machine.setup(*machine.settings())[0], OK)
    with open(machine.conf_path, "a") as f:
        f.write('account "web" { # }\n  host = "localhost"\n  users = "www-data"\n\tuser = "nobody" # }\n'
                '  password-file = "/nowhere"\n}\n')
    office = [*OFFICE, "port=%d" % machine.ports["starttls"], "ca-file=" + machine.ca, "user=sandbox"]
    before = machine.text()
    status, said = machine.setup(*office)
    equal(status, OK, said)
    truth("account office: localhost" in said and "web" not in said, said)
    truth(machine.text().startswith(before + '\naccount "office" {\n    host = "localhost"\n'), machine.text())
    equal(sorted(os.listdir(os.path.dirname(machine.secret))), ["password", "password-office"])
    status, said = machine.setup("-a", "office", "from=other@example.com", "max-idle=7s", secret="wrong\n")
    equal(status, NOPERM, said)
    truth("there before is there again" in said, said)
    with open(machine.secret + "-office") as f:
        equal(f.read(), "sandbox")
    truth('    from = "other@example.com"\n    senders = "@example.com"\n    max-idle = "7s"\n}\n' in machine.text(),
          machine.text())
    machine.setup("-a", "web", "user=somebody", "from=web@example.com")
    truth('\tuser = "somebody"\n  password-file = "/nowhere"\n    from = "web@example.com"\n}\n' in machine.text(),
          machine.text())
    truth('from = "server@example.com"' in machine.text(), machine.text())


def test_crowded_lines(machine):
    """What else is in a line would be lost."""
    crowds = ['host = "localhost" from = "a@example.com"\n', 'host = "localhost"\naccount "office" { host = "localhost"\n'
              'users = "x" }\n']
    for number, crowd in enumerate(crowds, 1):
        with open(machine.conf_path, "w") as f:
            f.write(crowd)
        status, said = machine.setup(*(OFFICE if "office" in crowd else machine.settings()), "user=sandbox")
        equal(status, CONFIG, said)
        truth("mailchute.conf:%d: several settings" % (1 if number == 1 else 3) in said, said)
        equal(machine.text(), crowd)

WRONG_TURNS = [
    ("something is missing", {"user": None, "root": None, "from": None}, None, USAGE,
     ["from=... is missing", "nobody to ask"]),
    ("a wrong password", {}, "wrong\n", NOPERM, ["AUTH         FAIL  535 5.7.8", "check the user name"]),
    ("no password", {}, "\n", NOINPUT, ["/dev/stdin", "is empty"]),
    ("a wrong port", {"port": "1"}, None, TEMPFAIL, ["connection   FAIL", "refused"]),
    ("an authority that is not known", {"ca_file": ""}, None, UNAVAILABLE, ["TLS          FAIL", "ca-file"]),
    ("a name that leads nowhere", {"host": "nowhere.invalid"}, None, TEMPFAIL,
     ["DNS          FAIL", "/etc/resolv.conf"]),
    ("a value that cannot be", {"port": "0"}, None, USAGE, ["port: \"0\" is not a port"]),
    ("values that do not go together", {"tls": "none", "host": "192.0.2.1"}, None, CONFIG,
     ["mailchute.conf:", "tls: \"none\" is no way"]),
    ("a setting of further accounts", {"users": "www-data"}, None, USAGE, ["--account"]),
    ("a secret for all to see", {"password": "sandbox"}, None, USAGE, ["'password' is not for the command line"]),
    ("a setting that is none", {"regoin": "x"}, None, USAGE, ["'regoin=x' is no SETTING=VALUE"]),
    ("a preset that is none", {"host": None, "provider": "sendgird"}, None, USAGE, ["did you mean sendgrid?"]),
]


def test_wrong_turns(machine):
    """Each says what to do; a right turn after it arrives; no file is left half written."""
    for name, changes, secret, code, words in WRONG_TURNS:
        status, said = machine.setup(*machine.settings(**changes), secret=secret)
        equal(status, code, (name, said))
        for word in words:
            truth(word in said, (name, word, said))
        truth(not [f for f in os.listdir(machine.etc) if f.endswith(".new")], name)
        status, said = machine.setup(*machine.settings())
        equal(status, OK, (name, said))


def test_a_sender_that_is_not_verified(machine):
    machine.provider.stop()
    machine.start_provider("--reply", "MAIL:server@:553 5.7.1 sender not verified")
    status, said = machine.setup(*machine.settings())
    equal(status, UNAVAILABLE, said)
    truth("MAIL         FAIL  553 5.7.1" in said and "verify the sender" in said, said)


def test_a_full_disk(machine):
    """Nothing changes: neither the configuration nor the password."""
    equal(machine.setup(*machine.settings())[0], OK)
    before = machine.text()
    limited = ["sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "sh"]
    done = subprocess.run([*limited, MAILCHUTE, "setup", "-c", machine.conf_path, "from=other@example.com"],
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    equal(done.returncode, CANTCREAT, done.stderr)
    truth("cannot write" in done.stderr, done.stderr)
    equal(machine.text(), before)
    equal(sorted(os.listdir(machine.etc)), ["mailchute.conf", "secrets"])


def test_at_a_terminal(machine):
    """A preset that is none, a wrong password, another one; neither is ever shown."""
    terminal = Terminal("-c", machine.conf_path, "port=%d" % machine.ports["starttls"], "ca-file=" + machine.ca,
                        "tls=starttls", "hostname=host.example.com")
    terminal.answer("name of a server", "sendgird")
    terminal.wait("did you mean sendgrid")
    terminal.answer("name of a server", "?")
    terminal.wait("smtp.sendgrid.net")
    terminal.answer("name of a server", "http://127.0.0.1")
    terminal.wait("leave its scheme")
    terminal.answer("name of a server", "127.0.0.1")
    terminal.answer("User (- for no login)", "sandbox")
    terminal.answer("Address that mail comes from", "server")
    terminal.wait("is not an address")
    terminal.answer("Address that mail comes from", "server@example.com")
    terminal.answer("goes to [server@example.com]", "")
    terminal.answer("Password", "(secret)wrong horse")
    terminal.answer("Another password?", "n")
    equal(terminal.end(), NOPERM, terminal.said)
    truth("run the same again" in terminal.said and "wrong horse" not in terminal.said, terminal.said)
    terminal = Terminal("-c", machine.conf_path)
    terminal.answer("name of a server [127.0.0.1]", "")
    terminal.answer("Port [%d]" % machine.ports["starttls"], "")
    terminal.answer("User (- for no login) [sandbox]", "")
    terminal.answer("Address that mail comes from [server@example.com]", "")
    terminal.answer("goes to [server@example.com]", "other@example.net")
    terminal.answer("Password (not shown) [as it is]", "(secret)")
    terminal.answer("Another password?", "y")
    terminal.answer("Password (not shown)", "(secret)sandbox")
    equal(terminal.end(), OK, terminal.said)
    truth("Password (not shown): \r\nstored: " in terminal.said, terminal.said)
    truth("for other@example.net" in terminal.said, terminal.said)


def test_interrupted_at_the_password(machine):
    """The terminal shows again what is typed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal("-c", machine.conf_path, *machine.settings())
        terminal.wait("Password[^\n]*: $")
        terminal.interrupt(number)
        truth(termios.tcgetattr(terminal.fd)[3] & termios.ECHO, number)
        equal(terminal.end(), -number, terminal.said)
        equal(os.listdir(machine.etc), [])


def follow(machine, *words):
    """mailchute test, with a journal that is what the flusher says."""
    tools = os.path.join(machine.path, "tools")
    log = os.path.join(machine.path, "log")
    if not os.path.exists(tools):
        os.mkdir(tools)
        with open(os.path.join(tools, "journalctl"), "w") as f:
            f.write("#!/bin/sh\ncat %s\n" % log)
        os.chmod(f.name, 0o755)
    stop = False

    def copy():
        while not stop:
            with open(log + ".new", "w") as f:
                f.writelines(line.removeprefix("mailchuted: ") + "\n" for line in list(machine.flusher.lines))
            os.rename(log + ".new", log)
            time.sleep(0.05)

    import threading
    with open(log, "w"):
        pass
    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    try:
        done = subprocess.run([MAILCHUTE, "test", "-s", machine.path, *words], capture_output=True, text=True,
                              timeout=90, env=dict(os.environ, PATH=tools + ":" + os.environ["PATH"]))
    finally:
        stop = True
        thread.join()
    return done.returncode, done.stdout + done.stderr


def test_a_message_is_followed(machine):
    machine.provider.stop()
    machine.start_provider("--reply", "RCPT:unknown@:550 5.1.1 no such user", "--reply",
                           "RCPT:grey@:451 4.7.1 come back later")
    equal(machine.setup(*machine.settings())[0], OK)
    machine.start_flusher()
    status, said = follow(machine, "alice@example.net")
    equal(status, OK, said)
    truth(re.search(r"queued for alice@example.net as [0-9A-F]{12}\n", said)
          and re.search(r"(?s)status=sent \(.*The provider has taken it", said), said)
    machine.wait_arrived(1)
    status, said = follow(machine, "root")
    equal(status, OK, said)
    truth("to=<admin@example.net>" in said, said)
    status, said = follow(machine, "-f", "bob@example.org", "alice@example.net")
    equal(status, OK, said)
    truth("from=<bob@example.org>" in said, said)
    status, said = follow(machine, "unknown@example.net")
    equal(status, UNAVAILABLE, said)
    truth("no such user" in said and "It was refused" in said, said)
    status, said = follow(machine, "grey@example.net")
    equal(status, TEMPFAIL, said)
    truth("451 come back later" in said and "tried again" in said, said)


def test_a_message_of_somebody_without_rights(machine):
    """Who sees neither the journal nor the queue is told by the totals."""
    if os.getuid() != 0:
        raise Skip("it takes two users")
    for name in ("mailchute", "sendmail"):  # where that one can get at them
        shutil.copy(os.path.join(BUILD, name), machine.path)
    equal(machine.setup(*machine.settings())[0], OK)
    machine.start_flusher("--foreground")

    def test(seconds):
        done = subprocess.run([os.path.join(machine.path, "mailchute"), "test", "-s", machine.path, "-w", seconds,
                               "a@example.net"], capture_output=True, text=True, timeout=90, user=65534, group=65534,
                              extra_groups=[])
        return done.returncode, done.stdout + done.stderr

    status, said = test("60")
    truth(status == TEMPFAIL and "It has left the queue.\nWhat became of it is in the journal" in said, said)
    machine.wait_arrived(1)
    machine.provider.stop()
    machine.start_provider("--reply", "MAIL:*:452 4.7.1 daily quota exceeded")
    status, said = test("10")
    truth(status == TEMPFAIL and re.search("1 message waits in the queue; .*\n  trouble: .*daily quota exceeded", said), said)


def test_a_message_that_nobody_takes_on(machine):
    done = subprocess.run([MAILCHUTE, "test", "-s", machine.path, "-w", "1", "a@example.net"],
                          capture_output=True, text=True, timeout=60)
    equal(done.returncode, TEMPFAIL, done.stdout)
    truth("nothing is known of it; try: mailchute check" in done.stdout, done.stdout)
    equal(len(machine.queued()), 1)


def test_words_of_the_command(machine):
    for words in ([], ["a@b", "c@d"], ["-w", "x", "a@b"], ["a@b>\r\nRCPT TO:<c@d"], [""], ["-f", "", "a@b"]):
        done = subprocess.run([MAILCHUTE, "test", "-s", machine.path, *words], capture_output=True, timeout=60)
        equal(done.returncode, USAGE, words)
    equal(machine.queued(), [])


main(globals(), Machine)
