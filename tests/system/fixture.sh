# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# What the tests in a booted system share: a machine (lib.sh) with a build of mailchute, configured
# for a provider that runs in it, which is `mailchute sandbox`, and verbs about mail. $1 is BUILD.

# shellcheck source=tests/system/lib.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

build=${1:-.}
password='correct horse battery staple'
spool=/var/spool/mailchute
conf=/etc/mailchute/mailchute.conf
secret=/etc/mailchute/secrets/password

# --- the machine's software, configuration and provider ---

install_build()
{
	make -C "$build" install DESTDIR="$machine_root" >"$machine_work/install.log" 2>&1 || {
		sed 's/^/# /' "$machine_work/install.log"
		return 1
	}
	mkdir -p "$machine_root/etc/sysusers.d"
	cat >"$machine_root/etc/sysusers.d/people.conf" <<-END
		u alice - "" /home/alice
		u nagios -
		u provider -
	END
	echo 'd /home/alice 0700 alice alice' >"$machine_root/etc/tmpfiles.d/people.conf"
	systemctl --root="$machine_root" --quiet enable mailchute.path mailchute-submit.socket
}

configure()
{
	cat >"$machine_root$conf" <<-END
		host      = "localhost"
		port      = 2525
		ca-file   = "/var/lib/provider/ca.pem"
		user      = "machine"
		root      = "admin@example.net"
		retry-min = 1s
		retry-max = 3s
		idle-exit = 2s
	END
}

password_is()
{
	(umask 077 && printf '%s\n' "$1" >"$machine_root$secret")
}

provide()
{
	cat >"$machine_root/etc/systemd/system/provider.service" <<-END
		[Service]
		User=provider
		StateDirectory=provider
		ExecStart=mailchute sandbox --dir /var/lib/provider --port 2525 --tls-port 2465 \
			--hostname localhost --user machine --password-file /etc/provider-password
		StandardOutput=append:/var/log/provider
	END
	printf '%s\n' "$password" >"$machine_root/etc/provider-password"
	: >"$machine_root/var/log/provider"
}

provider_up()
{
	local before

	before=$(grep -c '^ready ' "$machine_root/var/log/provider" || :)
	inside systemctl start provider.service
	wait_for 10 provider_was_ready "$((before + 1))"
}

provider_was_ready()
{
	[[ $(grep -c '^ready ' "$machine_root/var/log/provider") == "$1" ]]
}

provider_down()
{
	inside systemctl stop provider.service
}

# --- mail ---

# send USER RECIPIENT
send()
{
	printf 'Subject: to %s\n\nHello.\n' "$2" | as "$1" sendmail -i "$2"
}

# The provider's line about the mail to an address.
arrival()
{
	grep -F "to=<$1>" "$machine_root/var/log/provider"
}

# arrives RECIPIENT [SECONDS]
arrives()
{
	wait_for "${2:-20}" arrival "$1"
}

message_to()
{
	cat "$machine_root$(arrival "$1" | sed -n '$s/.* file=//p')"
}

queued()
{
	inside find "$spool/new" "$spool/cur" -type f ! -name '*.*' | wc -l
}

queue_has()
{
	[[ $(queued) == "$1" ]]
}

service_is()
{
	[[ $(inside systemctl show --property=ActiveState --value mailchute.service) == "$1" ]]
}

# --- all of it ---

# Ends the script as a skipped test where a machine cannot be.
need_a_host()
{
	((EUID == 0)) || skip_all 'a booted system needs root; run: sudo make check-system'
	grep -q '^VERSION_CODENAME=bookworm$' /etc/os-release ||
		skip_all 'the system is Debian 12, where a build of another one may not run'
	for tool in systemd-nspawn mmdebstrap nsenter; do
		command -v "$tool" >/dev/null || skip_all "$tool is missing; run:" \
			'apt-get install systemd-container mmdebstrap util-linux'
	done
}

# The machine with all that is above, not yet booted.
machine_with_mail()
{
	need_a_host
	machine_new
	install_build
	configure
	password_is "$password"
	provide
}
