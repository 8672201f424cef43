"""What is there when there is nothing to do, some seconds after a message went out."""

import time

from measure import launch, message
from processes import memory

SETTLE_S = 15


def run(bench):
    counts, sizes = {}, {}
    for mailer in bench.mailers:
        if mailer.variant:
            continue
        with bench.provider() as provider:
            mailer.configure(provider)
            mailer.start()
            launch(mailer.command(), mailer.environment, message(1024))
            provider.wait(1, bench.patience)
            end = time.monotonic() + SETTLE_S
            while mailer.processes() and time.monotonic() < end:
                time.sleep(0.2)
            pids = mailer.processes()
            counts[mailer.name], sizes[mailer.name] = len(pids), memory(pids)
            mailer.stop()
            mailer.empty()
    bench.report.row("idle", "processes", "", counts)
    bench.report.row("idle", "memory, PSS", "MB", sizes)
