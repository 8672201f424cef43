"""What a hostile server may do at a stage: functions of (session, usual)."""

import select
import socket
import struct
import time

from server import Gone


def stall(session, _usual):
    """Says nothing more, and listens on."""
    session.drain()


def deaf(session, _usual):
    """Says nothing more, and reads nothing either: the window fills up."""
    poll = select.poll()
    poll.register(session.socket.fileno(), select.POLLRDHUP)
    while not session.server.closed.is_set() and not poll.poll(100):
        pass
    raise Gone


def fin(session, _usual):
    """Ends the connection in the TCP way, without a word in TLS."""
    session.socket.shutdown(socket.SHUT_RDWR)
    raise Gone


def rst(session, _usual):
    """Resets the connection."""
    session.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    session.hang_up()
    raise Gone


def polite(session, _usual):
    """Ends TLS as it should be, then the connection."""
    session.socket.unwrap()
    raise Gone


def unplugged(session, _usual):
    """Ends TLS, and goes on in plain on the same connection."""
    session.socket = session.socket.unwrap()
    session.say("250 2.0.0 in plain")
    session.drain()


def say(data, then=None):
    """Says DATA instead of the usual reply, and then perhaps something worse."""
    def action(session, _usual):
        said = session.say(data)
        return then(session, None) if then else said
    return action


def plain(data):
    """Writes DATA to the connection past TLS, and hangs up when the client does."""
    def action(session, _usual):
        with socket.socket(fileno=socket.dup(session.socket.fileno())) as raw:
            raw.sendall(data)
        session.drain()
    return action


def around(before=b"", after=b""):
    """The usual, with something before or behind it in the same segment."""
    def action(session, usual):
        session.say(before + usual.replace("\n", "\r\n").encode() + b"\r\n" + after)
        return usual
    return action


def drip(seconds, data=None):
    """The usual one octet at a time, each after SECONDS."""
    def action(session, usual):
        for octet in data or usual.replace("\n", "\r\n").encode() + b"\r\n":
            session.say(bytes([octet]))
            time.sleep(seconds)
        return usual
    return action


def endless(data):
    """DATA again and again, for as long as the client listens."""
    def action(session, _usual):
        block = data * (1 + 65536 // len(data))
        while not session.server.closed.is_set():
            session.say(block)
        raise Gone
    return action


def nth(n, act, usually=lambda session, usual: session.say(usual)):
    """ACT, but only at the N-th time on a connection; else USUALLY."""
    seen = {}

    def action(session, usual):
        seen[session] = seen.get(session, 0) + 1
        return (act if seen[session] == n else usually)(session, usual)
    return action


def nothing(_session, usual):
    """Forgets to reply, and goes on."""
    return usual


def certificate(made, name, trusted=False, **more):
    """The handshake with the certificate NAME; with MORE as Certificates.context() has it."""
    def action(session, _usual):
        session.trusted = trusted
        session.wrap(made.context(name, **more))
    return action


def read(octets, then):
    """Reads so much of the message, then THEN."""
    def action(session, _usual):
        session.take(octets)
        return then(session, None)
    return action


def unread(reply):
    """Replies to BDAT at once, and takes the chunk for commands."""
    return lambda session, _usual: session.say(reply) + "x"


def chunk(reply):
    """Reads the chunk that was announced, and refuses it."""
    def action(session, _usual):
        session.take(int(session.commands[-1].split(" ")[1]))
        return session.say(reply)
    return action


def keep(then):
    """Takes the message, and then does not say so as it should."""
    def action(session, body):
        session.keep(body)
        return then(session, None) if callable(then) else session.say(then)
    return action
