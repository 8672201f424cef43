"""The other mail systems, as Debian packages them: what they need to do the same as mailchute."""

from mailer import Mailer

OTHERS = ()


class Floor(Mailer):
    """Starting a program that does nothing."""

    name = "floor"

    def __init__(self, root):
        super().__init__(root)
        self.words = ["/bin/true"]
