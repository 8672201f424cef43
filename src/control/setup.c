/* SPDX-License-Identifier: ISC */
/*
 * mailchute setup: what has to be known is taken from the command line, else asked for; then it is written
 * down, checked, and tried with a message. Whatever goes wrong, it may be run again: what is set
 * already is the answer to an empty line.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/defaults.h"
#include "base/text.h"
#include "conf/value.h"
#include "control/control.h"
#include "control/setup.h"

static void usage(FILE *to)
{
	fputs("usage: mailchute setup [OPTION...] [SETTING=VALUE...]\n\n"
	      "Sets up an account: asks for what no SETTING of mailchute.conf(5) "
	      "tells.\n\n"
	      "  -a, --account NAME      a further account, in place of the default one\n"
	      "  -c, --config FILE       in place of " DEFAULT_CONF_FILE "\n"
	      "      --encrypt           the secret, by systemd-creds, or fails\n"
	      "      --no-encrypt        the secret is a file that only root can read\n"
	      "      --no-test           sends no message\n"
	      "      --secret-file FILE  has the password; - is standard input\n\n"
	      "  mailchute setup provider=ses region=eu-west-1 user=AKIA... \\\n"
	      "      from=server@example.com root=admin@example.com\n",
		to);
}

static bool take_account(struct setup *s, const char *name)
{
	const char *reason = value_refuse_account(name);

	s->account = strcmp(name, CONF_DEFAULT_ACCOUNT) == 0 ? NULL : name;
	if (s->account && reason)
		fprintf(stderr, "mailchute: account: \"%s\" %s\n", name, reason);
	return !s->account || !reason;
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct setup *s, int *ret_exit)
{
	static const struct option options[] = {
		{ "account", required_argument, NULL, 'a' },
		{ "config", required_argument, NULL, 'c' },
		{ "encrypt", no_argument, NULL, 'e' },
		{ "no-encrypt", no_argument, NULL, 'p' },
		{ "no-test", no_argument, NULL, 'n' },
		{ "secret-file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	*ret_exit = EX_USAGE;
	while ((c = getopt_long(argc, argv, "a:c:h", options, NULL)) != -1) {
		switch (c) {
		case 'a':
			if (!take_account(s, optarg))
				return false;
			break;
		case 'c': s->file = optarg; break;
		case 'e': s->form = SECRET_ENCRYPTED; break;
		case 'p': s->form = SECRET_PLAIN; break;
		case 'f': s->secret_file = optarg; break;
		case 'n': s->no_test = true; break;
		case 'h':
			usage(stdout);
			*ret_exit = EX_OK;
			return false;
		default: usage(stderr); return false;
		}
	}
	for (; optind < argc; optind++) {
		if (!setup_take(s, argv[optind]))
			return false;
	}
	return true;
}

bool setup_is_ours(const struct setup *s)
{
	return strcmp(s->file, DEFAULT_CONF_FILE) == 0;
}

/* What is there already; there may be nothing, or faults in it. False if it cannot be gone on with. */
static bool look_back(struct setup *s)
{
	CLEANUP(buf_free) struct buf faults = { 0 };

	if (conf_load(s->file, &s->old_file, &faults) == 0)
		s->old = conf_find_account(
			s->old_file, s->account ? s->account : CONF_DEFAULT_ACCOUNT);
	if (!s->account || s->old_file)
		return true;
	fprintf(stderr, "mailchute: the default account comes first: mailchute setup%s\n",
		access(s->file, F_OK) == 0 ? "; there are faults:" : "");
	if (access(s->file, F_OK) == 0 && buf_cstr(&faults))
		fputs(faults.data, stderr);
	return false;
}

static int set_up(struct setup *s)
{
	if (setup_is_ours(s) && geteuid() != 0) {
		fputs("mailchute: setup is for root; run: sudo mailchute setup\n",
			stderr);
		return EX_NOPERM;
	}
	if (!look_back(s) || !setup_ask(s))
		return EX_USAGE;
	return setup_run(s);
}

int control_setup(int argc, char **argv)
{
	struct setup s = { .file = DEFAULT_CONF_FILE, .asks = isatty(STDIN_FILENO) };
	int status;

	if (parse_arguments(argc, argv, &s, &status))
		status = set_up(&s);
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++)
		free(s.answers.values[key]);
	text_wipe(s.old_secret);
	text_wipe(s.secret);
	conf_free(s.old_file);
	conf_free(s.new_file);
	return status;
}
