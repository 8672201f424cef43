"""
From the invocation of sendmail to the provider's having the message, one after the other. Before the first
there is no connection, and no process of who is started when there is mail; systemd, which does that,
is not in it (see part_cold.py).
"""

from measure import HALF_MS, launch, message, percentile


def run(bench):
    cold, warm = {}, {}
    for mailer in bench.mailers:
        with bench.provider("CHUNKING", 0) as provider:
            mailer.configure(provider)
            if not mailer.on_demand:
                mailer.start()
            taken = []
            for number in range(bench.scaled(40)):
                began = launch(mailer.command(), mailer.environment, message(1024))[0].began
                if mailer.on_demand and number == 0:
                    mailer.start()
                times = provider.wait(number + 1, bench.patience)
                if len(times) > number:
                    taken.append((times[number] - began) * 1e3 + HALF_MS)
            mailer.stop()
            mailer.empty()
        cold[mailer.name] = taken[0] if taken else None
        warm[mailer.name] = taken[1:]
    bench.report.row("latency", "the first", "ms", cold)
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        bench.report.row("latency", "further ones, " + name, "ms",
                         {key: percentile(value, share) for key, value in warm.items()})
