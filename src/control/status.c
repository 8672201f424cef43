/* SPDX-License-Identifier: ISC */
/*
 * mailchute status: is mail going out? For people, and by its exit status for monitoring: 0 if all
 * is well, 1 if there is trouble. Reads what the flusher tells everybody; who may look into the queue
 * itself also sees mail that nobody serves.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/defaults.h"
#include "base/json.h"
#include "conf/conf.h"
#include "control/control.h"
#include "mail/spool.h"
#include "mail/status.h"

#define EXIT_TROUBLE 1

/* What has been seen so far. */
struct view {
	bool json;
	bool trouble;
	struct status status;
	long failed;	/* messages that were given up; -1: not to be seen */
	struct buf out; /* the troubles, for programs */
};

/* Messages in a folder of the spool, or -1 for who may not look. */
static long count_messages(const char *spool, const char *folder)
{
	char path[SPOOL_PATH_MAX];
	struct dirent *entry;
	long n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", spool, folder);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		n += spool_id_valid(entry->d_name);
	closedir(dir);
	return n;
}

/* Who serves the spool holds a lock on cur/. */
static bool is_served(const char *spool)
{
	char path[SPOOL_PATH_MAX];
	CLEANUP_CLOSE int fd = -1;

	snprintf(path, sizeof(path), "%s/cur", spool);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0;
}

static void tell(struct view *v, const char *name, int64_t since_s, const char *format,
	...) __attribute__((format(printf, 4, 5)));

static void tell(
	struct view *v, const char *name, int64_t since_s, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	time_t since = (time_t)since_s;
	char when[64] = "";
	struct tm tm;
	va_list ap;

	va_start(ap, format);
	buf_vaddf(&text, format, ap);
	va_end(ap);
	if (v->json) {
		buf_adds(&v->out, v->trouble ? ",\n  {" : "\n  {");
		json_member(&v->out, "name", name);
		if (since_s)
			buf_addf(&v->out, ", \"since\": %" PRIi64, since_s);
		buf_adds(&v->out, ", ");
		json_member(&v->out, "text", buf_cstr(&text) ? text.data : "");
		buf_addc(&v->out, '}');
	} else {
		if (since_s && localtime_r(&since, &tm))
			strftime(when, sizeof(when), ", since %Y-%m-%d %H:%M:%S", &tm);
		printf("trouble: %s%s: %s\n", name, when,
			buf_cstr(&text) ? text.data : "");
	}
	v->trouble = true;
}

/* The service does not start with a faulty file. */
static void look_at_configuration(struct view *v, const char *path)
{
	CLEANUP(buf_free) struct buf errors = { 0 };
	struct conf *conf;
	char *rest = NULL, *line;

	if (conf_load(path, &conf, &errors) == 0) {
		conf_free(conf);
		return;
	}
	line = buf_cstr(&errors) ? strtok_r(errors.data, "\n", &rest) : NULL;
	if (!line)
		tell(v, "configuration", 0, "%s cannot be read", path);
	for (; line; line = strtok_r(NULL, "\n", &rest))
		tell(v, "configuration", 0, "%s", line);
}

/* What only those see who may look into the queue. */
static void look_at_queue(struct view *v, const char *spool)
{
	long waiting = count_messages(spool, "new"),
	     claimed = count_messages(spool, "cur");

	v->failed = count_messages(spool, "failed");
	if (v->failed > 0 && !v->json)
		printf("%ld given up, kept in %s/failed\n", v->failed, spool);
	if (waiting + claimed > 0 && !is_served(spool))
		tell(v, "service", 0,
			"%ld in the queue, and mailchuted does not run; see systemctl "
			"status mailchute.path mailchute.service",
			waiting + claimed);
}

static void look_at_status(struct view *v, const char *spool)
{
	int r = status_read(spool, &v->status);

	if (r < 0 && r != -ENOENT)
		tell(v, "status", 0, "cannot read %s/status: %s", spool, strerror(-r));
	else if (!v->json)
		printf("%" PRIu64 " queued\n", v->status.messages);
	for (size_t i = 0; i < v->status.trouble_count; i++) {
		const struct status_trouble *t = &v->status.troubles[i];

		tell(v, t->name, t->since_s, "%s", t->text);
	}
}

static void print_json(const struct view *v)
{
	printf("{\"status\": \"%s\", \"queued\": %" PRIu64 ", \"octets\": %" PRIu64,
		v->trouble ? "trouble" : "ok", v->status.messages, v->status.octets);
	if (v->failed >= 0)
		printf(", \"failed\": %ld", v->failed);
	printf(", \"troubles\": [%s]}\n", v->out.len ? v->out.data : "");
}

static int end(struct view *v)
{
	bool failed = v->out.len && !buf_cstr(&v->out);

	if (v->json && !failed)
		print_json(v);
	else if (!v->json && !v->trouble)
		puts("all is well");
	buf_free(&v->out);
	return failed ? EX_OSERR : v->trouble ? EXIT_TROUBLE : EX_OK;
}

int control_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "spool", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const char usage[] =
		"usage: mailchute status [--json] [-c FILE] [-s DIRECTORY]\n";
	const char *spool = spool_path(), *conf_path = DEFAULT_CONF_FILE;
	struct view v = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "c:s:h", options, NULL)) != -1) {
		switch (c) {
		case 'c': conf_path = optarg; break;
		case 'j': v.json = true; break;
		case 's': spool = optarg; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(usage, stderr); return EX_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	look_at_status(&v, spool);
	look_at_configuration(&v, conf_path);
	look_at_queue(&v, spool);
	return end(&v);
}
