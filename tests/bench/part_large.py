"""One message of 25 MiB: from its being free to go to the provider's having it."""

import time

SIZE = 25 << 20


def run(bench):
    for rtt in (0, 50):
        values = {}
        for mailer in bench.mailers:
            if mailer.variant:
                continue
            with bench.provider("CHUNKING", rtt) as provider:
                mailer.configure(provider)
                mailer.hold()
                mailer.fill(1, bench.scaled(SIZE))
                began = time.time()
                mailer.release()
                times = provider.wait(1, bench.patience)
                mailer.stop()
                mailer.empty()
                values[mailer.name] = times[0] - began if times else None
        bench.report.row("large", "25 MiB, RTT %d ms, from cold" % rtt, "s", values)
