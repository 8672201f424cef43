# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What ./demo and ./check need before they can begin; sourced by both.

# need PACKAGE...: sees to it that these Debian packages are installed, or says what to do and ends.
need() {
	local package missing=()

	if ! command -v dpkg-query >/dev/null; then
		echo "This is not Debian: what the packages ${*} hold there has to be here." >&2
		return
	fi
	for package; do
		# shellcheck disable=SC2016 # ${...} is dpkg's
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			missing+=("$package")
	done
	((${#missing[@]})) || return 0
	if ((EUID != 0)); then
		echo "Some packages are missing. Install them as root, then run this again:" >&2
		echo "    apt-get install ${missing[*]}" >&2
		return 1
	fi
	echo "   installing ${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update 2>&1
	apt-get -qq -y --no-install-recommends install "${missing[@]}" 2>&1
}

# shellcheck disable=SC2034 # for the scripts that source this
BUILD_PACKAGES=(autoconf automake gcc libc6-dev libconfuse-dev libcurl4-gnutls-dev libgnutls28-dev
	libidn2-dev libjansson-dev libsystemd-dev make pkgconf)

# copy_sources TOP DIRECTORY: what git knows or would take in, so that nothing is ever written into
# the checkout, and leftovers in it do not matter; everything, where git cannot tell.
copy_sources() {
	local list=$2.list

	mkdir -p "$2"
	git -C "$1" ls-files -z --cached --others --exclude-standard >"$list" 2>/dev/null ||
		(cd "$1" && find . -name .git -prune -o -type f -print0) >"$list"
	tar -C "$1" --null --ignore-failed-read --files-from="$list" -c 2>/dev/null | tar -C "$2" -x
	(cd "$2" && autoreconf -fi)
}
