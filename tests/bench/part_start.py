"""How long a start takes that finds a long queue: until the provider has the first message."""

import time

from processes import memory


def run(bench):
    for count in (5000, 100000):
        values, sizes = {}, {}
        for mailer in bench.mailers:
            if count > mailer.most or mailer.variant:
                continue
            with bench.provider("CHUNKING", 0) as provider:
                mailer.configure(provider)
                mailer.hold()
                mailer.fill(bench.scaled(count))
                began = time.time()
                mailer.release()
                times = provider.wait(1, bench.patience)
                sizes[mailer.name] = memory(mailer.processes())
                mailer.stop()
                mailer.empty()
                values[mailer.name] = times[0] - began if times else None
        bench.report.row("start", "{:,} queued: first message out".format(count), "s", values)
        bench.report.row("start", "{:,} queued: its processes then, PSS".format(count), "MB", sizes)
