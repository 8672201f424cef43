"""What the integration tests share: TAP, a private spool, and words to compare with."""

import os
import shutil
import sys
import tempfile
import traceback

BUILD = os.path.abspath(os.environ.get("top_builddir", "."))


class Spool:
    """A spool directory of its own, gone at the end."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="mailchute-test-")
        os.chmod(self.path, 0o755)
        for name, mode in (("tmp", 0o3733), ("new", 0o3733), ("cur", 0o700), ("failed", 0o700)):
            os.mkdir(self.folder(name))
            os.chmod(self.folder(name), mode)

    def folder(self, name):
        return os.path.join(self.path, name)

    def entries(self, name):
        return sorted(os.listdir(self.folder(name)))

    def empty(self, name):
        for entry in self.entries(name):
            os.unlink(os.path.join(self.folder(name), entry))

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError("%s: got %r, expected %r" % (what, got, expected))


def truth(value, what=""):
    if not value:
        raise AssertionError("not so: %r" % (what,))


class Skip(Exception):
    """Raised by a test that cannot be run here; says why."""


def main(names, make_fixture):
    """Runs each function test_*(fixture) of a module, and prints TAP."""
    tests = [(name, function) for name, function in names.items() if name.startswith("test_")]
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        fixture = make_fixture()
        try:
            function(fixture)
            word, remark = "ok", ""
        except Skip as reason:
            word, remark = "ok", " # SKIP %s" % reason
        except Exception:  # each fault is one failed case; the others still run
            failed += 1
            word, remark = "not ok", ""
            for line in traceback.format_exc().splitlines():
                print("# " + line)
        finally:
            fixture.close()
        print("%s %d - %s%s" % (word, number, name[5:].replace("_", " "), remark), flush=True)
    sys.exit(1 if failed else 0)
