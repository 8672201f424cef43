"""
What is submitted: words as real callers pass them and messages as they write them, by name. Some
ways of calling meet every message, and every way of calling meets two.
"""

import re


class Case:
    def __init__(self, call, message):
        self.call, self.message = call, message
        self.words, self.data = CALLS[call], MESSAGES[message]
        self.name = "%s: %s" % (call, message)


def cases():
    pairs = [(call, message) for message in MESSAGES for call in ("words", "header")]
    pairs += [("both", message) for message in MESSAGES if re.search("To|cc|Resent", message)]
    pairs += [("dots", message) for message in MESSAGES if re.search("dot|crlf", message)]
    pairs += [(call, message) for call in CALLS for message in ("plain", "bare")]
    pairs += [(call, "cron") for call in ("cron", "cronie", "anacron", "sudo", "dots")]
    return [Case(call, message) for call, message in dict.fromkeys(pairs)]


CALLS = {
    # the ways that meet every message
    "words": ["-i", "a@x.example", "b@y.example"],
    "header": ["-t", "-i"],
    "both": ["-i", "-t", "-f", "s@s.example", "a@x.example", "c@x.example"],
    "dots": ["a@x.example"],
    # recipients
    "no recipient": [],
    "one word, two addresses": ["-i", "a@x.example,b@y.example"],
    "one word, two addresses and a blank": ["-i", "a@x.example, b@y.example"],
    "display name in a word": ["-i", "Joe Doe <a@x.example>"],
    "quoted display name in a word": ["-i", "\"Doe, Joe\" <a@x.example>"],
    "comment in a word": ["-i", "a@x.example (Joe)"],
    "brackets in a word": ["-i", "<a@x.example>"],
    "local recipient": ["-i", "root"],
    "local recipients in one word": ["-i", "root,daemon"],
    "the same twice": ["-i", "a@x.example", "a@x.example"],
    "the same but for the domain's case": ["-i", "a@x.example", "a@X.EXAMPLE"],
    "the same but for the name's case": ["-i", "a@x.example", "A@x.example"],
    "domain in capitals": ["-i", "Joe@X.EXAMPLE"],
    "quoted local part": ["-i", "\"joe doe\"@x.example"],
    "needless quotes": ["-i", "\"joe\"@x.example"],
    "address literal": ["-i", "joe@[192.0.2.1]"],
    "source route": ["-i", "<@r.example:joe@x.example>"],
    "group in a word": ["-i", "list: a@x.example, b@y.example;"],
    "plus and equals": ["-i", "joe+tag=y.example@x.example"],
    "two hundred recipients": ["-i", *("r%d@x.example" % i for i in range(200))],
    "recipient with a dash": ["-i", "--", "-x@y.example"],
    "options after a recipient": ["-i", "a@x.example", "-f", "b@y.example"],
    "two dashes": ["-i", "--", "a@x.example"],
    "bad: no domain after @": ["-i", "joe@"],
    "bad: nothing before @": ["-i", "@x.example"],
    "bad: open bracket": ["-i", "<joe@x.example"],
    "bad: two @": ["-i", "a@b@x.example"],
    "bad: blank in a word": ["-i", "joe doe"],
    "bad: open quote": ["-i", "\"joe@x.example"],
    "bad: empty word": ["-i", ""],
    "bad: line feed in a word": ["-i", "a@x.example\nb@y.example"],
    "bad: one of two": ["-i", "a@x.example", "<b@y.example"],
    "octets above 127 in a word": ["-i", "j\u00f6@x.example"],
    # the sender
    "sender attached": ["-i", "-fs@s.example", "a@x.example"],
    "sender apart": ["-i", "-f", "s@s.example", "a@x.example"],
    "sender by -r": ["-i", "-r", "s@s.example", "a@x.example"],
    "sender twice": ["-i", "-f", "r@s.example", "-f", "s@s.example", "a@x.example"],
    "sender without a domain": ["-i", "-f", "fail2ban", "a@x.example"],
    "sender in brackets": ["-i", "-f", "<s@s.example>", "a@x.example"],
    "sender with a name": ["-i", "-f", "Joe <s@s.example>", "a@x.example"],
    "sender with a comment": ["-i", "-f", "s@s.example (Joe)", "a@x.example"],
    "sender of VERP": ["-i", "-f", "list-bounce+joe=x.example@s.example", "a@x.example"],
    "sender with quotes": ["-i", "-f", "\"joe doe\"@s.example", "a@x.example"],
    "null sender empty": ["-i", "-f", "", "a@x.example"],
    "null sender in brackets": ["-i", "-f", "<>", "a@x.example"],
    "null sender attached": ["-i", "-f<>", "a@x.example"],
    "bad: sender": ["-i", "-f", "<s@s.example", "a@x.example"],
    "bad: two senders": ["-i", "-f", "s@s.example, r@s.example", "a@x.example"],
    "bad: line feed in the sender": ["-i", "-f", "s@s.example\nX: y", "a@x.example"],
    # the name
    "name": ["-i", "-F", "Joe Doe", "a@x.example"],
    "name attached": ["-i", "-FCronDaemon", "a@x.example"],
    "name and sender": ["-i", "-F", "Joe Doe", "-f", "s@s.example", "a@x.example"],
    "name that wants quotes": ["-i", "-F", "Joe (J.) Doe, \"Jr\"", "a@x.example"],
    "name with a dot": ["-i", "-F", "Joe Q. Doe", "a@x.example"],
    "name with octets above 127": ["-i", "-F", "J\u00f6 D\u00f6", "a@x.example"],
    "name empty": ["-i", "-F", "", "a@x.example"],
    "bad: line feed in the name": ["-i", "-F", "Joe\nX: y", "a@x.example"],
    # real callers
    "cron": ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"],
    "cronie": ["-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"],
    "anacron": ["-FAnacron", "-odi", "root"],
    "fail2ban": ["-f", "fail2ban", "root"],
    "sudo": ["-t"],
    "PHP": ["-t", "-i", "-fs@s.example"],
    "mutt": ["-oem", "-oi", "-f", "s@s.example", "--", "a@x.example"],
    "bsd-mailx": ["-i", "-m", "--", "a@x.example"],
    "MIME::Lite": ["-t", "-oi", "-oem", "-fs@s.example"],
    "RT": ["-oi", "-ODeliveryMode=b", "-OErrorMode=m", "-f", "s@s.example", "-t"],
    "Sympa": ["-oi", "-odi", "-oem", "-f", "", "--", "a@x.example"],
    "rmail": ["-G", "-oee", "-odi", "-oi", "-pUUCP:host", "-fs@s.example", "a@x.example"],
    # letters
    "grouped -ti": ["-ti"],
    "grouped -it": ["-it"],
    "grouped -tvi": ["-vti"],
    "grouped with a value": ["-tifs@s.example"],
    "-v": ["-i", "-v", "a@x.example"],
    "-n": ["-i", "-n", "a@x.example"],
    "-m": ["-i", "-m", "a@x.example"],
    "-U": ["-i", "-U", "a@x.example"],
    "-x": ["-i", "-x", "a@x.example"],
    "-bm": ["-bm", "-i", "a@x.example"],
    "-B 7BIT": ["-i", "-B", "7BIT", "a@x.example"],
    "-B in small letters": ["-i", "-B8bitmime", "a@x.example"],
    "-B nonsense": ["-i", "-B", "nonsense", "a@x.example"],
    "-h": ["-i", "-h", "5", "a@x.example"],
    "-L": ["-i", "-L", "tag", "a@x.example"],
    "-N": ["-i", "-N", "success,failure", "a@x.example"],
    "-N never": ["-i", "-N", "never", "a@x.example"],
    "-N in mixed letters": ["-i", "-N", "Delay,success,FAILURE", "a@x.example", "b@y.example"],
    "-N with a word too much": ["-i", "-N", "never,delay", "a@x.example"],
    "-N nonsense": ["-i", "-N", "nonsense", "a@x.example"],
    "-R": ["-i", "-R", "hdrs", "a@x.example"],
    "-R in capitals": ["-i", "-R", "FULL", "a@x.example"],
    "-R nonsense": ["-i", "-R", "nonsense", "a@x.example"],
    "-V": ["-i", "-V", "envelope-id", "a@x.example"],
    "-V of two letters": ["-i", "-V", "ab", "a@x.example"],
    "-V that is no xtext": ["-i", "-V", "a=b", "a@x.example"],
    "-N, -R and -V": ["-i", "-N", "never", "-R", "hdrs", "-V", "envelope-id", "a@x.example"],
    "-X": ["-i", "-X", "/tmp/x", "a@x.example"],
    "-C": ["-i", "-C", "/etc/other.cf", "a@x.example"],
    "-d": ["-i", "-d0.1", "a@x.example"],
    "-Ac": ["-i", "-Ac", "a@x.example"],
    "-oi": ["-oi", "a@x.example"],
    "-o i": ["-o", "i", "a@x.example"],
    "-oitrue": ["-oitrue", "a@x.example"],
    "-om": ["-i", "-om", "a@x.example"],
    "-oo": ["-i", "-oo", "a@x.example"],
    "-os": ["-i", "-os", "a@x.example"],
    "-o7": ["-i", "-o7", "a@x.example"],
    "-odq": ["-i", "-odq", "a@x.example"],
    "-oep": ["-i", "-oep", "a@x.example"],
    "-oeq": ["-i", "-oeq", "a@x.example"],
    "-oT": ["-i", "-oT5d", "a@x.example"],
    "-oA": ["-i", "-oA/tmp/x", "a@x.example"],
    "-oQ": ["-i", "-oQ/tmp", "a@x.example"],
    "-O": ["-i", "-O", "QueueDirectory=/tmp", "a@x.example"],
    "bad: unknown letter": ["-i", "-K", "a@x.example"],
    "bad: unknown long option": ["-i", "--nonsense", "a@x.example"],
    "bad: no value for -f": ["-i", "-f"],
    "bad: no value for -F": ["-i", "-F"],
    "bad: lone dash": ["-i", "-", "a@x.example"],
    "bad: -bt": ["-bt"],
    "bad: -be": ["-be", "x"],
    "bad: -Mrm": ["-Mrm", "x"],
}

BASE = (b"From: Joe <joe@x.example>\nTo: to@x.example\nSubject: s\n"
        b"Date: Mon, 23 Nov 2026 10:00:00 +0000\nMessage-ID: <1@x.example>\n")


def with_fields(fields, body=b"body\n"):
    return BASE + fields + b"\n" + body


def from_field(value):
    return BASE.replace(b"Joe <joe@x.example>", value) + b"\nbody\n"


def to_field(value):
    return BASE.replace(b"to@x.example", value) + b"\nbody\n"


def subject(value):
    return BASE.replace(b"Subject: s", b"Subject: " + value) + b"\nbody\n"


MESSAGES = {
    "plain": BASE + b"\nbody\n",
    "bare": b"Subject: s\n\nbody\n",
    "cron": (b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> true\n"
             b"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
             b"Content-Transfer-Encoding: 8bit\nX-Cron-Env: <SHELL=/bin/sh>\n\nout\n"),
    # the shape
    "empty": b"",
    "one empty line": b"\n",
    "no header": b"hello\nworld\n",
    "no header, one word": b"hello",
    "header without an empty line": b"To: to@x.example\nSubject: s\nbody starts here\n",
    "header alone": BASE,
    "header without its last line end": BASE[:-1],
    "starts with an empty line": b"\n" + BASE + b"\nbody\n",
    "starts with a blank": b" Subject: s\nTo: to@x.example\n\nbody\n",
    "no line end at the end": BASE + b"\nbody",
    "empty body": BASE + b"\n",
    "body of empty lines": BASE + b"\n\n\n",
    "blanks at line ends": BASE + b"\nbody  \n\t\n \n",
    "line of blanks in the header": BASE + b" \t\nX-After: y\n\nbody\n",
    "blank before the colon": b"To : to@x.example\nSubject : s\n\nbody\n",
    "field without a value": with_fields(b"X-Empty:\n"),
    "field without a blank": with_fields(b"X-Tight:value\n"),
    "folded field": with_fields(b"X-Folded: one\n two\n\tthree\n"),
    "field of two lines": with_fields(b"X-Folded:\n one\n"),
    "field of blanks": with_fields(b"X-Blank:   \nX-After: y\n"),
    "field with a tab": with_fields(b"X-Tab:\tone\ttwo\n"),
    "blanks at the end of a field": with_fields(b"X-End: one  \n"),
    "folded over a line of blanks": with_fields(b"X-Folded: one\n \n two\n"),
    "odd name of a field": with_fields(b"X_Odd/Name!: y\n"),
    "line without a colon in the header": BASE + b"no colon here\nX-After: y\n\nbody\n",
    "Date that is none": BASE.replace(b"Mon, 23", b"Mohn, 23") + b"\nbody\n",
    "Message-ID without brackets": BASE.replace(b"<1@x.example>", b"1@x.example") + b"\nbody\n",
    "From line of a mailbox": b"From joe Mon Nov 23 10:00:00 2026\n" + BASE + b"\nbody\n",
    "From line, quoted": b">From joe Mon Nov 23 10:00:00 2026\n" + BASE + b"\nbody\n",
    "two From lines": b"From joe Mon Nov 23 10:00:00 2026\n" * 2 + BASE + b"\nbody\n",
    "From in the body": BASE + b"\nFrom here on\n>From there on\n",
    # line ends
    "crlf": (BASE + b"\nbody\nmore\n").replace(b"\n", b"\r\n"),
    "crlf in the header only": BASE.replace(b"\n", b"\r\n") + b"\r\nbody\nmore\n",
    "crlf in the body only": BASE + b"\nbody\r\nmore\r\n",
    "crlf with folding": with_fields(b"X-Folded: one\n two\n").replace(b"\n", b"\r\n"),
    "crlf and a dot": BASE.replace(b"\n", b"\r\n") + b"\r\nbody\r\n.\r\nmore\r\n",
    "carriage return alone in the body": BASE + b"\none\rtwo\n",
    "carriage return alone in the header": with_fields(b"X-CR: one\rtwo\n"),
    "two carriage returns": BASE + b"\none\r\r\ntwo\n",
    # dots
    "dot alone": BASE + b"\nbody\n.\nmore\n",
    "dot at the end": BASE + b"\nbody\n.\n",
    "dot without a line end": BASE + b"\nbody\n.",
    "dot at the start of lines": BASE + b"\n..\n.x\n...\n",
    "dot in the header": BASE + b".\nmore\n",
    # odd octets
    "NUL in the body": BASE + b"\none\0two\n",
    "NUL in the header": with_fields(b"X-Nul: one\0two\n"),
    "octets above 127 in the body": BASE + "\nJ\u00f6\n".encode(),
    "octets above 127 in Subject": subject("J\u00f6".encode()),
    "octets above 127 in From": from_field("J\u00f6 <joe@x.example>".encode()),
    "line of 998 octets": BASE + b"\n" + b"x" * 998 + b"\n",
    "line of 5000 octets": BASE + b"\n" + b"x" * 5000 + b"\n",
    "field of 5000 octets": with_fields(b"X-Long: " + b"y" * 5000 + b"\n"),
    "long folded field": with_fields(b"References:" + b"\n <0123456789@x.example>" * 200 + b"\n"),
    # fields that are added, removed, or kept
    "no From": BASE.split(b"\n", 1)[1] + b"\nbody\n",
    "no Date": BASE.replace(b"Date: ", b"X-Date: ") + b"\nbody\n",
    "no Message-ID": BASE.replace(b"Message-ID: ", b"X-ID: ") + b"\nbody\n",
    "no To": BASE.replace(b"To: ", b"X-To: ") + b"\nbody\n",
    "Cc alone": BASE.replace(b"To: ", b"Cc: ") + b"\nbody\n",
    "Bcc alone": BASE.replace(b"To: ", b"Bcc: ") + b"\nbody\n",
    "Bcc": with_fields(b"Bcc: bcc@x.example\n"),
    "Bcc folded": with_fields(b"Bcc: bcc@x.example,\n\tb2@x.example,\n b3@x.example\n"),
    "Bcc empty": with_fields(b"Bcc:\n"),
    "Bcc in small letters": with_fields(b"bcc: bcc@x.example\n"),
    "Return-Path": with_fields(b"Return-Path: <r@x.example>\n"),
    "Content-Length": with_fields(b"Content-Length: 5\n"),
    "Sender": with_fields(b"Sender: boss@x.example\n"),
    "Sender without a domain": with_fields(b"Sender: boss\n"),
    "Errors-To": with_fields(b"Errors-To: e@x.example\n"),
    "Delivered-To": with_fields(b"Delivered-To: d@x.example\n"),
    "Received": with_fields(b"Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0000\n"),
    "Delivery-date and Envelope-to": with_fields(b"Delivery-date: x\nEnvelope-to: e@x.example\n"),
    "Apparently-To": with_fields(b"Apparently-To: app@x.example\n"),
    "Precedence and X fields": with_fields(b"Precedence: bulk\nX-Mailer: PHP\n"
                                            b"Auto-Submitted: no\n"),
    "Return-Receipt-To": with_fields(b"Return-Receipt-To: boss\n"),
    "Disposition-Notification-To": with_fields(b"Disposition-Notification-To: boss\n"),
    "Reply-To without a domain": with_fields(b"Reply-To: boss\n"),
    "two Subject": with_fields(b"Subject: second\n"),
    "two To": with_fields(b"To: second@x.example\n"),
    "two From": with_fields(b"From: second@x.example\n"),
    "MIME": with_fields(b"MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"b\"\n",
                        b"--b\nContent-Type: text/plain\n\nx\n--b--\n"),
    # resent
    "Resent-To": with_fields(b"Resent-To: r@x.example\nResent-From: joe@x.example\n"),
    "Resent-Cc and -Bcc": with_fields(b"Resent-From: joe@x.example\nResent-To: r@x.example\n"
                                      b"Resent-Cc: rc@x.example\nResent-Bcc: rb@x.example\n"),
    "Resent with date and id": with_fields(
        b"Resent-From: joe@x.example\nResent-To: r@x.example\nResent-Message-ID: <2@x.example>\n"
        b"Resent-Date: Mon, 23 Nov 2026 11:00:00 +0000\n"),
    "Resent-Sender": with_fields(b"Resent-Sender: boss\nResent-From: joe@x.example\n"
                                 b"Resent-To: r@x.example\n"),
    "Resent-To alone": with_fields(b"Resent-To: r@x.example\n"),
    "Resent-From alone": with_fields(b"Resent-From: joe@x.example\n"),
    "Resent twice": with_fields(b"Resent-From: joe@x.example\nResent-To: r1@x.example\n"
                                b"Resent-From: jim@x.example\nResent-To: r2@x.example\n"),
    "Resent without a domain": with_fields(b"Resent-From: joe\nResent-To: jim\n"),
    # addresses in From
    "From without a domain": from_field(b"root"),
    "From with a comment": from_field(b"root (Cron Daemon)"),
    "From with a quoted comment": from_field(b"\"(Cron Daemon)\" <root>"),
    "From in brackets alone": from_field(b"<joe@x.example>"),
    "From of the caller": from_field(b"caller"),
    "From of two": from_field(b"joe@x.example, jim@x.example"),
    "From empty": from_field(b""),
    "From that is no address": from_field(b"not an address at all <"),
    "From with an encoded word": from_field(b"=?utf-8?q?J=C3=B6?= <joe@x.example>"),
    "From with a dot in the name": from_field(b"Joe Q. Doe <joe@x.example>"),
    # addresses in To
    "To without a domain": to_field(b"root"),
    "To of several without a domain": to_field(b"root, joe@x.example, Jim Doe <jim>"),
    "To folded": to_field(b"one@x.example,\n two@x.example,\n\tthree@x.example"),
    "To folded within an address": to_field(b"Joe Doe\n <one@x.example>"),
    "To with names": to_field(b"Joe Doe <one@x.example>, \"Doe, Jim\" <two@x.example>"),
    "To with comments": to_field(b"one@x.example (Joe (the one)), (x) two@x.example"),
    "To with nested comments": to_field(b"one@x.example (Joe (a (b) c) \\) d), two@x.example"),
    "To with quotes in a name": to_field(b"\"Joe \\\"X\\\" Doe\" <one@x.example>"),
    "To of a hundred": to_field(b",\n ".join(b"t%d@x.example" % i for i in range(100))),
    "To with a group": to_field(b"list: one@x.example, two@x.example;, three@x.example"),
    "To with an empty group": to_field(b"undisclosed-recipients:;"),
    "To with a group without a domain": to_field(b"list: one, two@x.example;"),
    "empty group and Bcc": BASE.replace(b"to@x.example", b"undisclosed-recipients:;")
                           + b"Bcc: bcc@x.example\n\nbody\n",
    "To with a quoted local part": to_field(b"\"joe doe\"@x.example"),
    "To with a quoted comma": to_field(b"\"a,b\"@x.example, two@x.example"),
    "To with a source route": to_field(b"<@r.example:one@x.example>"),
    "To with a literal": to_field(b"one@[192.0.2.1]"),
    "To without commas": to_field(b"<one@x.example> <two@x.example>"),
    "To with blanks between": to_field(b"one@x.example two@x.example"),
    "To with empty entries": to_field(b"one@x.example,, two@x.example,"),
    "To with blanks around @": to_field(b"one @ x.example"),
    "To with semicolons": to_field(b"one@x.example; two@x.example"),
    "To in capitals": BASE.replace(b"To: to", b"TO: TO") + b"\nbody\n",
    "To with the same twice": to_field(b"one@x.example, ONE <one@X.example>"),
    "To empty": to_field(b""),
    "To that is no address": to_field(b"joe@"),
    "To with an open bracket": to_field(b"<one@x.example"),
    "To with an open quote": to_field(b"\"one@x.example"),
    "To with an open comment": to_field(b"one@x.example (joe"),
    "To with octets above 127": to_field("J\u00f6 <one@x.example>".encode()),
    "To with an encoded word": to_field(b"=?utf-8?q?J=C3=B6?= <one@x.example>"),
    "To with a trailing dot": to_field(b"one@x.example."),
}
