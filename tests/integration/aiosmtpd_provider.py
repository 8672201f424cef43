"""An SMTP server that is not ours: aiosmtpd, with STARTTLS, login, and a line for each message.

Usage: aiosmtpd_provider.py CERTIFICATE KEY. Prints "ready PORT", then "received ..." lines.
"""

import asyncio
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_DATA(self, server, session, envelope):
        print("received from=<%s> to=%s user=%s tls=%s size=%d" % (
            envelope.mail_from, ",".join("<%s>" % to for to in envelope.rcpt_tos),
            session.auth_data, server.transport.get_extra_info("ssl_object").version(),
            len(envelope.content)), flush=True)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"sandbox" and data.password == b"sandbox"
    return AuthResult(success=good, handled=good, auth_data="sandbox")


async def main(certificate, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), tls_context=context, require_starttls=True, auth_required=True,
                     authenticator=authenticate, hostname="localhost"), "127.0.0.1", 0)
    print("ready %d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:3]))
