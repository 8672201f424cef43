"""The house has its layers: what a folder includes, what a program links and whom it may call."""

import contextlib
import os
import re
import subprocess
import sys

TOP = os.environ.get("top_srcdir", ".")
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
from harness import BUILD, Skip, equal, main  # noqa: E402

BELOW = {
    "base": [],
    "mail": ["base"],
    "conf": ["mail", "base"],
    "wire": ["mail", "base"],
    "sendmail": ["wire", "mail", "base"],
    "flusher": ["conf", "mail", "base"],
    "courier": ["conf", "wire", "mail", "base"],
    "token": ["conf", "mail", "base"],
    "control": ["courier", "conf", "wire", "mail", "base"],  # `mailchute check` logs in as a courier does
}
LINKS = {
    "sendmail": [],
    "mailchuted": ["libconfuse", "libsystemd"],
    "mailchute-courier": ["libconfuse", "libgnutls", "libidn2"],
    "mailchute": ["libconfuse", "libgnutls"],
    "mailchute-token": ["libconfuse", "libcurl-gnutls", "libgnutls", "libjansson"],
}
NETWORK = ["accept", "accept4", "bind", "connect", "getaddrinfo", "listen", "res_query", "socket"]
BECOME = ["initgroups", "setegid", "seteuid", "setgid", "setgroups", "setregid", "setresgid", "setresuid",
          "setreuid", "setuid"]


def sources(folder):
    path = os.path.join(TOP, "src", folder)
    return sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith((".c", ".h")))


def objects():
    """The compiled sources; automake puts LIBRARY- before the name, and old ones may lie about."""
    for folder in BELOW:
        path = os.path.join(BUILD, "src", folder)
        for name in os.listdir(path):
            source = os.path.join(TOP, "src", folder, name.split("-")[-1][:-2] + ".c")
            if name.endswith(".o") and os.path.exists(source):
                yield os.path.join(path, name)


def program(name):
    path = os.path.join(BUILD, name)
    if not os.path.exists(path):
        raise Skip("built without %s" % name)
    if "__asan_init" in readelf("-Ws", path):
        raise Skip("sanitizers link more")
    return path


def readelf(*arguments):
    return subprocess.run(["readelf", *arguments], stdout=subprocess.PIPE, check=True, text=True).stdout


def imports(path):
    return {name.split("@")[0] for name in re.findall(r" UND (\S+)", readelf("-W", "--dyn-syms", path))}


def test_every_folder_has_its_place(_):
    equal(sorted(name for name in os.listdir(os.path.join(TOP, "src")) if name[0] != "."), sorted(BELOW), "folders of src")


def test_a_folder_includes_what_stands_below_it(_):
    upwards = []
    for folder, below in BELOW.items():
        for path in sources(folder):
            with open(path, encoding="utf-8") as source:
                for included in re.findall(r'^#include "([^"]+)"', source.read(), re.M):
                    if included.split("/")[0] not in [folder, *below]:
                        upwards.append("%s: %s" % (path, included))
    equal(upwards, [], "includes of what stands beside or above")


def test_a_program_links_what_it_may(_):
    for name, allowed in LINKS.items():
        needed = re.findall(r"\(NEEDED\).*\[(.*?)\.so", readelf("-d", program(name)))
        equal(sorted(set(needed) - {"libc", "ld-linux-x86-64", "ld-linux-aarch64"}), allowed, name)


def test_the_flusher_has_no_network(_):
    equal(sorted(imports(program("mailchuted")).intersection(NETWORK)), [], "what mailchuted calls")


def test_sendmail_becomes_nobody_else(_):
    equal(sorted(imports(program("sendmail")).intersection(BECOME)), [], "what sendmail calls")


def test_nothing_is_there_for_nobody(_):
    """A function of a header that no other file calls is dead, or should be static."""
    defined, called = set(), set()
    program("mailchute-token")
    for path in objects():
        for line in readelf("-Ws", path).splitlines():
            fields = line.split()
            if len(fields) == 8 and fields[4] == "GLOBAL" and fields[6] == "UND":
                called.add(fields[7])
            elif len(fields) == 8 and fields[3] == "FUNC" and fields[4] == "GLOBAL":
                defined.add(fields[7])
    # what is in memory, in place of a file, a connection or DNS
    for_tests = {"aliases_parse", "envelope_parse", "net_interleave", "reply_add", "state_parse"}
    equal(sorted(defined - called - for_tests - {"main"}), [], "functions")


if __name__ == "__main__":
    main(globals(), contextlib.ExitStack)
