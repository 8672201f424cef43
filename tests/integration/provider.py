"""A scripted SMTP server: says what a test tells it to, and keeps what it hears."""

import base64
import select
import socket
import threading
import time

import sasl

CLOSE = "close"  # in place of a reply: closes the connection
GEARS = {
    "lock-step": [],
    "pipelining": ["PIPELINING"],
    "chunking": ["PIPELINING", "CHUNKING"],
    "chunking without pipelining": ["CHUNKING"],
}


class Closed(Exception):
    pass


class Provider:
    """
    ANSWERS maps a verb ("MAIL", "RCPT <a@example.net>", "BODY", "FINAL", "GREETING", ...) to a
    reply, to CLOSE, to a function that gives one, or to a list of these, one for each time (None, and then: as
    usual). TLS is an ssl context for STARTTLS, or from the start with IMPLICIT. FORGE makes it fail in SCRAM:
    see sasl.py.
    """

    def __init__(self, offers=(), answers=None, tls=None, implicit=False, hold=False, forge=None,
                 port=0):
        self.offers = list(offers)
        self.plain_offers = None  # others before TLS
        self.answers = dict(answers or {})
        self.tls = tls
        self.implicit = implicit
        self.hold = hold  # answers nothing before the end of a flight
        self.forge = forge
        self.users = {"user": "s3cret"}
        self.tokens = set()  # those that are good
        self.commands = []
        self.logins = []  # mechanism, and if it was right
        self.bare = []  # mechanisms that were begun without TLS
        self.messages = []
        self.connections = 0
        self.early = []  # commands that came before their turn; "FINAL": one that came behind a message
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def say(self, data, hang_up=False):
        """Something unasked, over the connection there is; and its end."""
        self.dialogue.socket.sendall(data)
        if hang_up:
            self.dialogue.socket.shutdown(socket.SHUT_RDWR)
        time.sleep(0.1)  # nothing tells when it has got to the other end

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                self.dialogue = Dialogue(self, connection)
                self.dialogue.run()
            except (Closed, OSError):
                pass

    def answer(self, verb, usual):
        value = self.answers.get(verb, usual)
        if isinstance(value, list):
            value = value.pop(0) if value else None
        if callable(value):
            value = value()
        return usual if value is None else value


class Dialogue:
    def __init__(self, provider, connection):
        self.provider = provider
        self.socket = connection
        self.buffer = b""
        self.held = b""
        self.secure = self.within = False  # within a transaction
        self.socket.settimeout(20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # replies one by one

    def run(self):
        try:
            if self.provider.implicit:
                self.start_tls()
            self.reply("GREETING", "220 ready")
            while True:
                self.step(self.line())
        finally:
            self.socket.close()

    def start_tls(self):
        self.socket = self.provider.tls.wrap_socket(self.socket, server_side=True)
        self.secure = True

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed
        self.buffer += data

    def raw_line(self):
        while b"\n" not in self.buffer:
            self.more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def line(self):
        return self.raw_line().rstrip(b"\r\n").decode("utf-8", "replace")

    def take(self, n):
        while len(self.buffer) < n:
            self.more()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def reply(self, verb, usual):
        return self.say(verb, self.provider.answer(verb, usual))

    def say(self, verb, value):
        if value == CLOSE:
            raise Closed
        self.held += value.replace("\n", "\r\n").encode() + b"\r\n"
        if not self.provider.hold or not verb.startswith(("MAIL", "RCPT")):
            self.socket.sendall(self.held)
            self.held = b""
        if value.split("\n")[-1].startswith("421"):
            self.part()
        return value

    def part(self):
        """Closes the connection so that what was said gets there."""
        self.socket.shutdown(socket.SHUT_WR)
        while self.socket.recv(65536):
            pass
        raise Closed

    def look_early(self, verb):
        if self.buffer or select.select([self.socket], [], [], 0.02)[0]:
            self.provider.early.append(verb)

    def step(self, line):
        self.provider.commands.append(line)
        verb = line.split(" ")[0].upper()
        if verb in ("MAIL", "RCPT", "DATA"):
            self.look_early(verb)
        getattr(self, "do_" + verb.lower(), self.do_unknown)(line)

    def do_unknown(self, line):
        self.reply(line.split(" ")[0], "500 5.5.1 what?")

    def do_ehlo(self, _line):
        self.within = False
        offers = [o for o in self.provider.offers if not (self.secure and o == "STARTTLS")]
        if not self.secure and self.provider.plain_offers is not None:
            offers = self.provider.plain_offers
        lines = ["provider.example.com"] + offers
        self.reply("EHLO", "\n".join("250%s%s" % ("-" if i + 1 < len(lines) else " ", text)
                                     for i, text in enumerate(lines)))

    def do_helo(self, _line):
        self.reply("HELO", "250 provider.example.com")

    def do_starttls(self, _line):
        if self.reply("STARTTLS", "220 go on").startswith("220 go on"):
            self.start_tls()

    def ask(self, challenge):
        """Sends a challenge; the answer, decoded, or None after the dialogue was cancelled."""
        self.reply("CHALLENGE", "334 " + base64.b64encode(challenge).decode())
        answer = self.line()
        self.provider.commands.append(answer)
        if answer == "*":
            self.reply("CANCELLED", "501 5.7.0 cancelled")
            return None
        return base64.b64decode(answer)

    def do_auth(self, line):
        _, mechanism, *initial = line.split(" ")
        if not self.secure:
            self.provider.bare.append(mechanism)
        refused = self.provider.answer("AUTH " + mechanism, None)
        if refused:
            self.say("AUTH", refused)
            return
        first = base64.b64decode(initial[0]) if initial and initial[0] != "=" else b"" if initial else None
        verdict = sasl.judge(self, mechanism, first)
        if verdict is not None:
            self.provider.logins.append((mechanism, verdict))
            self.reply("AUTH", "235 2.7.0 welcome" if verdict else "535 5.7.8 bad credentials")

    def do_rset(self, _line):
        self.within = False
        self.reply("RSET", "250 2.0.0 forgotten")

    def do_quit(self, _line):
        self.reply("QUIT", "221 2.0.0 bye")
        raise Closed

    def do_mail(self, _line):
        if self.within:
            self.reply("MAIL", "503 5.5.1 sender already given")
            return
        self.accepted = []
        self.within = self.reply("MAIL", "250 2.1.0 fine").startswith("2")

    def do_rcpt(self, line):
        address = line[line.index("<"):]
        usual = "250 2.1.5 fine" if self.within else "503 5.5.1 no sender"
        if self.reply("RCPT " + address, usual).startswith("2"):
            self.accepted.append(address)

    def do_data(self, _line):
        if not self.reply("DATA", "354 go" if self.accepted else "503 5.5.1 nobody").startswith("354"):
            return
        if self.provider.answer("BODY", None) == CLOSE:
            raise Closed
        lines = []
        while True:
            line = self.raw_line()
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        self.finish(b"".join(lines))

    def do_bdat(self, line):
        n = int(line.split(" ")[1])
        if self.provider.answer("BODY", None) == CLOSE:
            raise Closed
        self.finish(self.take(n))

    def finish(self, body):
        usual = "250 2.0.0 taken" if self.accepted else "554 5.5.1 no recipients"
        self.look_early("FINAL")
        answer = self.provider.answer("FINAL", usual)
        if answer.startswith("250"):
            self.provider.messages.append((list(self.accepted), body))
        # as Exim does: with no recipients it waits for some
        self.within = self.within and not self.accepted
        self.say("FINAL", answer)
