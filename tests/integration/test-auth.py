"""How the courier logs in: each mechanism, the choice between them, and servers that are not the right ones."""

import os
import ssl
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from courier import Courier  # noqa: E402
from harness import equal, main, truth  # noqa: E402
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
    courier.finish()
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


def test_a_login_bound_to_the_channel(courier):
    secure(courier, ["AUTH PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS"], ssl.TLSVersion.TLSv1_2)
    delivers(courier, ("SCRAM-SHA-256-PLUS", True))


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


def test_no_password_before_tls(courier):
    """Whatever is offered in plain."""
    for offers in ([ALL], [ALL, "STARTTLS"]):
        courier.start(Provider(offers, {"STARTTLS": "502 no"}), tls="starttls", user="user")
        heard = refuses(courier, "STARTTLS: " if len(offers) > 1 else "refusing to send the password", ("unattempted", "link"))
        truth(not [c for c in heard if "AUTH" in c], heard)


if __name__ == "__main__":
    main(globals(), Courier)
