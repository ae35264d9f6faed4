# SPDX-License-Identifier: GPL-2.0-only
# What the screen has to show of a line of `top --json`, in plain ASCII: computed from the line alone.
#
#   header  its lines                        $clock: the local time of day of the line
#   table   of view $view: first the columns, "TITLE<" or "TITLE>" as it is aligned, and "TITLE<<" where
#           a long value is cut on the left, "TITLE<<<" where it is if it is over its share; then the rows; all with tabs between the cells
#   page    the page of the route in row $row of the first view; its second line is the advice

# As the program makes names printable: byte by byte.
def printable:
	explode | map(if . >= 32 and . < 127 then . elif . < 128 then 63
		elif . < 2048 then (63, 63) elif . < 65536 then (63, 63, 63) else (63, 63, 63, 63) end)
	| implode;

def count: if . == null then "-" else tostring end;
def decimal: if . == null then "-" else (. * 10 + 0.5 | floor) | "\(. / 10 | floor).\(. % 10)" end;
def text: if . == null or . == "" then "-" else printable end;
def spaces($nr): if $nr > 0 then " " * $nr else "" end;
def right($width): tostring | spaces($width - length) + .;
def left($width): tostring | . + spaces($width - length);
# The one with most sockets first, with those in TIME_WAIT; the last one is nobody.
def owners_in_order: [.owners // [] | .[] | select(.pid)] | sort_by(-.sockets - .time_waits);
def nobody: .owners // [] | .[] | select(.pid == null);
def process: if .pid then "\(.comm // "" | printable)[\(.pid)]" else "-" end;
def endpoint: if .dst | contains(":") then "[\(.dst)]:\(.dport)" else "\(.dst):\(.dport)" end;
def destination: if .dst then endpoint else "-" end;
def source: if .overflow then "(more routes)" else .src end;
def place: if .dst then endpoint else .src end;
def mark: { carried: "~", incomplete: "?" }[.occupancy // ""] // "";
# A figure of the sockets of a route, with what it rests on.
def marked($value): if $value == "-" then $value else mark + $value end;

def namespace_of($line; $inum):
	([$line.netns[] | select(.inum == $inum) | .name // empty | printable] | first) // ($inum | tostring);

# ---- The header ----

def closer: sort_by([.eta_s == null, .eta_s, .headroom]) | first;

def sum_of(values): [values] | add // 0;

def lost_line:
	[["without a row of their own", .routes], ["failures without detail", .failures],
	 ["calls not followed", .calls], ["returns not seen", .returns], ["walks cut short", .walks],
	 ["lists not counted", .census], ["owners not kept", .owners],
	 ["single failures not kept", .events], ["events missed", .missed]] as $all |
	([$all[][1] | values] | if length > 0 then add | tostring else "-" end) as $sum |
	"lost " + $sum + ([$all[] | select((.[1] // 0) > 0) | "  \(.[0]) \(.[1])"] | join("")) +
	(if .missed == null then "  events missed -" else "" end) +
	if (.missed_at_most // 0) > (.missed // 0) then "  events missed at most \(.missed_at_most)"
	else "" end;

def ago($age; $cost):
	if $age == null then "-"
	else "\($age | decimal) s ago, " + (if $cost == null then "-" else "\($cost | decimal) ms" end) end;

def census_line:
	if .census_age_s == null then "census -"
	else "census \(ago(.census_age_s; .census_ms))  sockets \(.sockets | count)" +
		"  owners \(ago(.owners_age_s; .owners_ms))" +
		if .census_incomplete then "  ? incomplete"
		elif .census_fresh == false then "  ~ carried forward" else "" end
	end;

def closest_line:
	([.routes[] | select(.eta_s != null)] | closer) as $route |
	if $route then $route |
		"closest \(.proto) \(place): \(if .occupancy == "carried" then "~" else "" end)\(.headroom) of \(.capacity) left, " +
		if .headroom > 0 then "gone in \(.eta_s | decimal) s" else "EXHAUSTED" end
	else "no route is running out" end;

def header:
	. as $line |
	def rate($name): if $line.interval_s == null then null else sum_of($line.routes[][$name]) end;
	def spark($rate): if $rate == null then " " elif $rate > 0 then "#" else "_" end;
	"porttrace \($clock)  \(.host | printable)  Linux \(.kernel | printable)  " +
		"probe \(.probe | printable)  every 1 s",
	(rate("allocations_per_s") as $rate | rate("failures_per_s") as $failing |
		"allocated \(sum_of(.routes[].allocations)) (\($rate | decimal)/s)  " +
		"failed \(sum_of(.routes[].failures)) (\($failing | decimal)/s)  " +
		"\(spark($rate))  fail \(spark($failing))"),
	(.cost // {} | census_line),
	(.lost // {} | lost_line),
	closest_line;

# ---- The views ----

# Something is not nothing, and not yet all is not all.
def cells($used; $room):
	if $room <= 0 then 0
	else (($used * 5 + $room - 1) / $room | floor) as $cells |
		if $cells >= 5 and $used < $room then 4 elif $cells > 5 then 5 else $cells end
	end;

def bar:
	if .headroom == null or .used_in_half == null then "-"
	else (.used_in_half[0] - .reclaimable_in_half[0]) as $fast |
		(.used_in_half[1] - .reclaimable_in_half[1]) as $slow |
		([.headroom - .fast_headroom, 0] | max) as $left |
		cells($fast; $fast + .fast_headroom) as $hashes |
		cells($slow; $slow + $left) as $equals |
		"[" + ("#" * $hashes // "") + spaces(5 - $hashes) + "|" + ("=" * $equals // "") +
			spaces(5 - $equals) + "]"
	end;

def routes_table:
	. as $line |
	["NETNS<", "PROTO<", "SOURCE<<<", "DESTINATION<<<", "FAST   SLOW<", "HEADROOM>", "ETA-S>",
	 "ALLOC/S>", "FAIL/S>", "FAILED>", "CAPACITY>", "USED>", "ESTAB>", "TIME-WAIT>", "OWNER<",
	 "SEARCH-US>", "OTHER>", "BOUND>", "FAST>", "RECLAIM>", "ALLOCATED>"],
	(.routes | sort_by(-.allocations_per_s)[] |
	 [namespace_of($line; .netns), .proto, source, destination, bar,
	  marked(.headroom | count), marked(.eta_s | decimal), (.allocations_per_s | decimal),
	  (.failures_per_s | decimal), (.failures | count), marked(.capacity | count),
	  marked(.used | count), marked(.established | count), marked(.time_wait | count),
	  (owners_in_order | first // {} | process),
	  (if (.searches // 0) > 0 then .search_ns / 1000 / .searches else null end | decimal),
	  marked(.other | count), marked(.bound | count), marked(.fast_headroom | count),
	  marked(.reclaimable | count), (.allocations | count)]);

# What each owner has on each route.
def holdings:
	.routes[] | . as $route | .owners // [] | .[] | . + { route: $route };

def sums:
	[(map(.sockets) | add | count), (map(.time_waits // 0) | add | count),
	 (map(.route | [.netns, .proto, .src, .dst, .dport]) | unique | length | count)] +
	([.[].route | select(.headroom != null)] | closer |
	 if . then [place, marked(.headroom | count), marked(.eta_s | decimal)] else ["-", "-", "-"] end);

def sum_titles:
	["SOCKETS>", "TIME-WAIT>", "ROUTES>", "CLOSEST-ROUTE<", "HEADROOM>", "ETA-S>"];

def processes_table:
	["PID>", "COMM<"] + sum_titles + ["CGROUP<<"],
	([holdings] | group_by([.pid, .comm, .cgroup]) | sort_by(-(map(.sockets) | add))[] |
	 [(first.pid | count), (first.comm | text)] + sums + [first.cgroup | text]);

def cgroups_table:
	["PROCS>"] + sum_titles + ["CGROUP<<"],
	([holdings] | group_by(.cgroup | text) | sort_by(-(map(.sockets) | add))[] |
	 [(map(select(.pid) | [.pid, .comm]) | unique | length | count)] + sums + [first.cgroup | text]);

# What the ports of a namespace rest on, as do those of its routes.
def with_occupancy($line):
	. + { occupancy: ($line | if .cost.census_incomplete then "incomplete"
		elif .cost.census_fresh == false then "carried"
		elif .cost.census_fresh == null and any(.routes[]; .occupancy == "carried") then "carried"
		else "census" end) } |
	.inum as $inum |
	if any($line.routes[]; .netns == $inum and .occupancy == "incomplete") then .occupancy = "incomplete"
	else . end;

def netns_table:
	["NETNS<", "RANGE<", "RESERVED>", "BLOCKED>", "BY-BIND>", "TIME-WAIT>", "TW-MAX>", "REUSE>",
	 "ALLOCATED>", "FAILED>", "ALLOC/S>", "FAIL/S>", "LEAST-LEFT>"],
	(. as $line | .netns | sort_by(-.allocations_per_s)[] | with_occupancy($line) |
	 [namespace_of($line; .inum), "\(.range[0])-\(.range[1])",
	  (marked((.reserved, .blocked, .blocked_by_bind_before_connect) | count)),
	  ((.time_wait, .time_wait_max, .tw_reuse, .allocations, .failures) | count),
	  ((.allocations_per_s, .failures_per_s) | decimal),
	  marked(.least_headroom | count)]);

def seconds: (sub("\\.[0-9]+Z"; "Z") | fromdate) + (capture("(?<rest>\\.[0-9]+)Z").rest | tonumber);

def failures_table:
	. as $line |
	["NETNS<", "PROTO<", "CALL<", "CAUSE<", "ERRNO<", "COUNT>", "FAIL/S>", "DESTINATION<", "SOURCE<",
	 "LAST-S>", "BY<", "CGROUP<<"],
	(.failures_by_route | sort_by(-.failures_per_s)[] |
	 [namespace_of($line; .netns), .proto, .call, .cause, .errno, (.count | count),
	  (.failures_per_s | decimal), destination, source,
	  (if .last then ($line.time | seconds) - (.last.time | seconds) else null end | decimal),
	  (.last // {} | process), (.last // {} | .cgroup | text)]);

def table:
	{ routes: [routes_table], processes: [processes_table], cgroups: [cgroups_table],
	  netns: [netns_table], failures: [failures_table] }[$view][] | @tsv;

# ---- The page of a route ----

# Of the rules of advice.c, those that are met by the routes of snapshots.jq.
def advice:
	(.established + .time_wait + .other) as $all | .time_wait as $time_wait |
	([owners_in_order[] | select((.sockets + .time_waits) * 2 > $all)] | first) as $owner |
	([owners_in_order[] | select(.time_waits * 2 > $time_wait)] | first) as $closer |
	if .overflow then
		"These are routes without a row of their own: there were too many to count each."
	elif .headroom == null and .failures > 0 then
		"\(.failures) calls failed; their causes are below. What is left is not known of a row " +
		"without a destination."
	elif .headroom == null then
		"What is left is not known here: these calls ask for a port of the whole host, or bind to a device."
	elif .time_wait * 2 > .used and .headroom * 2 <= .capacity then
		"\(.used) of \(.capacity) ports are taken, \(.time_wait) of them by TIME_WAIT" +
		(if .time_wait_left == null or .occupancy == "carried" then ""
		 else " (\(.time_wait_left[0]) of these end within 10 s)" end) + ": " +
		"\(if $closer then $closer | process else "its program" end) opens a connection for each request. Keep connections open (a pool " +
		"of \(.established + 1) would do); a larger range only delays the end."
	elif .headroom <= (.capacity / 10 | floor) and .proto == "udp" then
		"\(.used) of \(.capacity) ports are taken; \(.headroom) are left. " +
		"\(if $owner then $owner | process else "its program" end) needs fewer sockets, or another " +
		"address beside this one."
	elif .headroom <= (.capacity / 10 | floor) then
		"\(.used) of \(.capacity) ports are taken, \(.established) by established connections; " +
		"\(.headroom) can still be opened. \(if $owner then $owner | process else "its program" end) " +
		"needs fewer connections, or another source or destination address beside this one."
	elif .eta_s != null and .eta_s <= 600 then
		"At this rate the \(.headroom) ports that are left are gone in \(.eta_s | rint) s: see whether " +
		"\(if $owner then $owner | process else "its program" end) closes what it opens."
	else "Nothing to do: \(.headroom) of \(.capacity) can still be opened." end;

def state($word; $value):
	($word | left(14)) + " " + if $value == null then "-" | right(8)
	else (marked($value | count) | right(8)) + "  " + if $value > 0 then "#" else "_" end end;

# $age: of the census, which a route whose figures were carried forward says beside its own.
def time_waits($age):
	select(.time_wait_left) |
	"TIME_WAIT, by the time until the port is free again" +
		if .occupancy == "carried" then ", \(if $age then $age | decimal else "-" end) s ago" else "" end,
	(.time_wait_left | max as $most | to_entries[] |
		if $most == 0 then select(.key == 0) | "  none"
		else "  " + (["0-10 s", "10-20 s", "20-30 s", "30-40 s", "40-50 s", "50+ s"][.key] | left(12)) +
			" \(.value | right(8)) " + "#" * (.value * 40 / $most | floor)
		end);

def searches:
	if .search_histogram == null then "  not measured by this back-end (b)"
	else (.search_histogram | max) as $most |
		.search_histogram | to_entries[] | select(.value > 0) |
		"  < \(1.024 * pow(2; .key) | decimal | right(10)) us \(.value | right(10)) " +
			"#" * (.value * 40 / $most | floor)
	end;

def owner_line:
	if .pid then "  \(process)  sockets \(.sockets)  TIME_WAIT \(.time_waits)  \(.cgroup | text)"
	else "  not known whose: TIME_WAIT \(.time_waits)" end;

def page:
	. as $line | .routes | sort_by(-.allocations_per_s)[$row | tonumber] | . as $route |
	"Route \(.proto) \(source) > \(destination)" +
		if $line.netns | length > 1 then "  netns \(namespace_of($line; .netns))" else "" end,
	advice,
	"capacity       \(marked(.capacity | count))",
	"used           \(marked(.used | count))",
	"found quickly  \(marked(.fast_headroom | count))",
	"gone in s      \(marked(.eta_s | decimal))",
	"allocated /s   \(.allocations_per_s | decimal)",
	state("established"; .established), state("TIME_WAIT"; .time_wait), state("other"; .other),
	state("headroom"; .headroom),
	"Owners", (if (.owners // []) == [] then "  -" else (owners_in_order[], nobody) | owner_line end),
	"Failures",
	([$line.failures_by_route[] | select([.netns, .proto, .src, .dst, .dport] ==
		($route | [.netns, .proto, .src, .dst, .dport])) |
	  "  \(.call) \(.cause) \(.errno)  \(.count)  last by \(.last // {} | process)"] | .[]),
	(if .failures > 0 then empty else "  none" end),
	time_waits($line.cost.census_age_s),
	"Searches for a port, by duration", searches;
