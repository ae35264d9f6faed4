# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# Tests of who, for tests/cli/check, which has the helpers and calls them.

who_has_a_free_port() {
	run unshare --net "$porttrace" who -N self 80
	expect_status 1
	expect_out '^port 80 is free$'
	expect_quiet err
	run unshare --net "$porttrace" who -N self 80 --json
	expect_status 1
	expect_quiet out
	expect_quiet err
}

# who_beside_a_holder WORDS...: a shell has a UDP socket to 127.0.0.1:53, and asks about its port.
# HOLDER among the words is its process id. It is in $cgroup, if that is set.
who_beside_a_holder() {
	cat >"$dir/holder" <<-'EOF'
		porttrace=$1
		shift
		[ -z "$HOLDER_CGROUP" ] || echo $$ >"$HOLDER_CGROUP/cgroup.procs"
		ip link set lo up
		exec 9<>/dev/udp/127.0.0.1/53
		port=$(awk 'NR == 2 { split($2, address, ":"); print address[2] }' /proc/net/udp)
		"$porttrace" who -N self $((16#$port)) "${@/HOLDER/$$}" 9>&-
		exit $?
	EOF
	run env HOLDER_CGROUP="${cgroup:-}" unshare --net bash "$dir/holder" "$porttrace" "$@"
}

who_has_a_port_that_is_held() {
	who_beside_a_holder --json
	expect_status 0
	expect_quiet err
	expect_out '^\{"netns":[0-9]+,"proto":"udp","port":[0-9]+,"state":"established","src":"127.0.0.1","dst":"127.0.0.1","dport":53,"pid":[0-9]+,"comm":"bash","cgroup":"/.*","expires_s":null,'
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'not one line'
	who_beside_a_holder --udp --dport 53
	expect_status 0
	expect_out '^NETNS +PROTO STATE +LOCAL +PEER +EXPIRES +PID COMM$'
	expect_out ' udp +established 127.0.0.1:[0-9]+ 127.0.0.1:53 +- +[0-9]+ bash$'
	who_beside_a_holder --tcp
	expect_status 1
	expect_out ' is free of what was asked for; other sockets have it: 1$'
}

# More network namespaces with UDP tables of their own (Linux 6.1) than there is room for.
who_beyond_64_udp_tables() {
	[ -e /proc/sys/net/ipv4/udp_child_hash_entries ] || {
		skip='this kernel has one UDP table for all namespaces'
		return
	}
	: >"$dir/made"
	cat >"$dir/tables" <<-'EOF'
		porttrace=$1 made=$2
		echo 128 >/proc/sys/net/ipv4/udp_child_hash_entries
		for ((i = 0; i < 70; i++)); do
			unshare --net sh -c 'echo >>"$1" && exec sleep 60' - "$made" >/dev/null 2>&1 &
			sleeping+=($!)
		done
		for ((tries = 0; tries < 400 && $(wc -l <"$made") < 70; tries++)); do
			sleep 0.05
		done
		"$porttrace" who 4242
		status=$?
		kill "${sleeping[@]}"
		exit $status
	EOF
	run unshare --net bash "$dir/tables" "$porttrace" "$dir/made"
	expect_status 1
	expect_quiet out
	expect_err "^porttrace: [0-9]+ of the kernel's lists were not read: .* tables of UDP beyond the 64 .* port 4242 may be missing; ask again, or from within its network namespace"
	expect_err '^porttrace: so it is not known whether port 4242 is free$'
}

who_of_one_process() {
	for words in '-p HOLDER' '-c bash' '-g /' '-g /./.' '-p HOLDER -c bash -g /'; do
		# shellcheck disable=SC2086 # words
		who_beside_a_holder $words
		expect_status 0
		expect_out ' udp +established .* bash$'
	done
	for words in '-c porttrace' '-c bas' '-p 1' '-p HOLDER -c porttrace'; do
		# shellcheck disable=SC2086 # words
		who_beside_a_holder $words
		expect_status 1
		expect_out ' is free of what was asked for; other sockets have it: 1$'
	done
}

# Whose name a terminal would take for colours, and that is no ASCII.
who_in_a_strange_cgroup() {
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	cgroup=$mount/$(printf 'porttrace-\303\251\033[31m-%d' $$)
	mkdir "$cgroup" 2>/dev/null || { skip='no cgroup can be made here'; return; }
	for name in "$cgroup" "${cgroup#"$mount"}" "${cgroup##*/}//"; do
		who_beside_a_holder -j -g "$name"
		expect_status 0
		expect_out "\"cgroup\":\"/porttrace-\\?\\?\\?\\[31m-$$\""
	done
	wait_until rmdir "$cgroup" || fail 'the cgroup cannot be removed'
	cgroup=
}

who_without_btf() {
	run unshare --mount sh -c "mount --bind '$dir/empty' /sys/kernel/btf && '$porttrace' who 80"
	expect_status 1
	expect_one_message
	expect_err '--btf'
	run "$porttrace" who 80 -N no-such-name
	expect_status 1
	expect_one_message
}
