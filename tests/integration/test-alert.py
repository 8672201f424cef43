"""Trouble is told by channels that are not the mail: once, and once more when it is over."""

import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, equal, main, truth  # noqa: E402
from relay import Relay, wait_for  # noqa: E402


def configure(relay, **options):
    relay.told = os.path.join(relay.path, "told")
    relay.configure(alert_command="echo $MAILCHUTE_ALERT $MAILCHUTE_STATE $MAILCHUTE_TEXT >>%s" % relay.told, **options)
    return relay


def told(relay):
    try:
        with open(relay.told) as f:
            return [line.split(" ", 2) for line in f.read().splitlines()]
    except FileNotFoundError:
        return []


def status(relay):
    result = subprocess.run([os.path.join(BUILD, "mailchute"), "status", "-s", relay.path, "-c", relay.conf_path],
                            capture_output=True, text=True, timeout=60)
    equal(result.stderr, "")
    return result.returncode, result.stdout


def status_for_programs(relay, *words):
    result = subprocess.run([os.path.join(BUILD, "mailchute"), "status", "--json", "-s", relay.path,
                             *(words or ["-c", relay.conf_path])], capture_output=True, text=True, timeout=60)
    return result.returncode, json.loads(result.stdout)


def status_says(relay, code, words):
    wait_for(lambda: status(relay)[0] == code and words in status(relay)[1], "status %d: %s" % (code, words))


def test_a_refused_login(relay):
    configure(relay.start_provider(), retry_max="1s")
    relay.password("a wrong one")
    relay.start_flusher()
    relay.send("a@example.net")
    wait_for(lambda: told(relay), "the alert-command")
    equal(told(relay)[0][:2], ["login", "raised"])
    truth("535" in told(relay)[0][2] and "wrong one" not in told(relay)[0][2], told(relay))
    status_says(relay, 1, "trouble: login, since ")
    code, told_json = status_for_programs(relay)
    (trouble,) = told_json["troubles"]
    equal((code, told_json["status"], told_json["queued"], told_json["failed"]), (1, "trouble", 1, 0))
    truth(trouble["name"] == "login" and "535" in trouble["text"], trouble)
    truth(0 <= time.time() - trouble["since"] < 600, trouble)
    truth("535" in relay.listing() and relay.listing().endswith("in 1 Request.\n"), relay.listing())
    wait_for(lambda: relay.flusher.text().count("535") >= 4, "more tries")
    equal(len(told(relay)), 1, "told once")
    relay.password("sandbox")
    relay.wait_arrived(1)
    wait_for(lambda: len(told(relay)) == 2, "that it is over")
    equal(told(relay)[1][:2], ["login", "over"])
    status_says(relay, 0, "all is well")
    equal(status_for_programs(relay), (0, {"status": "ok", "queued": 0, "octets": 0, "failed": 0, "troubles": []}))


def test_a_faulty_configuration(relay):
    """Each fault by itself."""
    relay.configure(host="a b", port="x", user="")
    code, told_json = status_for_programs(relay)
    equal((code, {t["name"] for t in told_json["troubles"]}), (1, {"configuration"}))
    truth(len(told_json["troubles"]) >= 2, told_json)
    equal(status_for_programs(relay, "-c", relay.path + "/none")[0], 1)


def test_the_catalog_has_them_all(_):
    """What journalctl -x explains: each kind, and nothing else."""
    source = os.environ.get("top_srcdir", ".")
    with open(os.path.join(source, "src/flusher/alert.c")) as f:
        kinds = re.findall(r'= \{ "\w+", "([0-9a-f]{32})"', f.read())
    with open(os.path.join(source, "systemd/mailchute.catalog")) as f:
        entries = re.findall(r"(?m)^-- ([0-9a-f]{32})\nSubject: .+\nDefined-By: mailchute\nDocumentation: man:", f.read())
    equal((sorted(entries), len(set(kinds))), (sorted(kinds), 6))


def test_an_outage_is_told_when_it_lasts(relay):
    configure(relay.start_provider(), retry_max="1s", alert_after="1h")
    relay.provider.stop()
    relay.start_flusher()
    relay.send("a@example.net")
    wait_for(lambda: relay.flusher.text().count("refused") >= 3, "some tries")
    equal((told(relay), status(relay)[0]), ([], 0))
    configure(relay, retry_max="1s", alert_after="0s")
    relay.flusher.child.send_signal(signal.SIGHUP)
    wait_for(lambda: [t[:2] for t in told(relay)] == [["link", "raised"]], "the alert")
    status_says(relay, 1, "trouble: link")
    relay.start_provider()
    wait_for(lambda: [t[:2] for t in told(relay)] == [["link", "raised"], ["link", "over"]], "that it is over")


def test_a_quota_and_a_sender(relay):
    configure(relay.start_provider("--reply", "MAIL:stranger:550 sender domain not verified"), retry_max="1s")
    relay.start_flusher()
    relay.send("-f", "stranger@example.org", "a@example.net")
    wait_for(lambda: [t[:2] for t in told(relay)] == [["sender", "raised"]], "the alert")
    relay.provider.stop()
    relay.start_provider("--reply", "MAIL:*:452 4.7.1 daily quota exceeded")
    relay.send("-f", "known@example.org", "b@example.net")
    wait_for(lambda: ["quota", "raised"] in [t[:2] for t in told(relay)], "the alert about the quota")
    truth("stranger" not in status(relay)[1], "addresses are nobody's business")


def test_a_command_that_fails_or_hangs_holds_up_nothing(relay):
    relay.start_provider().configure(alert_command="sleep 5 & exit 3", retry_max="1s", alert_after="0s")
    relay.provider.stop()
    relay.start_flusher()
    relay.send("a@example.net")
    relay.flusher.wait_line("the alert-command ended with status 3")
    relay.start_provider()
    relay.wait_arrived(1)
    relay.wait_empty()


def test_status_without_a_flusher(relay):
    configure(relay.start_provider())
    equal(status(relay), (0, "0 queued\nall is well\n"))
    relay.send("a@example.net")
    code, words = status(relay)
    truth(code == 1 and "1 in the queue, and mailchuted does not run" in words, words)
    relay.start_flusher()
    relay.wait_arrived(1)
    status_says(relay, 0, "all is well")


def test_status_with_a_faulty_configuration(relay):
    configure(relay.start_provider(), hots="x")
    code, words = status(relay)
    truth(code == 1 and "did you mean host?" in words, words)


def test_the_status_line_tells(relay):
    """What systemctl status shows: STATUS= on the notification socket."""
    import socket
    configure(relay.start_provider(), retry_max="1s", alert_after="0s")
    relay.password("a wrong one")
    path = os.path.join(relay.path, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            relay.start_flusher()
        finally:
            del os.environ["NOTIFY_SOCKET"]
        relay.send("a@example.net")
        end = time.monotonic() + 30
        while "535" not in (said := s.recv(4096).decode()):
            truth(time.monotonic() < end, said)
        truth(said.startswith("STATUS=1 queued: "), said)


if __name__ == "__main__":
    main(globals(), Relay)
