"""What the benchmark asks of a mail system."""

from measure import launch, message
from processes import inside


class Mailer:
    name = ""
    connections = (1,)  # how many it can have when told to
    queues = True  # else a submission is a delivery
    variant = False  # of one that submits in the same way
    own_user = None  # whom root becomes in it, instead of the set-ID bit
    on_demand = False  # nothing of it runs until there is mail
    environment = {}
    few = 2000  # messages that it sends in a drain with a delay, over each connection
    most = 5000  # messages that can be put into its queue in little time

    def __init__(self, root):
        """In the directory ROOT, or on this machine if that is None."""
        self.root = root
        self.prefix = ["chroot", root] if root else []
        self.words = ["-i", "-f", "joe@example.org", "admin@example.net"]

    def command(self):
        return [*self.prefix, *self.words]

    def configure(self, provider, connections=1):
        """Writes its configuration: login and verified TLS at PROVIDER."""

    def start(self):
        """Starts what has to run."""

    def stop(self):
        """Ends that."""

    def hold(self):
        """Starts what is needed to take messages, which then wait in the queue."""

    def submit(self, count, size=1024):
        launch(self.command(), self.environment, message(size), count, 4)

    def fill(self, count, size=1024):
        """Puts messages into the queue, while it is held."""
        self.submit(count, size)

    def release(self):
        """Sends what waits."""

    def flush(self):
        """Tries all again."""

    def processes(self):
        return inside(self.root)

    def empty(self):
        """Forgets the queue, when nothing runs."""

    def close(self):
        """Leaves nothing behind."""
