# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# Verbs for a test in a real booted system: a machine of its own (systemd-nspawn on an overlay over
# the root of make-root, without a network), commands inside it, waiting, and TAP. The machine, its
# mounts and its directory are gone when the script ends, however it ends.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
machine_work=    # everything of this run
machine_root=    # the machine's / as seen from here
machine_nspawn=  # pid
machine_leader=  # pid of the machine's PID 1
tap_count=0
tap_failed=0

# --- TAP ---

# Ends the script as a skipped test, if the environment has no place for it.
skip_all()
{
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

# One case: tap "what holds" FUNCTION. The function runs under set -e; what it says is shown if it fails.
tap()
{
	local name=$1 status

	tap_count=$((tap_count + 1))
	set +e
	(set -e; "${@:2}") >"$machine_work/said" 2>&1
	status=$?
	set -e
	if ((status == 0)); then
		printf 'ok %d - %s\n' "$tap_count" "$name"
		return
	fi
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$name"
	{
		cat "$machine_work/said"
		inside journalctl --unit=mailchute.service --lines=15 --output=short-precise
	} 2>&1 | sed 's/^/# /'
}

tap_end()
{
	printf '1..%d\n' "$tap_count"
	((tap_failed == 0))
}

# --- waiting and comparing ---

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for()
{
	local deadline=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS > deadline)); then
			printf 'waited in vain for: %s\n' "$*" >&2
			return 1
		fi
		sleep 0.1
	done
}

fails()
{
	if "$@" 2>/dev/null; then
		printf 'this should have failed: %s\n' "$*" >&2
		return 1
	fi
}

# denied COMMAND...: it fails because it may not, and not because there is nothing.
denied()
{
	local said

	if said=$("$@" 2>&1) || [[ $said != *@(Permission denied|Operation not permitted)* ]]; then
		printf 'this should have been denied: %s\n%s\n' "$*" "$said" >&2
		return 1
	fi
}

equal()
{
	[[ $1 == "$2" ]] || { printf 'got "%s", expected "%s"\n' "$1" "$2" >&2; return 1; }
}

# --- the machine ---

# Makes the machine's root: an overlay where the kernel lets us, else a copy.
machine_new()
{
	local base

	trap machine_remove EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	base=$("$here/make-root") || skip_all 'mmdebstrap could not make a Debian root, see above'
	machine_work=$(mktemp -d "${TMPDIR:-/var/tmp}/mailchute-system.XXXXXX")
	machine_root=$machine_work/root
	chmod 0755 "$machine_work"
	mkdir "$machine_root" "$machine_work/upper" "$machine_work/overlay"
	mount -t overlay mailchute-system "$machine_root" -o \
		"lowerdir=$base,upperdir=$machine_work/upper,workdir=$machine_work/overlay" \
		2>/dev/null || cp -a --reflink=auto "$base/." "$machine_root"
}

machine_remove()
{
	local status=$?

	trap - EXIT HUP INT TERM
	if [[ $machine_nspawn ]]; then
		[[ ! $machine_leader ]] || kill -KILL "$machine_leader" 2>/dev/null || :
		kill -TERM "$machine_nspawn" 2>/dev/null || :
		wait_for 10 machine_is_off || kill -KILL "$machine_nspawn" || :
	fi
	if [[ $machine_work ]]; then
		! mountpoint --quiet "$machine_root" || umount --lazy "$machine_root"
		rm -rf --one-file-system "$machine_work"
	fi
	exit "$status"
}

# 0 when all units had their turn. Where the host has the old control groups, so has the machine.
machine_boot()
{
	local arguments=(--quiet --register=no --keep-unit --private-network --boot
		--system-call-filter='landlock_create_ruleset landlock_add_rule landlock_restrict_self'
		--console=pipe --directory="$machine_root")

	[[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]] ||
		arguments+=(systemd.unified_cgroup_hierarchy=0)
	systemd-nspawn "${arguments[@]}" </dev/null >>"$machine_work/console" 2>&1 &
	machine_nspawn=$!
	wait_for 90 machine_is_settled && ! machine_is_off && return
	sed 's/^/# /' "$machine_work/console"
	return 1
}

machine_first_word()
{
	head -n 1 "$machine_work/console" | tr -cd '[:print:]'
}

machine_is_settled()
{
	machine_is_off || { machine_find_leader && machine_is_up; }
}

# The child of nspawn, once it has become PID 1 of a namespace: before, commands would run outside.
machine_find_leader()
{
	local child

	child=$(<"/proc/$machine_nspawn/task/$machine_nspawn/children")
	child=${child%% *}
	[[ $child ]] || return 1
	[[ $(readlink "/proc/$child/ns/pid") != "$(readlink /proc/self/ns/pid)" ]] || return 1
	machine_leader=$child
}

machine_is_up()
{
	[[ $(inside systemctl is-system-running) == @(running|degraded) ]]
}

machine_is_off()
{
	! kill -0 "$machine_nspawn" 2>/dev/null
}

# Shut down as an administrator does, with every unit stopped in its order.
machine_halt()
{
	inside systemctl poweroff
	wait_for 90 machine_is_off
	machine_nspawn=
	machine_leader=
}

inside()
{
	nsenter --target "$machine_leader" --mount --uts --ipc --net --pid --root --wd -- \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

# as USER COMMAND...
as()
{
	inside runuser -u "$1" -- "${@:2}"
}

# --- the journal ---

journal_mark()
{
	inside journalctl --lines=0 --show-cursor | sed -n 's/^-- cursor: //p' \
		>"$machine_work/cursor"
}

# The service's lines since the mark contain PATTERN (extended).
journal_says()
{
	inside journalctl --unit=mailchute.service --output=cat \
		--after-cursor="$(<"$machine_work/cursor")" | grep -E -- "$1"
}
