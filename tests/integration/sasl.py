"""The server's side of SASL, for the scripted provider: each mechanism returns if the login is right."""

import base64
import hashlib
import hmac
import re

ITERATIONS = 4096
SALT = b"salt and pepper"


def plain(dialogue, message):
    identity, user, password = message.split(b"\0")
    return not identity and dialogue.provider.users.get(user.decode()) == password.decode()


def login(dialogue, _):
    user = dialogue.ask(b"User Name").decode()
    return dialogue.provider.users.get(user) == dialogue.ask(b"Password").decode()


def cram_md5(dialogue, _):
    challenge = b"<1896.697170952@provider.example.com>"
    user, digest = dialogue.ask(challenge).decode().rsplit(" ", 1)
    password = dialogue.provider.users.get(user, "")
    return hmac.compare_digest(digest, hmac.new(password.encode(), challenge, "md5").hexdigest())


def external(dialogue, identity):
    """The certificate's name has to be the user's, if one is given."""
    certificate = dialogue.socket.getpeercert() if dialogue.secure else None
    names = [value for part in (certificate or {}).get("subject", ()) for key, value in part if key == "commonName"]
    return bool(names) and identity.decode() in ("", names[0])


def token(dialogue, message):
    match = re.fullmatch(rb"(?:n,a=|user=)(\S+?)(?:,\1host=\S+?\1port=\d+)?\1auth=Bearer (\S+?)\1\1"
                         .replace(rb"\1", b"\x01"), message)
    if match and match[1].decode() in dialogue.provider.users and match[2].decode() in dialogue.provider.tokens:
        return True
    answer = dialogue.ask(b'{"status":"401","schemes":"bearer"}')
    dialogue.provider.dummies = answer  # what the client says to the reason
    return False


def scram_first(dialogue, message, name, plus):
    """The binding's flag, and the client-first-message without it; or None."""
    flag, _, bare = message.decode().split(",", 2)
    offered = any(name + "-PLUS" in offer.split() for offer in dialogue.provider.offers)
    if plus != flag.startswith("p=") or (flag == "y" and offered):
        return None, None
    return flag, bare


def scram(digest, dialogue, message, name, plus):
    flag, bare = scram_first(dialogue, message, name, plus)
    if flag is None:
        return False
    forge = dialogue.provider.forge
    fields = dict(part.split("=", 1) for part in bare.split(","))
    nonce = ("forged" if forge == "nonce" else fields["r"]) + "3rfcNHYJY1ZVvWVs7j"
    count = 10 ** 9 if forge == "iterations" else ITERATIONS
    challenge = "r=%s,s=%s,i=%d" % (nonce, base64.b64encode(SALT).decode(), count)
    answer = dialogue.ask(challenge.encode())
    if answer is None:
        return None
    without_proof, proof = answer.decode().rsplit(",p=", 1)
    bound = (flag + ",,").encode() + (dialogue.socket.get_channel_binding("tls-unique") if plus else b"")
    if without_proof != "c=%s,r=%s" % (base64.b64encode(bound).decode(), nonce):
        return False

    def mac(key, text):
        return hmac.new(key, text, digest).digest()
    password = dialogue.provider.users.get(fields["n"], "").encode()
    salted = hashlib.pbkdf2_hmac(digest, password, SALT, ITERATIONS)
    client = mac(salted, b"Client Key")
    transcript = ("%s,%s,%s" % (bare, challenge, without_proof)).encode()
    signature = mac(hashlib.new(digest, client).digest(), transcript)
    if base64.b64decode(proof) != bytes(a ^ b for a, b in zip(client, signature)):
        return False
    if forge == "silence":
        return True
    verdict = mac(mac(salted, b"Server Key"), b"forged" if forge == "signature" else transcript)
    return dialogue.ask(b"v=" + base64.b64encode(verdict)) == b""


MECHANISMS = {"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5, "EXTERNAL": external,
              "XOAUTH2": token, "OAUTHBEARER": token}


def judge(dialogue, mechanism, first):
    """True or False; None for a dialogue that was cancelled."""
    if first is None and mechanism not in ("LOGIN", "CRAM-MD5"):
        first = dialogue.ask(b"")
    match = re.fullmatch(r"SCRAM-SHA-(256|1)(-PLUS)?", mechanism)
    if match:
        return scram("sha" + match[1], dialogue, first, "SCRAM-SHA-" + match[1], bool(match[2]))
    return MECHANISMS[mechanism](dialogue, first)
