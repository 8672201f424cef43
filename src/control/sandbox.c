/* SPDX-License-Identifier: ISC */
/* mailchute sandbox: makes its directory and its certificates, and serves. */
#include "control/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "control/control.h"

/* The directory that was asked for, or a new one. */
static int make_dir(struct sandbox *sandbox)
{
	CLEANUP_FREE char *path = NULL;
	const char *parent = getenv("TMPDIR");
	char *absolute;
	int failure;

	if (sandbox->dir)
		path = steal_pointer(&sandbox->dir);
	else if (asprintf(&path, "%s/mailchute-sandbox-XXXXXX",
			 parent && *parent ? parent : "/tmp") < 0)
		return -ENOMEM;
	else if (!mkdtemp(path))
		goto fail;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		goto fail;
	absolute = realpath(path, NULL);
	if (!absolute)
		goto fail;
	sandbox->dir = absolute;
	return 0;
fail:
	failure = errno;
	log_error("sandbox: cannot make the directory %s: %s; name another with --dir",
		path, strerror(failure));
	return -failure;
}

static int make_tls(struct sandbox *sandbox)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): make_dir() gave one, or failed */
	CLEANUP_CLOSE int dir_fd = open(sandbox->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char certificate[PATH_MAX], key[PATH_MAX], error[256] = "";
	int r = dir_fd < 0 ? -errno : 0;

	if (r == 0)
		r = sandbox_ca_prepare(
			dir_fd, sandbox->server.hostname, error, sizeof(error));
	if (r == 0) {
		snprintf(certificate, sizeof(certificate), "%s/server.pem", sandbox->dir);
		snprintf(key, sizeof(key), "%s/server.key", sandbox->dir);
		r = tls_server_context(
			certificate, key, &sandbox->tls, error, sizeof(error));
	}
	if (r < 0)
		log_error("sandbox: %s: %s", sandbox->dir, *error ? error : strerror(-r));
	return r;
}

static int prepare(struct sandbox *sandbox)
{
	int r = make_dir(sandbox);

	if (r < 0)
		return r;
	r = sandbox_store_init(sandbox->dir);
	if (r < 0) {
		log_error("sandbox: cannot make a maildir in %s: %s", sandbox->dir,
			strerror(-r));
		return r;
	}
	return make_tls(sandbox);
}

int control_sandbox(int argc, char **argv)
{
	CLEANUP(sandbox_clear) struct sandbox sandbox;
	int status;

	if (!sandbox_parse_options(&sandbox, argc, argv, &status))
		return status;
	if (prepare(&sandbox) < 0)
		return EX_CANTCREAT;
	return sandbox_serve(&sandbox) < 0 ? EX_OSERR : EX_OK;
}
