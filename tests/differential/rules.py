"""
Why mailchute does some things otherwise than its peers, on purpose. A rule covers the differences
that its test recognises; one that recognises none is out of date and fails. sendmail(8) tells users
of each.
"""

import quopri
import re
from email.header import decode_header, make_header

from compare import MADE


class Rule:
    def __init__(self, name, peers, reason, test):
        self.name, self.peers, self.reason, self.test = name, peers.split(), reason, test

    def covers(self, difference):
        return difference.peer in self.peers and self.test(difference)


def calls(*names):
    """Differences in whether the message is queued, with these ways of calling."""
    return lambda d: d.aspect == "queued" and d.case.call in names


def refused(d):
    return d.aspect == "queued" and not d.ours


def caller_named(d):
    return (d.aspect in ("from", "resent-from")
            and d.field[1] == '"Joe Q. Caller" <%s>' % d.field[0])


def unquoted(value):
    return re.sub(r'[\\"]', "", value)


def words_decoded(d):
    """What is encoded on our side says what theirs does."""
    ours, theirs = (str(make_header(decode_header(value))) for value in d.field)
    return ours in (theirs, theirs.encode("latin-1", "replace").decode(errors="replace"))


RULES = [
    # header fields
    Rule("undisclosed-recipients", "postfix exim",
         "a message that names nobody gets To: undisclosed-recipients:;, because providers take "
         "one without a destination field for spam",
         lambda d: d.aspect == "to" and (d.ours, d.theirs) == (["undisclosed-recipients:;"], [])),
    Rule("caller's-name", "postfix exim",
         "the full name of the caller goes with the caller's own address, not with the one of -f",
         lambda d: caller_named(d) and d.case.message != "From of the caller"),
    Rule("from-of-the-caller", "exim",
         "a From field that is there keeps its words, and gets a domain at most",
         lambda d: caller_named(d) and d.case.message == "From of the caller"),
    Rule("null-sender's-from", "postfix exim",
         "a message of the null sender without From is from MAILER-DAEMON, with a domain like "
         "every address; Postfix leaves that out, Exim names the caller",
         lambda d: d.aspect == "from" and d.field[0] == "MAILER-DAEMON@mail.example"),
    Rule("name-in-quotes", "postfix exim",
         "the name in a From field that is made is one quoted string",
         lambda d: d.aspect == "from" and d.ours != d.theirs
         and any(d.field) and unquoted(d.field[0]) == unquoted(d.field[1])),
    Rule("fields-kept", "postfix",
         "an address field in which each address has a domain, or that is no list of addresses, "
         "stays as it was written",
         lambda d: d.aspect in ("from", "to") and any(d.field)
         and ": %s\n" % d.field[0] in d.case.data.decode("latin-1")),
    Rule("receipts", "exim",
         "the fields that ask for receipts get domains too",
         lambda d: d.aspect in ("disposition-notification-to", "return-receipt-to")
         and d.field == ("boss@mail.example", "boss")),
    Rule("encoded-words", "postfix exim",
         "octets above 127 in a field, and words too long for a line, are encoded (RFC 2047) "
         "unless the provider takes SMTPUTF8",
         lambda d: "=?utf-8?" in d.field[0] and d.theirs != d.ours and words_decoded(d)),
    Rule("mime-fields", "postfix exim",
         "a body with octets above 127 and no MIME fields is declared as text in UTF-8, or as "
         "unknown-8bit",
         lambda d: d.case.message == "octets above 127 in the body" and d.theirs == []
         and d.aspect in ("mime-version", "content-type", "content-transfer-encoding")),
    Rule("bcc-without-t", "exim",
         "Bcc and Resent-Bcc are removed without -t too: nodemailer and mailx count on it",
         lambda d: d.aspect in ("bcc", "resent-bcc") and d.ours == []),
    Rule("content-length", "exim",
         "Content-Length is removed: it is about a mailbox, and wrong when the message changed",
         lambda d: d.aspect == "content-length" and d.ours == []),
    Rule("delivery-fields", "exim",
         "Delivery-date and Envelope-to are left alone",
         lambda d: d.aspect in ("delivery-date", "envelope-to") and d.theirs == []),
    Rule("gateway", "postfix",
         "-G is ignored: what is missing is added for rmail too",
         lambda d: d.case.call == "rmail" and d.aspect in ("from", "date", "message-id")
         and d.theirs == []),
    # octets
    Rule("nul", "postfix exim",
         "NUL octets are left out everywhere (RFC 5321 section 4.5.2); Postfix cuts the field off "
         "there, Exim puts a question mark",
         lambda d: d.case.message.startswith("NUL") and (
             d.ours == d.theirs.replace(b"\0", b"") if d.aspect == "body" else
             (d.aspect, d.field[0]) == ("x-nul", "onetwo"))),
    Rule("long-lines", "postfix exim",
         "a body with lines over 998 octets is encoded; Postfix breaks them on the way out, Exim "
         "sends the message back",
         lambda d: d.case.message == "line of 5000 octets" and (
             quopri.decodestring(d.ours) == d.theirs if d.aspect == "body" else d.aspect in
             ("mime-version", "content-type", "content-transfer-encoding") and d.theirs == [])),
    Rule("carriage-return", "exim",
         "a carriage return within a line becomes a blank, not a line end",
         lambda d: d.aspect == "body" and d.case.message in
         ("carriage return alone in the body", "two carriage returns")),
    Rule("dot-at-the-end", "postfix",
         "only a whole line with a dot ends the input; without its line end the dot is text",
         lambda d: d.aspect == "body" and d.case.message == "dot without a line end"),
    Rule("mailbox-sender", "exim",
         "the address in a From line of a mailbox is not used",
         lambda d: d.aspect == "sender" and "From line" in d.case.message),
    Rule("quoted-mailbox-line", "exim",
         "a leading >From line is skipped like a From line; Exim takes it for the body",
         lambda d: d.case.message == "From line, quoted"),
    # recipients
    Rule("words-removed-by-t", "exim",
         "words are added to the recipients that -t finds; Exim takes them away",
         lambda d: "-t" in d.case.words and "a@x.example" in d.case.words
         and (d.aspect, d.theirs) == ("queued", False)
         or d.aspect == "recipients" and {"a@x.example", "c@x.example"} <= set(d.ours)
         and set(d.theirs) <= set(d.ours)),
    Rule("resent-from-alone", "exim",
         "Resent-From alone does not keep -t from reading To, Cc and Bcc",
         lambda d: d.case.message == "Resent-From alone"
         and (d.aspect, d.theirs) == ("queued", False)),
    Rule("case-of-local-parts", "postfix",
         "local parts that differ in case are two recipients (RFC 5321 section 2.4)",
         lambda d: d.aspect == "recipients" and d.case.call == "the same but for the name's case"),
    Rule("needless-quotes", "postfix",
         "quotes around a local part stay, needed or not",
         lambda d: d.aspect == "recipients" and d.case.call == "needless quotes"),
    Rule("lists-without-commas", "exim",
         "semicolons, and brackets one after the other, separate addresses too",
         lambda d: d.case.message in ("To with semicolons", "To without commas")
         and (d.aspect, d.theirs) == ("queued", False)),
    Rule("group-in-a-word", "exim",
         "a word may be a group",
         calls("group in a word")),
    Rule("notify-takes-a-value", "exim",
         "-N takes a value; Exim's has none, and makes the value a recipient",
         lambda d: d.aspect == "recipients" and d.case.call.startswith("-N")),
    Rule("short-envelope-id", "postfix",
         "-V takes a value of any length; for Postfix two letters are an old option, and the value "
         "is a recipient",
         lambda d: d.case.call == "-V of two letters" and d.aspect in ("recipients", "dsn")),
    Rule("xtext", "postfix",
         "a value of -V that is no xtext costs the envelope ID, not the mail",
         lambda d: d.case.call == "-V that is no xtext" and d.aspect == "dsn" and d.ours == []),
    # what is refused
    Rule("bad-recipient", "postfix",
         "a word that is no address is refused at once; Postfix queues it and sends it back later",
         calls("bad: blank in a word", "bad: empty word", "bad: no domain after @",
               "bad: nothing before @", "bad: one of two", "bad: open bracket", "bad: open quote",
               "bad: two @", "bad: lone dash")),
    Rule("bad-field", "postfix exim",
         "with -t, a field that is no list of addresses is refused rather than guessed at",
         lambda d: refused(d) and d.case.message in
         ("To that is no address", "To with a trailing dot", "To with an open bracket",
          "To with an open comment", "To with an open quote", "To with blanks between")),
    Rule("bad-sender", "postfix",
         "-f wants one address",
         calls("bad: sender", "bad: two senders")),
    Rule("control-characters", "postfix exim",
         "no argument may hold a line end, which could become a field",
         lambda d: refused(d) and d.case.call.startswith("bad: line feed")),
    # options
    Rule("options-of-sendmail", "postfix exim",
         "options of Sendmail that others do not know or do not allow are accepted and ignored",
         lambda d: d.aspect == "queued" and d.ours and d.case.call in {
             "postfix": ("-B in small letters", "-B nonsense", "-C", "-X", "-d", "-n"),
             "exim": ("-C", "-L", "-R", "-R in capitals", "-R nonsense", "-V", "-V of two letters",
                      "-V that is no xtext", "-d", "-o i", "-o7", "-oQ", "-oT", "-os", "rmail"),
         }[d.peer]),
    Rule("grouped-letters", "exim",
         "letters may be grouped in any order",
         calls("grouped -it", "grouped -tvi", "grouped with a value")),
    Rule("string-expansion", "exim",
         "-be, with which Exim expands strings for anybody, is refused",
         lambda d: d.aspect == "exit" and d.case.call == "bad: -be"),
]
