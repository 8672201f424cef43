"""
Name spaces and a root of one's own for tests with other mail systems: what is mounted and started there
is seen by nobody else and ends with it, however it ends, and there is no network but its loopback.
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPACES = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--mount-proc",
          "--kill-child"]


def obstacle():
    """Why there can be none here, or None."""
    if os.geteuid() != 0:
        return "it needs root, for a private root with the other mail systems"
    if not shutil.which("mmdebstrap"):
        return "it needs mmdebstrap"
    if subprocess.run([*SPACES, "true"], capture_output=True).returncode != 0:
        return "this system lets root make no name spaces (a container?)"
    return None


def made_root():
    """The path of the root with the other mail systems, None if that failed."""
    made = subprocess.run([os.path.join(HERE, "differential/make-peers")], stdout=subprocess.PIPE,
                          text=True)
    return made.stdout.strip() if made.returncode == 0 else None


def enter(*words):
    """This program once more, with these words, in name spaces of its own. Does not return."""
    os.execvp(SPACES[0], [*SPACES, sys.executable, os.path.abspath(sys.argv[0]), *words])


def prepare(base):
    """In the name spaces: the path of a root like BASE to write to, only in memory like tempfile's."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the first process has to want them
        signal.signal(number, lambda *_: os._exit(1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
    socket.sethostname("mail.example")
    work = os.path.join(base, "mnt")
    subprocess.run(["mount", "-t", "tmpfs", "private", work], check=True)
    tempfile.tempdir = work
    paths = {name: os.path.join(work, name) for name in ("root", "upper", "overlay")}
    for path in paths.values():
        os.mkdir(path)
    options = "lowerdir=%s,upperdir=%s,workdir=%s" % (base, paths["upper"], paths["overlay"])
    if subprocess.run(["mount", "-t", "overlay", "private", paths["root"], "-o", options],
                      capture_output=True).returncode != 0:
        subprocess.run(["cp", "-ax", base + "/.", paths["root"]], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", paths["root"] + "/proc"], check=True)
    return paths["root"]
