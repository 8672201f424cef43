/* SPDX-License-Identifier: ISC */
#include "wire/classify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "wire/fault.h"

#define PACE_WAIT_S   10
#define SENDER_WAIT_S (15 * 60)

/* A sentence of ours ends with what the server said, which outcome_said() finds again. */
#define SAID(octets) OUTCOME_SAID "%." octets "s)"

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
		return code == 552 ? BLAME_MESSAGE
				   : BLAME_SENDER; /* RFC 1870 section 6.1 */
	return stage == STAGE_RCPT ? BLAME_RECIPIENT : BLAME_MESSAGE;
}

/* A reverse-path that no server takes, whatever anybody does about it. */
static bool is_bad_address(const struct reply *reply)
{
	return reply->code == 501 || reply->code == 555 ||
	       strcmp(reply->enhanced, "5.1.7") == 0 ||
	       strcmp(reply->enhanced, "5.1.3") == 0;
}

static void set_by_stage(struct outcome *o, enum stage stage, const struct reply *reply)
{
	int code = reply->code;

	o->blame = stage_blame(stage, code);
	o->verdict = code < 500 ? VERDICT_DEFERRED : VERDICT_FAILED;
	if (o->blame == BLAME_ACCOUNT || stage < STAGE_MAIL) {
		o->verdict = VERDICT_UNATTEMPTED;
	} else if (o->blame == BLAME_LINK) {
		/*
		 * From RCPT on it may be this message that the server dislikes: that counts as a
		 * try, so that it cannot hold up all the others for ever.
		 */
		o->verdict = code == 421 && stage == STAGE_MAIL ? VERDICT_UNATTEMPTED
								: VERDICT_DEFERRED;
	} else if (o->blame == BLAME_SENDER && code >= 500 && !is_bad_address(reply)) {
		/* mostly a sender that the provider has yet to be told of */
		o->verdict = VERDICT_DEFERRED;
		o->wait_s = SENDER_WAIT_S;
	}
}

/* A known fault has it otherwise. */
static void set_by_fault(struct outcome *o, enum stage stage, const struct fault *fault)
{
	/* one that is told of a message by 5xx counts as a try of it: it may be the message after all */
	enum verdict verdict = stage < STAGE_MAIL || o->code < 500 ? VERDICT_UNATTEMPTED
								   : VERDICT_DEFERRED;

	o->wait_s = fault->wait_s;
	switch (fault->class) {
	case FAULT_PACE:
		o->blame = BLAME_PACE;
		o->verdict = verdict;
		o->wait_s = fault->wait_s ? fault->wait_s : PACE_WAIT_S;
		break;
	case FAULT_QUOTA:
		o->blame = BLAME_QUOTA;
		o->verdict = verdict;
		break;
	case FAULT_SENDER:
		o->blame = stage < STAGE_MAIL ? BLAME_ACCOUNT : BLAME_SENDER;
		o->verdict = stage < STAGE_MAIL ? VERDICT_UNATTEMPTED : VERDICT_DEFERRED;
		o->wait_s = fault->wait_s ? fault->wait_s : SENDER_WAIT_S;
		break;
	case FAULT_LOGIN:
		o->blame = BLAME_ACCOUNT;
		o->verdict = VERDICT_UNATTEMPTED;
		break;
	case FAULT_SPLIT:
		if (stage == STAGE_RCPT) /* of those before, some may have been taken */
			o->verdict = VERDICT_UNATTEMPTED;
		break;
	case FAULT_TEMPORARY:
		o->verdict = stage < STAGE_MAIL ? VERDICT_UNATTEMPTED : VERDICT_DEFERRED;
		break;
	case FAULT_FINAL:
		if (stage < STAGE_MAIL)
			break;
		o->blame = stage == STAGE_RCPT ? BLAME_RECIPIENT : BLAME_MESSAGE;
		o->verdict = VERDICT_FAILED;
		break;
	case FAULT_AS_CODED: break;
	}
}

/* The row's hint, or what is known of such a login. */
static const char *login_hint(const struct classify_account *account, int code,
	const char *hint, struct buf *words)
{
	/* most rows speak of passwords */
	if (account->token && code == 535 && (!hint || strstr(hint, "password")))
		return "check the user name, and that the token (token-command, or "
		       "mailchute login) is for it and for sending mail";
	if (hint)
		return hint;
	if (code != 535 || !account->secret_advice)
		return account_hint(code);
	buf_addf(words, "check the user name, and that the password is %s",
		account->secret_advice);
	return buf_cstr(words) ? words->data : account_hint(code);
}

static void add_hint(struct outcome *o, enum stage stage, const struct fault *fault,
	const struct classify_account *account, const char *said)
{
	const char *hint = fault ? fault->hint : NULL;
	CLEANUP(buf_free) struct buf words = { 0 };

	if (o->blame == BLAME_PACE)
		snprintf(o->text, sizeof(o->text),
			"the provider wants it slower%s%.160s" SAID("240"),
			hint ? "; " : "", hint ? hint : "", said);
	else if (o->blame == BLAME_QUOTA)
		snprintf(o->text, sizeof(o->text),
			"the account's allowance is used up%s%.160s" SAID("240"),
			hint ? "; " : "", hint ? hint : "", said);
	else if (o->blame == BLAME_ACCOUNT)
		snprintf(o->text, sizeof(o->text),
			"user %.64s refused: %.220s" SAID("180"),
			*account->user ? account->user : "(none)",
			login_hint(account, o->code, hint, &words), said);
	else if (o->blame == BLAME_SENDER && o->wait_s)
		snprintf(o->text, sizeof(o->text), "sender refused: %.160s" SAID("240"),
			hint ? hint
			     : "the provider does not take this sender; set from, or "
			       "tell it of this one",
			said);
	else if (o->blame == BLAME_LINK)
		snprintf(o->text, sizeof(o->text), "%s: %.160s" SAID("240"),
			stage_name(stage), hint ? hint : link_hint(stage, o->code), said);
	else if (hint)
		snprintf(o->text, sizeof(o->text), "%.160s" SAID("240"), hint, said);
}

struct outcome classify_reply(enum stage stage, const struct reply *reply,
	const struct classify_account *account)
{
	struct outcome o = { .code = reply->code };
	const struct fault *fault;
	char words[OUTCOME_TEXT_MAX], said[240];

	snprintf(o.enhanced, sizeof(o.enhanced), "%s", reply->enhanced);
	reply_sentence(reply, words, sizeof(words));
	snprintf(o.text, sizeof(o.text), "%s", words);
	if (classify_success(stage, reply->code)) {
		o.verdict =
			stage == STAGE_FINAL ? VERDICT_DELIVERED : VERDICT_UNATTEMPTED;
		return o;
	}
	set_by_stage(&o, stage, reply);
	fault = fault_find(account->provider, reply);
	if (fault && fault->class == FAULT_AS_CODED && stage < STAGE_MAIL)
		fault = NULL; /* that is about messages */
	if (fault)
		set_by_fault(&o, stage, fault);
	snprintf(said, sizeof(said), "%d %s%s%.200s", reply->code, reply->enhanced,
		*reply->enhanced ? " " : "", words);
	add_hint(&o, stage, fault, account, said);
	return o;
}
