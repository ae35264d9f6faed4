// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "advice.h"
#include "check_rule.h"
#include "field.h"

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_INFO] = "info",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_CRITICAL] = "critical",
	};

	return names[severity];
}

/* ---- What rules say ---- */

__attribute__((format(printf, 2, 0))) static const char *
keep_text(struct check *check, const char *format, va_list args)
{
	const char *kept = NULL;
	char *text;

	if (vasprintf(&text, format, args) >= 0) {
		kept = snapshot_keep_text(check->findings->texts, text);
		free(text);
	}
	if (!kept)
		check->err = -ENOMEM;
	return kept ? kept : "";
}

const char *check_text(struct check *check, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = keep_text(check, format, args);
	va_end(args);
	return text;
}

static void add_finding(struct check *check)
{
	struct findings *findings = check->findings;
	struct finding *bigger = findings->list;

	/* Powers of two are when there is no more room. */
	if (!(findings->nr & (findings->nr - 1)))
		bigger = reallocarray(findings->list, findings->nr ? findings->nr * 2 : 1,
				      sizeof(*bigger));
	check->finding = &check->spare;
	if (!bigger) {
		check->err = -ENOMEM;
		return;
	}
	findings->list = bigger;
	check->finding = &bigger[findings->nr++];
}

void check_add(struct check *check, enum severity severity, const char *format, ...)
{
	va_list args;

	add_finding(check);
	*check->finding = (struct finding){
		.id = check->rule->id,
		.fact = check->rule->fact,
		.severity = severity,
		.netns = check->netns ? check->netns->inum : 0,
		.route = check->route,
	};
	va_start(args, format);
	check->finding->title = keep_text(check, format, args);
	va_end(args);
}

void check_fix(struct check *check, const char *format, ...)
{
	struct finding *finding = check->finding;
	va_list args;

	if (finding->nr_fixes == MAX_FIXES)
		return;
	va_start(args, format);
	finding->fixes[finding->nr_fixes++] = keep_text(check, format, args);
	va_end(args);
}

/* Of a route that has much left, too, a rule has found something: TIME_WAITs, most often. */
void check_fix_program(struct check *check, const struct route *route)
{
	char advice[ADVICE_SIZE];
	struct route_owners owners;
	const char *program = "The program";

	if (route_advice(check->facts.now, route, advice)) {
		check_fix(check, "%s", advice);
		return;
	}
	route_owners(check->facts.now, route, &owners);
	if (*owners.closer)
		program = owners.closer;
	else if (owners.has_most && *owners.first)
		program = owners.first;
	check_fix(check, "%s: keep connections open instead of opening one for each request",
		  program);
}

/* A word that a shell takes as it is. */
static bool is_plain(const char *word)
{
	return *word && !word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789_./:@%+-")];
}

/*
 * A name with other characters is not put into a command: it may be another one, of which not all can
 * be shown.
 */
const char *check_enter(struct check *check, uint32_t inum)
{
	const struct netns *netns = snapshot_find_netns(check->facts.now, inum);
	const struct host_netns *settings = host_find_netns(check->facts.host, inum);

	if (!inum || inum == check->facts.host->own_inum)
		return "";
	if (netns && strcmp(netns->name, "init") && is_plain(netns->name))
		return check_text(check, "ip netns exec %s ", netns->name);
	if (settings && is_plain(settings->path))
		return check_text(check, "nsenter --net=%s ", settings->path);
	return "in that network namespace: ";
}

void check_set(struct check *check, const char *key, const char *format, ...)
{
	struct finding *finding = check->finding;
	const char *value, *quote, *command;
	va_list args;

	va_start(args, format);
	value = keep_text(check, format, args);
	va_end(args);
	quote = strchr(value, ' ') ? "'" : "";
	command = check_text(check, "%ssysctl -w %s=%s%s%s",
			     check_enter(check, check->netns ? check->netns->inum : 0), key, quote,
			     value, quote);
	if (finding->nr_fixes < MAX_FIXES)
		finding->fixes[finding->nr_fixes++] = command;
	if (finding->nr_settings < MAX_SETTINGS)
		finding->settings[finding->nr_settings++] =
			(struct setting){ key, value, command };
}

const char *check_route_text(struct check *check, const struct route *route)
{
	char src[VALUE_TEXT_SIZE], dst[VALUE_TEXT_SIZE];
	struct value value;

	value_set_address(&value, route->key.src);
	value_format(&value, src, sizeof(src));
	if (!route_has_destination(&route->key))
		return check_text(check, "%s %s", proto_name(route->key.proto), src);
	value_set_endpoint(&value, route->key.dst, route->key.dport);
	value_format(&value, dst, sizeof(dst));
	return check_text(check, "%s %s > %s", proto_name(route->key.proto), src, dst);
}

int64_t check_value(const struct check *check, enum host_setting setting)
{
	return check->settings ? check->settings->settings[setting] : NOT_KNOWN;
}

int64_t check_range_size(const struct check *check)
{
	const struct netns *netns = check->netns;

	return netns && netns->range_low != NOT_KNOWN ? netns->range_high - netns->range_low + 1 : 0;
}

/* Of routes below that namespace, which they are sorted by. */
static size_t count_below(const struct snapshot *snapshot, uint64_t inum)
{
	size_t low = 0, high = snapshot->nr_routes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (snapshot->routes[middle].key.netns < inum)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct route *check_netns_routes(const struct check *check, size_t *ret_nr)
{
	uint64_t inum = check->netns->inum;
	size_t first = count_below(check->facts.now, inum);

	*ret_nr = count_below(check->facts.now, inum + 1) - first;
	return check->facts.now->routes + first;
}

/* ---- All rules ---- */

static void run_routes(struct check *check)
{
	const struct snapshot *now = check->facts.now;
	size_t i;

	for (i = 0; i < now->nr_routes; i++) {
		const struct route *route = &now->routes[i];

		if (!check->netns || check->netns->inum != route->key.netns) {
			check->netns = snapshot_find_netns(now, route->key.netns);
			check->settings = host_find_netns(check->facts.host, route->key.netns);
		}
		check->route = route;
		if (check->netns)
			check->rule->route(check);
	}
}

static void run_netns(struct check *check)
{
	const struct snapshot *now = check->facts.now;
	size_t i;

	for (i = 0; i < now->nr_netns; i++) {
		check->netns = &now->netns[i];
		check->settings = host_find_netns(check->facts.host, check->netns->inum);
		check->rule->netns(check);
	}
}

static void run(struct check *check)
{
	check->netns = NULL;
	check->settings = NULL;
	check->route = NULL;
	if (check->rule->route)
		run_routes(check);
	else if (check->rule->netns)
		run_netns(check);
	else
		check->rule->host(check);
}

static int64_t rank_of(const struct finding *finding)
{
	const struct check_rule *rule = check_rules;

	while (rule->id && strcmp(rule->id, finding->id))
		rule++;
	return rule - check_rules;
}

/* Of one rule and severity, the route with more ports in use: more depends on it. */
static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int64_t order = (int64_t)y->severity - x->severity;

	if (!order)
		order = rank_of(x) - rank_of(y);
	if (!order && x->route && y->route)
		order = y->route->occupancy.used - x->route->occupancy.used;
	if (!order)
		order = (int64_t)x->netns - y->netns;
	if (!order && x->route && y->route)
		order = route_key_compare(&x->route->key, &y->route->key);
	return order < 0 ? -1 : order > 0;
}

int check_run(const struct check_facts *facts, struct findings **ret_findings)
{
	struct check check = { .facts = *facts };

	check.findings = calloc(1, sizeof(*check.findings));
	if (!check.findings)
		return -ENOMEM;
	check.findings->texts = snapshot_new();
	check.err = check.findings->texts ? 0 : -ENOMEM;
	for (check.rule = check_rules; check.rule->id && !check.err; check.rule++)
		run(&check);
	if (check.err) {
		findings_free(check.findings);
		return check.err;
	}
	if (check.findings->nr)
		qsort(check.findings->list, check.findings->nr, sizeof(*check.findings->list),
		      compare_findings);
	*ret_findings = check.findings;
	return 0;
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	snapshot_free(findings->texts);
	free(findings->list);
	free(findings);
}

enum severity findings_severity(const struct findings *findings)
{
	return findings->nr ? findings->list[0].severity : SEVERITY_INFO;
}

size_t findings_count(const struct findings *findings, enum severity severity)
{
	size_t i, count = 0;

	for (i = 0; i < findings->nr; i++)
		count += findings->list[i].severity == severity;
	return count;
}
