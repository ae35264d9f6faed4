// SPDX-License-Identifier: GPL-2.0-only
#include "history.h"

#include <stdlib.h>
#include <string.h>

static void push(double *samples, int nr, double sample)
{
	if (nr == HISTORY_SAMPLES)
		memmove(samples, samples + 1, (nr - 1) * sizeof(*samples));
	samples[nr < HISTORY_SAMPLES ? nr : nr - 1] = sample;
}

static void push_route(struct route_history *history, const struct occupancy *occupancy)
{
	const int64_t now[NR_HISTORY_LINES] = {
		[HISTORY_ESTABLISHED] = occupancy->established,
		[HISTORY_TIME_WAIT] = occupancy->time_wait,
		[HISTORY_OTHER] = occupancy->other,
		[HISTORY_HEADROOM] = occupancy->headroom,
	};
	int line, at = history->nr;

	if (at == HISTORY_SAMPLES)
		at--;
	for (line = 0; line < NR_HISTORY_LINES; line++) {
		if (history->nr == HISTORY_SAMPLES)
			memmove(history->samples[line], history->samples[line] + 1,
				at * sizeof(history->samples[line][0]));
		history->samples[line][at] = now[line];
	}
	history->nr = at + 1;
}

/* Routes that are gone are forgotten; both are in the same order. */
static void add_routes(struct history *history, const struct snapshot *snapshot)
{
	size_t nr = snapshot->nr_routes, i, old = 0;
	struct route_history *routes;

	if (nr > HISTORY_ROUTES)
		nr = HISTORY_ROUTES;
	routes = calloc(nr + 1, sizeof(*routes));
	if (!routes)
		return;
	for (i = 0; i < nr; i++) {
		const struct route *route = &snapshot->routes[i];
		int order = -1;

		for (; old < history->nr_routes; old++) {
			order = route_key_compare(&history->routes[old].key, &route->key);
			if (order >= 0)
				break;
		}
		if (old < history->nr_routes && !order)
			routes[i] = history->routes[old];
		routes[i].key = route->key;
		push_route(&routes[i], &route->occupancy);
	}
	free(history->routes);
	history->routes = routes;
	history->nr_routes = nr;
}

static double seconds_of(const struct snapshot *snapshot)
{
	return snapshot->monotonic.tv_sec + snapshot->monotonic.tv_nsec / 1e9;
}

void history_go_back(struct history *history, const struct snapshot *snapshot)
{
	size_t i;

	if (history->nr)
		history->nr--;
	/* The one that is gone back to may be from before the first that was added. */
	if (!history->nr) {
		history_add(history, snapshot);
		return;
	}
	if (history->routes_at_s <= seconds_of(snapshot))
		return;
	history->routes_at_s -= HISTORY_ROUTE_S;
	for (i = 0; i < history->nr_routes; i++)
		if (history->routes[i].nr)
			history->routes[i].nr--;
}

void history_add(struct history *history, const struct snapshot *snapshot)
{
	double now_s = seconds_of(snapshot);
	struct totals totals = snapshot_totals(snapshot);

	push(history->allocations_per_s, history->nr, totals.allocations_per_s);
	push(history->failures_per_s, history->nr, totals.failures_per_s);
	if (history->nr < HISTORY_SAMPLES)
		history->nr++;
	if (history->routes_at_s && now_s - history->routes_at_s < HISTORY_ROUTE_S)
		return;
	history->routes_at_s = now_s;
	add_routes(history, snapshot);
}

void history_done(struct history *history)
{
	free(history->routes);
	*history = (struct history){};
}

static int compare_keys(const void *a, const void *b)
{
	return route_key_compare(&((const struct route_history *)a)->key,
				 &((const struct route_history *)b)->key);
}

const struct route_history *history_of(const struct history *history, const struct route_key *key)
{
	struct route_history wanted = { .key = *key };

	if (!history->nr_routes)
		return NULL;
	return bsearch(&wanted, history->routes, history->nr_routes, sizeof(wanted), compare_keys);
}

void history_spark(const double *samples, int nr, int width, bool utf8, char *text)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	int first = nr > width ? nr - width : 0, i, level;
	double highest = 0;

	*text = '\0';
	for (i = first; i < nr; i++)
		if (samples[i] > highest)
			highest = samples[i];
	for (i = first; i < nr; i++) {
		level = highest > 0 && samples[i] > 0 ? samples[i] / highest * 7 : 0;
		if (isnan(samples[i]) || samples[i] < 0)
			strcat(text, " ");
		else
			strcat(text, utf8 ? blocks[level] : plain[level]);
	}
}

void history_spark_route(const struct route_history *route, enum history_line line, int width,
			 bool utf8, char *text)
{
	double samples[HISTORY_SAMPLES];
	int i;

	for (i = 0; i < route->nr; i++)
		samples[i] = route->samples[line][i];
	history_spark(samples, route->nr, width, utf8, text);
}
