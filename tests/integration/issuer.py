"""Who issues access tokens: an authorization server over TLS that checks all that it is told, and keeps it."""

import base64
import hashlib
import http.server
import json
import os
import subprocess
import tempfile
import threading
import time
import urllib.parse

CLIENT = "client@example"
SECRET = "client-s3cret"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SILENCE = "silence"  # in place of an answer


class Refusal(Exception):
    """An error of RFC 6749 section 5.2."""


class Issuer:
    """
    SCRIPT holds answers for the next requests in place of the usual ones: (status, body, headers), or SILENCE. TOKENS
    is the set of access tokens that are good, shared with the provider.
    """

    def __init__(self, context, tokens, port=0):
        self.tokens = tokens
        self.script = []
        self.refresh = set()  # those that are good
        self.lifetime = 3600
        self.rotates = False
        self.public = False  # takes clients without a secret
        self.patience = 900  # seconds for a person at a device
        self.device = []  # what is said to who asks for a device's token, before it is given
        self.key = None  # of the service account: path of the public one
        self.codes = {}  # code: the request that it was for
        self.requests = []  # (path, form)
        self.times = []  # of the requests
        self.count = 0
        self.over = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path):
        return "https://localhost:%d/%s" % (self.port, path)

    def options(self, oauth, *paths):
        """For mailchute.conf; PATHS are what is to be here and not at a provider."""
        urls = {"oauth-%s-url" % path: self.url(path) for path in paths}
        return {"oauth": oauth, "oauth-client-id": CLIENT, **urls}

    def grants(self):
        return [form.get("grant_type") for path, form in self.requests if path == "/token"]

    def new(self, kind):
        self.count += 1
        return "%s-%d-%s" % (kind, self.count, base64.urlsafe_b64encode(os.urandom(9)).decode())

    def new_refresh(self):
        token = self.new("refresh")
        self.refresh.add(token)
        return token

    def consent(self, url, code=True):
        """What a browser does: where it is sent in the end."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256", query
        assert query["client_id"] == CLIENT, query
        key = self.new("code")
        self.codes[key] = query
        answer = {"code": key} if code else {"error": "access_denied"}
        return query["redirect_uri"] + "?" + urllib.parse.urlencode({"state": query["state"], **answer})

    def answer(self, path, form):
        if path == "/device":
            return {"device_code": "device-s3cret", "user_code": "WDJB-MJHT", "interval": 1, "expires_in": self.patience,
                    "verification_uri": self.url("activate")}
        getattr(self, "check_" + form["grant_type"].rsplit(":", 1)[-1].replace("-", "_"))(form)
        access = self.new("access")
        self.tokens.add(access)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime}
        if form["grant_type"] in ("authorization_code", DEVICE_GRANT):
            answer["refresh_token"] = self.new_refresh()
        if form["grant_type"] == "refresh_token" and self.rotates:
            self.refresh.discard(form["refresh_token"])
            answer["refresh_token"] = self.new_refresh()
        return answer

    def check_client(self, form):
        secret = None if self.public else SECRET
        if form.get("client_id") != CLIENT or form.get("client_secret") != secret:
            raise Refusal("invalid_client")

    def check_refresh_token(self, form):
        self.check_client(form)
        if form["refresh_token"] not in self.refresh:
            raise Refusal("invalid_grant")

    def check_client_credentials(self, form):
        self.check_client(form)
        if not form["scope"].endswith("/.default"):
            raise Refusal("invalid_scope")

    def check_authorization_code(self, form):
        self.check_client(form)
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            raise Refusal("invalid_grant")

    def check_device_code(self, form):
        self.check_client(form)
        if form["device_code"] != "device-s3cret":
            raise Refusal("invalid_grant")
        if self.device:
            raise Refusal(self.device.pop(0))

    def check_jwt_bearer(self, form):
        head, claims, signature = form["assertion"].split(".")
        with tempfile.TemporaryDirectory() as path:
            name = os.path.join(path, "signature")
            with open(name, "wb") as f:
                f.write(base64.urlsafe_b64decode(signature + "=="))
            verified = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.key, "-signature", name],
                                      input=(head + "." + claims).encode(), capture_output=True, timeout=60)
        self.claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
        good = json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "RS256", "typ": "JWT"}
        now = time.time()
        if verified.returncode or not good or self.claims["aud"] != self.url("token") or \
                not now - 300 < self.claims["iat"] <= now + 1 or self.claims["exp"] != self.claims["iat"] + 3600:
            raise Refusal("invalid_grant")

    def handler(issuer):  # noqa: N805
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
                issuer.requests.append((self.path, form))
                issuer.times.append(time.monotonic())
                scripted = issuer.script.pop(0) if issuer.script else None
                if scripted == SILENCE:
                    issuer.over.wait(60)
                    return
                if scripted:
                    self.say(*scripted)
                    return
                try:
                    self.say(200, json.dumps(issuer.answer(self.path, form)))
                except Refusal as error:
                    self.say(400, json.dumps({"error": str(error), "error_description": "because"}))

            def say(self, status, body, headers=None):
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Connection": "close", **(headers or {}),
                                    "Content-Length": len(body)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass
        return Handler
