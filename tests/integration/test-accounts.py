"""Several accounts: which mail goes by which, and that trouble with one is no trouble for the others."""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402


class Accounts(Relay):
    """The default account at one provider, the account "office" at another one."""

    def __init__(self):
        super().__init__()
        self.office = Relay()
        self.told_path = os.path.join(self.path, "told")

    def configure(self, section=None, **options):
        super().configure(alert_command="echo $MAILCHUTE_ACCOUNT $MAILCHUTE_ALERT $MAILCHUTE_STATE $MAILCHUTE_TEXT "
                          ">>%s" % self.told_path, alert_after="0s", **options)
        values = {"host": "localhost", "port": self.office.ports["starttls"], "ca-file": self.office.ca,
                  "user": "sandbox", "password-file": self.office.password_path}
        values.update({key.replace("_", "-"): value for key, value in (section or {}).items()})
        with open(self.conf_path, "a") as f:
            f.write('account "office" {\n%s}\n' % "".join('%s = "%s"\n' % item for item in values.items()))
        return self

    def begin(self, section=None, **options):
        self.start_provider()
        self.office.start_provider()
        self.configure(section, **options).start_flusher()
        self.office.flusher = self.flusher
        return self

    def told(self):
        try:
            with open(self.told_path) as f:
                return [line.split(" ", 3) for line in f.read().splitlines()]
        except FileNotFoundError:
            return []

    def close(self):
        super().close()
        self.office.close()


def recipients(messages):
    return sorted(message["to"] for message in messages)


def test_routes_by_sender(accounts):
    accounts.begin({"senders": "boss@example.org, @office.example, @müller.example"})
    for number, sender in enumerate(("Boss@EXAMPLE.org", "any@office.example", "x@müller.example",
                                     "other@example.org", "x@sub.office.example")):
        accounts.send("-f", sender, "a%d@example.net" % number)
    equal(recipients(accounts.office.wait_arrived(3)), ["<a%d@example.net>" % i for i in range(3)])
    equal(recipients(accounts.wait_arrived(2)), ["<a3@example.net>", "<a4@example.net>"])
    accounts.wait_empty()


def test_routes_by_user(accounts):
    accounts.begin({"users": "nobody-at-all, %d" % os.getuid()})
    accounts.send("a@example.net")
    accounts.office.wait_arrived(1)
    accounts.wait_empty()
    equal(accounts.arrived(), [])


def test_recipients_of_one_message_go_different_ways(accounts):
    accounts.begin({"recipients": "@example.net, one@example.com"}, max_recipients=2)
    accounts.send("-f", "s@example.org", "a@example.net", "b@example.com", "one@example.com", "c@example.com",
                  "d@example.com", "e@example.net")
    accounts.wait_empty()
    equal(recipients(accounts.office.arrived()), ["<a@example.net>,<e@example.net>,<one@example.com>"])
    equal(recipients(accounts.arrived()), ["<b@example.com>,<c@example.com>", "<d@example.com>"])


def test_one_is_down_and_the_other_goes_on(accounts):
    accounts.begin({"recipients": "@example.net"}, retry_max="1h")
    accounts.office.provider.stop()
    for i in range(5):
        accounts.send("a%d@example.net" % i)
    accounts.flusher.wait_line(r"account office: relay=.*refused")
    for i in range(5):
        accounts.send("b%d@example.com" % i, "c%d@example.net" % i)
    equal(recipients(accounts.wait_arrived(5)), ["<b%d@example.com>" % i for i in range(5)])
    wait_for(lambda: ["office", "link", "raised"] in [t[:3] for t in accounts.told()], "the alert")
    truth("account office: " in accounts.told()[0][3], accounts.told())
    equal(len(accounts.queued()), 10)
    accounts.office.start_provider()
    accounts.flusher.child.send_signal(signal.SIGHUP)
    equal(len(accounts.office.wait_arrived(10)), 10)
    wait_for(lambda: ["office", "link", "over"] in [t[:3] for t in accounts.told()], "that it is over")
    accounts.wait_empty()
    equal(len(accounts.arrived()), 5)


def test_a_wrong_password_holds_one_account(accounts):
    accounts.office.password("a wrong one")
    accounts.begin({"recipients": "@example.net"}, retry_max="1s")
    accounts.send("a@example.net")
    accounts.flusher.wait_line(r"account office: relay=.*535")
    accounts.send("b@example.com")
    accounts.wait_arrived(1)
    equal([t[:3] for t in accounts.told()], [["office", "login", "raised"]])
    accounts.office.password("sandbox")
    accounts.office.wait_arrived(1)
    accounts.wait_empty()


def test_who_is_deferred_does_not_wait_for_an_account_that_is_held(accounts):
    """One message: a recipient that is refused for now, and one whose account is down."""
    accounts.start_provider("--reply", "RCPT:slow:450 4.2.1 come back")
    accounts.office.start_provider()
    accounts.office.provider.stop()
    accounts.configure({"recipients": "@example.net"}, retry_max="10s", delay_notice="0s").start_flusher()
    accounts.send("slow@example.com", "a@example.net")
    wait_for(lambda: accounts.flusher.text().count("dsn=4.2.1") >= 3, "more tries")
    accounts.provider.stop()
    accounts.start_provider()
    accounts.wait_arrived(1)
    accounts.office.start_provider()
    accounts.office.wait_arrived(1)
    accounts.wait_empty()
    equal((len(accounts.arrived()), len(accounts.office.arrived())), (1, 1))


def test_the_fallback_comes_in_and_goes(accounts):
    accounts.begin({"recipients": "@example.net", "fallback": "default", "fallback-after": "0s"}, retry_max="1s")
    accounts.office.provider.stop()
    accounts.send("a@example.net")
    equal(accounts.wait_arrived(1)[0]["to"], "<a@example.net>")
    accounts.wait_empty()
    accounts.office.start_provider()

    def send_one():
        accounts.send("b@example.net")
        accounts.wait_empty()
        return accounts.office.arrived()
    wait_for(send_one, "a message by its own account again")
    seen = len(accounts.arrived())
    accounts.send("c@example.net")
    accounts.wait_empty()
    equal(len(accounts.arrived()), seen)


def test_a_fallback_that_does_not_take_the_sender(accounts):
    """Its own account, which does, has the mail as soon as it works."""
    accounts.start_provider("--reply", "MAIL:*:553 5.7.1 not your address")
    accounts.office.start_provider()
    accounts.office.provider.stop()
    accounts.configure({"recipients": "@example.net", "fallback": "default", "fallback-after": "0s"},
                       retry_max="2s").start_flusher()
    accounts.office.flusher = accounts.flusher
    accounts.send("-f", "s@example.org", "a@example.net")
    accounts.flusher.wait_line("account default: sender refused")
    accounts.office.start_provider()
    equal(accounts.office.wait_arrived(1)[0]["to"], "<a@example.net>")
    accounts.wait_empty()


def test_the_fallback_takes_its_time(accounts):
    accounts.begin({"recipients": "@example.net", "fallback": "default", "fallback-after": "1h"}, retry_max="1s")
    accounts.office.provider.stop()
    accounts.send("a@example.net")
    wait_for(lambda: accounts.flusher.text().count("account office: relay=") >= 3, "some tries")
    equal(accounts.arrived(), [])
    accounts.office.start_provider()
    accounts.office.wait_arrived(1)


def test_senders_are_rewritten_and_kept(accounts):
    accounts.begin({"senders": "@office.example", "from": "office@office.example"}, **{"from": "server@example.org"},
                   allowed_senders="@example.org", rewrite="@host.example.org -> @example.org, "
                   "old@example.com -> new@office.example",
                   user_senders="%d: server@example.org root@example.org @office.example" % os.getuid())
    cases = [("root", "root@example.org", "root@example.org", accounts),
             ("ann@example.org", "server@example.org", "server@example.org", accounts),
             ("x@example.com", "server@example.org", "server@example.org", accounts),
             ("old@example.com", "office@office.example", "office@office.example", accounts.office)]
    for count, (sender, envelope, header, where) in enumerate(cases):
        before = len(where.arrived())
        accounts.send("-f", sender, "a%d@example.net" % count, data=b"From: N <%s>\n\nhi\n" % sender.encode())
        message = where.wait_arrived(before + 1)[-1]
        equal(message["from"], "<%s>" % envelope)
        text = where.read_arrived(message)
        truth(b"\nFrom: N <%s>\r\n" % header.encode() in text, text)
        equal(b"X-Original-From" in text, header != sender and sender != "root", text)


def test_who_may_not_send_as_somebody_gets_no_account_by_that(accounts):
    accounts.begin({"senders": "@office.example", "from": "office@office.example"}, **{"from": "server@example.org"},
                   allowed_senders="@example.org", user_senders="*: nobody@example.org")
    accounts.send("-f", "boss@office.example", "a@example.net")
    equal(accounts.wait_arrived(1)[0]["from"], "<server@example.org>")
    equal(accounts.office.arrived(), [])


def test_an_account_that_is_taken_away(accounts):
    """Its mail goes where the new configuration says."""
    accounts.begin({"recipients": "@example.net"}, retry_max="1h")
    accounts.office.provider.stop()
    accounts.send("a@example.net")
    accounts.flusher.wait_line(r"account office: relay=.*refused")
    wait_for(accounts.told, "the alert")
    Relay.configure(accounts)
    accounts.flusher.child.send_signal(signal.SIGHUP)
    accounts.wait_arrived(1)
    accounts.wait_empty()


if __name__ == "__main__":
    main(globals(), Accounts)
