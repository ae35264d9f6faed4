# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Tests of check, for tests/cli/check, which has the helpers and calls them: network namespaces in
# which each finding is true, and others in which it just is not. The figures come from what was
# done there.

sockets=$(dirname "$0")/../../build/cli/sockets
sockets=$(realpath "$sockets" 2>/dev/null || echo "$sockets")

# DIR SOCKETS SETTINGS WORDS COMMAND...: in its network namespace with these settings, KEY=VALUE
# below /proc/sys/net/ipv4, "+" for a blank, and these sockets. What sockets says goes to DIR/made,
# its process to DIR/pid.
cat >"$dir/beside_sockets" <<-'EOT'
	dir=$1 sockets=$2 settings=$3 words=$4
	shift 4
	ip link set lo up && ip addr add 10.9.0.1/32 dev lo || exit 90
	for setting in $settings; do
		value=${setting#*=}
		echo "${value//+/ }" >"/proc/sys/net/ipv4/${setting%%=*}" || exit 90
	done
	if [ -n "$words" ]; then
		coproc "$sockets" $words
		read -r -u "${COPROC[0]}" _ made || exit 91
		echo "$made" >"$dir/made"
		echo "$COPROC_PID" >"$dir/pid"
	fi
	"$@"
EOT

# audit SETTINGS WORDS OPTIONS...: check there, of that namespace alone.
audit() {
	settings=$1 words=$2
	shift 2
	run_beside_sockets "$settings" "$words" "$porttrace" check -N self "$@"
}

run_beside_sockets() {
	run timeout 60 unshare --net bash "$dir/beside_sockets" "$dir" "$sockets" "$@"
}

expect_made() { [ "$(cat "$dir/made")" -eq "$1" ] || fail "made $(cat "$dir/made") instead of $1"; }

# expect_finding ID SEVERITY SENTENCE: an extended regular expression, from end to end.
expect_finding() {
	grep -qxE "$2 +[0-9]+  $3  \[$1\]" "$dir/out" ||
		fail "no $2 '$3' [$1]: $(grep -F "[$1]" "$dir/out" || head -n 1 "$dir/out")"
}

expect_no_finding() {
	! grep -qF "[$1]" "$dir/out" || fail "unexpected: $(grep -F "[$1]" "$dir/out")"
	grep -qE '^(ok|warning|critical): ' "$dir/out" || fail 'it has not checked'
}

# --- words -----------------------------------------------------------------------------------

check_help() {
	run "$porttrace" check --help
	expect_status 0
	for option in '-d, --duration SECONDS' '    --sysctl' '    --nagios' '-j, --json' \
		'-v, --verbose' '-N, --netns NETNS'; do
		expect_out "^  $option"
	done
	! grep -qE -- '--(interval|count|stack)' "$dir/out" || fail 'it has options of others'
}

# 2 would be something critical, and 1 a warning.
check_that_cannot_tell_is_status_3() {
	for words in --nix '-d 0' 80 '-N no-such-name' '--btf /no/such/file'; do
		# shellcheck disable=SC2086 # words
		run "$porttrace" check $words
		expect_status 3
		expect_one_message
		expect_quiet out
	done
	status=0
	"$porttrace" check -N self >/dev/full 2>"$dir/err" || status=$?
	expect_status 3
	expect_err 'cannot write to standard output'
}

# Nobody may not trace the kernel: what sock_diag and /proc tell is judged, and what they do not is said.
check_without_bpf() {
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	run unshare --net sh -c 'ip link set lo up
		echo 40000 40009 >/proc/sys/net/ipv4/ip_local_port_range
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' sh "$dir/porttrace" check -v
	expect_status 1
	expect_one_message
	expect_err 'run as root, .*; without BPF'
	expect_out '^warning .*\[range-narrow\]$'
	expect_out '^info .* not known without BPF: whose sockets'
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/porttrace" check --btf /no/such/file
	expect_status 3
}

# Which of them may be taken over is not told then, by default those of loopback: all may be.
check_of_time_waits_without_bpf() {
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	for reuse in 2 0; do
		run_beside_sockets "ip_local_port_range=40000+40099 tcp_tw_reuse=$reuse" \
			'listen 7001 close 7001 95 connect 7001 5' \
			setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/porttrace" check -v
		expect_made 5
		[ "$reuse" -ne 2 ] || expect_status 1
		[ "$reuse" -ne 2 ] || expect_finding route-exhausted info 'tcp 127.0.0.1 > 127.0.0.1:7001: perhaps no port is left: 100 of 100 are taken, 5 by connections, 95 by TIME_WAIT; up to 95 TIME_WAITs may be taken over, which is not known without BPF'
	done
	expect_status 2
	expect_finding route-exhausted critical 'tcp .*: no port is left: 100 of 100 are taken, 5 by connections, 95 by TIME_WAIT'
}

# Whose sockets they are is not known then: a choice by that would leave nothing, and find all well.
check_by_process_without_bpf() {
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	for words in '-p 1' '-c nginx' '-g /' '-p 1 --nagios' '-p 1 --what-if sources=2'; do
		# shellcheck disable=SC2086 # words
		run unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$dir/porttrace" check $words
		expect_status 3
		expect_one_message
		expect_err 'without BPF it is not known whose sockets'
		! grep -q '^ok' "$dir/out" || fail "$words: all is well"
	done
	expect_quiet out
}

# --- a host where all is well ------------------------------------------------------------------

check_of_a_fresh_host() {
	audit '' ''
	expect_status 0
	expect_quiet err
	grep -qxF 'ok: 0 routes in 1 network namespace' "$dir/out" || fail "$(cat "$dir/out")"
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'more than a line'
	audit '' '' -v
	expect_status 0
	grep -qxF 'ok: 0 routes in 1 network namespace' "$dir/out" || fail "$(cat "$dir/out")"
	! grep -qE '^(info|warning|critical) ' "$dir/out" || fail "$(head -n 1 "$dir/out")"
	audit '' '' --json
	expect_status 0
	expect_out '^\{"version":1,"time":"[^"]*",.*"status":"ok","findings":\[\],"routes":\[\]\}$'
}

# --- routes ------------------------------------------------------------------------------------

check_of_an_exhausted_route() {
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 101'
	expect_status 2
	expect_made 100
	expect_finding route-exhausted critical "tcp 127.0.0.1 > 127.0.0.1:7001: no port is left: 100 of 100 are taken, 100 by connections, 0 by TIME_WAIT, most of them of sockets\[$(cat "$dir/pid")\]"
	head -n 1 "$dir/out" | grep -q '127.0.0.1:7001: no port is left: .* of sockets\[' ||
		fail 'the first line does not name route and program'
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 99'
	expect_status 1
	expect_no_finding route-exhausted
	expect_finding route-near-exhaustion warning "tcp 127.0.0.1 > 127.0.0.1:7001: 1 of 100 ports are left; 99 are taken by connections, 0 by TIME_WAIT, most of them of sockets\[$(cat "$dir/pid")\]"
}

# What is bound is lost to the route as well: its capacity is 0.
check_of_a_route_whose_ports_are_bound() {
	audit 'ip_local_port_range=40000+40099' 'listen 7001 bound 7001 101' -v
	expect_status 2
	expect_made 100
	expect_finding route-exhausted critical "tcp 127.0.0.1 > 127.0.0.1:7001: no port is left: all 100 ports of the range are reserved or bound by somebody; most of its sockets are of sockets\[$(cat "$dir/pid")\]"
	head -n 1 "$dir/out" | grep -q '127.0.0.1:7001: no port is left: .* of sockets\[' ||
		fail 'the first line does not name route and program'
	expect_out '^    do    100 ports of the range are blocked, 100 by programs that bind\(\) to port 0 before'
}

check_of_a_route_that_is_near() {
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 90'
	expect_finding route-near-exhaustion warning 'tcp .*: 10 of 100 ports are left; 90 are taken by .*'
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 89' -v
	expect_no_finding route-near-exhaustion
}

# The search takes the other half when the first is full.
check_of_a_route_past_its_fast_half() {
	audit 'ip_local_port_range=30000+33999' 'listen 7001 connect 7001 2001'
	expect_finding route-past-fast-half warning "tcp 127.0.0.1 > 127.0.0.1:7001: each connect\(\) looks at 2000 ports in vain before it finds one of the 1999 that are left, most of them of sockets\[$(cat "$dir/pid")\]"
	audit 'ip_local_port_range=30000+33999' 'listen 7001 connect 7001 1999' -v
	expect_no_finding route-past-fast-half
}

has_own_ranges() {
	audit 'ip_local_port_range=40000+40999' 'listen 7001 own 40000-40001 7001 1'
	! grep -q IP_LOCAL_PORT_RANGE "$dir/err"
}

check_of_an_own_range() {
	has_own_ranges || {
		skip='this kernel has no IP_LOCAL_PORT_RANGE'
		return
	}
	audit 'ip_local_port_range=40000+40999' 'listen 7001 own 40000-40009 7001 11'
	expect_status 2
	expect_made 10
	expect_finding own-range-exhausted critical "tcp 127.0.0.1 > 127.0.0.1:7001: no port is left for sockets whose own range is 40000-40009: 10 of 10 are taken, most of them of sockets\[$(cat "$dir/pid")\]"
	audit 'ip_local_port_range=40000+40999' 'listen 7001 own 40000-40009 7001 9'
	expect_no_finding own-range-exhausted
}

check_of_udp() {
	audit 'ip_local_port_range=40000+40099' 'udp 101'
	expect_status 2
	expect_made 100
	expect_finding udp-exhausted critical "udp 0.0.0.0: no port is left: sockets on this address have 100 of 100 ports, those on others 0, most of them of sockets\[$(cat "$dir/pid")\]"
	audit 'ip_local_port_range=40000+40099' 'udp 90'
	expect_no_finding udp-exhausted
	expect_finding udp-near-exhaustion warning 'udp 0.0.0.0: 10 ports are left: sockets on this address have 90 of 100 ports, .*'
	audit 'ip_local_port_range=40000+40099' 'udp 89'
	expect_no_finding udp-near-exhaustion
}

# --- ports that no connection gets -------------------------------------------------------------

check_of_programs_that_bind_first() {
	new_fifo
	audit 'ip_local_port_range=40000+40999' 'listen 7001 bound 7001 100'
	expect_finding bind-before-connect warning "100 of 1000 ports are lost to every route: sockets\[$(cat "$dir/pid")\] bind\(\) to port 0 before they connect\(\)"
	# Another program with more sockets on the same route has bound none of them.
	run_beside_sockets 'ip_local_port_range=40000+40999' 'listen 7001 bound 7001 100' sh -c '
		"$1" connect 7001 300 <"$0/fifo" >"$0/plain" & exec 9>"$0/fifo"
		until [ -s "$0/plain" ]; do sleep 0.05; done
		shift && "$@"' "$dir" "$sockets" "$porttrace" check -N self
	expect_finding bind-before-connect warning "100 of 1000 ports are lost to every route: sockets\[$(cat "$dir/pid")\] bind\(\) to port 0 before they connect\(\)"
	audit 'ip_local_port_range=40000+40999' 'listen 7001 bound 7001 10' -v
	expect_finding bind-before-connect info '10 of 1000 ports .*'
	audit 'ip_local_port_range=40000+40999' 'listen 7001 bound 7001 9' -v
	expect_no_finding bind-before-connect
	audit 'ip_local_port_range=40000+40999' 'listen 7001 connect 7001 100' -v
	expect_no_finding bind-before-connect
}

check_of_blocked_ports() {
	audit 'ip_local_port_range=40000+40999' 'listen 40000-40099'
	expect_finding ports-blocked warning '100 of 1000 ports of the range 40000-40999 are lost to every route: sockets listen on them or are bound to them'
	audit 'ip_local_port_range=40000+40999' 'listen 40000-40098'
	expect_no_finding ports-blocked
	audit 'ip_local_port_range=40000+40099' 'listen 40000-40099'
	expect_status 2
	expect_finding ports-blocked critical '100 of 100 ports of the range 40000-40099 are lost to every route, and no other port is left: sockets listen on them or are bound to them'
	# Of TIME_WAITs whose program had bound them, nobody is known.
	audit 'ip_local_port_range=40000+40999' 'listen 7001 close-bound 7001 100' -v
	expect_made 100
	expect_finding ports-blocked warning '100 of 1000 ports of the range 40000-40999 are lost to every route: sockets listen on them, are bound to them, or are in TIME_WAIT of programs that bound them'
	expect_out "IP_BIND_ADDRESS_NO_PORT before bind\(\); 'porttrace check -d 10' names them"
}

check_of_reserved_ports() {
	audit 'ip_local_port_range=40000+40999 ip_local_reserved_ports=39000-40099' ''
	expect_finding reserved-eats-range warning '100 of 1000 ports of the range 40000-40999 are reserved: 900 are left for connections'
	audit 'ip_local_port_range=40000+40999 ip_local_reserved_ports=39000-40098' ''
	expect_no_finding reserved-eats-range
}

check_of_services_in_the_range() {
	audit 'ip_local_port_range=3000+60999' 'listen 3306 listen 2999'
	expect_status 1
	expect_finding service-port-in-range warning "1 listening port is within the range 3000-60999 that connect\(\) gives away: 3306 \(sockets\[$(cat "$dir/pid")\]\)"
	audit 'ip_local_port_range=3000+60999 ip_local_reserved_ports=3306' 'listen 3306 listen 2999'
	expect_status 0
	expect_no_finding service-port-in-range
	audit '' 'udp-at 51820 udp-at 51821'
	expect_status 1
	expect_finding service-port-in-range warning "1 listening port is within the range [0-9]+-[0-9]+ that connect\(\) gives away: 51820/udp \(sockets\[$(cat "$dir/pid")\]\)"
	audit 'ip_local_reserved_ports=51820' 'udp-at 51820 udp-at 51821'
	expect_status 0
	expect_no_finding service-port-in-range
	audit '' 'listen 40001 listen 3306' -v
	expect_status 0
	expect_finding service-port-in-range info "1 listening port is within the range [0-9]+-[0-9]+ that connect\(\) gives away: 40001 \(sockets.*"
}

# --- the range -----------------------------------------------------------------------------------

check_of_a_narrow_range() {
	audit 'ip_local_port_range=40000+54114' ''
	expect_finding range-narrow warning "the range 40000-54114 has 14115 ports; the kernel's own has 28232"
	audit 'ip_local_port_range=40000+54115' '' -v
	expect_finding range-narrow info "the range 40000-54115 has 14116 ports; .*"
	audit 'ip_local_port_range=32768+60999' '' -v
	expect_no_finding range-narrow
}

check_of_ends_of_one_parity() {
	audit 'ip_local_port_range=32768+61000' '' -v
	expect_finding range-parity info 'the range 32768-61000 begins and ends with an even port: one of its 28233 ports is seldom found'
	audit 'ip_local_port_range=32768+61001' '' -v
	expect_no_finding range-parity
}

# --- TIME_WAIT -----------------------------------------------------------------------------------

# Addresses of this host other than 127.0.0.0/8 are no loopback to tcp_tw_reuse=2.
check_of_what_reuse_would_free() {
	audit 'ip_local_port_range=40000+40999' 'from 10.9.0.1 listen 7001 close 7001 250' -v
	expect_finding tw-reuse info 'tcp 10.9.0.1 > 10.9.0.1:7001: TIME_WAIT holds 250 of 1000 ports, and tcp_tw_reuse is 2: only those of loopback are; with 1 a connect\(\) could take over up to 250 of them'
	audit 'ip_local_port_range=40000+40999' 'from 10.9.0.1 listen 7001 close 7001 249' -v
	expect_no_finding tw-reuse
	audit 'ip_local_port_range=40000+40999 tcp_tw_reuse=1' \
		'from 10.9.0.1 listen 7001 close 7001 250' -v
	expect_no_finding tw-reuse
}

check_of_reuse_without_timestamps() {
	audit 'tcp_timestamps=0 tcp_tw_reuse=1' 'listen 7001 close 7001 7'
	expect_status 1
	expect_finding tw-reuse-without-timestamps warning 'tcp_timestamps is 0, so tcp_tw_reuse=1 takes over none of the 7 TIME_WAITs'
	audit 'tcp_timestamps=1 tcp_tw_reuse=1' 'listen 7001 close 7001 7'
	expect_no_finding tw-reuse-without-timestamps
}

check_of_full_buckets() {
	audit 'tcp_max_tw_buckets=10' 'listen 7001 close 7001 13'
	expect_status 1
	expect_finding tw-buckets-full warning '10 of 10 TIME_WAITs that tcp_max_tw_buckets allows; 3 connections have ended without one'
	audit 'tcp_max_tw_buckets=10' 'listen 7001 close 7001 8' -v
	expect_no_finding tw-buckets-full
}

check_of_settings_that_are_not_it() {
	audit 'tcp_fin_timeout=15' '' -v
	expect_status 0
	expect_finding fin-timeout-unrelated info 'tcp_fin_timeout was set to 15: .*'
	run_beside_sockets '' '' sh -c 'echo 1000 >/proc/sys/net/core/somaxconn && exec "$@"' - \
		"$porttrace" check -N self -v
	expect_finding somaxconn-unrelated info 'somaxconn was set to 1000: .*'
	audit 'tcp_fin_timeout=60' '' -v
	expect_no_finding fin-timeout-unrelated
	expect_no_finding somaxconn-unrelated
}

# --- namespaces and files ----------------------------------------------------------------------

# The finding of that namespace alone: others of the host may have theirs.
differs_here() {
	grep -oE "\"id\":\"differs-from-host\",\"severity\":\"info\",\"netns\":$(cat "$dir/inum"),[^}]*" \
		"$dir/out"
}

audit_all() {
	run_beside_sockets "$1" '' sh -c 'stat -L -c %i /proc/self/ns/net >"$0/inum" &&
		exec "$@"' "$dir" "$porttrace" check --json
}

check_of_a_namespace_unlike_the_host() {
	host_range=$(tr '\t' + </proc/sys/net/ipv4/ip_local_port_range)
	host="ip_local_port_range=$host_range tcp_tw_reuse=$(cat /proc/sys/net/ipv4/tcp_tw_reuse)"
	host="$host ip_local_reserved_ports=$(cat /proc/sys/net/ipv4/ip_local_reserved_ports)"
	audit_all "$host ip_local_port_range=40000+40999"
	differs_here | grep -qF "ip_local_port_range is 40000-40999 (the host's $(echo "$host_range" | tr + -))" ||
		fail "$(head -c 600 "$dir/out")"
	audit_all "$host"
	expect_quiet err
	expect_out '^\{"version":1,.*"status":"(ok|warning|critical)","findings":\['
	[ -z "$(differs_here)" ] || fail "$(differs_here)"
}

# audit_with_file NAMESPACES LINE...: with one file of sysctl.d and no other, in new namespaces.
audit_with_file() {
	namespaces=$1
	shift
	printf '%s\n' "$@" >"$dir/file"
	# shellcheck disable=SC2086 # words
	run timeout 60 unshare $namespaces sh -c 'for at in /etc /run /usr/local/lib /usr/lib; do
			[ ! -d $at/sysctl.d ] || mount -t tmpfs none $at/sysctl.d || exit
		done
		cp "$1" /etc/sysctl.d/90-test.conf
		case $3 in *--net*) echo 17 >/proc/sys/net/ipv4/tcp_fin_timeout ;; esac
		exec "$2" check -N self' - "$dir/file" "$porttrace" "$namespaces"
}

# expect_file_finding ID SENTENCE: of the whole host.
expect_file_finding() {
	grep -qxE "warning   -  /etc/sysctl.d/90-test.conf:$2  \[$1\]" "$dir/out" ||
		fail "no '$2' [$1]: $(head -n 2 "$dir/out")"
}

# They are for the host's own namespace: what runs there is what the tests read.
check_of_files_of_sysctl_d() {
	runs=$(cat /proc/sys/net/ipv4/tcp_tw_reuse)
	start=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)
	audit_with_file --mount '# a comment' 'net.ipv4.tcp_tw_recycle = 1' \
		'net.ipv6.ip_local_port_range=1024 65535' \
		"net.ipv4.tcp_tw_reuse = $(((runs + 1) % 3))" \
		"net.ipv4.ip_local_port_range = $((start - 1)) 65535"
	expect_file_finding sysctl-file-gone '2 sets net.ipv4.tcp_tw_recycle, which does not exist: it was removed in Linux 4.12, .*'
	expect_file_finding sysctl-file-gone '3 sets net.ipv6.ip_local_port_range, which does not exist: the one of ipv4 is for both'
	expect_file_finding sysctl-file-differs "4 sets net.ipv4.tcp_tw_reuse to '$(((runs + 1) % 3))', but '$runs' is what runs"
	expect_file_finding sysctl-file-refused "5 sets the range to $((start - 1)) 65535, which the kernel refuses: ip_unprivileged_port_start is $start"
	audit_with_file --mount "net.ipv4.tcp_tw_reuse = $runs" \
		"net.ipv4.ip_local_port_range = $(tr '\t' ' ' </proc/sys/net/ipv4/ip_local_port_range)" \
		"net.ipv4.ip_local_reserved_ports = $(cat /proc/sys/net/ipv4/ip_local_reserved_ports)" \
		'net.nf_conntrack_max = 1'
	expect_quiet err
	grep -qE '^(ok|warning|critical): ' "$dir/out" || fail 'it has not checked'
	! grep -q '\[sysctl-file-' "$dir/out" || fail "$(grep -m 1 '\[sysctl-file-' "$dir/out")"
	# What runs in another namespace, 17 for one, is nothing to them.
	audit_with_file '--mount --net' "net.ipv4.tcp_tw_reuse = $runs" \
		"net.ipv4.tcp_fin_timeout = $(cat /proc/sys/net/ipv4/tcp_fin_timeout)"
	expect_status 0
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail "$(cat "$dir/out")"
}

# --- over some time ------------------------------------------------------------------------------

# A thousand ports for a minute each are 16.7 a second.
check_of_a_rate() {
	audit 'ip_local_port_range=40000+40999 tcp_tw_reuse=0' 'listen 7001 churn 7001 20' -d 1
	expect_finding route-rate warning 'tcp 127.0.0.1 > 127.0.0.1:7001: [1-9][0-9]\.[0-9] connections a second end in TIME_WAIT, which holds a port for 60 s: the route can sustain 16\.[67], most of them of sockets\[[0-9]+\]'
	audit 'ip_local_port_range=40000+40999 tcp_tw_reuse=0' 'listen 7001 churn 7001 200' -d 1
	expect_no_finding route-rate
	expect_no_finding allocation-failed
}

# Single events may be lost on a busy machine, and with them who it was: some run has it.
audit_until() {
	tries=0
	until [ "$tries" -eq 5 ]; do
		audit "$2" "$3" -d 1
		! grep -q "$1" "$dir/out" || return 0
		tries=$((tries + 1))
	done
}

# Up to 50 connections a second stay open, of 2,000 ports; or none that is new.
check_of_a_route_that_ends_soon() {
	audit 'ip_local_port_range=40000+41999' 'listen 7001 leak 7001 20' -d 1
	expect_finding route-ends-soon '(warning|critical)' 'tcp 127.0.0.1 > 127.0.0.1:7001: the [0-9]+ ports that are left are gone in [0-9]+ s at the present rate, most of them of sockets\[[0-9]+\]'
	audit 'ip_local_port_range=40000+41999' 'listen 7001 connect 7001 100' -d 1
	expect_no_finding route-ends-soon
}

check_of_calls_that_fail() {
	audit_until 'the last of sockets.*\[allocation-failed\]' \
		'ip_local_port_range=40000+40001 tcp_tw_reuse=0' \
		'listen 7001 connect 7001 2 churn 7001 50'
	expect_status 2
	expect_finding allocation-failed critical "[1-9][0-9]* calls? found no port within [0-9]+\.[0-9] s; most of them: connect\(\) on tcp 127.0.0.1 > 127.0.0.1:7001, range_exhausted, the last of sockets\[$(cat "$dir/pid")\]"
	expect_no_finding service-port-taken
}

check_of_a_service_whose_port_is_taken() {
	audit_until 'the last of sockets.*\[service-port-taken\]' \
		'ip_local_port_range=40000+40001' 'listen 7001 connect 7001 2 rebind 40000 50'
	expect_status 2
	expect_finding service-port-taken critical "[1-9][0-9]* calls? to bind\(\) failed within [0-9]+\.[0-9] s: an outgoing connection had the port 40000, the last of sockets\[$(cat "$dir/pid")\]"
	expect_no_finding allocation-failed
}

check_ends_early_by_a_signal() {
	run timeout --preserve-status -s INT 2 unshare --net "$porttrace" check -N self -d 1000
	expect_status 0
	expect_out '^ok: '
	expect_quiet err
}

# --- what it proposes ----------------------------------------------------------------------------

# COMMAND...: the file, then the same command again with what it says. sysctl tells what it set.
# With WITH_NOTES=1, what is a comment in it is set as well.
cat >"$dir/apply" <<-'EOT'
	"$@" --sysctl >"$0/sysctl.conf"
	echo "$?" >"$0/before"
	[ -z "$WITH_NOTES" ] || sed -i 's/^#net\./net./' "$0/sysctl.conf"
	sysctl -p "$0/sysctl.conf" >"$0/set" || exit 93
	"$@" -v
EOT

audit_and_apply() {
	run_beside_sockets "$1" "$2" env "WITH_NOTES=${3:-}" bash -c "$(cat "$dir/apply")" "$dir" "$porttrace" check -N self
	expect_quiet err
}

check_proposes_settings() {
	audit_and_apply 'ip_local_port_range=20000+20099 ip_local_reserved_ports=20007,50000' \
		'listen 7001 listen 20050-20051 listen 27017 connect 7001 98'
	[ "$(cat "$dir/before")" -eq 2 ] || fail "status $(cat "$dir/before") before"
	expect_status 0
	for id in route-exhausted route-near-exhaustion range-narrow service-port-in-range; do
		expect_no_finding $id
	done
	grep -qxF 'net.ipv4.ip_local_port_range = 10240 65535' "$dir/set" || fail "$(cat "$dir/set")"
	grep -qxF 'net.ipv4.ip_local_reserved_ports = 20007,20050-20051,27017,50000' "$dir/set" ||
		fail "$(cat "$dir/set")"
	head -n 1 "$dir/set" | grep -q reserved_ports ||
		fail 'the range is set before ports in it are reserved'
	for words in route-exhausted 'no port is left: 97 of 97 are taken' range-narrow \
		service-port-in-range; do
		grep -q "^#.*$words" "$dir/sysctl.conf" || fail "no reason '$words'"
	done
}

check_proposes_settings_of_time_wait() {
	audit_and_apply 'ip_local_port_range=40000+40999 tcp_max_tw_buckets=250' \
		'from 10.9.0.1 listen 7001 close 7001 250' 1
	for id in tw-reuse tw-buckets-full range-narrow; do
		expect_no_finding $id
	done
	expect_status 0
	audit_and_apply 'tcp_timestamps=0 tcp_tw_reuse=1' ''
	expect_status 0
	expect_no_finding tw-reuse-without-timestamps
}

# What only a note proposes is not set, unless somebody takes the '#' away.
check_proposes_what_notes_say_as_comments() {
	audit_and_apply 'ip_local_port_range=32768+61000' \
		'from 10.9.0.1 listen 7001 listen 40123 close 7001 7500'
	expect_status 0
	[ ! -s "$dir/set" ] || fail "it sets $(head -n 1 "$dir/set")"
	for id in tw-reuse range-parity service-port-in-range; do
		grep -q "^# $id$" "$dir/sysctl.conf" || fail "nothing of $id in the file"
	done
	grep -q '^#   Before: Only if the other end uses timestamps' "$dir/sysctl.conf" ||
		fail 'no condition'
	audit_and_apply 'ip_local_port_range=32768+61000' \
		'from 10.9.0.1 listen 7001 listen 40123 close 7001 7500' 1
	for id in tw-reuse range-parity service-port-in-range; do
		expect_no_finding $id
	done
}

# More than a page of them; every other one, so that no two make a range.
check_proposes_a_long_list() {
	audit_and_apply 'ip_local_port_range=1024+65535' \
		"$(seq -f 'listen %.0f' 20000 2 21998 | tr '\n' ' ')"
	[ "$(cat "$dir/before")" -eq 1 ] || fail "status $(cat "$dir/before") before"
	expect_status 0
	expect_no_finding service-port-in-range
}

check_applies_nothing() {
	run_beside_sockets 'ip_local_port_range=40000+40099' '' sh -c \
		'"$@" check --sysctl -N self >"$0"; cat /proc/sys/net/ipv4/ip_local_port_range' \
		"$dir/proposed" "$porttrace"
	grep -q '^net.ipv4.ip_local_port_range' "$dir/proposed" || fail 'it proposes nothing'
	expect_out '^40000	40099$'
}

# --- for machines --------------------------------------------------------------------------------

check_for_nagios() {
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 95' --nagios
	expect_status 1
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'not one line'
	expect_out "^PORTS WARNING: [0-9]+: tcp 127.0.0.1 > 127.0.0.1:7001: 5 of 100 ports are left; .* \| headroom=5;11:;1:;0;100 routes=1;;;0 time_wait=0;;;0 critical=0;;;0 warning=2;;;0\$"
	audit '' '' --nagios
	expect_status 0
	expect_out '^PORTS OK: 0 routes in 1 network namespace \| routes=0;;;0 '
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 100' --nagios
	expect_status 2
	expect_out '^PORTS CRITICAL: '
}

# What cannot be known is no silence to a monitoring system.
check_for_nagios_unknown() {
	for words in '--nagios -N no-such-name' '--nagios --btf /no/such|file' '--nagios -d 0'; do
		# shellcheck disable=SC2086 # words
		run "$porttrace" check $words
		expect_status 3
		expect_one_message
		expect_out '^PORTS UNKNOWN: .'
		[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'not one line'
		! grep -qF '|' "$dir/out" || fail 'a bar begins performance data'
	done
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	run unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/porttrace" check --nagios
	expect_status 0
	expect_out '^PORTS OK: \(without BPF: estimates, of this network namespace alone\) '
	run unshare --net --mount sh -c 'mount -t tmpfs none /proc/sys/net &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' sh "$dir/porttrace" check --nagios
	expect_status 3
	expect_out '^PORTS UNKNOWN: cannot read the range of ports'
}

# Without BPF a second look tells nothing: a wait of 1000 s would be ended by run's timeout.
check_without_bpf_does_not_wait() {
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	run timeout 60 unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$dir/porttrace" check -d 1000
	expect_status 0
	expect_one_message
	expect_err '-d means nothing'
}

# DIR COMMAND...: where no tracepoint and no kprobe is to be seen. DIR/works is there if a back-end
# works all the same.
cat >"$dir/without_backends" <<-'EOT'
	for at in /sys/kernel/tracing /sys/kernel/debug /sys/bus/event_source/devices; do
		[ ! -d $at ] || mount -t tmpfs none $at || exit 90
	done
	# Without it, another tracefs is mounted.
	mkdir /sys/kernel/tracing/events && ip link set lo up || exit 90
	"$2" probes | grep -q '^[* ] [a-z]* *usable' && echo . >"$1/works"
	shift
	"$@"
EOT

# What is there is counted by BPF all the same: without, nothing could be chosen by process.
check_without_a_backend() {
	run timeout 60 unshare --net --mount sh "$dir/without_backends" "$dir" "$porttrace" check \
		-N self -d 1000 -c no-such-program
	if [ -e "$dir/works" ]; then
		skip='a back-end works that cannot be hidden'
		return
	fi
	expect_status 0
	expect_out '^ok: 0 routes in 1 network namespace$'
	expect_one_message
	expect_err 'no back-end works here, .*; so there are no rates: -d means nothing$'
	run timeout 60 unshare --net --mount sh "$dir/without_backends" "$dir" "$porttrace" check \
		-N self -d 1000 -P tracepoint
	expect_status 3
	expect_quiet out
	expect_one_message
	expect_err 'back-end tracepoint does not work here'
}

check_has_one_form() {
	for words in '--sysctl --json' '--nagios --json' '--sysctl --nagios' \
		'--what-if sources=2 --sysctl'; do
		# shellcheck disable=SC2086 # words
		run "$porttrace" check $words
		expect_status 3
		expect_one_message
	done
}

check_for_scripts() {
	audit 'ip_local_port_range=40000+40099' 'listen 7001 connect 7001 100' --json
	expect_status 2
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'not one line'
	expect_out '^\{"version":1,"time":"[0-9T:.-]+Z","host":"[^"]+","kernel":"[^"]+","status":"critical","findings":\[\{"id":"route-exhausted","severity":"critical","netns":[0-9]+,"netns_name":null,"route":\{"proto":"tcp","src":"127.0.0.1","dst":"127.0.0.1","dport":7001\},"title":"[^"]+","detail":"[^"]+","fix":\["[^"]+",.*"settings":\[\{"key":"net.ipv4.ip_local_port_range","value":"10240 65535"\}\]\},'
	expect_out '"routes":\[\{"netns":[0-9]+,"proto":"tcp",.*"headroom":0,.*\]\}$'
}
