#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""For a machine: an issuer of access tokens at port 2443 and a provider that takes them at 4650, with the
certificate in the file $1. Says "ready", and then the recipients of each message."""

import os
import ssl
import sys
import time

sys.path[0:0] = [os.path.dirname(os.path.abspath(__file__))]
from issuer import Issuer  # noqa: E402
from provider import Provider  # noqa: E402

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
provider = Provider(["AUTH XOAUTH2"], tls=context, implicit=True, port=4650)
issuer = Issuer(context, provider.tokens, port=2443)
issuer.public = True
print("ready", flush=True)
seen = 0
while True:
    for recipients, _ in provider.messages[seen:]:
        print("received", *recipients, flush=True)
        seen += 1
    time.sleep(0.1)
