# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Roots of Debian systems for tests, made once by mmdebstrap; sourced by the recipes.

suite=bookworm
# shellcheck disable=SC2034 # for the scripts that source this
mirror=${MAILCHUTE_MIRROR:-http://deb.debian.org/debian}

# cached_root NAME RECIPE: prints the path of a root that make_root, a function of the file RECIPE,
# makes in $work/root. It is kept in the cache under a name that follows from that file, so that a
# changed recipe makes a new one, and appears in one step, complete.
cached_root()
{
	local cache key root

	cache=${MAILCHUTE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mailchute}
	key=$(sha256sum "$2" | cut -c 1-12)
	root=$cache/$1-$suite-$key
	if [[ ! -d $root ]]; then
		mkdir -p "$cache"
		work=$(mktemp -d "$cache/.making.XXXXXX")
		trap 'rm -rf --one-file-system "$work"' EXIT
		make_root >&2
		# Another run may have been quicker; its root is as good.
		mv --no-target-directory "$work/root" "$root" 2>/dev/null || [[ -d $root ]]
	fi
	printf '%s\n' "$root"
}
