# SPDX-License-Identifier: GPL-2.0-only
# Snapshots, as lines of `top --json`: jq -nc -L tests/screen 'include "snapshots"; ...'. Every figure
# of a row is another one, and so is that of every row: one in the wrong place is seen.

def owner($pid; $comm; $cgroup; $sockets; $time_waits):
	{ pid: $pid, comm: $comm, cgroup: $cgroup, sockets: $sockets, time_waits: $time_waits };

# $n: tells its figures from those of others.
def route($n; $netns; $proto; $src; $dst; $dport):
	($n * 1000) as $k |
	{ netns: $netns, proto: $proto, src: $src, dst: $dst, dport: $dport,
	  headroom: ($k + 1), eta_s: ($n * 100 + 0.5),
	  allocations_per_s: ($n * 10 + 0.1), failures_per_s: ($n + 0.2),
	  failures: ($k + 2), capacity: ($k + 3), used: ($k + 4), established: ($k + 5),
	  time_wait: ($k + 6), other: ($k + 7), bound: ($k + 8), fast_headroom: ($k - 500),
	  reclaimable: ($k + 9), occupancy: "census", allocations: ($k + 10),
	  bound_connects: ($k + 11), time_waits: ($k + 12), searches: ($k + 13),
	  search_ns: ($k * 30000), overflow: false, owners: [],
	  time_wait_left: [1, 2, 3, 4, 5, ($k - 9)],
	  used_in_half: [$k, ($n * 50)], reclaimable_in_half: [3, 1], own_ranges: [],
	  search_histogram: [range(16) | if . % 5 == $n % 5 then $k + . else 0 end] };

# Nothing is known of its ports.
def unknown:
	reduce ("headroom", "eta_s", "capacity", "used", "established", "time_wait", "other",
		"bound", "fast_headroom", "reclaimable", "occupancy", "searches", "search_ns",
		"time_wait_left", "used_in_half", "reclaimable_in_half", "own_ranges", "search_histogram") as $name
		(.; .[$name] = null);

def failure($n; $route; $call; $cause; $errno):
	($route | { netns, proto, src, dst, dport, overflow }) +
	{ call: $call, cause: $cause, errno: $errno, count: ($n * 100 + 7),
	  failures_per_s: ($n + 0.6), last: null };

def netns($n; $inum; $name):
	($n * 1000) as $k |
	{ inum: $inum, name: $name, range: [($k + 20000), ($k + 30000)], reserved: ($n + 20),
	  blocked: ($n + 30), blocked_by_bind_before_connect: ($n + 10), time_wait: ($k + 31),
	  time_wait_max: ($k + 131072), tw_reuse: $n, tw_reuse_delay_ms: 1000,
	  allocations_per_s: ($n * 7 + 0.4), failures_per_s: ($n * 3 + 0.8) };

# What are sums of routes, here as there.
def summed:
	.routes as $routes | .netns |= map(. as $netns | [$routes[] | select(.netns == $netns.inum)] as $own |
		. + { allocations: ($own | map(.allocations) | add // 0),
		      failures: ($own | map(.failures) | add // 0),
		      least_headroom: ($own | map(.headroom | values) | min) });

def routes:
	(route(1; 4026531840; "tcp"; "10.0.0.5"; "10.0.0.9"; 3306)
		| .occupancy = "carried" | .headroom = 7 | .fast_headroom = 3
		| .owners = [owner(812; "php-fpm"; "/system.slice/php-fpm.service"; 410; 51),
			     owner(813; "php-fpm"; "/system.slice/php-fpm.service"; 120; 17),
			     owner(null; null; null; 0; 9)]),
	(route(2; 4026531840; "tcp"; "2001:db8::1"; "2001:db8::2"; 443)
		| .occupancy = "incomplete" | .eta_s = null | .used_in_half = [3, 501]
		| .owners = [owner(900; "a name of 15 by"; "/user.slice/user-1000.slice"; 75; 0)]),
	(route(3; 4026532177; "tcp"; "127.0.0.1"; "127.0.0.1"; 80)
		| .headroom = 0 | .fast_headroom = 0 | .eta_s = 0 | .time_wait = 306
		| .time_wait_left = [100, 200, 6, 0, 0, 0]
		| .used_in_half = [100, 92]
		| .reclaimable_in_half = [0, 0]
		| .owners = [owner(812; "php-fpm"; "/system.slice/php-fpm.service"; 12; 2),
			     owner(77; "churning"; "/"; 5; 303)]),
	(route(4; 4026532177; "udp"; "10.1.0.7"; "10.1.0.53"; 53)
		| .time_wait_left = null
		| .owners = [owner(950; "resolver"; "/a/very/long/path/of/a/cgroup/of/which/only/the/end/is/worth/its/place/" +
			"0123456789abcdef0123456789abcdef0123456789abcdef.scope"; 33; 0)]),
	(route(5; 4026532200; "tcp"; "0.0.0.0"; null; null) | unknown
		| .owners = [owner(960; "binder"; "/b"; 21; 0)]),
	(route(6; 4026532200; "udp"; null; null; null) | unknown | .overflow = true | .owners = null),
	(route(7; 4026532200; "tcp"; "10.2.0.1"; "10.2.0.2"; 7007)
		| .time_wait = 0 | .time_wait_left = [0, 0, 0, 0, 0, 0]
		| .allocations_per_s = 0 | .failures_per_s = 0 | .failures = 0
		| .search_histogram = null
		| .searches = null | .search_ns = null);

def failures:
	[routes] as $routes |
	(failure(1; $routes[2]; "connect"; "range_exhausted"; "EADDRNOTAVAIL")
		| .last = { time: "2026-11-21T23:56:28.519406Z", pid: 77, comm: "churning", cgroup: "/",
			    sport: null }),
	(failure(2; $routes[0]; "bind"; "port_taken_by_connection"; "EADDRINUSE")
		| .last = { time: "2026-11-21T23:56:11.019406Z", pid: 813, comm: "php-fpm",
			    cgroup: "/system.slice/php-fpm.service", sport: 3306 }),
	(failure(3; $routes[4]; "bind"; "bind_range_exhausted"; "EADDRINUSE")),
	(failure(4; $routes[5]; "sendto"; "other"; "EPERM"));

def snapshot:
	{ version: 1, time: "2026-11-21T23:56:31.019406Z", host: "web-7", kernel: "6.18.44-test",
	  probe: "fentry", interval_s: 1, uptime_s: 11.003,
	  netns: [netns(1; 4026531840; "init"), netns(2; 4026532177; null),
		  netns(3; 4026532200; "blue")],
	  routes: [routes], failures: [], failures_by_route: [failures],
	  lost: { events: 1, routes: 20, owners: 300, failures: 4000, calls: 5, returns: 60,
		  walks: 700, census: 8000, missed: 90000, missed_at_most: 90001 },
	  cost: { census_ms: 1.34, census_age_s: 0.21, census_fresh: false,
		  census_incomplete: false, sockets: 355, owners_ms: 2.06, owners_age_s: 0.42,
		  read_ms: 0.11 } } | summed;

# As of an older version, and of the first screen.
def without_rest:
	del(.lost, .cost) | .interval_s = null;

# A second later, and so on: nothing else has changed.
def at($second):
	.time = ("2026-11-21T23:57:" + ("0\($second)"[-2:]) + ".000000Z") | .uptime_s = 20 + $second;

# Names that others chose: characters of two columns, of none, and of the other direction; ends of
# lines, tabs, escape sequences, and what clears or names a terminal.
def strange_names:
	["漢字漢字漢", "e\u0301e\u0301e\u0301", "\u202eשלום", "\u001b[31mred\u001b[0m", "a\r\n\tb\u0007\u009b2J",
	 "👩‍👧", "a|=#[ ]%s%n"] as $names |
	.host = "h\u001b]0;title\u0007漢" |
	.kernel = "6\u001b[2J\n" |
	.probe = "\u001b(0fentry\u0300" |
	.netns[0].name = "\u001b[5mש漢e\u0301" |
	.netns[2].name = "网络\t\u007f" |
	.routes |= (to_entries | map(.key as $at | .value | .owners |= (. // [] | to_entries
		| map(.key as $i | .value | if .pid then
			.comm = $names[($at * 2 + $i) % 7] | .cgroup = "/" + .comm + "/" + (.comm * 2)
		  else . end)))) |
	.failures_by_route |= map(if .last then .last.comm = $names[3] | .last.cgroup = "/" + $names[0] else . end);

# So many routes to as many ports, of which each is exhausted a little less.
def crowd($nr):
	.routes = [range($nr) as $i | route(1; 4026531840; "tcp"; "10.0.0.5"; "10.0.\($i / 50000 | floor).9"; 1 + $i % 50000)
		| .allocations_per_s = $nr - $i | .headroom = $i | .eta_s = null];
