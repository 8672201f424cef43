"""What is asked of the TLS connection, and shown to the server: versions, fingerprints, our certificate."""

import hashlib
import os
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from courier import Courier  # noqa: E402
from harness import BUILD, equal, main, truth  # noqa: E402
from provider import Provider  # noqa: E402

DELIVERED = ("delivered", "nobody")
LINK_DOWN = ("unattempted", "link")
ACCOUNT = ("unattempted", "account")
OTHER = "AB:" * 31 + "AB"


def again(courier):
    courier.close()
    courier.__init__()


def start(courier, context, offers=("PIPELINING",), **options):
    courier.start(Provider(offers, tls=context, implicit=True), tls="implicit",
                  **{"host": "localhost", "ca_file": courier.certificate, **options})


def delivers(courier):
    equal(courier.verdicts(), [DELIVERED], courier.log())
    courier.leaves()


def refuses(courier, words, verdict=LINK_DOWN):
    outcome = courier.send()[0]
    equal(outcome[:2], verdict, outcome)
    truth(words in outcome[4], outcome)
    courier.leaves()
    heard = courier.provider.commands
    again(courier)
    return heard


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, check=True, capture_output=True, timeout=60).stdout


def fingerprints(path):
    """Of the certificate, and of its key."""
    with open(path) as f:
        certificate = ssl.PEM_cert_to_DER_cert(f.read())
    key = openssl("pkey", "-pubin", "-outform", "DER", data=openssl("x509", "-in", path, "-noout", "-pubkey"))
    return hashlib.sha256(certificate).hexdigest(), hashlib.sha256(key).hexdigest()


def colons(pin):
    return ":".join(pin.upper()[i:i + 2] for i in range(0, 64, 2))


def test_versions(courier):
    for least, most, good in [("1.2", ssl.TLSVersion.TLSv1_2, True), ("1.3", ssl.TLSVersion.TLSv1_3, True),
                              ("1.3", ssl.TLSVersion.TLSv1_2, False)]:
        context = courier.tls()
        context.maximum_version = most
        start(courier, context, tls_min=least)
        if good:
            delivers(courier)
            again(courier)
        else:
            refuses(courier, "no version of TLS that is allowed here; see tls-min")


def test_a_fingerprint_in_place_of_authorities(courier):
    """Of the certificate or of its key, in each spelling; whatever name and authority it has."""
    for form in (lambda a, _: a, lambda a, _: colons(a),
                 lambda _, b: b, lambda _, b: OTHER + ", " + b):
        context = courier.tls()
        pin = form(*fingerprints(courier.certificate))
        start(courier, context, host="127.0.0.1", ca_file="", tls_fingerprint=pin)
        delivers(courier)
        again(courier)


def test_a_certificate_of_ones_own(courier):
    """What is said of it is what makes it work."""
    courier.tls()
    other = os.path.join(courier.path, "other.pem")
    os.rename(courier.certificate, other)
    context = courier.tls()
    pin = colons(fingerprints(courier.certificate)[0])
    start(courier, context, ca_file=other, user="user")
    equal(refuses(courier, "if it is your own, set ca-file, or tls-fingerprint to " + pin), [])


def test_another_fingerprint(courier):
    """A certificate that a trusted authority vouches for is not the one; the right value is told."""
    context = courier.tls()
    pin = fingerprints(courier.certificate)[0]
    start(courier, context, ca_file="", tls_fingerprint=OTHER, user="user")
    equal(refuses(courier, "not the one of tls-fingerprint; if the server has a new one, set it to " + colons(pin)), [])


def client_certificate(courier, name="user"):
    """A context that wants one, and the files of one that it takes."""
    context = courier.tls()
    files = {"tls_client_cert": os.path.join(courier.path, "client.pem"),
             "tls_client_key": os.path.join(courier.path, "client-key.pem")}
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            files["tls_client_key"], "-out", files["tls_client_cert"], "-days", "2", "-subj", "/CN=" + name)
    context.load_verify_locations(files["tls_client_cert"])
    context.verify_mode = ssl.CERT_REQUIRED
    return context, files


def test_a_login_by_certificate(courier):
    for options in ({}, {"user": "user"}):
        context, files = client_certificate(courier)
        start(courier, context, ["AUTH EXTERNAL PLAIN"], auth="external", **files, **options)
        delivers(courier)
        equal(courier.provider.logins, [("EXTERNAL", True)])
        again(courier)


def test_a_certificate_beside_a_password(courier):
    context, files = client_certificate(courier)
    start(courier, context, ["AUTH PLAIN EXTERNAL"], user="user", **files)
    delivers(courier)
    equal(courier.provider.logins, [("PLAIN", True)])


def test_somebody_elses_certificate(courier):
    context, files = client_certificate(courier)
    start(courier, context, ["AUTH EXTERNAL"], auth="EXTERNAL", **{**files, "user": "other"})
    refuses(courier, "user other refused", ACCOUNT)


def test_no_certificate_where_one_is_wanted(courier):
    context, _ = client_certificate(courier)
    start(courier, context)
    equal(refuses(courier, "the peer says: Certificate is required; set tls-client-cert"), [])


def test_a_key_that_is_of_no_use(courier):
    for spoil, words in [(lambda p: os.chmod(p, 0o644), "is open to others than its owner; run: chmod 600"),
                         (os.unlink, "no client-key: "),
                         (lambda p: open(p, "w").close(), "with its key: ")]:
        context, files = client_certificate(courier)
        spoil(files["tls_client_key"])
        start(courier, context, **files)
        equal(refuses(courier, words), [])


def test_check_shows_the_fingerprints(courier):
    context = courier.tls()
    pins = fingerprints(courier.certificate)
    start(courier, context)
    result = subprocess.run([os.path.join(BUILD, "mailchute"), "check", "-c",
                             os.path.join(courier.path, "mailchute.conf")], capture_output=True, text=True, timeout=60)
    equal(result.returncode, 0, result)
    for pin in pins:
        truth(colons(pin) in result.stdout, result)
    courier.leaves()


if __name__ == "__main__":
    main(globals(), Courier)
