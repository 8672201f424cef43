"""What is there when there is nothing to do, a while after a message went out."""

import time

from measure import launch, message
from processes import memory


def run(bench):
    counts, sizes = {}, {}
    for mailer in bench.mailers:
        with bench.provider() as provider:
            mailer.configure(provider)
            mailer.start()
            launch(mailer.command(), mailer.environment, message(1024))
            provider.wait(1, bench.patience)
            time.sleep(4)
            pids = mailer.processes()
            counts[mailer.name], sizes[mailer.name] = len(pids), memory(pids)
            mailer.stop()
            mailer.empty()
    bench.report.row("idle", "processes", "", counts)
    bench.report.row("idle", "memory, PSS", "MB", sizes)
