"""
How fast a queue goes out: from the first message that the provider has to the last, so without the start.
"""

# round-trip time in ms, connections, what the provider offers, messages of ours
ROWS = (
    (0, 1, "CHUNKING", 2000),
    (0, 8, "CHUNKING", 2000),
    (50, 1, "lock-step", 40),
    (50, 1, "PIPELINING", 150),
    (50, 1, "CHUNKING", 1000),
    (50, 8, "PIPELINING", 1000),
    (50, 8, "CHUNKING", 2000),
)


def rate(times):
    return (len(times) - 1) / max(times[-1] - times[0], 1e-3) if len(times) > 1 else None


def drain(bench, mailer, offer, rtt, connections, count):
    """Messages a second."""
    with bench.provider(offer, rtt) as provider:
        mailer.configure(provider, connections)
        mailer.hold()
        mailer.fill(count)
        mailer.release()
        times = provider.wait(count, bench.patience)
        mailer.stop()
        mailer.empty()
    if len(times) < count:
        bench.report.note("%s: %d of %d messages in %d s (RTT %d ms, %d connections, %s)" % (
            mailer.name, len(times), count, bench.patience, rtt, connections, offer))
    return rate(times)


def run(bench):
    for rtt, connections, offer, count in ROWS:
        values = {}
        for mailer in bench.mailers:
            if connections in mailer.connections:
                few = mailer.few * (connections if rtt else 16)
                messages = bench.scaled(min(count, few))
                values[mailer.name] = drain(bench, mailer, offer, rtt, connections, messages)
        bench.report.row("drain", "RTT %d ms, %d connection%s, %s" % (
            rtt, connections, "s"[:connections > 1], offer), "messages/s", values, more=True)
