"""Certificates of every kind, made with openssl at run time."""

import os
import ssl
import subprocess
import warnings
from datetime import datetime, timedelta, timezone

CONFIGURATION = """
[ca]
default_ca = it
[it]
database = %(path)s/index.txt
rand_serial = yes
new_certs_dir = %(path)s
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
"""


class Certificates:
    """Files below PATH: NAME.pem, NAME.key; the client is to trust root.pem alone."""

    def __init__(self, path):
        self.path = path
        with open(self.file("openssl.cnf"), "w") as f:
            f.write(CONFIGURATION % {"path": path})
        with open(self.file("index.txt"), "w"):
            pass
        for name in ("root", "stranger"):
            self.issue(name, None, section="authority")
        self.issue("between", "root", section="authority")
        self.issue("good", "root", name="localhost")
        self.issue("expired", "root", name="localhost", days=(-10, -1))
        self.issue("future", "root", name="localhost", days=(1, 10))
        self.issue("other-name", "root", name="provider.example.com")
        self.issue("self-signed", None, name="localhost")
        self.issue("unknown", "stranger", name="localhost")
        self.issue("no-chain", "between", name="localhost")
        self.issue("chain", "between", name="localhost")
        self.issue("by-leaf", "good", name="localhost")
        self.issue("weak", "root", name="localhost", key=("rsa", "rsa_keygen_bits:768"))
        self.issue("sha1", "root", name="localhost", digest="sha1")
        self.issue("client", "root", name="localhost", more=("-addext", "extendedKeyUsage=clientAuth"))
        self.issue("long", "root", name="localhost")
        for name, issuer, times in (("chain", "between", 1), ("by-leaf", "good", 1), ("long", "stranger", 100)):
            with open(self.file(name + ".pem"), "a") as f, open(self.file(issuer + ".pem")) as more:
                f.write(more.read() * times)

    def file(self, name):
        return os.path.join(self.path, name)

    def openssl(self, *words):
        result = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60)
        if result.returncode:
            raise RuntimeError("openssl %s: %s" % (" ".join(words), result.stderr))

    def issue(self, file, issuer, name=None, days=(-1, 10), key=("ec", "ec_paramgen_curve:P-256"), digest="sha256",
              section="leaf", more=()):
        names = ("openssl.cnf", file + ".csr", file + ".pem", file + ".key")
        conf, request, pem, secret = [self.file(n) for n in names]
        if name:
            more = ("-addext", "subjectAltName=DNS:%s" % name, *more)
        self.openssl("req", "-new", "-config", conf, "-newkey", key[0], "-pkeyopt", key[1], "-nodes", "-keyout", secret,
                     "-subj", "/CN=%s" % (name or file), "-out", request, *more)
        now = datetime.now(timezone.utc)
        start, end = [(now + timedelta(days=d)).strftime("%Y%m%d%H%M%SZ") for d in days]
        signer = (["-cert", self.file(issuer + ".pem"), "-keyfile", self.file(issuer + ".key")] if issuer
                  else ["-selfsign", "-keyfile", secret])
        self.openssl("ca", "-batch", "-notext", "-config", conf, "-extensions", section, "-in", request, "-out", pem,
                     "-startdate", start, "-enddate", end, "-md", digest, *signer)

    def context(self, name="good", version=None, ask=ssl.CERT_NONE):
        """What a server needs to show NAME, of one VERSION alone, and to ASK for the client's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")  # the server does not judge
        context.load_cert_chain(self.file(name + ".pem"), self.file(name + ".key"))
        context.load_verify_locations(self.file("root.pem"))
        context.verify_mode = ask
        if version:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = version
        return context
