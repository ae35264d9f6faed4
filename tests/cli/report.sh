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
	printf '"filter":{"dport":"3306","sport":"7009"}}\n'
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
		expect_out '^Recorded only: dport 3306, sport 7009$'
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
		'.routes[0].netns_name == "blue" and .recorded_only == {"dport":"3306","sport":"7009"}' \
		'.command == ["ab","-n","9"]' \
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
	report --json --since 60 "$dir/report.gz"
	expect_json '.failures == null and .exhausted == null and .allocations == null'
	for words in '--since 5 --until 4' '--since 12:00:05 --until 1'; do
		# shellcheck disable=SC2086 # words
		report $words "$dir/report.gz"
		expect_status 2
		expect_one_message
		expect_err 'ends before it begins'
		expect_quiet out
	done
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
		expect_quiet err
		# Single events and those held back as well, whose lines have a number only.
		expect_json '.failures_by_cause[0] | .told == 3 and .held_back == 2' \
			'.callers | length == 2' '.lost.held_back == 2' \
			'.timeline.told | add == 5'
	done
	for words in '--dport 80' '--dst 10.1.0.0/16' '-6' '--udp'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_json '.failures == 0 and .routes == [] and .callers == []'
	done
	# Of a namespace that is not there, nothing is known; a number is that of a namespace, no PID.
	for words in '-N green' '-N 812'; do
		# shellcheck disable=SC2086 # words
		report $words "$dir/report.gz"
		expect_status 0
		expect_one_message
		expect_err "no network namespace '${words#-N }' in $dir/report.gz$"
		expect_out '^Failed: not known, since there is no such network namespace$'
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_json '.failures == null and .allocations == null and .exhausted == null' \
			'.routes == [] and .callers == []'
		# shellcheck disable=SC2086 # words
		report --html $words "$dir/report.gz"
		! grep -q Allocated "$dir/out" || fail 'a sum of what is not there'
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

# Events alone, each 20 s after the one before: no snapshot has to come to know what is not asked for.
report_of_a_time_of_events() {
	report_has_files
	for second in 00 20 40; do
		report_event "$second.000000" 812 php-fpm null
	done >"$dir/events"
	cp "$dir/events" "$dir/damaged"
	echo '{"time":"x"}' >>"$dir/damaged"
	report --json --until 5 "$dir/damaged"
	expect_status 0
	expect_quiet err
	expect_json '.events == 1 and .damaged_line == null and .cut == null'
	report --json "$dir/damaged"
	expect_status 1
	expect_json '.events == 3 and .damaged_line == 4'
	report --since 5 --until 2 "$dir/events"
	expect_status 2
	expect_one_message
	expect_err 'ends before it begins'
	expect_quiet out
}

# One line for several kinds of failures: of a part of them, nobody knows how many they were.
report_of_kinds_held_back_together() {
	report_has_files
	sed 's/"event":"held_back",.*"count":2/"event":"held_back","count":2/' "$dir/report.jsonl" >"$dir/kinds"
	grep -q '"event":"held_back","count":2}' "$dir/kinds" || fail 'no such line'
	report --json "$dir/kinds"
	expect_json '.timeline.told | add == 5' '.lost | .held_back == 2 and .held_back_or_others == 0'
	for words in '-N blue' '-N green' '--dport 3306' '--dport 80' '-4' '--tcp' '-c php-fpm'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/kinds"
		expect_json '.lost | .held_back == 2 and .held_back_or_others == 2' \
			'.timeline.told | add == ([3, 0, 2] | .['"$(case $words in *green | *80) echo 1 ;; *fpm) echo 2 ;; *) echo 0 ;; esac)"'])'
		# shellcheck disable=SC2086 # words
		report $words "$dir/kinds"
		expect_out '^  2 failures held back that were of what is asked for, or of others$'
		! grep -q 'failures counted, but not told' "$dir/out" || fail 'they are said to be of it'
	done
}

# A recording of init, up to its first snapshot; and an event of a namespace that no snapshot has named yet.
report_of_init_begins() {
	report_header
	(
		report_netns=1
		report_name=init
		report_snapshot 0 10 10 0 0
	)
}
report_event_without_a_name() {
	(
		report_name=
		report_event 02.250000 812 php-fpm null | sed 's/"netns_name":""/"netns_name":null/'
	)
}

# A namespace that is made while it is recorded: its failures come before its name.
report_of_a_new_namespace() {
	report_has_files
	{
		report_of_init_begins
		report_event_without_a_name
		(
			# Its number was that of another one before.
			report_name=green
			report_event 02.260000 813 php-fpm null
		)
		report_snapshot 3 10 10 1 0
		echo '{"event":"summary","failures":2,"allocations":0,"time_waits":0,"lost":0}'
	} >"$dir/new"
	report --json -N blue "$dir/new"
	expect_status 0
	expect_quiet err
	expect_json '.failures_by_cause[0] | .told == 1 and .first == "2026-01-31T12:00:02.250000Z"' \
		'[.callers[].pid] == [812]'
	report --json -N init "$dir/new"
	expect_json '.failures_by_cause == [] and .callers == []'
}

# Between two snapshots, as many as a minute of failures on several routes: all wait for the second one.
report_of_many_events_in_one_interval() {
	report_has_files
	{
		report_of_init_begins
		yes "$(report_event_without_a_name)" | head -n 10000
		report_snapshot 3 10 10 10000 0
		echo '{"event":"summary","failures":10000,"allocations":0,"time_waits":0,"lost":0}'
	} >"$dir/many"
	report --json -N blue "$dir/many"
	expect_status 0
	expect_json '.failures_by_cause[0].told == 10000 and .callers[0].count == 10000' \
		'.lost.left_out.events_not_placed == 0'
}

# In JSON as it was; a line of text has an end.
report_of_a_long_command() {
	report_has_files
	word=$(head -c 600 /dev/zero | tr '\0' x)
	sed "1s/\"ab\",\"-n\"/\"ab\",\"-n\",\"a b\",\"$word\"/" "$dir/report.jsonl" >"$dir/long"
	report --json "$dir/long"
	expect_json ".command == [\"ab\",\"-n\",\"a b\",\"$word\",\"9\"]"
	report "$dir/long"
	expect_out '^Command: ab -n a b xxx+\.\.\.$'
}

report_of_what_other_commands_wrote() {
	report_has_files
	grep '"version"' "$dir/report.jsonl" >"$dir/top.jsonl"
	report --json "$dir/top.jsonl"
	expect_status 0
	expect_json '.failures == 6 and .allocations == 130 and .events == 0 and .cut == false' \
		'.callers == []' '.routes[0].exhausted_s == 1'
	grep '"event"' "$dir/report.jsonl" >"$dir/trace.jsonl"
	"$porttrace" report --json - <"$dir/trace.jsonl" >"$dir/from-stdin" 2>"$dir/err"
	status=$?
	expect_status 0
	expect_quiet err
	report --json "$dir/trace.jsonl"
	expect_status 0
	cmp -s "$dir/from-stdin" "$dir/out" || fail 'standard input says something else than the file'
	expect_json '.failures == 5 and .snapshots == 0 and .allocations == null and .cut == false' \
		'.routes[0] | .allocations == null and .bound_connects == null and .failures == null' \
		'.routes[0] | .time_waits == null and .exhausted_times == 1 and .exhausted_s > 0'
	# Counters that nobody has are no change to nothing; beside a route that counters know, neither is.
	report --json --diff "$dir/trace.jsonl" "$dir/report.gz"
	expect_json '.routes[0] | .old.failures_per_s == null and .old.allocations_per_s == null' \
		'.routes[0] | .old.failures == null and .new.failures == 6'
	COLUMNS=200 report --diff "$dir/trace.jsonl" "$dir/report.gz"
	expect_out '^OLD  .*/trace\.jsonl: host not known, 2026-01-31 '
	expect_out '^tcp +10\.0\.0\.5 .* -  +1\.0 +- +21\.7 '
	# Between two snapshots only events know of anything.
	report --json --time 2.1,2.6 "$dir/report.gz"
	expect_json '.failures == 2 and .snapshots == 0' '.routes[0] | .failures == null'
	# The first line alone says nothing of what came.
	report_header >"$dir/first"
	report --json "$dir/first"
	expect_json '.failures == null and .cut == true'
	report "$dir/first"
	expect_out '^Failed: not known, since there is neither a snapshot nor a single event$'
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
		# What was before it is told.
		expect_out "^This recording is damaged from line ${damage%%s*} on: "
		expect_out "^  what is in line ${damage%%s*} and behind it: the recording is damaged$"
		report --json "$dir/damaged"
		expect_status 1
		expect_json ".damaged_line == ${damage%%s*} and .cut == null"
	done
	sed '12s/"uptime_s"/"uptime"/' "$dir/report.jsonl" >"$dir/damaged"
	report --json "$dir/damaged"
	expect_status 1
	expect_json '.snapshots == 5 and .failures == 6 and .lost.held_back == 2'
	report --diff "$dir/report.gz" "$dir/damaged"
	expect_status 1
	expect_one_message
	expect_out '^NEW .*, damaged$'
	report --folded "$dir/damaged"
	expect_status 1
	expect_out '^php-fpm;main;query;connect 2$'
	# Nobody asks for what is damaged.
	report --json --until 2.6 "$dir/damaged"
	expect_status 0
	expect_quiet err
	expect_json '.snapshots == 3 and .events == 2 and .cut == null and .damaged_line == null'
}

# Compression that is damaged, in the middle and at its very end: what there was before it is told.
report_of_a_damaged_file() {
	report_has_files
	{ cat "$dir/report.gz"; head -c 4096 /dev/zero; } >"$dir/damaged"
	report --json "$dir/damaged"
	expect_status 0
	expect_json '.failures == 6 and .snapshots == 7 and .cut == false'
	{ head -c -8 "$dir/report.gz"; head -c 4096 /dev/zero; } >"$dir/damaged"
	report --json "$dir/damaged"
	expect_status 1
	expect_one_message
	expect_json '.failures == 6 and .snapshots == 7 and .damaged_line == 15'
	# A block of a type that there is not, behind a good member.
	{
		head -n 8 "$dir/report.jsonl" | gzip -c
		printf '\037\213\010\0\0\0\0\0\0\003\377\377\377'
		head -c 4096 /dev/zero
	} >"$dir/damaged"
	report --json "$dir/damaged"
	expect_status 1
	expect_err "damaged after line 8: its gzip compression is damaged"
	expect_json '.host == "web-7" and .snapshots == 3 and .failures == 5 and .damaged_line == 9'
	cat "$dir/report.gz" "$dir/report.gz" >"$dir/damaged"
	report --json "$dir/damaged"
	expect_status 1
	expect_err 'line 15: another recording begins here'
	expect_json '.failures == 6 and .snapshots == 7'
	head -c 90 "$dir/report.jsonl" >"$dir/damaged"
	report "$dir/damaged"
	expect_status 1
	expect_err 'damaged: it is cut within its first line$'
	expect_quiet out
}

report_of_no_recording() {
	report_has_files
	echo 'not JSON' >"$dir/damaged"
	for words in "$dir/damaged" "$dir/missing" "$dir" /dev/null; do
		report "$words"
		expect_status 1
		expect_one_message
		expect_err "$words"
		expect_quiet out
	done
}

# Files of old versions: what is in their snapshots is known (NAME.expected, a line a snapshot, see
# record_of_old_versions_can_be_read). Where calls found no port between two of them, nothing was left.
report_of_old_versions() {
	for old in "$tests"/../recordings/v*/*.jsonl "$tests"/../recordings/v*/*.gz; do
		run "$porttrace" report --json "$old"
		expect_status 0
		expect_quiet err
		expect_json ".host == \"web-7\" and .snapshots == $(wc -l <"$old.expected")" \
			".cut == $(case $old in */cut.*) echo true ;; *) echo false ;; esac)"
		jq -sc --slurpfile report "$dir/out" '
			($report[0].routes | map(select(.dport)) | map({key: "\(.dport)", value: .}) |
				from_entries) as $routes |
			map(.[3][]) | map(select(.[0])) | group_by(.[0]) | map(
				$routes["\(.[0][0])"] as $row |
				($row.peak_used == null or $row.peak_used == (map(.[1]) | max)) and
				($row.least_headroom == 0 or $row.least_headroom == (map(.[2]) | min))) | all' \
			"$old.expected" >"$dir/same"
		[ "$(cat "$dir/same")" = true ] || fail "${old##*/}: not what is in it"
	done
	report --json "$tests/../recordings/v1/demo.jsonl.gz"
	expect_json '[.routes[] | select(.dport == 7002) | .peak_used] | length == 1 and .[0] > 0'
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

# On a terminal, a name could do what it likes; none has more than a line.
report_of_files_with_hostile_names() {
	report_has_files
	hostile=$(printf 'a\033[2J\nb')
	cp "$dir/report.gz" "$dir/$hostile"
	sed '7s/"tcp"/"sctp"/' "$dir/report.jsonl" >"$dir/$hostile.damaged"
	chmod 644 "$dir/$hostile" "$dir/$hostile.damaged"
	report --diff "$dir/$hostile" "$dir/$hostile.damaged"
	expect_status 1
	expect_one_message
	expect_err '/a\?\[2J\?b\.damaged, line 7: '
	expect_out '^OLD  .*/a\?\[2J\?b: web-7, '
	! grep -q '[^ -~]' "$dir/out" "$dir/err" || fail 'control characters in text'
	report -N "$hostile" "$dir/$hostile"
	expect_one_message
	expect_err "'a\?\[2J\?b' in .*/a\?\[2J\?b$"
	report --json --diff "$dir/$hostile" "$dir/$hostile"
	expect_json '.old.file | endswith("/a\u001b[2J\nb")'
	report "$dir/$hostile.missing"
	expect_status 1
	expect_one_message
	! grep -q '[^ -~]' "$dir/err" || fail 'control characters in a message'
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
	expect_out '10\.0\.0\.9:3306 +60 +0 +0\.0 +1\.0 blue$'
	COLUMNS=100 report --diff "$dir/other" "$dir/report.gz"
	expect_out '10\.0\.0\.9:3306 +60 +0 +40 +100 +0\.0 +1\.0 '
	report --json --diff "$dir/other" "$dir/report.gz"
	expect_json '.old.failures == 0 and .new.failures == 6' '.routes | length == 1' \
		'.routes[0] | .old.netns == 77 and .new.netns == 42 and .netns_name == "blue"' \
		'.routes[0] | .old.peak_used == 40 and .new.peak_used == 100' \
		'.failures_by_cause[0] | .old == null and .new.count == 6' \
		'.time_wait_owners[0] | .old.peak == 20 and .new.peak == 90'
	report --diff "$dir/report.gz" "$dir/report.gz"
	expect_out '^Routes: 0 changed, 1 did not$'
	# Each has one namespace: the same, whatever it is called on either host.
	sed 's/"blue"/"green"/' "$dir/other" >"$dir/green"
	report --json --diff "$dir/green" "$dir/report.gz"
	expect_json '[.routes[] | .old.netns, .new.netns] == [77, 42]'
	# Of a time in which nothing was recorded there is nothing to compare.
	report --diff "$dir/other" --since 7 "$dir/report.gz"
	expect_status 0
	expect_out '^NEW  .*/report.gz: nothing was recorded in that time$'
	[ "$(wc -l <"$dir/out")" -eq 2 ] || fail 'a comparison with nothing'
	! grep -q nan "$dir/out" || fail 'nan'
	report --json --diff "$dir/other" --since 7 "$dir/report.gz"
	expect_json '.new | .failures == null and .exhausted_routes == null and .failures_per_s == null' \
		'.old.failures == 0 and .old.exhausted_routes == 0' \
		'has("routes") and [.failures_by_cause, .routes, .time_wait_owners] == [null, null, null]'
	report --diff "$dir/missing" "$dir/report.gz"
	expect_status 1
	expect_one_message
	report --folded --diff "$dir/other" "$dir/report.gz"
	expect_status 2
}

# A namespace that was deleted and made again: each of its rows is in one row, whichever side it is on.
report_of_two_with_a_namespace_made_again() {
	report_has_files
	(
		report_header
		report_snapshot 0 10 10 0 0
		report_snapshot 1 50 20 5 0
		report_netns=52
		report_snapshot 2 60 10 7 0
		report_snapshot 3 60 10 7 0
		echo '{"event":"summary","failures":0,"allocations":0,"time_waits":0,"lost":0}'
	) >"$dir/again"
	sed '/"netns":52/d; s/"netns":42/"netns":77/g; s/"inum":42/"inum":77/' "$dir/again" >"$dir/once"
	for pair in 'again once old' 'once again new'; do
		# shellcheck disable=SC2086 # words
		set -- $pair
		report --json --diff "$dir/$1" "$dir/$2"
		expect_status 0
		expect_json "[.routes[].$3.failures] | sort == [5, 7]" \
			"[.failures_by_cause[].$3.count] | sort == [5, 7]" \
			'[.routes[] | select(.old and .new)] | length == 1' \
			'.routes[] | select(.old and .new) | [.old.netns, .new.netns] | sort == [42, 77]'
		report --diff "$dir/$1" "$dir/$2"
		expect_out ' blue\[52\]$'
		[ "$(awk 'length > 80' "$dir/out" | wc -l)" -eq 0 ] || fail 'lines of more than 80 columns'
	done
	report --json --diff "$dir/again" "$dir/again"
	expect_json '[.routes[] | .changed, .old.netns == .new.netns] == [false, true, false, true]'
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
	# What means nothing for a file is not offered, but to those that ask a kernel.
	[ "$(grep -cE '^  (-.,|   ) --(netns|probe|btf) ' "$dir/out")" -eq 1 ] || fail 'it offers what it refuses'
	expect_out '^  -N, --netns NETNS +name or number, as it is shown'
	run "$porttrace" top --help
	expect_out '^  -P, --probe BACKEND '
	expect_out '^  -N, --netns NETNS +all, self, '
	expect_out '^      --btf FILE '
	report_has_files
	for words in '-N all' '-N blue' '--net blue' '--netns=42'; do
		# shellcheck disable=SC2086 # words
		report --json $words "$dir/report.gz"
		expect_json '.failures == 6'
	done
}
