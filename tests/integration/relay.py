"""A whole relay on loopback: sandbox provider, spool, configuration, flusher."""

import os
import re
import signal
import subprocess
import threading
import time

from harness import BUILD, Spool, truth

DEADLINE = 30  # seconds; how long anything may take before a test fails


def wait_for(condition, what):
    """Waits until CONDITION() is true, and returns what it gave."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("did not happen in %d s: %s" % (DEADLINE, what))


class Process:
    """A child whose lines of output are kept."""

    def __init__(self, command, env=None, stdin=subprocess.DEVNULL, **more):
        self.lines = []
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      stdin=stdin, env=env, **more)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))

    def text(self):
        return "\n".join(self.lines)

    def wait_line(self, pattern):
        def found():
            for line in self.lines:
                match = re.search(pattern, line)
                if match:
                    return match
            if self.child.poll() is not None:
                self.reader.join(5)
                for line in self.lines:
                    match = re.search(pattern, line)
                    if match:
                        return match
                raise AssertionError("ended without %r:\n%s" % (pattern, self.text()))
            return None
        try:
            return wait_for(found, pattern)
        except AssertionError as fault:
            raise AssertionError("%s\n%s" % (fault, self.text())) from None

    def stop(self, number=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(number)
        try:
            self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise
        self.reader.join(5)
        return self.child.returncode


class Relay(Spool):
    def __init__(self):
        super().__init__()
        self.provider_dir = os.path.join(self.path, "provider")
        self.conf_path = os.path.join(self.path, "mailchute.conf")
        self.aliases_path = os.path.join(self.path, "aliases")
        self.password_path = os.path.join(self.path, "password")
        self.provider = None
        self.flusher = None
        self.ports = {}
        self.password("sandbox")

    def password(self, text):
        with open(self.password_path, "w") as f:
            os.chmod(self.password_path, 0o600)
            f.write(text + "\n")

    def aliases(self, text):
        with open(self.aliases_path, "w") as f:
            f.write(text)

    def start_provider(self, *options):
        """A provider at the same ports as before, if there was one."""
        words = [os.path.join(BUILD, "mailchute"), "sandbox", "--dir", self.provider_dir,
                 "--port", str(self.ports.get("starttls", 0)),
                 "--tls-port", str(self.ports.get("implicit", 0)), *options]
        self.provider = Process(words)
        ready = self.provider.wait_line(r"^ready starttls=\S+:(\d+) implicit=\S+:(\d+) ca=(\S+)")
        self.ports = {"starttls": int(ready[1]), "implicit": int(ready[2])}
        self.ca = ready[3]
        return self

    def configure(self, **options):
        """Writes the configuration: what works with the provider, changed by OPTIONS."""
        values = {"host": "localhost", "port": self.ports.get("starttls", 1), "tls": "starttls",
                  "ca-file": getattr(self, "ca", ""), "user": "sandbox",
                  "password-file": self.password_path, "root": "admin@example.org",
                  "aliases": self.aliases_path, "hostname": "host.example.org", "retry-min": "1s", "retry-max": "1s"}
        values.update({key.replace("_", "-"): value for key, value in options.items()})
        with open(self.conf_path, "w") as f:
            for key, value in values.items():
                if value is not None:
                    f.write("%s = %s\n" % (key, value if isinstance(value, int) else '"%s"' % value))
        return self

    def start_flusher(self, *options):
        self.flusher = Process([os.path.join(BUILD, "mailchuted"), "-c", self.conf_path,
                                "-s", self.path, *(options or ("--foreground",))])
        return self.flusher

    def send(self, *words, data=b"Subject: test\n\nbody\n", fails=False):
        environment = dict(os.environ, MAILCHUTE_SPOOL=self.path)
        result = subprocess.run([os.path.join(BUILD, "sendmail"), *words], input=data,
                                env=environment, capture_output=True, timeout=60)
        truth(fails or result.returncode == 0, result.stderr)

    def arrived(self):
        """The provider's line for each message, as dictionaries."""
        found = []
        for line in self.provider.lines:
            if line.startswith("received "):
                fields = dict(re.findall(r'(\w+)=("[^"]*"|\S*)', line))
                found.append({key: value.strip('"') for key, value in fields.items()})
        return found

    def wait_arrived(self, count):
        try:
            wait_for(lambda: len(self.arrived()) >= count, "%d messages at the provider" % count)
        except AssertionError as fault:
            raise AssertionError("%s\n%s\n%s" % (fault, self.provider.text(),
                                                 self.flusher.text())) from None
        return self.arrived()

    def wait_empty(self):
        wait_for(lambda: not self.entries("new") and not self.entries("cur"), "an empty queue")

    def queued(self):
        return [name for name in self.entries("new") + self.entries("cur") if "." not in name]

    def listing(self):
        return subprocess.run([os.path.join(BUILD, "mailchute"), "queue", "-s", self.path],
                              capture_output=True, text=True, check=True).stdout

    def read_arrived(self, message):
        with open(message["file"], "rb") as f:
            return f.read()

    def close(self):
        for process in (self.flusher, self.provider):
            if process and process.child.poll() is None:
                process.child.kill()
                process.child.wait()
        super().close()
