"""
Whether the provider and the line to it are quick enough to measure others by them: what they take from a
client that does nothing but write, with whole transactions as far ahead as there is room.
"""

import smtplib
import ssl
import threading
import time

HEADER = b"MAIL FROM:<joe@example.org>\r\nRCPT TO:<admin@example.net>\r\nBDAT 1024 LAST\r\n"
TRANSACTION = HEADER + b"Subject: x\r\n\r\n" + (b"x" * 62 + b"\r\n") * 15 + b"x" * 48 + b"\r\n"


def flood(provider, count, began):
    client = smtplib.SMTP("localhost", provider.port)
    client.starttls(context=ssl.create_default_context(cafile=provider.ca))
    client.login("sandbox", "sandbox")
    began.append(time.time())
    writer = threading.Thread(target=client.sock.sendall, args=(TRANSACTION * count,))
    writer.start()
    replies = 0
    while replies < 3 * count:
        replies += client.sock.recv(65536).count(b"\n")
    writer.join()
    client.close()


def run(bench):
    for rtt, connections in ((0, 1), (0, 8), (50, 1), (50, 8)):
        count, began = bench.scaled(4000) // connections or 1, []
        with bench.provider("CHUNKING", rtt) as provider:
            threads = [threading.Thread(target=flood, args=(provider, count, began))
                       for _ in range(connections)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            times = provider.wait(count * connections, bench.patience)
        bench.report.row("line", "RTT %d ms, %d connection%s" % (rtt, connections, "s"[:connections > 1]),
                         "messages/s", {"writer": len(times) / (times[-1] - min(began))}, more=True)
