"""What a command costs, by the programs that can tell."""

import contextlib
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
HALF_MS = 0.5  # the provider tells the time in whole milliseconds, cut off
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


@contextlib.contextmanager
def without_set_id(root):
    """Valgrind does not follow into programs that become somebody else; as root they need not."""
    found = subprocess.check_output(["find", root + "/usr", "-type", "f", "-perm", "/6000"], text=True)
    modes = {path: os.stat(path).st_mode for path in found.split()}
    for path, mode in modes.items():
        os.chmod(path, mode & 0o1777)
    yield
    for path, mode in modes.items():
        os.chmod(path, mode & 0o7777)


def instructions(mailer, path):
    """Millions, of all its processes; None if valgrind cannot."""
    if not (mailer.root or shutil.which("valgrind")):
        return None
    prefix = list(mailer.prefix)
    if mailer.own_user:
        prefix.insert(1, "--userspec=" + mailer.own_user)
    inside = "/tmp/callgrind-%d" % os.getpid()
    words = [*prefix, "valgrind", "--tool=callgrind", "--trace-children=yes",
             "--callgrind-out-file=%s.%%p" % inside, *mailer.words]
    plain = without_set_id(mailer.root) if mailer.root else contextlib.nullcontext()
    with open(path, "rb") as f, plain:
        result = subprocess.run(words, env={**os.environ, **mailer.environment}, stdin=f, check=False,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    total = 0
    for name in glob.glob("%s%s.*" % (mailer.root or "", inside)):
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
