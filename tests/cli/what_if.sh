# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# check --what-if, with BPF and without. Sourced by check, whose functions these are written with.

what_if_in_wrong_words() {
	for words in range range= range=1024 range=0-10 range=20-10 tw_reuse=3 sources=0 \
		reserved=http nix=1 'sources=2,sources=2' ''; do
		run "$porttrace" check --what-if "$words"
		expect_status 3
		expect_one_message
		expect_quiet out
	done
	run "$porttrace" top --what-if sources=2
	expect_status 2
	run unshare --net "$porttrace" check -N self --what-if range=1023-65535
	expect_status 3
	expect_one_message
	expect_quiet out
	expect_err 'the kernel refuses it, as ip_unprivileged_port_start is 1024'
	run unshare --net "$porttrace" check -N self --what-if range=1024-65535
	expect_status 0
}

# In a namespace with the range 40000 to 40099: to 127.0.0.1:7001, 12 connections and 3 TIME_WAITs,
# 40010 bound by a listener and 40021 by UDP. WORDS... are run beside them.
what_if_beside_sockets() {
	cat >"$dir/sockets" <<-'EOF'
		use strict; use Socket;
		my ($host, @kept) = (inet_aton("127.0.0.1"));
		sub make { socket(my $s, PF_INET, $_[0], 0) or die; push @kept, $s; $s }
		sub at { my ($s, $port) = @_; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
			bind($s, sockaddr_in($port, $host)) or die "$port: $!"; $s }
		sub to { my $s = make(SOCK_STREAM);
			connect($s, sockaddr_in(7001, $host)) or die $!; $s }
		my $listener = at(make(SOCK_STREAM), 7001);
		listen($listener, 100) or die;
		listen(at(make(SOCK_STREAM), 40010), 1) or die;
		at(make(SOCK_DGRAM), 40021);
		my @clients = map { to() } 1 .. 15;
		my @servers = map { accept(my $s, $listener) or die; $s } 1 .. 15;
		for (0 .. 2) { close $clients[$_]; sysread($servers[$_], my $byte, 1); close $servers[$_]; }
		exit(system(@ARGV) >> 8);
	EOF
	run unshare --net sh -c 'ip link set lo up
		echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range
		echo 40030-40039 >/proc/sys/net/ipv4/ip_local_reserved_ports
		echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
		exec perl "$@"' sh "$dir/sockets" "$@"
}

# The figures of both, of TCP: the route's, and its capacity; and of UDP.
expect_what_if() {
	expect_out '"dport":7001,"now":\{"capacity":89,"used":15,"reclaimable":0,"headroom":74,'
	expect_out '"then":\{"capacity":49,"used":[0-9]+,"reclaimable":0,'
	expect_out '"proto":"udp","src":"127.0.0.1","dst":null,"dport":null,"now":\{"capacity":90,"used":1,"reclaimable":0,"headroom":89,'
	expect_out '"then":\{"capacity":50,"used":1,"reclaimable":0,"headroom":49,'
	expect_out '"range":\[40000,40049\],"reserved":\[\],'
}

what_if_with_bpf() {
	what_if_beside_sockets "$porttrace" check --json -N self \
		--what-if range=40000-40049,reserved=
	expect_status 0
	expect_quiet err
	expect_what_if
	expect_out '"not_checked":null'
}

# Which ports the connections get is left to chance; so both are asked about the same ones.
what_if_without_bpf() {
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	cat >"$dir/both" <<-'EOF'
		cd "$1" || exit 1
		"$2" check --json -N self --what-if range=40000-40049,reserved= >with
		setpriv --reuid 65534 --regid 65534 --clear-groups \
			./porttrace check --json --what-if range=40000-40049,reserved=
	EOF
	what_if_beside_sockets sh "$dir/both" "$dir" "$porttrace"
	expect_status 0
	expect_one_message
	expect_err 'without BPF, figures are estimates'
	expect_what_if
	expect_out '"not_checked":\["other network namespaces'
	for file in with out; do
		grep -o '{"netns":.*}}' "$dir/$file" | sed 's/},{"netns"/}\n{"netns"/g' | sort >"$dir/rows.$file"
	done
	[ "$(wc -l <"$dir/rows.with")" -eq 2 ] || fail 'not two routes'
	cmp -s "$dir/rows.with" "$dir/rows.out" ||
		fail "$(diff "$dir/rows.with" "$dir/rows.out" | head -n 4 | tr '\n' ' ')"
}
