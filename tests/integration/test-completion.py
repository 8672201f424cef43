#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The completion in bash: what the program offers is what is proposed."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Skip, Spool, equal, main, truth  # noqa: E402

COMPLETION = os.path.join(os.environ.get("top_srcdir", "."), "etc", "completion")


def proposals(*words):
    """For the last of the words behind the name."""
    if not shutil.which("bash"):
        raise Skip("there is no bash")
    script = ('. "$0"; COMP_WORDS=(mailchute "$@"); COMP_CWORD=$#; _mailchute; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-c", script, COMPLETION, *words], capture_output=True, text=True,
                          timeout=60, env=dict(os.environ, PATH=BUILD + ":" + os.environ["PATH"]))
    equal(done.stderr, "")
    return done.stdout.split()


def test_commands(_):
    equal(proposals("s"), ["sandbox", "setup", "status"])
    truth("check" in proposals(""), "all")


def test_options(_):
    equal(proposals("check", "--o"), ["--offline"])
    equal(proposals("queue", "--j"), ["--json"])


def test_providers(_):
    equal(proposals("providers", "sendg"), ["sendgrid", "sendgrid-eu"])


def test_files_are_left_to_bash(_):
    equal(proposals("check", "x"), [])


main(globals(), Spool)
