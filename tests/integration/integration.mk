EXTRA_DIST += tests/integration/harness.py

check_SCRIPTS += tests/integration/test-sendmail.py
EXTRA_DIST += tests/integration/submit.py tests/integration/test-sendmail.py

check_SCRIPTS += tests/integration/test-options.py
EXTRA_DIST += tests/integration/test-options.py

check_SCRIPTS += tests/integration/test-exits.py
EXTRA_DIST += tests/integration/test-exits.py

check_SCRIPTS += tests/integration/test-queue.py
EXTRA_DIST += tests/integration/test-queue.py

check_SCRIPTS += tests/integration/test-bs.py
EXTRA_DIST += tests/integration/test-bs.py

check_SCRIPTS += tests/integration/test-submit-socket.py
EXTRA_DIST += tests/integration/test-submit-socket.py

check_SCRIPTS += tests/integration/test-relay.py
EXTRA_DIST += tests/integration/relay.py tests/integration/test-relay.py

check_SCRIPTS += tests/integration/test-scale.py
EXTRA_DIST += tests/integration/test-scale.py

check_SCRIPTS += tests/integration/test-rates.py
EXTRA_DIST += tests/integration/test-rates.py

check_SCRIPTS += tests/integration/test-accounts.py
EXTRA_DIST += tests/integration/test-accounts.py

check_SCRIPTS += tests/integration/test-ahead.py
EXTRA_DIST += tests/integration/test-ahead.py

check_SCRIPTS += tests/integration/test-check.py
EXTRA_DIST += tests/integration/test-check.py

check_SCRIPTS += tests/integration/test-independent.py
EXTRA_DIST += tests/integration/aiosmtpd_provider.py tests/integration/test-independent.py

check_SCRIPTS += tests/integration/test-courier.py
EXTRA_DIST += tests/integration/courier.py tests/integration/provider.py tests/integration/test-courier.py
check_SCRIPTS += tests/integration/test-flights.py
EXTRA_DIST += tests/integration/test-flights.py

check_SCRIPTS += tests/integration/test-long-lines.py
EXTRA_DIST += tests/integration/test-long-lines.py

check_SCRIPTS += tests/integration/test-sandbox.py
EXTRA_DIST += tests/integration/test-sandbox.py

check_SCRIPTS += tests/integration/test-bounce.py
EXTRA_DIST += tests/integration/test-bounce.py

check_SCRIPTS += tests/integration/test-aliases.py
EXTRA_DIST += tests/integration/test-aliases.py

check_SCRIPTS += tests/integration/test-alert.py
EXTRA_DIST += tests/integration/test-alert.py

check_SCRIPTS += tests/integration/test-auth.py
EXTRA_DIST += tests/integration/sasl.py tests/integration/test-auth.py

check_SCRIPTS += tests/integration/test-attacker.py
EXTRA_DIST += tests/integration/attack.py tests/integration/test-attacker.py

check_SCRIPTS += tests/integration/test-resources.py
EXTRA_DIST += tests/integration/test-resources.py

check_SCRIPTS += tests/integration/test-tls.py
EXTRA_DIST += tests/integration/test-tls.py

check_SCRIPTS += tests/integration/test-imitations.py
EXTRA_DIST += tests/integration/internet.py tests/integration/test-imitations.py

check_SCRIPTS += tests/integration/test-presets.py
EXTRA_DIST += tests/integration/test-presets.py

check_SCRIPTS += tests/integration/test-oauth.py
EXTRA_DIST += tests/integration/issuer.py tests/integration/test-oauth.py

check_SCRIPTS += tests/integration/test-completion.py
EXTRA_DIST += tests/integration/test-completion.py

check_SCRIPTS += tests/integration/test-setup.py
EXTRA_DIST += tests/integration/test-setup.py
