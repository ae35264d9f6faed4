// SPDX-License-Identifier: GPL-2.0-only
#include "header.h"

#include <inttypes.h>
#include <stdio.h>

#include "views.h"

#define SPARK_CELLS 16
#define SPARK_SIZE (3 * HISTORY_SAMPLES + 1)

static void host_line(const struct header *header, char *line)
{
	const struct snapshot *snapshot = header->snapshot;
	char clock[SUMMARY_TEXT_SIZE];

	summary_clock(snapshot, clock);
	/* What one changes is not to be cut off by the name of a kernel. */
	if (header->is_played)
		snprintf(line, SUMMARY_LINE_SIZE, "porttrace %s  %s  %s  Linux %s  probe %s",
			 clock, header->pace, snapshot->host, snapshot->kernel, snapshot->probe);
	else
		snprintf(line, SUMMARY_LINE_SIZE, "porttrace %s  %s  Linux %s  probe %s  %s",
			 clock, snapshot->host, snapshot->kernel, snapshot->probe, header->pace);
}

static void totals_line(const struct header *header, char *line)
{
	const struct history *history = header->history;
	struct totals totals = snapshot_totals(header->snapshot);
	char spark[SPARK_SIZE] = "", failing[SPARK_SIZE] = "", rate[SUMMARY_TEXT_SIZE],
	     failed[SUMMARY_TEXT_SIZE];

	history_spark(history->allocations_per_s, history->nr, SPARK_CELLS, header->utf8, spark);
	history_spark(history->failures_per_s, history->nr, SPARK_CELLS, header->utf8, failing);
	snprintf(line, SUMMARY_LINE_SIZE,
		 "allocated %" PRIu64 " (%s)  failed %" PRIu64 " (%s)%s  %s  fail %s",
		 totals.allocations, summary_rate(totals.allocations_per_s, rate), totals.failures,
		 summary_rate(totals.failures_per_s, failed), header->counts_since ? " since c" : "",
		 spark, failing);
}

/* The one for batch text has it all. */
static void census_line(const struct header *header, char *line)
{
	summary_line(header->snapshot, 2, line);
}

static void losses_line(const struct header *header, char *line)
{
	summary_line(header->snapshot, 3, line);
}

const struct route *closest_route(const struct snapshot *snapshot)
{
	const struct route *closest = NULL;
	size_t i;

	for (i = 0; i < snapshot->nr_routes; i++)
		if (!isnan(snapshot->routes[i].occupancy.eta_s))
			closest = closer_route(closest, &snapshot->routes[i]);
	return closest;
}

static void closest_line(const struct header *header, char *line)
{
	const struct route *route = closest_route(header->snapshot);
	struct value where = {};
	char when[32];

	if (!route) {
		snprintf(line, SUMMARY_LINE_SIZE, "no route is running out");
		return;
	}
	if (route_has_destination(&route->key))
		value_set_endpoint(&where, route->key.dst, route->key.dport);
	else
		value_set_address(&where, route->key.src);
	snprintf(when, sizeof(when), "gone in %.1f s", route->occupancy.eta_s);
	snprintf(line, SUMMARY_LINE_SIZE, "%s %s %s: %s%" PRId64 " of %" PRId64 " left, %s",
		 "closest", proto_name(route->key.proto), where.text,
		 route->occupancy.source == OCCUPANCY_CARRIED ? "~" : "", route->occupancy.headroom,
		 route->occupancy.capacity, route->occupancy.headroom ? when : "EXHAUSTED");
}

bool header_line(const struct header *header, size_t number, char *line)
{
	static const struct {
		void (*write)(const struct header *header, char *line);
		bool can_go;
	} lines[] = {
		{ host_line, false },	{ totals_line, false }, { census_line, true },
		{ losses_line, false }, { closest_line, true },
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (header->is_short && lines[i].can_go)
			continue;
		if (number--)
			continue;
		lines[i].write(header, line);
		return true;
	}
	return false;
}
