"""mailchute as it was built, with a spool and a configuration of its own."""

import os
import shutil
import subprocess

from harness import BUILD
from mailer import Mailer
from processes import descendants
from relay import Relay


class Mailchute(Mailer):
    name = "mailchute"
    connections = (1, 8)
    most = 1000000
    on_demand = True

    def __init__(self, root):
        super().__init__(root)
        self.relay = Relay()
        self.environment = {"MAILCHUTE_SPOOL": self.relay.path}
        self.words = [os.path.join(BUILD, "sendmail"), *self.words]
        if root:
            os.makedirs(root + "/opt/mailchute", exist_ok=True)
            os.makedirs(root + "/spool", exist_ok=True)
            shutil.copy(os.path.join(BUILD, "sendmail"), root + "/opt/mailchute/sendmail")
            subprocess.run(["mount", "--bind", self.relay.path, root + "/spool"], check=True)
            self.environment = {"MAILCHUTE_SPOOL": "/spool"}
            self.words[0] = "/opt/mailchute/sendmail"

    def configure(self, provider, connections=1):
        self.relay.ca = provider.ca
        self.relay.configure(port=provider.port, max_connections=connections,
                             user_messages=0, idle_exit="2s", retry_min=None, retry_max=None)

    def start(self):
        """As its unit does it: it leaves when there is nothing to do."""
        self.relay.start_flusher("-s", self.relay.path)

    def stop(self):
        if self.relay.flusher:
            self.relay.flusher.stop()
            self.relay.flusher = None

    def fill(self, count, size=1024):
        """One is submitted, the others are copies of it: no different to the flusher."""
        new = self.relay.folder("new")
        self.submit(1, size)
        first = os.listdir(new)[0]
        with open(os.path.join(new, first), "rb") as f:
            content = f.read()
        for number in range(1, count):
            fd = os.open(os.path.join(new, "%012X" % (int(first, 16) ^ number)),
                         os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            os.write(fd, content)
            os.close(fd)

    def release(self):
        self.start()

    def empty(self):
        for folder in ("new", "cur", "failed"):
            self.relay.empty(folder)

    def flush(self):
        self.relay.send("-q")

    def processes(self):
        flusher = self.relay.flusher
        return descendants(flusher.child.pid) if flusher and flusher.child.poll() is None else []

    def close(self):
        self.relay.close()
