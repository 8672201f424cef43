"""What a command costs, by the programs that can tell."""

import glob
import os
import re
import shutil
import statistics
import subprocess
import tempfile
from collections import namedtuple

from harness import BUILD

LAUNCH = os.path.join(BUILD, "tests/bench/launch")
SYNCS = "fsync,fdatasync,sync,syncfs,sync_file_range"

Run = namedtuple("Run", "began wall_ms cpu_ms rss_kb")


def message(size):
    """The path of a message of SIZE octets, of lines as people write them."""
    path = os.path.join(tempfile.gettempdir(), "message-%d" % size)
    if not os.path.exists(path):
        header = ("From: Joe <joe@example.org>\nTo: admin@example.net\nSubject: what happened\n\n")
        line = "the quick brown fox jumps over the lazy dog, again and again\n"
        with open(path, "w") as f:
            f.write((header + line * (size // len(line) + 1))[:size - 1] + "\n")
    return path


def launch(command, environment, path, count=1, at_once=1):
    """A Run for each, or CalledProcessError if one of them fails."""
    words = [LAUNCH, str(count), str(at_once), path, *command]
    result = subprocess.run(words, env={**os.environ, **environment}, check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    runs = []
    for line in result.stdout.splitlines():
        began, wall, cpu, rss, status = map(int, line.split())
        if status != 0:
            raise subprocess.CalledProcessError(status, command, stderr=result.stderr)
        runs.append(Run(began / 1e6, wall / 1e3, cpu / 1e3, rss))
    return runs


def instructions(prefix, command, environment, path, where):
    """Millions, of all its processes; None if valgrind cannot. PREFIX leads into the root WHERE."""
    inside = "/tmp/callgrind"
    outside = (where or "") + inside + "-%d" % os.getpid()
    if not (where or shutil.which("valgrind")):
        return None
    words = [*prefix, "valgrind", "--tool=callgrind", "--trace-children=yes",
             "--callgrind-out-file=%s-%d.%%p" % (inside, os.getpid()), *command]
    with open(path, "rb") as f:
        result = subprocess.run(words, env={**os.environ, **environment}, stdin=f, check=False,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    total = 0
    for name in glob.glob(outside + ".*"):
        with open(name) as f:
            total += int((re.findall(r"^totals: (\d+)", f.read(), re.M) or ["0"])[-1])
        os.unlink(name)
    return total / 1e6 if result.returncode == 0 else None


def syncs(command, environment, path):
    """How often it asks for something to be on disk; None if strace cannot."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile() as out, open(path, "rb") as f:
        result = subprocess.run(["strace", "-f", "-qq", "-e", "trace=" + SYNCS, "-o", out.name, *command],
                                env={**os.environ, **environment}, stdin=f, check=False,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if result.returncode != 0:
            return None
        return len(re.findall(rb"^\d+ +(?:%s)\(" % SYNCS.replace(",", "|").encode(), out.read(), re.M))


def median(values):
    return statistics.median(values) if values else None


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None
