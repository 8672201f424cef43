"""
An SMTP server over TLS that behaves, except where it is told not to.

ACTIONS maps a stage to what happens there instead of the usual: a text (a reply, with its line
ends), bytes (sent as they are), or a function (session, usual). The stages of a connection:

    CONNECT GREETING EHLO STARTTLS TLS EHLO-TLS AUTH USERNAME PASSWORD
    RSET MAIL RCPT ("RCPT r5": of that local part alone) DATA BODY FINAL BDAT QUIT

The first TIMES connections that come to such a stage are treated like that, all later ones well.
With ONLY that is about the mail of this sender alone, and counts its transactions.
"""

import base64
import socket
import threading

USER, PASSWORD = "sandbox", "s3cret-hunter2"
OFFERS = ("PIPELINING", "SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES")
FOREVER = 1 << 30
PATIENCE = 30  # seconds that a session waits for the client


class Gone(Exception):
    """The session is over."""


def secrets():
    """The password in all the forms in which it goes over the line."""
    plain = PASSWORD.encode()
    return [plain, base64.b64encode(plain), base64.b64encode(b"\0" + USER.encode() + b"\0" + plain)]


class Server:
    def __init__(self, context, actions=None, times=FOREVER, only=None, offers=OFFERS, implicit=False,
                 narrow=False):
        self.context, self.offers, self.implicit = context, offers, implicit
        self.actions, self.left, self.only = dict(actions or {}), times, only
        self.lock = threading.Lock()
        self.hostile = 0  # so often it has been
        self.sessions = []
        self.taken = []   # (sender, [recipients], octets) of each message that it has
        self.faults = []  # what a client should never do
        self.closed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        if narrow:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            session = Session(self, connection)
            self.sessions.append(session)
            threading.Thread(target=session.serve, daemon=True).start()

    def turn(self, session, stage):
        """What happens to SESSION at STAGE, or None: the usual."""
        action = self.actions.get(stage)
        if action is None or (self.only and session.sender != self.only):
            return None
        with self.lock:
            if not session.hostile:
                if self.left == 0:
                    return None
                self.left -= 1
                self.hostile += 1
                session.hostile = True
        return action

    def close(self):
        self.closed.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for session in self.sessions:
            session.hang_up()


class Session:
    def __init__(self, server, connection):
        self.server, self.socket = server, connection
        self.buffer, self.plain = bytearray(), b""
        self.commands = []
        self.hostile = self.secure = self.logged_in = False
        self.trusted = True  # False: the client should have hung up in the handshake
        self.forget()
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def forget(self):
        self.sender, self.recipients = None, []
        if self.server.only:
            self.hostile = False

    def serve(self):
        try:
            self.at("CONNECT", b"")
            if self.server.implicit:
                self.start_tls()
            self.at("GREETING", "220 provider.example.com ESMTP")
            while True:
                self.command(self.line())
        except (Gone, OSError, ValueError):
            pass  # ValueError: of a socket that close() has closed meanwhile
        finally:
            self.hang_up()

    def hang_up(self):
        try:
            self.socket.close()
        except OSError:
            pass

    # What is said and heard

    def at(self, stage, usual, *more):
        """The reply at STAGE. Returns what was said; the first of STAGE and MORE with an action counts."""
        for name in (stage, *more):
            action = self.server.turn(self, name)
            if action is not None:
                return action(self, usual) if callable(action) else self.say(action)
        return self.say(usual)

    def say(self, reply):
        data = reply if isinstance(reply, bytes) else reply.replace("\n", "\r\n").encode() + b"\r\n"
        self.socket.sendall(data)
        return data.decode("latin-1")

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise Gone
        if self.secure and not self.trusted:
            self.server.faults.append("spoke to a server that it cannot trust: %r" % data[:80])
        if not self.secure:
            self.plain += data
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            self.receive()
        return self.take(self.buffer.index(b"\n") + 1).decode("latin-1").rstrip("\r\n")

    def take(self, n):
        while len(self.buffer) < n:
            self.receive()
        data = bytes(self.buffer[:n])
        del self.buffer[:n]
        return data

    def drain(self):
        """Hears whatever comes until the client goes."""
        while True:
            self.receive()
            self.buffer.clear()

    # The dialogue

    def command(self, line):
        self.commands.append(line)
        verb = line.split(" ")[0].upper()
        do = getattr(self, "do_" + verb.lower(), None)
        if do and verb in ("MAIL", "RCPT", "DATA", "BDAT") and not self.logged_in:
            self.say("530 5.7.0 log in first")
        elif do:
            do(line)
        else:
            self.say("500 5.5.1 what?")

    def do_ehlo(self, _line):
        self.forget()
        offers = [*self.server.offers, "AUTH PLAIN LOGIN" if self.secure else "STARTTLS"]
        self.at("EHLO-TLS" if self.secure else "EHLO", ehlo(*offers))

    def do_starttls(self, _line):
        if self.at("STARTTLS", "220 2.0.0 go on").startswith("220"):
            self.start_tls()

    def start_tls(self):
        action = self.server.turn(self, "TLS")
        if action:
            action(self, None)
        else:
            self.wrap(self.server.context)

    def wrap(self, context):
        self.buffer.clear()
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.secure = True

    def do_auth(self, line):
        words = line.split(" ")
        expected = base64.b64encode(("\0%s\0%s" % (USER, PASSWORD)).encode()).decode()
        if words[1] == "LOGIN":
            said = [self.prompt(*p) for p in (("USERNAME", "User Name"), ("PASSWORD", "Password"))]
            right = said == [base64.b64encode(s.encode()).decode() for s in (USER, PASSWORD)]
        else:
            right = words[1:] == ["PLAIN", expected]
        reply = self.at("AUTH", "235 2.7.0 welcome" if right else "535 5.7.8 wrong")
        self.logged_in = reply.startswith("235")

    def prompt(self, stage, words):
        self.at(stage, "334 " + base64.b64encode(words.encode()).decode())
        return self.line()

    def do_rset(self, _line):
        self.at("RSET", "250 2.0.0 forgotten")
        self.forget()

    def do_quit(self, _line):
        self.at("QUIT", "221 2.0.0 bye")
        raise Gone

    def do_mail(self, line):
        usual = "250 2.1.0 fine"
        if self.sender is None:
            self.sender = line[line.index("<") + 1:line.index(">")]
        else:
            usual = "503 5.5.1 sender already given"
        if not self.at("MAIL", usual).startswith("2"):
            self.forget()

    def do_rcpt(self, line):
        address = line[line.index("<") + 1:line.index(">")]
        usual = "503 5.5.1 no sender" if self.sender is None else "250 2.1.5 fine"
        if self.at("RCPT " + address.partition("@")[0], usual, "RCPT").startswith("25"):
            self.recipients.append(address)

    def do_data(self, _line):
        usual = "354 go" if self.recipients else "503 5.5.1 nobody to send it to"
        if self.at("DATA", usual).startswith("354"):
            self.at("BODY", b"")
            self.finish(self.read_body())

    def read_body(self):
        self.buffer[:0] = b"\r\n"
        seen = 0
        while (end := self.buffer.find(b"\r\n.\r\n", max(0, seen - 4))) < 0:
            seen = len(self.buffer)
            self.receive()
        return self.take(end + 5)[:-3].replace(b"\r\n.", b"\r\n")[2:]

    def do_bdat(self, line):
        n = int(line.split(" ")[1])
        if self.at("BDAT", b"") == "":
            self.finish(self.take(n))

    def finish(self, body):
        """Takes the message, if nothing else happens to it."""
        action = self.server.turn(self, "FINAL")
        if action is None:
            if self.recipients:
                self.keep(body)
            self.say("250 2.0.0 taken" if self.recipients else "554 5.5.1 nobody to send it to")
        elif callable(action):
            action(self, body)
        else:
            self.say(action)
        if self.recipients:  # else, as Exim has it, they may follow
            self.forget()

    def keep(self, body):
        self.server.taken.append((self.sender, list(self.recipients), body))


def ehlo(*offers):
    lines = ["provider.example.com", *offers]
    return "\n".join("250%s%s" % (" " if i + 1 == len(lines) else "-", text) for i, text in enumerate(lines))
