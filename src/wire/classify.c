/* SPDX-License-Identifier: ISC */
#include "wire/classify.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

const char *stage_name(enum stage stage)
{
	static const char *const names[] = {
		[STAGE_CONNECT] = "connection",
		[STAGE_TLS] = "TLS",
		[STAGE_GREETING] = "greeting",
		[STAGE_EHLO] = "EHLO",
		[STAGE_STARTTLS] = "STARTTLS",
		[STAGE_AUTH] = "AUTH",
		[STAGE_RSET] = "RSET",
		[STAGE_MAIL] = "MAIL",
		[STAGE_RCPT] = "RCPT",
		[STAGE_DATA] = "DATA",
		[STAGE_FINAL] = "the message",
	};

	return names[stage];
}

bool classify_success(enum stage stage, int code)
{
	switch (stage) {
	case STAGE_GREETING:
	case STAGE_STARTTLS: return code == 220;
	case STAGE_AUTH: return code == 235;
	case STAGE_RCPT: return code == 250 || code == 251 || code == 252;
	case STAGE_DATA: return code == 354;
	default: return code == 250;
	}
}

struct outcome classify_fault(enum verdict verdict, enum blame blame,
	const char *enhanced, const char *format, ...)
{
	struct outcome o = { .verdict = verdict, .blame = blame };
	char words[OUTCOME_TEXT_MAX];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	if (n >= (int)sizeof(words))
		n = sizeof(words) - 1;
	text_printable(o.text, sizeof(o.text), words, n < 0 ? 0 : (size_t)n);
	snprintf(o.enhanced, sizeof(o.enhanced), "%s", enhanced);
	return o;
}

/* What to do about an account that the server refuses. */
static const char *account_hint(int code)
{
	switch (code) {
	case 530: return "the server wants a login first; set user and password";
	case 534:
		return "the provider wants another kind of login, such as a password "
		       "made for this application; make one and store it as the password";
	case 538: return "the server wants an encrypted connection; set tls";
	case 432: return "the provider wants the password to be changed or renewed";
	case 535: return "check the user name and the stored password";
	default:
		return code < 500 ? "the provider cannot check the login now"
				  : "check user and password, and the provider's account "
				    "page";
	}
}

static const char *link_hint(enum stage stage, int code)
{
	if (code == 421)
		return "the server closes the connection";
	if (stage == STAGE_GREETING)
		return "the server takes no mail from this machine's address now";
	if (stage == STAGE_STARTTLS)
		return "the server refuses to start TLS; refusing to go on in plain";
	if (code >= 400 && (code < 500 || stage < STAGE_MAIL))
		return "the server refuses";
	return "the server lost the thread of the dialogue";
}

/* Replies that tell that the server and we do not speak of the same thing (any more). */
static bool is_out_of_step(int code)
{
	return code < 400 || code == 500 || code == 502 || code == 503;
}

static enum blame stage_blame(enum stage stage, int code)
{
	if (code == 421)
		return BLAME_LINK;
	if (stage == STAGE_AUTH)
		return code < 400 ? BLAME_LINK : BLAME_ACCOUNT;
	if (code == 530 && stage >= STAGE_MAIL)
		return BLAME_ACCOUNT;
	if (stage < STAGE_MAIL || is_out_of_step(code))
		return BLAME_LINK;
	if (stage == STAGE_MAIL)
		return BLAME_SENDER;
	return stage == STAGE_RCPT ? BLAME_RECIPIENT : BLAME_MESSAGE;
}

static enum verdict stage_verdict(enum stage stage, int code, enum blame blame)
{
	if (blame == BLAME_ACCOUNT || stage < STAGE_MAIL)
		return VERDICT_UNATTEMPTED;
	if (blame == BLAME_LINK) {
		/*
		 * From RCPT on it may be this message that the server dislikes: that counts as a
		 * try, so that it cannot hold up all the others for ever.
		 */
		return code == 421 && stage == STAGE_MAIL ? VERDICT_UNATTEMPTED
							  : VERDICT_DEFERRED;
	}
	return code < 500 ? VERDICT_DEFERRED : VERDICT_FAILED;
}

struct outcome classify_reply(
	enum stage stage, const struct reply *reply, const char *user)
{
	struct outcome o = { .code = reply->code };
	char words[OUTCOME_TEXT_MAX], said[240];

	snprintf(o.enhanced, sizeof(o.enhanced), "%s", reply->enhanced);
	reply_sentence(reply, words, sizeof(words));
	snprintf(o.text, sizeof(o.text), "%s", words);
	if (classify_success(stage, reply->code)) {
		o.verdict =
			stage == STAGE_FINAL ? VERDICT_DELIVERED : VERDICT_UNATTEMPTED;
		return o;
	}
	o.blame = stage_blame(stage, reply->code);
	o.verdict = stage_verdict(stage, reply->code, o.blame);
	snprintf(said, sizeof(said), "%d %s%s%.200s", reply->code, reply->enhanced,
		*reply->enhanced ? " " : "", words);
	if (o.blame == BLAME_ACCOUNT)
		snprintf(o.text, sizeof(o.text),
			"user %.100s refused: %s (it said: %.240s)",
			*user ? user : "(none)", account_hint(reply->code), said);
	else if (o.blame == BLAME_LINK)
		snprintf(o.text, sizeof(o.text), "%s: %s (it said: %.240s)",
			stage_name(stage), link_hint(stage, reply->code), said);
	return o;
}
