"""What differs between what two mail systems queued for one case."""

MADE = "(made)"  # a value that no two mail systems make alike


class Difference:
    """
    ASPECT is queued, exit, sender, recipients, dsn, body, or the name of a field in small letters;
    OURS and THEIRS are what it is there, for a field all its values. For a field that is there once
    on both sides, FIELD holds both values.
    """

    def __init__(self, case, peer, aspect, ours, theirs):
        self.case, self.peer, self.aspect, self.ours, self.theirs = case, peer, aspect, ours, theirs
        self.field = "", ""
        if aspect not in ("queued", "exit", "sender", "recipients", "dsn", "body"):
            if len(ours) == len(theirs) == 1:
                self.field = ours[0], theirs[0]

    def __str__(self):
        return "%s: %s: ours %.100r, theirs %.100r" % (
            self.peer, self.aspect, self.ours, self.theirs)


def qualified(address):
    """mailchute leaves a local user's address alone until it is sent."""
    return address if not address or "@" in address else address + "@mail.example"


def fields_of(case, message):
    """Values by lower-case name, without what differs by nature."""
    given = " ".join(case.data.decode("latin-1").split())
    found = {}
    for name, value in message.fields:
        name = name.lower()
        if name.endswith(("date", "message-id", "received")) and value not in given:
            value = MADE
        found.setdefault(name, []).append(value)
    return found


def differences(case, peer, ours, theirs):
    """OURS and THEIRS: (exit status, Message or None)."""
    def differ(aspect, our, their):
        if our != their:
            found.append(Difference(case, peer, aspect, our, their))

    found = []
    (our_status, our), (their_status, their) = ours, theirs
    if (our is None) != (their is None):
        differ("queued", our is not None, their is not None)
        return found
    differ("exit", our_status == 0, their_status == 0)
    if our is None:
        return found
    differ("sender", qualified(our.sender), their.sender)
    differ("recipients", sorted(map(qualified, our.recipients)), their.recipients)
    if their.dsn is not None:
        differ("dsn", our.dsn, their.dsn)
    our_fields, their_fields = fields_of(case, our), fields_of(case, their)
    for name in sorted({*our_fields, *their_fields}):
        differ(name, our_fields.get(name, []), their_fields.get(name, []))
    differ("body", our.body, their.body)
    return found
