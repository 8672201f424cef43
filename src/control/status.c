/* SPDX-License-Identifier: ISC */
/*
 * mailchute status: is mail going out? For people, and by its exit status for monitoring: 0 if all
 * is well, 1 if there is trouble. Reads what the flusher tells everybody; who may look into the queue
 * itself also sees mail that nobody serves.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/defaults.h"
#include "conf/conf.h"
#include "control/control.h"
#include "mail/spool.h"
#include "mail/status.h"

#define EXIT_TROUBLE 1

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

static bool show_troubles(const struct status *status)
{
	for (size_t i = 0; i < status->trouble_count; i++) {
		const struct status_trouble *t = &status->troubles[i];
		time_t since = (time_t)t->since_s;
		char when[64] = "";
		struct tm tm;

		if (localtime_r(&since, &tm))
			strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
		printf("trouble: %s, since %s: %s\n", t->name, when, t->text);
	}
	return status->trouble_count > 0;
}

/* The service does not start with a faulty file. */
static bool show_configuration(const char *path)
{
	CLEANUP(buf_free) struct buf errors = { 0 };
	struct conf *conf;

	if (conf_load(path, &conf, &errors) == 0) {
		conf_free(conf);
		return false;
	}
	printf("trouble: configuration:\n%s",
		buf_cstr(&errors) ? errors.data : "out of memory\n");
	return true;
}

/* What only those see who may look into the queue. */
static bool show_queue(const char *spool)
{
	long waiting = count_messages(spool, "new"),
	     claimed = count_messages(spool, "cur");
	long failed = count_messages(spool, "failed");

	if (failed > 0)
		printf("%ld given up, kept in %s/failed\n", failed, spool);
	if (waiting + claimed <= 0 || is_served(spool))
		return false;
	printf("trouble: %ld in the queue, and mailchuted does not run; see systemctl "
	       "status mailchute.path mailchute.service\n",
		waiting + claimed);
	return true;
}

static int show(const char *spool, const char *conf_path)
{
	struct status status = { 0 };
	int r = status_read(spool, &status);
	bool trouble;

	if (r < 0 && r != -ENOENT)
		printf("trouble: cannot read %s/status: %s\n", spool, strerror(-r));
	else
		printf("%llu queued\n", (unsigned long long)status.messages);
	trouble = r < 0 && r != -ENOENT;
	trouble |= show_troubles(&status);
	trouble |= show_configuration(conf_path);
	trouble |= show_queue(spool);
	if (!trouble)
		puts("all is well");
	return trouble ? EXIT_TROUBLE : EX_OK;
}

int control_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "spool", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const char usage[] = "usage: mailchute status [-c FILE] [-s DIRECTORY]\n";
	const char *spool = spool_path(), *conf_path = DEFAULT_CONF_FILE;
	int c;

	while ((c = getopt_long(argc, argv, "c:s:h", options, NULL)) != -1) {
		switch (c) {
		case 'c': conf_path = optarg; break;
		case 's': spool = optarg; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(usage, stderr); return EX_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	return show(spool, conf_path);
}
