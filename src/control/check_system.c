/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/command.h"
#include "base/defaults.h"
#include "base/spawn.h"
#include "control/check.h"

#define SERVICE_USER "mailchute"
#define SENDMAIL     "/usr/sbin/sendmail"
#define UNIT_MS	     10000

#define MAKE_SPOOL                                                                       \
	"run: systemd-sysusers && systemd-tmpfiles --create mailchute.conf; without "    \
	"them make it as mailchute-queue(7) says"

/* What a directory has to be like. */
static const struct place {
	const char *path;
	bool of_service; /* else root's */
	mode_t mode;
	const char *hint;
} places[] = {
	{ DEFAULT_SPOOL "/new", true, 03733, MAKE_SPOOL },
	{ DEFAULT_SPOOL "/tmp", true, 03733, MAKE_SPOOL },
	{ DEFAULT_SPOOL "/cur", true, 0700, MAKE_SPOOL },
	{ DEFAULT_SPOOL "/failed", true, 0700, MAKE_SPOOL },
	{ DEFAULT_STATE, true, 0700, MAKE_SPOOL },
	{ DEFAULT_SECRETS, false, 0700,
		"run: chown root:root " DEFAULT_SECRETS
		" && chmod 700 " DEFAULT_SECRETS },
};

static void check_place(struct steps *s, const struct place *place, uid_t service)
{
	uid_t owner = place->of_service ? service : 0;
	struct stat st;

	if (stat(place->path, &st) < 0)
		steps_tell(s, errno == EACCES ? STEP_WARN : STEP_FAIL, "directory",
			errno == EACCES ? "run this as root" : place->hint, "%s: %s",
			place->path, strerror(errno));
	else if (!S_ISDIR(st.st_mode) || st.st_uid != owner ||
		 (st.st_mode & 07777) != place->mode)
		steps_tell(s, STEP_FAIL, "directory", place->hint,
			"%s has owner %u and mode %04o, not %u and %04o", place->path,
			st.st_uid, st.st_mode & 07777, owner, place->mode);
	else
		steps_tell(s, STEP_OK, "directory", "", "%s", place->path);
}

static void check_places(struct steps *s)
{
	const struct passwd *service = getpwnam(SERVICE_USER);

	if (!service) {
		steps_tell(s, STEP_FAIL, "user",
			"run: systemd-sysusers; without it: useradd "
			"--system " SERVICE_USER,
			"there is no user " SERVICE_USER);
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		check_place(s, &places[i], service->pw_uid);
}

static void check_file(struct steps *s, const struct conf *conf)
{
	struct stat st;

	if (stat(conf->path, &st) == 0 && (st.st_mode & S_IROTH))
		steps_tell(s, STEP_OK, "file", "", "everybody can read %s", conf->path);
	else
		steps_tell(s, STEP_FAIL, "file",
			"run: chmod 644 " DEFAULT_CONF_FILE "; no secret is in it",
			"the service cannot read %s", conf->path);
}

/* Ours is the one beside this program. */
static void check_sendmail(struct steps *s)
{
	char self[PATH_MAX];
	struct stat ours, called;

	if (spawn_beside("sendmail", self) < 0)
		return;
	if (stat(self, &ours) == 0 && stat(SENDMAIL, &called) == 0 &&
		ours.st_dev == called.st_dev && ours.st_ino == called.st_ino)
		steps_tell(s, STEP_OK, "sendmail", "", SENDMAIL);
	else
		steps_tell(s, STEP_WARN, "sendmail",
			"remove the other mail system, or have it point to ours",
			"programs run " SENDMAIL ", which is not %s", self);
}

/* True if the property of the unit is VALUE. */
static bool unit_is(const char *unit, const char *property, const char *value)
{
	char command[256], error[128], *line = NULL;
	bool same;

	snprintf(command, sizeof(command), "systemctl show --value --property=%s %s",
		property, unit);
	same = command_line(command, UNIT_MS, &line, error, sizeof(error)) == 0 &&
	       strcmp(line, value) == 0;
	free(line);
	return same;
}

static void check_unit(struct steps *s, const char *unit)
{
	char hint[256];

	snprintf(hint, sizeof(hint), "run: systemctl enable --now %s", unit);
	if (!unit_is(unit, "ActiveState", "active"))
		steps_tell(s, STEP_FAIL, "unit", hint, "%s is not active", unit);
	else if (!unit_is(unit, "UnitFileState", "enabled"))
		steps_tell(s, STEP_WARN, "unit", hint,
			"%s is active, but not after the next start", unit);
	else
		steps_tell(s, STEP_OK, "unit", "", "%s", unit);
}

static void check_units(struct steps *s)
{
	if (access("/run/systemd/system", F_OK) < 0) {
		steps_tell(s, STEP_WARN, "units",
			"have your own supervisor run mailchuted --foreground",
			"systemd does not run here");
		return;
	}
	check_unit(s, "mailchute.path");
	check_unit(s, "mailchute-submit.socket");
	if (unit_is("mailchute.service", "ActiveState", "failed") ||
		unit_is("mailchute.service", "SubState", "auto-restart"))
		steps_tell(s, STEP_FAIL, "unit", "see: journalctl -u mailchute -n 20",
			"mailchute.service has failed");
}

void check_system(struct steps *s, const struct conf *conf)
{
	steps_section(s, "this system");
	check_file(s, conf);
	check_places(s);
	check_sendmail(s);
	check_units(s);
}
