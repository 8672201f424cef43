"""The other end: the sandbox, which takes all mail at once, behind a line of a chosen length."""

import os
import re
import signal
import subprocess
import tempfile
import time

from harness import BUILD

DELAY = os.path.join(BUILD, "tests/bench/delay")
OFFERS = {  # what it says after EHLO, beside AUTH and SIZE
    "lock-step": ["--no-pipelining", "--no-chunking"],
    "PIPELINING": ["--no-chunking"],
    "CHUNKING": [],  # and PIPELINING
}


class Provider:
    def __init__(self, offer="CHUNKING", rtt_ms=0):
        self.dir = tempfile.mkdtemp(prefix="provider-")
        self.ca = os.path.join(self.dir, "ca.pem")
        self.log_path = os.path.join(self.dir, "log")
        self.words = [os.path.join(BUILD, "mailchute"), "sandbox", "--dir", self.dir, *OFFERS[offer]]
        self.line, self.port = None, 0
        self.start()
        if rtt_ms:
            self.line = subprocess.Popen([DELAY, str(self.port), str(rtt_ms)],
                                         stdout=subprocess.PIPE)
            self.port = int(self.line.stdout.readline().split()[1])

    def start(self):
        """At the same port as before, if it was there before."""
        self.offset, self.rest, self.times = 0, b"", []
        with open(self.log_path, "wb") as log:
            self.sandbox = subprocess.Popen([*self.words, "--port", str(self.port)], stdout=log,
                                            stderr=subprocess.STDOUT)
        ready = self.wait_for(lambda: re.search(rb"ready starttls=\S+:(\d+)", self.log()))
        self.port = int(ready[1])

    def stop(self):
        self.sandbox.send_signal(signal.SIGTERM)
        self.sandbox.wait()

    def log(self):
        with open(self.log_path, "rb") as f:
            return f.read()

    def wait_for(self, condition, limit=30):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.01)
        return None

    def arrived(self):
        """When each message was stored: seconds since 1970, in order."""
        with open(self.log_path, "rb") as f:
            f.seek(self.offset)
            new = f.read()
        self.offset += len(new)
        lines = (self.rest + new).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if line.startswith(b"received "):
                self.times.append(float(re.search(rb" time=(\S+)", line)[1]))
        return self.times

    def wait(self, count, limit=30):
        """The first COUNT times, or as many as there were in LIMIT seconds."""
        self.wait_for(lambda: len(self.arrived()) >= count, limit)
        return sorted(self.times)[:count]

    def close(self):
        self.stop()
        if self.line:
            self.line.kill()
            self.line.wait()
            self.line.stdout.close()
        subprocess.run(["rm", "-rf", self.dir], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
