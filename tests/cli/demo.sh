# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# Tests of demo, for tests/cli/check, which has the helpers and calls them.

# The namespaces that exist, as processes and names show them; and all processes of the demo.
host_state() {
	{
		find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/net' -exec readlink {} + 2>/dev/null |
			sort -u
		ls /run/netns 2>/dev/null
		cat /proc/sys/net/ipv4/ip_local_port_range
		for name in demo-server pooled churning binding exhausting; do pgrep -lx "$name"; done
	} || :
}

same_state() { [ "$(host_state)" = "$before" ]; }

demo_shows_what_it_does() {
	before=$(host_state)
	run "$porttrace" demo --batch -n 8
	expect_status 0
	expect_quiet err
	[ "$(grep -c ' probe ' "$dir/out")" -eq 8 ] || fail 'not eight screens'
	for port in 7001 7002 7003 7004; do
		expect_out "127\.0\.0\.1:$port "
	done
	expect_out 'connect +range_exhausted +EADDRNOTAVAIL +[1-9]'
	same_state || fail 'something is left behind, or changed'
}

demo_is_gone_however_it_ends() {
	before=$(host_state)
	for signal in INT TERM HUP KILL SEGV; do
		: >"$dir/out"
		"$porttrace" demo --json -i 0.1 >"$dir/out" 2>/dev/null &
		pid=$!
		wait_until has_two_lines || fail 'no two lines'
		kill -s "$signal" "$pid"
		wait "$pid" 2>/dev/null
		wait_until same_state || fail "after SIG$signal something is left behind"
	done
}

demo_without_its_workload() {
	: >"$dir/out"
	"$porttrace" demo --json -i 0.1 >"$dir/out" 2>"$dir/err" &
	pid=$!
	wait_until has_two_lines || fail 'no two lines'
	pkill -KILL -P "$(pgrep -P "$pid" -x demo-server)" -x churning
	status=0
	wait "$pid" || status=$?
	expect_status 1
	expect_err 'ended by itself'
}
