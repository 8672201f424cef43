"""
What a submission costs the program that makes it, and those that it waits for; not what a daemon does with
the message later. Who has no queue delivers in that time.
"""

from measure import instructions, launch, median, message, syncs

# octets, in words, how many of them in each of the rounds
SIZES = ((1024, "1 KiB", 12), (102400, "100 KiB", 6), (10 << 20, "10 MiB", 3))
CROWDS = 3


def run(bench):
    mailers = [mailer for mailer in bench.mailers if not mailer.variant]
    with bench.provider() as provider:
        for mailer in mailers:
            mailer.configure(provider)
            mailer.hold()
        measure(bench, [*mailers, bench.floor])
        for mailer in mailers:
            mailer.stop()
            mailer.empty()


def measure(bench, mailers):
    rounds = bench.scaled(5)
    for size, name, count in SIZES[:1] if bench.smoke else SIZES:
        path = message(size)
        runs, crowd = {}, {}
        for mailer in mailers:
            launch(mailer.command(), mailer.environment, path)
        for _ in range(rounds):
            for mailer in mailers:
                got = launch(mailer.command(), mailer.environment, path, bench.scaled(count))
                runs.setdefault(mailer.name, []).extend(got)
                mailer.empty()
        for _ in range(CROWDS):
            for mailer in mailers:
                total = bench.scaled(64 if size < 1 << 20 else 16)
                got = launch(mailer.command(), mailer.environment, path, total, 16)
                begin, end = min(r.began for r in got), max(r.began + r.wall_ms / 1e3 for r in got)
                crowd.setdefault(mailer.name, []).append((end - begin) * 1e3 / total)
                mailer.empty()

        def row(what, unit, function):
            bench.report.row("submit", "%s: %s" % (name, what), unit,
                             {key: function(value) for key, value in runs.items()})
        row("processor time, median", "ms", lambda v: median([r.cpu_ms for r in v]))
        row("processor time, least", "ms", lambda v: min(r.cpu_ms for r in v))
        row("wall clock, median", "ms", lambda v: median([r.wall_ms for r in v]))
        bench.report.row("submit", "%s: wall clock a message, 16 at once, least" % name, "ms",
                         {key: min(value) for key, value in crowd.items()})
        row("largest process", "MB", lambda v: max(r.rss_kb for r in v) / 1e3)
        if size != 1024:
            continue
        counted, synced = {}, {}
        for mailer in mailers:
            counted[mailer.name] = instructions(mailer, path)
            synced[mailer.name] = syncs(mailer.command(), mailer.environment, path)
            mailer.empty()
        bench.report.row("submit", "%s: instructions" % name, "million", counted)
        bench.report.row("submit", "%s: fsync and its like" % name, "calls", synced)
