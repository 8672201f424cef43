"""Which processes a mail system has, and how much memory they keep from others."""

import os
import re


def read(pid, name):
    try:
        with open("/proc/%s/%s" % (pid, name)) as f:
            return f.read()
    except OSError:  # it has ended
        return ""


def descendants(pid):
    found = [str(pid)] if os.path.exists("/proc/%s" % pid) else []
    for child in read(pid, "task/%s/children" % pid).split():
        found += descendants(child)
    return found


def inside(root):
    """Those whose root is the directory ROOT, or one in it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if (os.readlink("/proc/%s/root" % pid) + "/").startswith(root + "/"):
                found.append(pid)
        except OSError:
            continue
    return found


def memory(pids):
    """The proportional set size in MB."""
    sizes = [re.search(r"^Pss: +(\d+)", read(pid, "smaps_rollup"), re.M) for pid in pids]
    return sum(int(size[1]) for size in sizes if size) / 1e3
