"""
From the invocation of sendmail to the provider's having the message, when nothing runs and systemd has to
start the service: mailchute as installed, in a booted system.
"""

import os
import subprocess
import tempfile

from harness import BUILD
from measure import HALF_MS, percentile

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cold")


def run(bench):
    result = subprocess.run([SCRIPT, BUILD, str(bench.scaled(25))], stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "TMPDIR": tempfile.gettempdir()})
    pairs = [line.split() for line in result.stdout.splitlines() if line[:1].isdigit() and "#" not in line]
    if result.returncode != 0 or not pairs:
        bench.report.note("cold: " + (result.stdout.strip().split("# SKIP ")[-1] or "no system could be booted"))
        return
    # the first one reads programs from the disk
    taken = [(float(arrived) - int(began) / 1e6) * 1e3 + HALF_MS for began, arrived in pairs[1:]]
    for name, value in (("p50", percentile(taken, 0.5)), ("p95", percentile(taken, 0.95)),
                        ("least", min(taken))):
        bench.report.row("cold", "started by systemd, %s" % name, "ms", {"mailchute": value})
