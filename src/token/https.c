/* SPDX-License-Identifier: ISC */
#include "token/https.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define BODY_MAX 65536

/* RFC 3986 section 2.3. */
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

void https_add(struct buf *form, const char *name, const char *value)
{
	if (form->len)
		buf_addc(form, '&');
	buf_addf(form, "%s=", name);
	for (; *value; value++) {
		if (strchr(UNRESERVED, *value))
			buf_addc(form, *value);
		else
			buf_addf(form, "%%%02X", (unsigned char)*value);
	}
}

/* For libcurl: fewer than it gave ends the transfer. */
static size_t take(char *bytes, size_t size, size_t n, void *context)
{
	struct buf *body = context;

	if (size * n > BODY_MAX - body->len)
		return 0;
	buf_add(body, bytes, size * n);
	return buf_failed(body) ? 0 : size * n;
}

static void set_options(CURL *curl, const char *url, const char *ca_file, int64_t ms)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ms);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
}

static CURLcode perform(CURL *curl, const char *form, struct buf *body)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	code = curl_easy_perform(curl);
	curl_slist_free_all(headers);
	return code;
}

int https_post(const char *url, const char *ca_file, struct buf *form, int64_t ms,
	long *ret_status, struct buf *body, char *error, size_t error_size)
{
	CURL *curl = ms > 0 ? curl_easy_init() : NULL;
	const char *text = buf_cstr(form);
	char words[CURL_ERROR_SIZE] = "";
	CURLcode code = curl && text ? CURLE_OK : CURLE_OUT_OF_MEMORY;

	if (ms <= 0)
		code = CURLE_OPERATION_TIMEDOUT;
	if (code == CURLE_OK) {
		set_options(curl, url, ca_file, ms);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
		code = perform(curl, text, body);
	}
	if (code == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	} else if (code == CURLE_WRITE_ERROR) {
		snprintf(error, error_size, "gives more than %d octets", BODY_MAX);
	} else {
		const char *why = *words ? words : curl_easy_strerror(code);
		char shown[160];

		text_printable(shown, sizeof(shown), why, strlen(why));
		snprintf(error, error_size, "cannot be asked: %s%s", shown,
			code == CURLE_PEER_FAILED_VERIFICATION
				? "; check this machine's clock, and ca-file"
				: "");
	}
	curl_easy_cleanup(curl);
	return code == CURLE_OK ? 0 : -EIO;
}
