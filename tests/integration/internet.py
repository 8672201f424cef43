"""A network of the test's own, in which the providers' names and ports are on loopback."""

import fcntl
import os
import socket
import struct
import subprocess
import sys

INSIDE = "MAILCHUTE_TEST_INTERNET"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def enter():
    """Runs the script once more in namespaces of its own; or says in TAP that this cannot be."""
    if os.environ.get(INSIDE):
        raise_loopback()
        return
    words = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    try:
        possible = subprocess.run([*words, "true"], capture_output=True, timeout=60).returncode == 0
    except FileNotFoundError:
        possible = False
    if not possible:
        print("1..0 # SKIP there are no namespaces for users here")
        sys.exit(0)
    sys.stdout.flush()
    os.execvpe(words[0], [*words, sys.executable, *sys.argv], dict(os.environ, **{INSIDE: "1"}))


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def name(hosts, directory):
    """Has the names HOSTS be those of 127.0.0.1."""
    path = os.path.join(directory, "hosts")
    with open(path, "w") as f:
        f.write("".join("127.0.0.1 %s\n" % host for host in ["localhost", *hosts]))
    os.chmod(path, 0o644)
    subprocess.run(["mount", "--bind", path, "/etc/hosts"], check=True)
