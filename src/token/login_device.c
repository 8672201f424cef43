/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "token/https.h"
#include "token/login.h"

#define GRANT_DEVICE "urn:ietf:params:oauth:grant-type:device_code"
#define ANSWER_MS    15000
#define SLOWER_S     5 /* RFC 8628 section 3.5 */

static enum grant_verdict ask_for_code(struct client *client, struct grant *ret)
{
	struct buf form = { 0 };

	client_form(client, NULL, &form);
	https_add(&form, "scope", client->conf->oauth_scope);
	return client_post(client, client->conf->oauth_device_url, &form, ANSWER_MS,
		grant_parse_device, ret);
}

static enum grant_verdict ask_for_token(
	struct client *client, const char *code, struct grant *ret)
{
	struct buf form = { 0 };

	client_form(client, GRANT_DEVICE, &form);
	https_add(&form, "device_code", code);
	return client_post(client, client->conf->oauth_token_url, &form, ANSWER_MS,
		grant_parse_token, ret);
}

/* Until somebody has consented or refused. No answer is no reason to give up (RFC 8628 section 3.5). */
static enum grant_verdict wait_for_consent(
	struct client *client, const struct grant *device, struct grant *ret)
{
	int64_t ms = (int64_t)device->lifetime_s * 1000;
	int64_t deadline_ms = clock_mono_ms() + (ms < LOGIN_WAIT_MS ? ms : LOGIN_WAIT_MS);
	time_t interval_s = device->interval_s;

	while (clock_mono_ms() < deadline_ms) {
		const struct timespec pause = { .tv_sec = interval_s };
		enum grant_verdict verdict;

		nanosleep(&pause, NULL);
		verdict = ask_for_token(client, device->device_code, ret);
		if (verdict == GRANT_GIVEN || verdict == GRANT_REFUSED)
			return verdict;
		if (verdict != GRANT_PENDING)
			interval_s += SLOWER_S;
		grant_clear(ret);
	}
	snprintf(client->text, sizeof(client->text), "OAuth2: nobody consented in time");
	return GRANT_REFUSED;
}

enum grant_verdict login_device(struct client *client, struct grant *ret)
{
	struct grant device = { 0 };
	enum grant_verdict verdict = ask_for_code(client, &device);

	if (verdict == GRANT_GIVEN) {
		fprintf(stderr,
			"On any device, open\n\n  %s\n\nenter the code %s, and log in as "
			"%s.\n\n",
			device.verification_uri, device.user_code, client->conf->user);
		verdict = wait_for_consent(client, &device, ret);
	}
	grant_clear(&device);
	return verdict;
}
