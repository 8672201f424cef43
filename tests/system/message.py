#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""message.py < MESSAGE: prints its text as a reader sees it. Says what is wrong with it, and exits 1,
if it has not exactly one From, Date and Message-ID, each a good one, or tells a Bcc."""
import email.policy
import email.utils
import sys


def is_good(name, value):
    if name == "Date":
        return email.utils.parsedate_tz(value) is not None
    if name == "From":
        return value.isascii() and "@" in email.utils.parseaddr(value)[1]
    return value.startswith("<") and value.endswith(">") and "@" in value


def faults(message):
    for name in ("From", "Date", "Message-ID"):
        values = message.get_all(name, [])
        if len(values) != 1:
            yield f"{len(values)} fields {name}"
        yield from (f"{name}: {value}" for value in values if not is_good(name, value.strip()))
    if "Bcc" in message:
        yield "a field Bcc"
    if message.defects:
        yield f"defects {message.defects}"


def text(message):
    part = next(part for part in message.walk() if part.get_content_maintype() == "text")
    content = part.get_payload(decode=True).decode(part.get_content_charset("utf-8"))
    return content.replace("\r\n", "\n")


letter = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.compat32)
wrong = list(faults(letter))
print(*(wrong or [text(letter)]), sep="\n")
sys.exit(bool(wrong))
