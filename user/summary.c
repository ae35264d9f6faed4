// SPDX-License-Identifier: GPL-2.0-only
#include "summary.h"

#include <inttypes.h>
#include <stdio.h>

const char *summary_clock(const struct snapshot *snapshot, char text[SUMMARY_TEXT_SIZE])
{
	struct tm wall;

	text[0] = '\0';
	if (localtime_r(&snapshot->wall.tv_sec, &wall))
		strftime(text, SUMMARY_TEXT_SIZE, "%H:%M:%S", &wall);
	return text;
}

const char *summary_rate(double per_s, char text[SUMMARY_TEXT_SIZE])
{
	if (isnan(per_s))
		snprintf(text, SUMMARY_TEXT_SIZE, "-/s");
	else
		snprintf(text, SUMMARY_TEXT_SIZE, "%.1f/s", per_s);
	return text;
}

/* "0.3 s", or what stands for a figure that is not known. */
static const char *decimal(double number, const char *unit, char text[SUMMARY_TEXT_SIZE])
{
	if (isnan(number))
		snprintf(text, SUMMARY_TEXT_SIZE, "-");
	else
		snprintf(text, SUMMARY_TEXT_SIZE, "%.1f %s", number, unit);
	return text;
}

static const char *count(int64_t number, char text[SUMMARY_TEXT_SIZE])
{
	if (number == NOT_KNOWN)
		snprintf(text, SUMMARY_TEXT_SIZE, "-");
	else
		snprintf(text, SUMMARY_TEXT_SIZE, "%" PRId64, number);
	return text;
}

#define AGE_AND_COST_SIZE (2 * SUMMARY_TEXT_SIZE + 8)

/* "0.1 s ago, 2.0 ms". */
static const char *age_and_cost(double age_s, double cost_ms, char text[AGE_AND_COST_SIZE])
{
	char age[SUMMARY_TEXT_SIZE], cost[SUMMARY_TEXT_SIZE];

	if (isnan(age_s))
		snprintf(text, AGE_AND_COST_SIZE, "-");
	else
		snprintf(text, AGE_AND_COST_SIZE, "%s ago, %s", decimal(age_s, "s", age),
			 decimal(cost_ms, "ms", cost));
	return text;
}

static void host_line(const struct snapshot *snapshot, char *line)
{
	char clock[SUMMARY_TEXT_SIZE];

	snprintf(line, SUMMARY_LINE_SIZE, "porttrace  %s  %s  Linux %s  probe %s  %.1f s",
		 summary_clock(snapshot, clock), snapshot->host, snapshot->kernel, snapshot->probe,
		 snapshot->uptime_s);
}

static void totals_line(const struct snapshot *snapshot, char *line)
{
	struct totals totals = snapshot_totals(snapshot);
	char allocations[SUMMARY_TEXT_SIZE], failures[SUMMARY_TEXT_SIZE];

	snprintf(line, SUMMARY_LINE_SIZE,
		 "allocated %" PRIu64 " (%s)  failed %" PRIu64 " (%s)  "
		 "TIME_WAIT %" PRIu64 "  routes %zu  netns %zu",
		 totals.allocations, summary_rate(totals.allocations_per_s, allocations),
		 totals.failures, summary_rate(totals.failures_per_s, failures), totals.time_waits,
		 snapshot->nr_routes, snapshot->nr_netns);
}

static void census_line(const struct snapshot *snapshot, char *line)
{
	const struct census_facts *census = &snapshot->census;
	const struct owners_facts *owners = &snapshot->owners_facts;
	char counted[AGE_AND_COST_SIZE], asked[AGE_AND_COST_SIZE], sockets[SUMMARY_TEXT_SIZE];
	const char *note = "";

	if (isnan(census->age_s)) {
		snprintf(line, SUMMARY_LINE_SIZE, "census -");
		return;
	}
	if (!census->is_fresh)
		note = "  ~ carried forward";
	if (census->is_incomplete)
		note = "  ? incomplete";
	snprintf(line, SUMMARY_LINE_SIZE, "census %s  sockets %s  owners %s%s",
		 age_and_cost(census->age_s, census->cost_ms, counted),
		 count(census->sockets, sockets),
		 age_and_cost(owners->age_s, owners->cost_ms, asked), note);
}

/* What was lost by name, if anything was: the state of trust is never hidden. */
static void losses_line(const struct snapshot *snapshot, char *line)
{
	const struct losses *lost = &snapshot->lost;
	const struct {
		const char *name;
		int64_t count;
	} all[] = {
		{ "without a row of their own", lost->routes },
		{ "failures without detail", lost->failures },
		{ "calls not followed", lost->calls },
		{ "returns not seen", lost->returns },
		{ "walks cut short", lost->walks },
		{ "lists not counted", lost->census },
		{ "owners not kept", lost->owners },
		{ "single failures not kept", lost->events },
		{ "of namespaces that ended", lost->ended },
		{ "events missed", lost->missed },
	};
	char sum[SUMMARY_TEXT_SIZE];
	size_t i, length;

	length = snprintf(line, SUMMARY_LINE_SIZE, "lost %s", count(losses_sum(lost), sum));

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].count > 0)
			length += snprintf(line + length, SUMMARY_LINE_SIZE - length,
					   "  %s %" PRId64, all[i].name, all[i].count);
	/* Before Linux 5.12 the kernel does not tell. */
	if (lost->missed == NOT_KNOWN)
		length += snprintf(line + length, SUMMARY_LINE_SIZE - length, "  events missed -");
	if (lost->missed_at_most > lost->missed)
		snprintf(line + length, SUMMARY_LINE_SIZE - length,
			 "  events missed at most %" PRId64, lost->missed_at_most);
}

/* The commonest mistake behind exhaustion. Of all namespaces; which one, JSON has. */
static int64_t bound_before_connect(const struct snapshot *snapshot, int64_t *ret_blocked)
{
	int64_t sum = 0;
	size_t i;

	*ret_blocked = 0;
	for (i = 0; i < snapshot->nr_netns; i++) {
		const struct netns *netns = &snapshot->netns[i];

		if (netns->blocked_by_bind_before_connect <= 0)
			continue;
		sum += netns->blocked_by_bind_before_connect;
		*ret_blocked += netns->blocked;
	}
	return sum;
}

static void blocked_line(const struct snapshot *snapshot, char *line)
{
	int64_t blocked, bound = bound_before_connect(snapshot, &blocked);

	snprintf(line, SUMMARY_LINE_SIZE,
		 "blocked %" PRId64 " ports, %" PRId64 " by bind() to any port before connect()",
		 blocked, bound);
}

bool summary_line(const struct snapshot *snapshot, size_t number, char *line)
{
	static void (*const lines[])(const struct snapshot *, char *) = {
		host_line,
		totals_line,
		census_line,
		losses_line,
		blocked_line, /* only if there are any */
	};
	const size_t nr = sizeof(lines) / sizeof(lines[0]);
	int64_t blocked;

	if (number >= nr || (number == nr - 1 && !bound_before_connect(snapshot, &blocked)))
		return false;
	lines[number](snapshot, line);
	return true;
}
