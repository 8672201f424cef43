"""The provider was away while 200 messages came. It is back, and the queue is flushed by hand."""

import time


def run(bench):
    values, most = {}, {}
    for mailer in bench.mailers:
        if not mailer.queues:
            continue
        count = bench.scaled(200)
        with bench.provider() as provider:
            mailer.configure(provider)
            provider.stop()
            mailer.start()
            mailer.submit(count)
            time.sleep(2)  # for the tries that fail
            provider.start()
            began, processes = time.time(), 0
            mailer.flush()
            while len(provider.arrived()) < count and time.time() < began + bench.patience:
                processes = max(processes, len(mailer.processes()))
                time.sleep(0.02)
            times = provider.wait(count, 0)
            mailer.stop()
            mailer.empty()
        if len(times) == count:
            values[mailer.name] = times[-1] - began
        else:
            bench.report.note("%s: %d of %d messages in %d s after the provider came back" % (
                mailer.name, len(times), count, bench.patience))
        most[mailer.name] = processes
    bench.report.row("recover", "200 waiting, the provider is back: all delivered after", "s", values)
    bench.report.row("recover", "processes meanwhile, at most", "", most)
