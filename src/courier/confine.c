/* SPDX-License-Identifier: ISC */
#include "courier/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/defaults.h"
#include "base/log.h"

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* The rights that the first version of Landlock knows; later ones add to them. */
#define RIGHTS_1 (LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1)

void confine_memory(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* which looks into its own process for leaks */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* What is not there needs no rule. */
static void allow(int rules, const char *path)
{
	CLEANUP_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = READING,
		.parent_fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
	syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* The directory of a file, since the file may be replaced; and where a link leads to. */
static void allow_beside(int rules, const char *file)
{
	char path[PATH_MAX];

	if (*file && snprintf(path, sizeof(path), "%s", file) < (int)sizeof(path))
		allow(rules, dirname(path));
	if (*file && realpath(file, path))
		allow(rules, dirname(path));
}

/* One of the account's own: those of the others are beside it. */
static void allow_credential(int rules, const struct conf *conf, const char *what)
{
	char path[CONF_PATH_MAX];

	if (conf_credential(conf, what, path))
		allow(rules, path);
}

/* Of /run only what tells names and users, for systemd keeps the credentials there. */
static void allow_what_is_needed(int rules, const struct conf *conf, bool password)
{
	static const char *const places[] = {
		"/etc", "/usr", "/lib", "/lib64", "/dev/urandom", "/proc/self",
		"/var/lib/ca-certificates", "/run/systemd/resolve", "/run/systemd/userdb",
		"/run/nscd",
		DEFAULT_CONF_DIR /* NOLINT(bugprone-suspicious-missing-comma): SYSCONFDIR "/..." */
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		allow(rules, places[i]);
	allow_beside(rules, "/etc/resolv.conf");
	allow_beside(rules, conf->path);
	allow_beside(rules, conf->ca_file);
	allow_beside(rules, conf->tls_client_cert);
	allow_beside(rules, conf->tls_client_key);
	allow_beside(rules, conf->password_file);
	if (password)
		allow_credential(rules, conf, "password");
	if (*conf->tls_client_cert)
		allow_credential(rules, conf, "client-key");
}

void confine_files(const struct conf *conf, bool password)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = RIGHTS_1 };
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	CLEANUP_CLOSE int rules = -1;

	if (version >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 1)
		rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules >= 0)
		allow_what_is_needed(rules, conf, password);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || rules < 0 ||
		syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		log_debug("not confined by Landlock: %s", strerror(errno));
	else
		log_debug("confined by Landlock, version %ld", version);
}
