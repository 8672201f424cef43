/* SPDX-License-Identifier: ISC */
#include "flusher/courier.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/spawn.h"

int courier_spawn(
	const struct flusher *f, const struct account *account, int fd, pid_t *ret_pid)
{
	const char *gear = gear_name(account_gear_limit(account, clock_mono_ms()));
	char path[PATH_MAX], port[8];
	char *argv[] = { (char *)COURIER_NAME, (char *)"-c", (char *)f->conf_path,
		(char *)"-a", (char *)account->conf->name, (char *)"-g", (char *)gear,
		(char *)"-p", port, f->verbose ? (char *)"-v" : NULL, NULL };
	int r = spawn_beside(COURIER_NAME, path);

	snprintf(port, sizeof(port), "%u", account_port(account));
	return r < 0 ? r : spawn(path, argv, environ, fd, JOB_COURIER_FD, ret_pid);
}
