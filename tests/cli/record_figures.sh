# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# What is in a recording is what happened. For tests/cli/check, after record.sh, whose functions these
# are written with.

# In a network namespace without ports, a file at most, and 40 sockets that listen: what fails there
# is what this has made to fail. NR failures; then it waits for the recorder. The connections are there
# until the recorder has ended: when they go, more enter TIME_WAIT.
cat >"$dir/known" <<-'EOT'
	ip link set lo up
	echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range
	porttrace=$1 file=$2 sockets=$3 dir=$4
	stat -L -c %i /proc/self/ns/net >"$dir/netns"
	rm -f "$dir/hold" && mkfifo "$dir/hold" && exec 4<>"$dir/hold"
	"$porttrace" record -N self -i 0.1 -o "$file" -- bash -c '
		"$0" listen 7001 connect 7001 60 close 7001 30 <"$1" >"$1.made" 4>&- &
		until grep -qs ready "$1.made"; do sleep 0.05; done
		# The ten that are left, and then none.
		for ((i = 0; i < 10; i++)); do exec {fds[i]}<>/dev/tcp/127.0.0.1/7001; done
		for ((i = 0; i < 17; i++)); do (exec 9<>/dev/tcp/127.0.0.1/7001) 2>/dev/null; done
		until zcat "$2" 2>/dev/null | grep -q "\"failures\":17,"; do sleep 0.05; done' \
		"$sockets" "$dir/hold" "$file"
EOT

record_has_what_a_workload_did() {
	no_recording_yet
	run timeout 60 unshare --net bash "$dir/known" "$porttrace" "$recording" "$sockets" "$dir"
	expect_status 0
	expect_whole
	netns=$(cat "$dir/netns")
	lines | jq -nc -f "$tests/whole.jq" >"$dir/whole" || fail 'the lines do not fit together'
	jq -es --argjson netns "$netns" 'map(.routes[] | select(.netns == $netns and .dport == 7001)) |
		{ most: (map(.used) | max), least: (map(.headroom) | min), made: (last.allocations),
		  failed: last.failures, time_waits: last.time_waits } ==
		{ most: 100, least: 0, made: 100, failed: 17, time_waits: 30 }' "$dir/whole" >"$dir/jq" ||
		fail "not what was done: $(jq -c '.routes[] | select(.dport == 7001)' "$dir/whole" | tail -n 1 | cut -c1-400)"
	lines | jq -es --argjson netns "$netns" 'map(select(.event == "failure")) |
		length == 17 and all(.netns == $netns and .cause == "range_exhausted" and .dport == 7001 and has("stack"))' >"$dir/jq" ||
		fail 'not those 17 failures'
	lines | tail -n 1 | jq -e '.failures == 17 and .lost == 0' >"$dir/jq" || fail 'the last line'
	# The same as an independent program makes of it.
	run "$porttrace" top --from "$recording" --json
	expect_status 0
	jq -c -f "$tests/in_order.jq" "$dir/out" >"$dir/a"
	jq -c -f "$tests/in_order.jq" "$dir/whole" | cmp -s - "$dir/a" || fail 'top --from has it differently'
}

# In a network namespace without a port: NR connects that fail as fast as they can, and take it along.
cat >"$dir/storm" <<-'EOT'
	use strict; use Socket;
	my $to = sockaddr_in(7917, inet_aton("127.0.0.1"));
	for (1 .. $ARGV[0]) {
		socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
		connect($s, $to) and die "it finds a port";
	}
EOT

# What is said in the end is what the file accounts for, though the counters' rows are gone with it.
record_counts_a_storm() {
	no_recording_yet
	record --json --dst 127.0.0.1 --dport 7917 -c perl -- unshare --net sh -c "ip link set lo up &&
		echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range &&
		echo 40000-40001 >/proc/sys/net/ipv4/ip_local_reserved_ports &&
		perl '$dir/storm' 3000"
	expect_status 0
	expect_whole
	expect_err "^porttrace: $recording: [0-9]+ snapshots, 3000 failures, "
	lines | tail -n 1 >"$dir/last"
	jq -e '.failures + .held_back == 3000 and .held_back > 0 and .lost == 0' "$dir/last" >"$dir/jq" ||
		fail "the last line: $(cat "$dir/last")"
	jq -e --slurpfile last "$dir/last" '.failures == 3000 and .lost == 0 and
		.held_back == $last[0].held_back' "$dir/out" >"$dir/jq" || fail "it says $(cat "$dir/out")"
}

# In its network namespace without ports but one: a connection to each of NR addresses, all of them
# from the same port, and as many connects that fail; then SEEN, once more, and an end at once. The
# connections are there until then.
cat >"$dir/ending" <<-'EOT'
	use strict; use Socket;
	my ($nr, $seen, @kept) = @ARGV;
	socket(my $server, PF_INET, SOCK_STREAM, 0) or die;
	bind($server, sockaddr_in(7001, INADDR_ANY)) && listen($server, 100) or die;
	sub connect_to {
		socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
		push @kept, $s;
		connect($s, sockaddr_in(7001, inet_aton("127.0.0.$_[0]")));
	}
	sub make {
		for (@_) { connect_to($_) or die "to $_: $!"; connect_to($_) and die "$_: it finds a port"; }
	}
	make(1 .. $nr);
	system($seen) == 0 or die if $seen;
	make($nr + 1 .. 2 * $nr) if $seen;
EOT

# record_ending SEEN WORDS...: what a command has done in a namespace that goes with it, $netns.
record_ending() {
	no_recording_yet
	seen=$1
	shift
	record "$@" --dport 7001 -- unshare --net sh -c "ip link set lo up &&
		stat -L -c %i /proc/self/ns/net >'$dir/netns' &&
		echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range &&
		echo 40001 >/proc/sys/net/ipv4/ip_local_reserved_ports &&
		exec perl '$dir/ending' 5 \"\$0\"" "$seen"
	expect_status 0
	expect_whole
	netns=$(cat "$dir/netns")
	lines | jq -nc -f "$tests/whole.jq" >"$dir/whole" || fail 'the lines do not fit together'
	jq -c --argjson netns "$netns" '{ lost, routes: [.routes[] | select(.netns == $netns)],
		failures: [.failures[] | select(.netns == $netns)] }' "$dir/whole" >"$dir/ended"
}

record_has_the_last_of_a_namespace_that_ends() {
	record_ending "until zcat '$recording' 2>/dev/null | grep -q '\"routes\":.*\"dst\":\"127.0.0.5\"'
		do sleep 0.05; done" -i 0.2
	jq -es 'map(select(.routes | length > 0)) | last | (.routes | length == 10) and
		all(.routes[]; .allocations == 1 and .failures == 1) and
		([.failures[].count] | add) == 10' "$dir/ended" >"$dir/jq" ||
		fail "not the last figures: $(tail -n 1 "$dir/ended" | cut -c1-400)"
	run "$porttrace" report --json -N "$netns" "$recording"
	jq -e '.failures == 10 and .allocations == 10 and
		(.routes | length == 10 and all(.allocations == 1 and .failures == 1)) and
		([.routes[].peak_used | select(. == 1)] | length >= 5)' "$dir/out" >"$dir/jq" ||
		fail "report: $(jq -c '[.failures, .allocations, .routes]' "$dir/out" | cut -c1-400)"
}

# Which are the first one and the last: the kernel may have it still, or what was counted there has no
# row, and the file says so. With the listener's, it has got 6 ports. No filter is for what has no row,
# and other namespaces may end meanwhile.
record_tells_of_a_namespace_that_no_snapshot_has() {
	record_ending '' -i 60
	jq -es 'last | if .routes == [] then .lost.ended >= 11 else
		([.routes[] | .allocations, .failures] | add) == 10 end' "$dir/ended" >"$dir/jq" ||
		fail "not the 11 of there: $(tail -n 1 "$dir/ended" | cut -c1-400)"
	run "$porttrace" report -N "$netns" "$recording"
	expect_out '^Failed: 5$'
	jq -es 'last.routes == []' "$dir/ended" >"$dir/jq" || return
	expect_out '^  [0-9]+ calls in namespaces that ended before a snapshot had them$'
}

# FILE NR: records what fails in a network namespace until it is killed, after NR times 30 ms. Each
# file opens, and has nothing that did not happen.
cat >"$dir/kill" <<-'EOT'
	porttrace=$1 file=$2 delay=$(($3 * 30))
	ip link set lo up
	echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range
	echo 40000-40001 >/proc/sys/net/ipv4/ip_local_reserved_ports
	"$porttrace" record -N self -i 0.02 -o "$file" 2>"$file.err" &
	pid=$!
	until grep -qs recording "$file.err"; do kill -0 $pid || exit 1; sleep 0.02; done
	made=0
	end=$((${EPOCHREALTIME/./} + delay * 1000))
	while [ ${EPOCHREALTIME/./} -lt $end ]; do
		(exec 9<>/dev/tcp/127.0.0.1/7001) 2>/dev/null
		made=$((made + 1))
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	echo $made >"$file.made"
EOT

# judge_killed FILE
judge_killed() {
	made=$(cat "$1.made" 2>/dev/null) || { fail "$1: $(cat "$1.err")"; return; }
	"$porttrace" top --from "$1" --json >"$1.top" 2>"$1.err" || fail "it does not open: $(cat "$1.err")"
	grep -q 'is cut short' "$1.err" || fail 'nobody says that it is cut short'
	zcat "$1" 2>/dev/null | sed '$!b; /}$/!d' >"$1.lines"
	jq -nc -f "$tests/whole.jq" "$1.lines" >"$1.whole" 2>"$1.jq" || fail "$(head -n 1 "$1.jq")"
	jq -c -f "$tests/in_order.jq" "$1.top" >"$1.a"
	jq -c -f "$tests/in_order.jq" "$1.whole" | cmp -s - "$1.a" || fail 'other lines, other figures'
	# Events since the last snapshot are in no snapshot yet.
	counted=$(jq -s 'last | [.routes[].failures] | add // 0' "$1.top")
	told=$(grep -c '"event":"failure"' "$1.lines")
	[ "$counted" -le "$made" ] && [ "$told" -le "$made" ] ||
		fail "$counted counted, $told told, and $made made"
	all_counted=$((all_counted + counted))
}

# A few at a time: most of the time goes by in attaching.
kill_step=${PORTTRACE_KILL_STEP:-1}
record_survives_kills() {
	all_counted=0
	seq "$kill_step" "$kill_step" 50 | xargs -P 3 -I NR unshare --net bash "$dir/kill" "$porttrace" "$dir/killed.NR" NR
	for one in $(seq "$kill_step" "$kill_step" 50); do judge_killed "$dir/killed.$one"; done
	[ "$all_counted" -gt 0 ] || fail 'nothing that was made is in any file'
}

# --- filters --------------------------------------------------------------------------------------

# In its network namespace, of which one port is left: WORKERS, of these names each a process, of which
# "four" and "six" have a connection of TCP, to 127.0.0.1:7004 and [::1]:7006, and "udp" a UDP socket; and
# then another one, which fails. "four" also fails to bind the port on which it listens. They are there
# before, and until the end. PID among the words is that of "four".
cat >"$dir/filtered" <<-'EOT'
	dir=$1 porttrace=$2 recording=$3
	shift 3
	ip link set lo up
	echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range
	echo 40001 >/proc/sys/net/ipv4/ip_local_reserved_ports
	rm -f "$dir"/go "$dir"/*.done
	for name in four six udp; do perl "$dir/worker" "$dir" $name & pids+=($!); done
	[ -z "$FOUR_CGROUP" ] || echo "${pids[0]}" >"$FOUR_CGROUP/cgroup.procs"
	"$porttrace" record -N self -o "$recording" "${@/PID/${pids[0]}}" -- sh -c ': >"$0/go"
		for name in four six udp; do until [ -e "$0/$name.done" ]; do sleep 0.02; done; done' "$dir"
	status=$?
	kill "${pids[@]}"
	wait
	exit $status
EOT
cat >"$dir/worker" <<-'EOT'
	use strict; use Socket qw(:DEFAULT :addrinfo);
	my ($dir, $name) = @ARGV;
	my $is_six = $name eq "six";
	my ($family, $port) = $is_six ? (PF_INET6, 7006) : (PF_INET, 7004);
	my @kept;
	$0 = $name;
	sub make { socket(my $s, $family, $_[0], 0) or die; push @kept, $s; $s }
	sub address { $is_six ? pack_sockaddr_in6($port, Socket::inet_pton(AF_INET6, "::1")) :
		sockaddr_in($port, inet_aton("127.0.0.1")) }
	if ($name ne "udp") {
		my $server = make(SOCK_STREAM);
		bind($server, address()) && listen($server, 9) or die;
	}
	select(undef, undef, undef, 0.02) until -e "$dir/go";
	my $type = $name eq "udp" ? SOCK_DGRAM : SOCK_STREAM;
	connect(make($type), address()) or die "$name: $!";
	connect(make($type), address()) and die "$name: it finds a port";
	$name ne "four" or bind(make($type), address()) and die "$name: it binds";
	open(my $done, ">", "$dir/$name.done") or die;
	close $done;
	sleep 1000;
EOT

# expect_kept WORKERS CALLS WORDS...: with these filters, whose routes are in the snapshots, and whose
# calls among the failures. Each list is sorted.
expect_kept() {
	routes=$1 calls=$2
	shift 2
	no_recording_yet
	run timeout 60 unshare --net bash "$dir/filtered" "$dir" "$porttrace" "$recording" "$@"
	expect_status 0
	lines | jq -nc -f "$tests/whole.jq" | jq -rs '[.[].routes[] | select(.used == 1) |
		if .proto == "udp" then "udp" elif .dport == 7006 then "six" else "four" end] |
		unique | join(" ")' >"$dir/routes"
	lines | jq -rs '[.[] | select(.event == "failure") | .comm + ":" + .call] | unique | join(" ")' \
		>"$dir/calls"
	[ "$(cat "$dir/routes")" = "$routes" ] || fail "$*: routes of '$(cat "$dir/routes")'"
	[ "$(cat "$dir/calls")" = "$calls" ] || fail "$*: failures of '$(cat "$dir/calls")'"
	lines | tail -n 1 | jq -e --argjson nr "$(echo "$calls" | wc -w)" '.failures == $nr' >"$dir/jq" ||
		fail "$*: $(lines | tail -n 1)"
}

# What top and trace know, in one recording: each filter is for both.
record_only_what_is_asked_for() {
	four='four:bind four:connect'
	expect_kept 'four six udp' "$four six:connect udp:connect"
	expect_kept 'four udp' "$four udp:connect" -4
	expect_kept six six:connect -6
	expect_kept 'four six' "$four six:connect" --tcp
	expect_kept udp udp:connect --udp
	# A UDP socket looks for a port before it has an address.
	expect_kept 'four udp' "$four" --src 127.0.0.0/8
	expect_kept six six:connect --dst ::1
	expect_kept six six:connect --dport 7005-7006
	expect_kept four "$four" -p PID
	expect_kept six six:connect -c six
	expect_kept 'four six udp' "$four six:connect udp:connect" -g /
	expect_kept four four:connect -4 --tcp --dst 127.0.0.1 -c four
	# It is single events that have a port of their own.
	expect_kept 'four six udp' four:bind --sport 7004
	expect_kept '' '' -N "/proc/$$/ns/net"
}

record_only_of_a_cgroup() {
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	FOUR_CGROUP=$mount/porttrace-record-$$
	mkdir "$FOUR_CGROUP" 2>/dev/null || { skip='no cgroup can be made here'; return; }
	export FOUR_CGROUP
	expect_kept four 'four:bind four:connect' -g "$FOUR_CGROUP"
	wait_until rmdir "$FOUR_CGROUP" || fail 'the cgroup cannot be removed'
}
