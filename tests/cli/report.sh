# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# report: recordings that are written here, so that every figure is known. Sourced by check, whose
# functions these are written with.

# As nobody, who may not ask the kernel for anything; the program and its files are in $dir.
report() {
	run env TZ=UTC LC_ALL=C setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$dir/porttrace" report "$@"
}

# report_snapshot SECOND USED ALLOCATIONS FAILURES TIME_WAIT: a route of 100 ports from 10.0.0.5 to
# 10.0.0.9:3306, of php-fpm[812], in namespace $report_netns of that name.
report_snapshot() {
	interval=1.000
	[ "$1" -gt 0 ] || interval=null
	netns='"netns":'$report_netns
	route='"proto":"tcp","src":"10.0.0.5","dst":"10.0.0.9","dport":3306,"overflow":false'
	cause='"call":"connect","cause":"range_exhausted","errno":"EADDRNOTAVAIL","count":'$4
	printf '{"version":1,"time":"2026-01-31T12:00:%02d.000000Z","host":"web-7","kernel":"6.1.0",' "$1"
	printf '"probe":"fentry","interval_s":%s,"uptime_s":%d.000,' "$interval" "$1"
	printf '"netns":[{"inum":%d,"name":"%s","range":[10000,10099],"reserved":0,"blocked":0,' \
		"$report_netns" "$report_name"
	printf '"time_wait":%d,"time_wait_max":131072,"tw_reuse":2,"allocations":%d,"failures":%d}],' \
		"$5" "$3" "$4"
	printf '"routes":[{%s,%s,"capacity":100,"used":%d,"established":%d,"time_wait":%d,"other":0,' \
		"$netns" "$route" "$2" "$(($2 - $5))" "$5"
	printf '"bound":0,"reclaimable":0,"headroom":%d,"fast_headroom":0,"allocations":%d,' \
		"$((100 - $2))" "$3"
	printf '"allocations_per_s":1.0,"failures":%d,"failures_per_s":0.0,"time_waits":%d,' "$4" "$(($1 * 10))"
	printf '"bound_connects":0,"eta_s":null,"searches":2,"search_ns":4000,"search_histogram":'
	printf '[1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"owners":[{"pid":812,"comm":"php-fpm",'
	printf '"cgroup":"/php","sockets":%d,"time_waits":%d}]}],' "$(($2 - $5))" "$5"
	printf '"failures":[%s],' "$([ "$4" -eq 0 ] || printf '{%s,"proto":"tcp",%s}' "$netns" "$cause")"
	printf '"failures_by_route":[%s],' "$([ "$4" -eq 0 ] || printf '{%s,%s,%s}' "$netns" "$route" "$cause")"
	printf '"lost":{"events":0,"routes":0,"owners":0,"calls":7},'
	printf '"cost":{"census_ms":1.0,"census_age_s":0.0,"sockets":1,"owners_age_s":0.0}}\n'
}

# report_event TIME PID COMM STACK: a call of that process that found no port.
report_event() {
	printf '{"time":"2026-01-31T12:00:%sZ","event":"failure","call":"connect",' "$1"
	printf '"errno":"EADDRNOTAVAIL","cause":"range_exhausted","proto":"tcp","netns":%d,' \
		"$report_netns"
	printf '"netns_name":"%s","src":"10.0.0.5","dst":"10.0.0.9","dport":3306,"sport":null,' \
		"$report_name"
	printf '"pid":%d,"tid":%d,"uid":33,"comm":"%s","cgroup":"/php","duration_ns":412000,' \
		"$2" "$2" "$3"
	printf '"headroom":0,"stack":%s,"stack_certain":0,"stack_cut":false}\n' "$4"
}

report_header() {
	printf '{"recording":1,"porttrace":"0.1.0","time":"2026-01-31T12:00:00.000000Z","host":"web-7",'
	printf '"kernel":"6.1.0","probe":"fentry","command":["ab","-n","9"],"interval_s":1.0,'
	printf '"clock":{"realtime_ns":1769860800000000000,"monotonic_ns":5000000000},"netns":[],'
	printf '"filter":{"dport":"3306"}}\n'
}

# Half full, without a free port from 2.25 to 4, with 6 calls that fail: 3 told of, 2 held back, one lost.
report_lines() {
	report_header
	report_snapshot 0 10 10 0 0
	report_snapshot 1 50 60 0 20
	report_snapshot 2 98 120 0 40
	report_event 02.250000 812 php-fpm '["connect","query","main"]'
	report_event 02.500000 812 php-fpm '["connect","query","main"]'
	report_event 02.750000 900 cron 'null'
	echo '{"time":"2026-01-31T12:00:02.900000Z","event":"held_back","call":"connect","errno":"EADDRNOTAVAIL","cause":"range_exhausted","proto":"tcp","netns":'"$report_netns"',"src":"10.0.0.5","dst":"10.0.0.9","dport":3306,"sport":null,"count":2}'
	echo '{"time":"2026-01-31T12:00:02.900000Z","event":"lost","count":1}'
	report_snapshot 3 100 122 6 40
	report_snapshot 4 100 122 6 90
	report_snapshot 5 30 122 6 10
	report_snapshot 6 30 130 6 10
	echo '{"event":"summary","failures":3,"allocations":0,"time_waits":0,"held_back":2,"lost":1,"lost_failures":1,"lost_allocations":0,"lost_time_waits":0,"missed":0}'
}

report_netns=42
report_name=blue

report_has_files() {
	[ -s "$dir/report.gz" ] && return
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	report_lines >"$dir/report.jsonl"
	gzip -c "$dir/report.jsonl" >"$dir/report.gz"
	chmod 644 "$dir/report.jsonl" "$dir/report.gz"
}

# expect_json FILTER...: each is true of the object on stdout.
expect_json() {
	for filter in "$@"; do
		jq -e "$filter" "$dir/out" >"$dir/jq" 2>&1 || fail "not $filter: $(head -n 1 "$dir/jq")"
	done
}

report_of_a_recording() {
	report_has_files
	for form in report.gz report.jsonl; do
		report "$dir/$form"
		expect_status 0
		expect_quiet err
		expect_out '^web-7, Linux 6\.1\.0, probe fentry$'
		expect_out '^2026-01-31 12:00:00\.0 to 12:00:06\.0, 6\.0 s; snapshots: 7, single events: 3$'
		expect_out '^Command: ab -n 9$'
		expect_out '^Recorded only: dport 3306$'
		expect_out '^Exhausted: 1 of 1 routes$'
		expect_out '^  tcp 10\.0\.0\.5 > 10\.0\.0\.9:3306 in blue$'
		expect_out '^    12:00:02\.2 to 12:00:04\.0, 1\.8 s, 6 failed; room again at 12:00:05\.0$'
		expect_out '^    php-fpm\[812\] had 60 sockets, 40 TIME_WAIT$'
		expect_out '^Failed: 6$'
		expect_out '^    6 connect range_exhausted EADDRNOTAVAIL '
		expect_out '^    2 php-fpm\[812\] +connect range_exhausted '
		expect_out '^    1 cron\[900\] +connect range_exhausted '
		expect_out '^          connect < query < main$'
		expect_out '10\.0\.0\.9:3306 +0 +100 12:00:03\.0 +100 '
		expect_out '^  2 failures counted, but not told of one by one'
		expect_out '^  1 single events lost$'
		expect_out '^  7 calls not followed'
	done
	[ "$(awk 'length > 80' "$dir/out" | wc -l)" -eq 0 ] || fail 'lines of more than 80 columns'
	! grep -q '[^ -~]' "$dir/out" || fail 'not only ASCII'
}

report_as_json() {
	report_has_files
	report --json "$dir/report.gz"
	expect_status 0
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'not one line'
	expect_json '.version == 1 and .host == "web-7" and .snapshots == 7 and .cut == false' \
		'.failures == 6 and .allocations == 130 and .time_waits == 60' \
		'.episodes | length == 1' \
		'.episodes[0] | .from == "2026-01-31T12:00:02.250000Z" and .duration_s == 1.75' \
		'.episodes[0] | .to == "2026-01-31T12:00:04.000000Z" and .failures == 6' \
		'.failures_by_cause == [.failures_by_cause[0]]' \
		'.failures_by_cause[0] | .counted == 6 and .told == 3 and .held_back == 2' \
		'[.callers[] | .pid, .count] == [812, 2, 900, 1]' \
		'.routes[0] | .peak_used == 100 and .peak_used_time == "2026-01-31T12:00:03.000000Z"' \
		'.routes[0] | .least_headroom == 0 and .peak_time_wait == 90' \
		'.routes[0].netns_name == "blue" and .recorded_only == "dport 3306"' \
		'.searches | .count == 2 and .all[0] == 1 and .all[1] == 1 and .failed[9] == 3' \
		'.time_wait_owners[0] | .comm == "php-fpm" and .peak == 90' \
		'.lost | .held_back == 2 and .events == 1 and .counters.calls == 7'
}

report_folded() {
	report_has_files
	report --folded "$dir/report.gz"
	expect_status 0
	[ "$(cat "$dir/out")" = "php-fpm;main;query;connect 2
cron;[no stack] 1" ] || fail 'other stacks'
	expect_one_message
	expect_err '3 of 6 failures have no stack here'
}

# cells SECTION: its table, a row a line, cells with bars between them; only what is no tag.
cells() {
	perl -0777 -ne 'while (/<section id="'"$1"'">(.*?)<\/section>/gs) {
		for ($1 =~ /<tr>(.*?)<\/tr>/gs) { my @cells = /<td[^>]*>([^<]*)<\/td>/g; print join("|", @cells), "\n" if @cells; } }' "$dir/page"
}

# Parsed as XML, if there is somebody to do so; tests/unit looks at each tag.
expect_page() {
	expect_status 0
	expect_quiet err
	head -n 1 "$dir/out" | grep -qx '<!DOCTYPE html>' || fail 'it does not begin as a page'
	tail -n 1 "$dir/out" | grep -qx '</html>' || fail 'it does not end as a page'
	! grep -q '[^ -~]' "$dir/out" || fail 'not only ASCII'
	if command -v xmllint >/dev/null; then
		xmllint --noout "$dir/out" 2>"$dir/xml" || fail "no XML: $(head -n 1 "$dir/xml")"
	fi
}

# The same figures as in the JSON of the same file.
report_as_a_page() {
	report_has_files
	for recording_of in "$dir/report.gz" "$tests/../recordings/v1/demo.jsonl.gz"; do
		cp "$recording_of" "$dir/asked.gz" && chmod 644 "$dir/asked.gz"
		report --html "$dir/asked.gz"
		expect_page
		mv "$dir/out" "$dir/page"
		report --json "$dir/asked.gz"
		jq -r 'def or_none: if . == null then "-" else tostring end;
			.routes[] | [.least_headroom, .capacity, .peak_used, .allocations, .failures] |
			map(or_none) | join("|")' "$dir/out" >"$dir/of_json"
		cells routes | cut -d '|' -f 5,6,8,11,12 | cmp -s - "$dir/of_json" ||
			fail "other routes: $(cells routes | head -n 1)"
		jq -r '.failures_by_cause[] | "\(.count)|\(.call)|\(.cause)|\(.errno)"' "$dir/out" >"$dir/of_json"
		cells failures | cut -d '|' -f 1-4 | cmp -s - "$dir/of_json" || fail 'other failures'
		jq -r '.callers[] | "\(.count)|\(.comm)[\(.pid)]"' "$dir/out" >"$dir/of_json"
		cells callers | cut -d '|' -f 1,2 | cmp -s - "$dir/of_json" || fail 'other callers'
		jq -r '.time_wait_owners[] | "\(.peak)|\(.comm // "(not known)")"' "$dir/out" >"$dir/of_json"
		cells owners | cut -d '|' -f 1,4 | cmp -s - "$dir/of_json" || fail 'other owners'
		grep -qF "<h2 id=\"failed\">Failed: $(jq .failures "$dir/out")</h2>" "$dir/page" ||
			fail 'other sums'
		grep -qF "Allocated $(jq .allocations "$dir/out"), into TIME_WAIT $(jq .time_waits "$dir/out")<" \
			"$dir/page" || fail 'other sums of routes'
		# All steps of the timeline together.
		[ "$(sed -n '/>allocated, /,/<\/svg>/s/.*<title>\([0-9]*\)<.*/\1/p' "$dir/page" | paste -sd+)" = \
			"$(jq -r '.timeline.allocations | map(tostring) | join("+")' "$dir/out")" ] ||
			fail 'another timeline'
	done
	report --html -n 1 "$dir/asked.gz"
	expect_page
	mv "$dir/out" "$dir/page"
	[ "$(cells routes | wc -l)" -eq 1 ] || fail 'not one route'
	grep -q '^<p>\.\.\. and 4 more (-n)</p>$' "$dir/page" || fail 'the rest is not counted'
}

report_of_a_time() {
	report_has_files
	for words in '--since 3.5 --until 5' '--time 3.5,5' '--since 12:00:03.5 --until 12:00:05' \
		'--since 2026-01-31T12:00:03.5Z --until @1769860805'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_status 0
		expect_json '.snapshots == 2 and .events == 0 and .failures == 0' \
			'.start == "2026-01-31T12:00:04.000000Z"' '.allocations == 0' \
			'.routes[0].least_headroom_time == "2026-01-31T12:00:04.000000Z"'
	done
	report --since 60 "$dir/report.gz"
	expect_status 0
	expect_out '^Nothing was recorded in that time\.$'
	for words in '--since soon' '--time 5' '--until -1'; do
		# shellcheck disable=SC2086 # words
		report $words "$dir/report.gz"
		expect_status 2
		expect_one_message
		expect_quiet out
	done
}

report_what_is_asked_for() {
	report_has_files
	for words in '--dport 3306' '--src 10.0.0.0/8' '-N blue' '-N 42' '-4 --tcp'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_json '.failures == 6 and (.routes | length) == 1'
	done
	for words in '--dport 80' '--dst 10.1.0.0/16' '-N green' '-6' '--udp'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_json '.failures == 0 and .routes == [] and .callers == []'
	done
	# Of a process only what was told of; all that was held back may have been of others.
	for words in '-p 812' '-c php-fpm'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_json '.failures == 2 and (.callers | length) == 1 and .lost.held_back == 2'
	done
	report --json -g /php "$dir/report.gz"
	expect_json '.failures == 3'
	for words in '-P kprobe' '--btf x' '-N self' '-g x' '--folded --json' \
		'--html --json' '--html --folded' "--html --diff $dir/report.gz"; do
		# shellcheck disable=SC2086 # words
		report $words "$dir/report.gz"
		expect_status 2
		expect_one_message
		expect_quiet out
	done
	report
	expect_status 2
	report "$dir/report.gz" "$dir/report.gz"
	expect_status 2
}

report_of_what_other_commands_wrote() {
	report_has_files
	grep '"version"' "$dir/report.jsonl" >"$dir/top.jsonl"
	report --json "$dir/top.jsonl"
	expect_status 0
	expect_json '.failures == 6 and .allocations == 130 and .events == 0 and .cut == false' \
		'.callers == []' '.routes[0].exhausted_s == 1'
	grep '"event"' "$dir/report.jsonl" >"$dir/trace.jsonl"
	report --json - <"$dir/trace.jsonl"
	run env TZ=UTC "$porttrace" report --json "$dir/trace.jsonl"
	expect_status 0
	expect_json '.failures == 5 and .snapshots == 0 and .allocations == null and .cut == false'
}

# Ended in the middle of a line, and between two: what there is, is told.
report_of_a_cut_recording() {
	report_has_files
	head -n 8 "$dir/report.jsonl" >"$dir/cut"
	report --json "$dir/cut"
	expect_status 0
	expect_json '.cut == true and .snapshots == 3 and .failures == 5'
	sed -n 9p "$dir/report.jsonl" | head -c 40 >>"$dir/cut"
	report "$dir/cut"
	expect_status 0
	expect_out '^This recording has no end: '
	expect_out '^  what came after the last whole line: the recording was cut$'
	head -c "$(($(wc -c <"$dir/report.gz") * 3 / 4))" "$dir/report.gz" >"$dir/cut.gz"
	report --json "$dir/cut.gz"
	expect_status 0
	expect_json '.cut == true and .snapshots >= 1'
}

report_of_a_damaged_recording() {
	report_has_files
	for damage in '4s/"uptime_s"/"uptime"/' '7s/"tcp"/"sctp"/' '3s/"version":1/"version":7/' \
		'6s/812/"x"/'; do
		sed "$damage" "$dir/report.jsonl" >"$dir/damaged"
		report "$dir/damaged"
		expect_status 1
		expect_one_message
		expect_err "^porttrace: cannot read $dir/damaged, line ${damage%%s*}: "
		expect_quiet out
	done
	echo 'not JSON' >"$dir/damaged"
	for words in "$dir/damaged" "$dir/missing" "$dir" /dev/null; do
		report "$words"
		expect_status 1
		expect_one_message
		expect_err "$words"
		expect_quiet out
	done
}

report_of_hostile_names() {
	report_has_files
	{
		report_header
		report_event 01.000000 7 '\u001b[2J\n' '["\u0007x","a;b"]'
		report_event 02.000000 8 '</pre><b>' '["<script>","\u0022&'"'"'"]'
		echo '{"event":"summary","failures":2,"allocations":0,"time_waits":0,"lost":0}'
	} >"$dir/hostile"
	report "$dir/hostile"
	expect_status 0
	! grep -q '[^ -~]' "$dir/out" || fail 'control characters in text'
	expect_out '\?\[2J\?\[7\]'
	report --html "$dir/hostile"
	expect_page
	expect_out '&lt;/pre&gt;&lt;b&gt;\[8\]'
	expect_out '&lt;script&gt; &lt; &quot;&amp;&#39;'
	! grep -qiE '<(script|b)\b' "$dir/out" || fail 'names have become tags'
	report --folded "$dir/hostile"
	grep -qxF '?[2J?;a:b;?x 1' "$dir/out" || fail 'not what a flame graph can read'
}

# Another host, where the namespace of that name has another number, and nothing was exhausted.
report_of_two() {
	report_has_files
	(
		report_netns=77
		report_header
		report_snapshot 0 10 10 0 0
		report_snapshot 4 40 50 0 20
		report_snapshot 8 40 90 0 20
		echo '{"event":"summary","failures":0,"allocations":0,"time_waits":0,"lost":0}'
	) >"$dir/other"
	chmod 644 "$dir/other"
	report --diff "$dir/other" "$dir/report.gz"
	expect_status 0
	expect_quiet err
	expect_out '^OLD  .*/other: web-7, 2026-01-31 12:00:00, 8\.0 s$'
	expect_out '^exhausted routes +0 +1$'
	expect_out '^failed +0 +6$'
	expect_out '^allocated a second +11\.2 +21\.7$'
	expect_out '^Routes: 1 changed, 0 did not$'
	expect_out '10\.0\.0\.9:3306 +60 +0 +40 +100 '
	report --json --diff "$dir/other" "$dir/report.gz"
	expect_json '.old.failures == 0 and .new.failures == 6' '.routes | length == 1' \
		'.routes[0] | .old.netns == 77 and .new.netns == 42 and .netns_name == "blue"' \
		'.routes[0] | .old.peak_used == 40 and .new.peak_used == 100' \
		'.failures_by_cause[0] | .old == null and .new.count == 6' \
		'.time_wait_owners[0] | .old.peak == 20 and .new.peak == 90'
	report --diff "$dir/report.gz" "$dir/report.gz"
	expect_out '^Routes: 0 changed, 1 did not$'
	report --diff "$dir/missing" "$dir/report.gz"
	expect_status 1
	expect_one_message
	report --folded --diff "$dir/other" "$dir/report.gz"
	expect_status 2
}

# A writer who takes his time, and output that nobody reads to the end.
report_from_a_pipe() {
	report_has_files
	{ head -n 3 "$dir/report.jsonl"; sleep 0.3; tail -n +4 "$dir/report.jsonl"; } |
		"$porttrace" report --json - >"$dir/out" 2>"$dir/err"
	status=$?
	expect_status 0
	expect_json '.failures == 6 and .snapshots == 7'
	"$porttrace" report "$dir/report.gz" >/dev/full 2>"$dir/err"
	status=$?
	expect_status 1
	expect_one_message
}

report_help() {
	run "$porttrace" report --help
	expect_status 0
	expect_out '^Usage: porttrace report \[OPTIONS\] FILE$'
	for word in since until time diff folded html; do
		expect_out "^      --$word "
	done
}
