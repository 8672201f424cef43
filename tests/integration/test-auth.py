"""How the courier logs in: each mechanism, the choice between them, and servers that are not the right ones."""

import base64
import os
import re
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from courier import Courier  # noqa: E402
from harness import BUILD, Skip, equal, main, truth  # noqa: E402
from provider import Provider  # noqa: E402

DELIVERED = ("delivered", "nobody")
ACCOUNT = ("unattempted", "account")
ALL = "AUTH CRAM-MD5 LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 GSSAPI"


def again(courier):
    courier.close()
    courier.__init__()


def secure(courier, offers, version=None, forge=None, answers=None, **options):
    """A courier for a provider that offers it all behind TLS."""
    context = courier.tls()
    if version:
        context.maximum_version = version
    courier.start(Provider(offers, answers, tls=context, implicit=True, forge=forge), host="localhost", tls="implicit",
                  ca_file=courier.certificate, **{"user": "user", **options})
    return courier.provider


def delivers(courier, *logins):
    equal(courier.verdicts(), [DELIVERED], courier.log())
    equal(courier.provider.logins, list(logins))
    courier.leaves()
    again(courier)


def refuses(courier, words, verdict=ACCOUNT):
    outcome = courier.send()[0]
    equal(outcome[:2], verdict, outcome)
    truth(words in outcome[4], outcome)
    courier.leaves()
    heard = courier.provider.commands
    again(courier)
    return heard


def test_each_mechanism_in_its_turn(courier):
    for offer, used in [
            (ALL, "SCRAM-SHA-256"),
            ("AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1", "SCRAM-SHA-1"),
            ("AUTH CRAM-MD5 LOGIN PLAIN", "PLAIN"),
            ("AUTH CRAM-MD5 LOGIN", "LOGIN"),
            ("AUTH=CRAM-MD5", "CRAM-MD5")]:
        secure(courier, [offer])
        delivers(courier, (used, True))


def test_one_that_is_asked_for(courier):
    for name in ("CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"):
        secure(courier, [ALL], auth=name.lower())
        delivers(courier, (name, True))
    provider = secure(courier, ["AUTH PLAIN"], auth="SCRAM-SHA-256")
    refuses(courier, "none of the logins that can be made (SCRAM-SHA-256); it offers: PLAIN")
    truth("AUTH" not in " ".join(provider.commands), provider.commands)
    secure(courier, ["AUTH XOAUTH2"])
    refuses(courier, "it offers: XOAUTH2; for a token, set oauth or token-command")


def test_a_login_bound_to_the_channel(courier):
    secure(courier, ["AUTH PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS"], ssl.TLSVersion.TLSv1_2)
    delivers(courier, ("SCRAM-SHA-256-PLUS", True))


def test_the_binding_of_tls_1_3(courier):
    """What openssl exports for RFC 9266 is what the client binds to; openssl only carries the lines."""
    courier.tls()
    with socket.create_server(("localhost", 0)) as unused:
        port = unused.getsockname()[1]
    server = subprocess.Popen(["openssl", "s_server", "-accept", "localhost:%d" % port, "-cert", courier.certificate,
                               "-key", courier.key, "-tls1_3", "-naccept", "1", "-keymatexport",
                               "EXPORTER-Channel-Binding", "-keymatexportlen", "32"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def heard(pattern):
        for line in server.stdout:
            match = re.search(pattern, line)
            if match:
                return match[1]
        raise AssertionError("the server ended without %r" % pattern)

    def say(text):
        server.stdin.write(text + b"\r\n")
        server.stdin.flush()
    try:
        heard(rb"^(ACCEPT)")
        courier.spawn(port, host="localhost", tls="implicit", ca_file=courier.certificate, user="user",
                      auth="SCRAM-SHA-256-PLUS")
        courier.post()
        exported = bytes.fromhex(heard(rb"Keying material: (\w+)").decode())
        say(b"220 ready")
        heard(rb"^(EHLO)")
        say(b"250-x\r\n250 AUTH SCRAM-SHA-256-PLUS")
        first = base64.b64decode(heard(rb"^AUTH SCRAM-SHA-256-PLUS (\S+)"))
        say(b"334 " + base64.b64encode(first[first.index(b"r="):] + b"more,s=c2FsdA==,i=1"))
        final = base64.b64decode(heard(rb"^(\S+=*)\r?\n"))
        equal(final.split(b",")[0], b"c=" + base64.b64encode(b"p=tls-exporter,," + exported))
    finally:
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()


def test_a_server_that_cannot_bind_this_way(courier):
    """TLS 1.3, of which this server does not know the binding: the next mechanism, without a claim."""
    secure(courier, ["AUTH PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS"],
           answers={"AUTH SCRAM-SHA-256-PLUS": "535 5.7.8 unsupported channel binding"})
    delivers(courier, ("SCRAM-SHA-256", True))


def test_a_mechanism_that_is_offered_and_not_known(courier):
    for refusal in ("504 5.7.4 unrecognized mechanism", "504 5.5.4 not that"):
        secure(courier, ["AUTH SCRAM-SHA-256 PLAIN LOGIN"],
               answers={"AUTH SCRAM-SHA-256": refusal, "AUTH PLAIN": refusal})
        delivers(courier, ("LOGIN", True))
    secure(courier, ["AUTH PLAIN LOGIN"], answers={"AUTH LOGIN": refusal, "AUTH PLAIN": refusal})
    refuses(courier, "504 5.5.4 not that")


def test_a_wrong_password_is_tried_once(courier):
    for name, words in (("PLAIN", 1), ("CRAM-MD5", 2), ("LOGIN", 3), ("SCRAM-SHA-256", 2)):
        provider = secure(courier, ["AUTH PLAIN " + name if name == "SCRAM-SHA-256" else "AUTH " + name])
        provider.users = {"user": "other"}
        heard = refuses(courier, "check the user name and the stored password")
        equal(len(heard), 1 + words, heard)


def test_servers_that_are_not_the_right_ones(courier):
    for forge, words in [("nonce", "does not go with what was sent"),
                         ("iterations", "more SCRAM iterations than are sane")]:
        secure(courier, ["AUTH SCRAM-SHA-256"], forge=forge)
        heard = refuses(courier, words)
        equal(heard[2], "*")
    for forge, words in [("signature", "could not prove that it knows the password"),
                         ("silence", "without proving that it knows the password")]:
        secure(courier, ["AUTH SCRAM-SHA-256 PLAIN"], forge=forge)
        heard = refuses(courier, words)
        truth(not [c for c in heard if "AUTH PLAIN" in c or "MAIL" in c], heard)


def command(courier, *lines):
    """A script that says a line of LINES at each run, and the last one for ever."""
    path = os.path.join(courier.path, "command")
    with open(path, "w", opener=lambda p, f: os.open(p, f, 0o700)) as f:
        f.write("#!/bin/sh\ncd %s\necho >>runs\nsed -n \"$(wc -l <runs)p\" lines | grep . || tail -n 1 lines\n"
                % courier.path)
    with open(os.path.join(courier.path, "lines"), "w") as f:
        f.writelines(line + "\n" for line in lines)
    return path


def runs(courier):
    with open(os.path.join(courier.path, "runs")) as f:
        return len(f.readlines())


def test_tokens(courier):
    for offer, used in [(ALL + " OAUTHBEARER", "OAUTHBEARER"), (ALL, "XOAUTH2")]:
        provider = secure(courier, [offer], token_command=command(courier, "ya29.good"))
        provider.tokens.add("ya29.good")
        delivers(courier, (used, True))


def test_a_long_token(courier):
    token = "x" * 4000
    provider = secure(courier, [ALL], token_command=command(courier, token))
    provider.tokens.add(token)
    equal(courier.verdicts(), [DELIVERED], courier.log())
    truth("AUTH XOAUTH2" in provider.commands, provider.commands[:3])
    truth(token not in courier.log())
    courier.leaves()


def test_a_token_that_runs_out(courier):
    """It is kept from one connection to the next; when it is refused there, the command is asked again."""
    for offer, answer in [("AUTH OAUTHBEARER", b"\1"), ("AUTH XOAUTH2", b"")]:
        provider = secure(courier, [offer], max_messages=1, token_command=command(courier, "one", "two"))
        provider.tokens = {"one"}
        for _ in range(2):
            equal(courier.verdicts(), [DELIVERED], courier.log())
        equal(runs(courier), 1)
        provider.tokens = {"two"}
        equal(courier.verdicts(), [DELIVERED], courier.log())
        equal([verdict for _, verdict in provider.logins], [True, True, False, True])
        equal((runs(courier), provider.dummies), (2, answer))
        courier.leaves()
        again(courier)


def test_a_token_that_is_refused(courier):
    secure(courier, ["AUTH XOAUTH2 PLAIN"], token_command=command(courier, "bad"))
    heard = refuses(courier, "check the user name, and that the token (token-command, or mailchute login) is for it")
    truth(not [c for c in heard if "PLAIN" in c], heard)


def test_a_password_that_a_command_says(courier):
    secure(courier, [ALL], password_command=command(courier, "s3cret"))
    delivers(courier, ("SCRAM-SHA-256", True))


def test_commands_that_fail(courier):
    for text, words in [("echo s3cret; exit 3", "password-command ended with status 3; run it by hand"),
                        ("/nonexistent/command", "was not found"), ("true", "said nothing")]:
        secure(courier, ["AUTH PLAIN"], password_command=text)
        equal(refuses(courier, words), [])


def test_a_command_that_hangs(courier):
    """With the courier that has seconds where others have minutes."""
    courier.program = os.path.join(BUILD, "tests", "hostile", "mailchute-courier")
    if not os.path.exists(courier.program):
        raise Skip("there is no courier that is in a hurry: make check builds it")
    secure(courier, ["AUTH PLAIN"], password_command="sleep 1000")
    equal(refuses(courier, "password-command did not end within"), [])


def test_no_password_before_tls(courier):
    """Whatever is offered in plain."""
    for offers in ([ALL], [ALL, "STARTTLS"]):
        courier.start(Provider(offers, {"STARTTLS": "502 no"}), tls="starttls", user="user")
        heard = refuses(courier, "STARTTLS: " if len(offers) > 1 else "refusing to send the password", ("unattempted", "link"))
        truth(not [c for c in heard if "AUTH" in c], heard)


if __name__ == "__main__":
    main(globals(), Courier)
