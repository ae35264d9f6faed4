# SPDX-License-Identifier: GPL-2.0-only
# Makes whole snapshots of the lines of a recording, as docs/record.md has it: rows by their keys.
def route_key: [.netns, .proto, .src, .dst, .dport];
def failure_key: route_key + [.call, .cause, .errno];

def by(key): map({ key: (key | tojson), value: . }) | from_entries;

def merged($was; $changed; $gone; key; gone_key):
	($was | by(key)) + ($changed | by(key)) |
	delpaths([$gone[] | [gone_key | tojson]]) | to_entries | sort_by(.key) | map(.value);

foreach (inputs | select(.version)) as $line (null;
	if $line.since == null then $line
	elif $line.since != .number then error("line \($line.number) does not follow")
	else . as $was | $line |
		.netns = merged($was.netns; $line.netns; $line.gone.netns; .inum; .) |
		.routes = merged($was.routes; $line.routes; $line.gone.routes; route_key; route_key) |
		.failures_by_route = merged($was.failures_by_route; $line.failures_by_route;
			$line.gone.failures_by_route; failure_key; failure_key)
	end;
	.) | del(.number, .since, .gone)
