#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What is said about the presets: mailchute providers, and the list in mailchute.conf(5)."""

import json
import os
import re
import subprocess
import sys

from harness import BUILD, equal, main, truth

SOURCE = os.environ.get("top_srcdir", ".")


class Command:
    def run(self, *words):
        return subprocess.run([os.path.join(BUILD, "mailchute"), "providers", *words],
                              capture_output=True, text=True, timeout=60)

    def names(self):
        return [line.split()[0] for line in self.run().stdout.splitlines()]

    def close(self):
        pass


def test_the_manual_has_the_list(command):
    with open(os.path.join(SOURCE, "man/mailchute.conf.5")) as f:
        page = f.read()
    entry = page[page.index(".It Cm provider\n"):page.index(".It Cm region\n")]
    equal(re.findall(r"^\.It Cm (\S+)$", entry, re.M)[1:], command.names(), "mailchute.conf(5)")
    told = re.findall(r"^\.It Cm (\S+)\n[^.].*\nNeeds a\n\.Cm region", entry, re.M)
    equal(told, [name for name in command.names() if "REGION" in command.run(name).stdout], "region")


def test_one_is_told_about(command):
    said = command.run("ses").stdout
    for words in ("Amazon SES", "port 587, else 2587, 465, 2465", 'region          = "eu-west-1"'):
        truth(words in said, words)
    equal(command.run("sendinblue").stdout, command.run("brevo").stdout, "by another name")


def test_for_programs(command):
    told = json.loads(command.run("--json").stdout)
    equal([row["name"] for row in told], command.names())
    (row,) = json.loads(command.run("--json", "ses").stdout)
    equal((row["host"], row["ports"], "region" in row), ("email-smtp.%s.amazonaws.com", [587, 2587, 465, 2465], False))
    equal((row["max_recipients"], row["size_mb"], "connections" in row), (50, 40, False))


def test_an_unknown_name(command):
    result = command.run("sendgird")
    equal((result.returncode, result.stdout), (64, ""))
    truth("no preset 'sendgird'; did you mean sendgrid?" in result.stderr, result.stderr)
    equal(command.run("a", "b").returncode, 64, "two names")


main(dict(vars(sys.modules[__name__])), Command)
