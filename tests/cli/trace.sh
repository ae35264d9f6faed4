# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Tests of trace, for tests/cli/check, which has the helpers and calls them.

# PORTTRACE DIR NR SIGNAL WORDS...: in its network namespace no connect() finds a port, and that many
# fail once trace has attached. Then the signal, if there is one. Who failed goes to DIR/pids.
cat >"$dir/failures" <<-'EOT'
	porttrace=$1 dir=$2 nr=$3 signal=$4
	shift 4
	ip link set lo up
	echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range
	echo 40000-40001 >/proc/sys/net/ipv4/ip_local_reserved_ports
	: >"$dir/pids"
	"$porttrace" trace -N self "$@" &
	trace=$!
	for ((tries = 0; tries < 400; tries++)); do
		grep -q '^porttrace: tracing ' "$dir/err" && break
		kill -0 $trace 2>/dev/null || break
		sleep 0.05
	done
	for ((i = 0; i < nr; i++)); do
		(
			echo $BASHPID >>"$dir/pids"
			exec 9<>/dev/tcp/127.0.0.1/7001
		) 2>/dev/null
	done
	[ -z "$signal" ] || kill -s "$signal" $trace
	wait $trace
EOT

# trace_beside_failures NR SIGNAL WORDS...: see above.
trace_beside_failures() {
	run timeout 60 unshare --net bash "$dir/failures" "$porttrace" "$dir" "$@"
}

expect_lines() { [ "$(wc -l <"$dir/out")" -eq "$1" ] || fail "$(wc -l <"$dir/out") lines instead of $1"; }

# expect_summary FAILURES: that is the last line, to its end.
expect_summary() {
	[ -z "$(tail -c 1 "$dir/out")" ] || fail 'the last line is not whole'
	tail -n 1 "$dir/out" | grep -qxE "failures $1, allocations 0, TIME_WAITs 0; held back 0, lost 0, missed (-|[0-9]+)(, at most [0-9]+)?|\{\"event\":\"summary\",\"failures\":$1,\"allocations\":0,\"time_waits\":0,\"held_back\":0,\"lost\":0,\"lost_failures\":0,\"lost_allocations\":0,\"lost_time_waits\":0,\"missed\":(null|[0-9]+),\"missed_at_most\":(null|[0-9]+)\}" ||
		fail "the last line is no summary of $1: $(tail -n 1 "$dir/out")"
}

# Once, when it has attached, and nothing else.
expect_told_once() {
	expect_one_message
	expect_err '^porttrace: tracing failed port allocations with back-end (fentry|kprobe|tracepoint)$'
}

trace_help() {
	run "$porttrace" trace --help
	expect_status 0
	expect_quiet err
	for option in '-n, --count N' '-a, --all' '-k, --stack' '-d, --duration SECONDS' \
		'-t, --time' '    --no-time' '    --sport PORT' '    --rate-limit N' \
		'    --buffer MIB' '    --cpu-limit PERCENT' '-p, --pid PID' '-c, --comm NAME' \
		'-g, --cgroup PATH' '-N, --netns NETNS' '-j, --json'; do
		expect_out "^  $option"
	done
	! grep -qE -- '--(interval|batch|sort)' "$dir/out" || fail 'it has options of top'
}

# wrong_option MESSAGE WORDS...: says what is wrong, and where to look.
wrong_option() {
	message=$1
	shift
	run "$porttrace" trace "$@"
	expect_status 2
	expect_one_message
	expect_err "^porttrace: .*$message.*; 'porttrace trace --help' lists what there is\$"
	expect_quiet out
}

trace_wrong_usage() {
	for seconds in 0 -1 x nan 1s ''; do
		wrong_option "'$seconds' is not a duration: seconds, from 0.001 to " -d "$seconds"
	done
	for count in 0 -1 1.5 x 1000000001 ''; do
		wrong_option "'$count' is not a count: a number from 1 to 1000000000" -n "$count"
	done
	for port in 0 65536 x 20-10 10- '' ' 1'; do
		wrong_option "'$port' is not a port, 1 to 65535, or a range LOW-HIGH" --sport "$port"
	done
	for number in -1 x 1000000001 ''; do
		wrong_option "'$number' is not a number from 0 to 1000000000" --rate-limit "$number"
	done
	for number in 0 -1 1025 x; do
		wrong_option "'$number' is not a number from 1 to 1024" --buffer "$number"
	done
	for pid in 0 -1 x 4194305 ''; do
		wrong_option "'$pid' is not a process id: a number from 1 to 4194304" -p "$pid"
	done
	wrong_option "a process has no empty name: give one as 'ps -o comm' shows it" -c ''
	wrong_option "'-d' needs an argument, SECONDS" -d
	wrong_option "unknown option '--nix'" --nix
	wrong_option "unknown option '-i'" -i 1
	wrong_option "'--all' takes no argument" --all=1
	wrong_option "'trace' takes no argument '80'" 80
}

trace_without_a_cgroup() {
	for path in /no/such/cgroup ../../.. "$dir"; do
		run "$porttrace" trace -d 0.1 -g "$path"
		expect_status 1
		expect_one_message
		expect_err ' no cgroup'
		expect_quiet out
	done
}

trace_ends_after_its_time() {
	trace_beside_failures 0 '' -d 0.2
	expect_status 0
	expect_lines 2
	expect_out '^TIME +CALL +CAUSE '
	expect_summary 0
	expect_told_once
	trace_beside_failures 0 '' -d 0.2 --json
	expect_status 0
	expect_lines 1
	expect_summary 0
	expect_told_once
}

trace_ends_after_as_many_as_asked_for() {
	trace_beside_failures 3 '' -n 2 --no-time
	expect_status 0
	expect_lines 4
	expect_out '^connect range_exhausted +bash\[[0-9]+\] tcp 127.0.0.1 > 127.0.0.1:7001 EADDRNOTAVAIL '
	expect_summary 2
	trace_beside_failures 2 '' -n 1 --json
	expect_status 0
	expect_lines 2
	expect_summary 1
}

# Each who failed has a line, in that order.
trace_tells_of_each_failure() {
	trace_beside_failures 4 TERM -j
	expect_status 0
	expect_told_once
	expect_lines 5
	expect_summary 4
	sed -n 's/.*"pid":\([0-9]*\),.*/\1/p' "$dir/out" | cmp -s - "$dir/pids" ||
		fail 'not the processes that failed'
	line='"event":"failure","call":"connect","errno":"EADDRNOTAVAIL","cause":"range_exhausted","proto":"tcp",'
	line="$line\"netns\":[0-9]+,.*\"src\":\"127.0.0.1\",\"dst\":\"127.0.0.1\",\"dport\":7001,\"sport\":null,"
	line="$line\"pid\":([0-9]+),\"tid\":\\1,\"uid\":0,.*\"comm\":\"bash\",\"cgroup\":(null|\"/[^\"]*\"),"
	line="$line\"duration_ns\":[1-9][0-9]*,\"headroom\":0,.*\"holder\":null"
	[ "$(grep -cE "^\{\"time\":\"[0-9T:.-]+Z\",$line\}\$" "$dir/out")" -eq 4 ] ||
		fail "not four lines of the contract: $(head -n 1 "$dir/out")"
}

# A kernel that says that it is 2.6, as all did before 6.7, counts nothing that it skips here.
trace_of_misses_that_nobody_counts() {
	run setarch --uname-2.6 "$porttrace" trace -P tracepoint -d 0.2 --json
	expect_status 0
	expect_summary 0
	expect_out ',"missed":null,"missed_at_most":null\}$'
	run setarch --uname-2.6 "$porttrace" trace -P tracepoint -d 0.2
	expect_status 0
	expect_summary 0
	expect_out ', missed -$'
}

trace_ends_cleanly_by_a_signal() {
	for words in 'INT --json' 'TERM --time' 'HUP --no-time'; do
		# shellcheck disable=SC2086 # words
		trace_beside_failures 2 $words
		expect_status 0
		expect_summary 2
		expect_told_once
	done
}

trace_of_what_is_asked_for() {
	trace_beside_failures 1 TERM -c bash -g / --src 127.0.0.0/8 --dst 127.0.0.1 --dport 7000-7001 \
		-4 --tcp
	expect_status 0
	expect_summary 1
	for words in '-c bas' '-p 1' '--dport 7002' '--src ::/0' --udp; do
		# shellcheck disable=SC2086 # words
		trace_beside_failures 1 TERM $words
		expect_status 0
		expect_summary 0
	done
}

number_of() { tail -n 1 "$dir/out" | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; }

# What is not shown is counted. A second may end in between, and another one be shown.
trace_holds_back() {
	trace_beside_failures 6 TERM -j --rate-limit 1
	expect_status 0
	shown=$(number_of failures) held=$(number_of held_back)
	[ $((shown + held)) -eq 6 ] || fail "$shown shown and $held held back are not 6"
	[ "$shown" -ge 1 ] && [ "$held" -ge 1 ] || fail "$shown shown, $held held back"
	told=$(sed -n 's/.*"event":"held_back".*"count":\([0-9]*\)}/\1/p' "$dir/out" | paste -sd+)
	[ $((told)) -eq "$held" ] || fail "the lines tell of $told held back, the summary of $held"
	trace_beside_failures 6 TERM -j --rate-limit 0
	expect_summary 6
}

# Names that others chose: of a program, a namespace, a user. None of them reaches a terminal.
trace_of_strange_names() {
	strange=$(printf 'a\033[31m"\\\n\377')
	cat >"$dir/strange" <<-'EOT'
		mkdir -p /run/netns && mount -t tmpfs none /run/netns && : >"/run/netns/$1" &&
		mount --bind /proc/self/ns/net "/run/netns/$1" || exit
		printf '%s:x:0:0::/:/bin/sh\n' "${1//$'\n'/}" >"$2/passwd" && mount --bind "$2/passwd" /etc/passwd
		(exec "$2/$1" "${@:3}")
	EOT
	cp "$(command -v bash)" "$dir/$strange"
	for format in --no-time --json; do
		run timeout 60 unshare --net --mount bash "$dir/strange" "$strange" "$dir" \
			"$dir/failures" "$porttrace" "$dir" 1 TERM "$format"
		expect_status 0
		expect_summary 1
		! LC_ALL=C grep -q '[^ -~]' "$dir/out" || fail 'something not printable came through'
	done
	expect_out '"netns_name":"a\?\[31m\\"\\\\\?\?",'
	expect_out '"user":"a\?\[31m\\"\\\\\?","comm":"a\?\[31m\\"\\\\\?\?",'
}

# In its network namespace a connect() for which the server has no room, and which waits, with
# SO_REUSEADDR, when trace is told to end; one before it found its place.
cat >"$dir/waiting" <<-'EOT'
	porttrace=$1 dir=$2
	shift 2
	ip link set lo up
	"$porttrace" trace -N self -j --all "$@" &
	trace=$!
	trap 'kill $trace 2>/dev/null' EXIT
	until grep -qs '^porttrace: tracing ' "$dir/err"; do kill -0 $trace || exit 1; sleep 0.05; done
	perl -e 'use Socket;
		my $to = sockaddr_in(7001, inet_aton("127.0.0.1"));
		my ($server, $first, $second);
		socket($_, PF_INET, SOCK_STREAM, 0) or die for $server, $first, $second;
		bind($server, $to) && listen($server, 0) && connect($first, $to) &&
		setsockopt($second, SOL_SOCKET, SO_REUSEADDR, 1) && connect($second, $to)' &
	caller=$!
	until [ -n "$(ss -Htn state syn-sent dport = 7001)" ]; do kill -0 $caller || exit 1; sleep 0.05; done
	kill -INT $trace
	wait $trace
	status=$?
	kill -9 $caller
	exit $status
EOT

trace_beside_a_connect_that_waits() {
	run timeout 60 unshare --net bash "$dir/waiting" "$porttrace" "$dir" "$@"
	expect_status 0
}

# Some back-ends know its port only when it ends.
trace_of_a_connect_that_waits() {
	trace_beside_a_connect_that_waits
	jq -es 'map(select(.event == "allocation" and .call == "connect")) |
		map([.dport, .options.reuseaddr]) == [[7001, false], [7001, true]]' "$dir/out" >"$dir/jq" ||
		fail "not the two: $(grep -c allocation "$dir/out")"
	for words in '--dport 7002' '--src 127.0.0.2' -6 --udp; do
		# shellcheck disable=SC2086 # words
		trace_beside_a_connect_that_waits $words
		expect_lines 1
		expect_summary 0
	done
	waits=0
	[ "$("$porttrace" probes --json | jq -r .selected)" != tracepoint ] || waits=1
	trace_beside_a_connect_that_waits --sport 1
	expect_lines $((1 + waits))
	[ "$(number_of lost_allocations)" -eq $waits ] || fail "lost: $(tail -n 1 "$dir/out")"
}

# All ports of TCP are those of sockets that were bound before they connected; of UDP none is, and what
# a raw socket has is no port.
cat >"$dir/protocols" <<-'EOT'
	ip link set lo up
	echo 40000 40003 >/proc/sys/net/ipv4/ip_local_port_range
	porttrace=$1 dir=$2
	"$porttrace" trace -N self -j &
	trace=$!
	trap 'kill $trace 2>/dev/null' EXIT
	until grep -qs '^porttrace: tracing ' "$dir/err"; do kill -0 $trace || exit 1; sleep 0.05; done
	perl -e 'use Socket;
		my $any = sockaddr_in(0, inet_aton("127.0.0.1"));
		my $to = sockaddr_in(7001, inet_aton("127.0.0.1"));
		my @kept;
		sub bound { socket(my $s, PF_INET, $_[0], $_[1]) or die; push @kept, $s; bind($s, $_[2]) && $s }
		my $server = bound(SOCK_STREAM, 0, $to) or die;
		listen($server, 100) or die;
		while (my $s = bound(SOCK_STREAM, 0, $any)) { connect($s, $to) or die }
		while (bound(SOCK_DGRAM, 0, $any)) { }
		bound(SOCK_RAW, 17, pack_sockaddr_in(5, inet_aton("10.9.9.9"))) and die' || exit 1
	kill -INT $trace
	wait $trace
EOT

trace_of_protocols_apart() {
	run timeout 60 unshare --net bash "$dir/protocols" "$porttrace" "$dir"
	expect_status 0
	expect_summary 2
	jq -es 'map(select(.event == "failure") | [.proto, .cause, .pattern]) ==
		[["tcp", "bind_range_exhausted", "bind_before_connect"],
		 ["udp", "bind_range_exhausted", null]]' "$dir/out" >"$dir/jq" ||
		fail "not these two: $(head -n 1 "$dir/out" | cut -c1-300)"
}

# A failure in the namespace "blue", and one in another that gets its number as soon as blue is gone.
cat >"$dir/reused" <<-'EOT'
	porttrace=$1 dir=$2
	mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip netns add blue || exit
	inum=$(stat -L -c %i /run/netns/blue)
	"$porttrace" trace -j --src 10.9.9.9 &
	trace=$!
	trap 'kill $trace 2>/dev/null' EXIT
	until grep -qs '^porttrace: tracing ' "$dir/err"; do kill -0 $trace || exit 1; sleep 0.05; done
	# Where nothing is up, each address passes for that of a broadcast.
	bind_in() {
		ip -n "$1" link set lo up
		ip netns exec "$1" perl -e 'use Socket;
			socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
			bind($s, pack_sockaddr_in(5, inet_aton("10.9.9.9"))) and die'
	}
	bind_in blue || exit 1
	until grep -qs '"netns":' "$dir/out"; do kill -0 $trace || exit 1; sleep 0.05; done
	ip netns del blue
	# The kernel lets go of it later, and others may come in between: one of these gets it.
	for ((i = 0; i < 200; i++)); do
		ip netns add green$i
		[ "$(stat -L -c %i /run/netns/green$i)" = "$inum" ] && break
		sleep 0.02
	done
	[ $i -lt 200 ] && bind_in green$i || exit 1
	kill -INT $trace
	wait $trace
EOT

trace_of_a_number_that_is_another_namespaces() {
	run timeout 60 unshare --mount bash "$dir/reused" "$porttrace" "$dir"
	expect_status 0
	expect_summary 2
	jq -es 'map(select(.event == "failure")) | length == 2 and .[0].netns == .[1].netns and
		.[0].netns_name == "blue" and .[1].netns_name != "blue"' "$dir/out" >"$dir/jq" ||
		fail "not these names: $(grep -o '"netns_name":[^,]*' "$dir/out" | paste -sd ' ')"
}

# --- streams ------------------------------------------------------------------------------------

trace_on_a_full_disk() {
	for format in --time --json; do
		status=0
		timeout 60 unshare --net bash "$dir/failures" "$porttrace" "$dir" 1 '' -d 5 "$format" \
			>/dev/full 2>"$dir/err" </dev/null || status=$?
		expect_status 1
		expect_err '^porttrace: cannot write to standard output: No space left on device$'
	done
}

trace_with_a_closed_stdout() {
	status=0
	unshare --net "$porttrace" trace -N self -d 0.2 >&- 2>"$dir/err" || status=$?
	expect_status 1
	expect_err '^porttrace: cannot write to standard output: '
}

# Its reader takes the heading and goes. Without a failure nothing is written that would tell.
trace_into_a_closed_pipe() {
	{ timeout 20 unshare --net "$porttrace" trace -N self 2>"$dir/err"; echo $? >"$dir/status"; } |
		head -n 1 >"$dir/out"
	status=$(cat "$dir/status")
	expect_status 0
	expect_told_once
	expect_lines 1
}
