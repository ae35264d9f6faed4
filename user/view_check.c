// SPDX-License-Identifier: GPL-2.0-only
#include "view_check.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "views.h"

/* "init", its name, or its number; "-" for what is of the whole host. */
static const char *netns_text(const struct snapshot *snapshot, uint32_t inum, char text[16])
{
	const struct netns *netns = snapshot_find_netns(snapshot, inum);

	if (!inum)
		return "-";
	if (netns && netns->name[0])
		return netns->name;
	snprintf(text, 16, "%" PRIu32, inum);
	return text;
}

static size_t count_routes(const struct snapshot *snapshot)
{
	size_t i, count = 0;

	for (i = 0; i < snapshot->nr_routes; i++)
		count += snapshot->routes[i].occupancy.headroom != NOT_KNOWN;
	return count;
}

/* NULL: of none it is known. */
static const struct route *closest_route(const struct snapshot *snapshot)
{
	const struct route *closest = NULL;
	size_t i;

	for (i = 0; i < snapshot->nr_routes; i++)
		closest = closer_route(closest, &snapshot->routes[i]);
	return closest;
}

static void put_details(FILE *out, const struct finding *finding)
{
	size_t i;

	fprintf(out, "    why  %s\n", finding->fact);
	for (i = 0; i < finding->nr_fixes; i++)
		fprintf(out, "    %s  %s\n", i ? "then" : "do  ", finding->fixes[i]);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* What was looked at. */
static void put_extent(FILE *out, const struct snapshot *now)
{
	size_t routes = count_routes(now);

	fprintf(out, "%zu route%s in %zu network namespace%s", routes, plural(routes),
		now->nr_netns, plural(now->nr_netns));
}

static void put_sum(FILE *out, const struct snapshot *now, const struct findings *findings,
		    bool details)
{
	static const char *const verdicts[] = { "ok", "warning", "critical" };
	size_t criticals = findings_count(findings, SEVERITY_CRITICAL);
	size_t warnings = findings_count(findings, SEVERITY_WARNING);
	size_t notes = findings_count(findings, SEVERITY_INFO);

	fprintf(out, "%s: ", verdicts[findings_severity(findings)]);
	if (criticals)
		fprintf(out, "%zu critical, ", criticals);
	if (warnings)
		fprintf(out, "%zu warning%s, ", warnings, plural(warnings));
	if (notes)
		fprintf(out, "%zu note%s%s, ", notes, plural(notes), details ? "" : " (-v)");
	put_extent(out, now);
	fputc('\n', out);
}

/* Findings of one rule that are shown without details. */
#define MAX_ALIKE 10

/* Whether a finding is shown; those of one rule are behind one another. */
static bool is_shown(const struct findings *findings, size_t i)
{
	const struct finding *finding = &findings->list[i];

	if (finding->severity == SEVERITY_INFO)
		return false;
	return i < MAX_ALIKE || findings->list[i - MAX_ALIKE].id != finding->id ||
	       findings->list[i - MAX_ALIKE].severity != finding->severity;
}

/* The number of those that are not shown is told where they would end. */
static size_t put_held_back(FILE *out, const struct findings *findings, size_t i, size_t held)
{
	const struct finding *finding = &findings->list[i];
	bool is_last = i + 1 == findings->nr || findings->list[i + 1].id != finding->id ||
		       findings->list[i + 1].severity != finding->severity;

	if (finding->severity == SEVERITY_INFO)
		return 0;
	if (!is_last)
		return held;
	if (held)
		fprintf(out, "%-8s  and %zu more (-v)  [%s]\n", severity_name(finding->severity),
			held, finding->id);
	return 0;
}

void view_check_text(FILE *out, const struct check_facts *facts, const struct findings *findings,
		     bool details)
{
	size_t i, held = 0;
	char text[16];

	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->list[i];

		if (details || is_shown(findings, i))
			fprintf(out, "%-8s  %s  %s  [%s]\n", severity_name(finding->severity),
				netns_text(facts->now, finding->netns, text), finding->title,
				finding->id);
		else
			held++;
		if (details)
			put_details(out, finding);
		else
			held = put_held_back(out, findings, i, held);
	}
	put_sum(out, facts->now, findings, details);
}

/* ---- Nagios ---- */

/* A bar ends the text. */
static void put_without_bars(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text == '|' || *text == '\n' ? '?' : *text, out);
}

/* Of all namespaces; "U", as monitoring systems expect, where that of one is not known. */
static void format_time_waits(const struct snapshot *snapshot, char text[24])
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++) {
		if (snapshot->netns[i].time_wait == NOT_KNOWN) {
			strcpy(text, "U");
			return;
		}
		sum += snapshot->netns[i].time_wait;
	}
	snprintf(text, 24, "%" PRId64, sum);
}

/* 'label'=value;warn;crit;min;max, "N:" is an alarm below N. */
static void put_performance(FILE *out, const struct check_facts *facts,
			    const struct findings *findings)
{
	const struct route *closest = closest_route(facts->now);
	char time_waits[24];

	format_time_waits(facts->now, time_waits);
	fputs(" |", out);
	if (closest)
		fprintf(out, " headroom=%" PRId64 ";%" PRId64 ":;1:;0;%" PRId64,
			closest->occupancy.headroom, closest->occupancy.capacity / 10 + 1,
			closest->occupancy.capacity);
	fprintf(out, " routes=%zu;;;0 time_wait=%s;;;0 critical=%zu;;;0 warning=%zu;;;0\n",
		count_routes(facts->now), time_waits,
		findings_count(findings, SEVERITY_CRITICAL),
		findings_count(findings, SEVERITY_WARNING));
}

void view_check_nagios_unknown(FILE *out, const char *why)
{
	fputs("PORTS UNKNOWN: ", out);
	put_without_bars(out, why);
	fputc('\n', out);
}

void view_check_nagios(FILE *out, const struct check_facts *facts, const struct findings *findings)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	enum severity severity = findings_severity(findings);
	size_t worse = findings->nr - findings_count(findings, SEVERITY_INFO);
	char text[16];

	fprintf(out, "PORTS %s: ", words[severity]);
	if (facts->now->without_bpf)
		fputs("(without BPF: estimates, of this network namespace alone) ", out);
	if (severity == SEVERITY_INFO) {
		put_extent(out, facts->now);
	} else {
		put_without_bars(out, netns_text(facts->now, findings->list[0].netns, text));
		fputs(": ", out);
		put_without_bars(out, findings->list[0].title);
		if (worse > 1)
			fprintf(out, "; %zu more", worse - 1);
	}
	put_performance(out, facts, findings);
}

/* ---- A file for sysctl.d ---- */

/* As a comment, at most so many columns. */
#define COMMENT_WIDTH 98

static void put_comment(FILE *out, const char *before, const char *text)
{
	size_t column = fprintf(out, "# %s", before), length;
	bool first = true;

	while (*text) {
		length = strcspn(text, " ");
		if (!first && column + 1 + length > COMMENT_WIDTH)
			column = fprintf(out, "\n#  ") - 1;
		column += fprintf(out, "%s%.*s", first ? "" : " ", (int)length, text);
		text += length;
		text += strspn(text, " ");
		first = false;
	}
	fputc('\n', out);
}

static bool sets(const struct finding *finding, const char *key)
{
	size_t i;

	for (i = 0; i < finding->nr_settings; i++)
		if (!strcmp(finding->settings[i].key, key))
			return true;
	return false;
}

static bool is_command(const struct finding *finding, const char *fix)
{
	size_t i;

	for (i = 0; i < finding->nr_settings; i++)
		if (finding->settings[i].command == fix)
			return true;
	return false;
}

/* What has to be thought of before. */
static void put_conditions(FILE *out, const struct finding *finding)
{
	size_t i;

	for (i = 0; i < finding->nr_fixes; i++)
		if (!is_command(finding, finding->fixes[i]))
			put_comment(out, "  Before: ", finding->fixes[i]);
}

/* Of those that are no more than notes, or of the others. */
static void put_reasons(FILE *out, const struct findings *findings, uint32_t netns,
			const char *key, bool notes)
{
	size_t i;

	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->list[i];

		if (finding->netns != netns || (finding->severity == SEVERITY_INFO) != notes ||
		    !sets(finding, key))
			continue;
		fprintf(out, "# %s\n", finding->id);
		put_comment(out, "  ", finding->title);
		put_comment(out, "  Because: ", finding->fact);
		if (notes)
			put_conditions(out, finding);
	}
}

/* What a setting of the host does not reach, or no setting can do. */
static void put_rest(FILE *out, const struct check_facts *facts, const struct findings *findings,
		     uint32_t netns)
{
	char text[16];
	size_t i, j;

	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->list[i];

		if (finding->severity == SEVERITY_INFO ||
		    (finding->nr_settings && finding->netns == netns))
			continue;
		fprintf(out, "\n# Not in this file: %s (%s)\n", finding->id,
			netns_text(facts->now, finding->netns, text));
		put_comment(out, "  ", finding->title);
		for (j = 0; j < finding->nr_fixes; j++)
			put_comment(out, "  ", finding->fixes[j]);
	}
}

static const struct setting *find_setting(const struct setting *settings, size_t nr,
					  const char *key)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(settings[i].key, key))
			return &settings[i];
	return NULL;
}

/* Nothing is wrong without these: whoever wants one takes the '#' away. */
static int put_notes(FILE *out, const struct findings *findings, uint32_t netns,
		     const struct setting *set, size_t nr_set)
{
	struct setting *all;
	size_t i, nr;

	if (check_settings(findings, netns, SEVERITY_INFO, &all, &nr))
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		const struct setting *same = find_setting(set, nr_set, all[i].key);

		if (same && !strcmp(same->value, all[i].value))
			continue;
		fputs("\n# Only if you want it, nothing is wrong without:\n", out);
		put_reasons(out, findings, netns, all[i].key, true);
		fprintf(out, "#%s = %s\n", all[i].key, all[i].value);
	}
	settings_free(all, nr);
	return 0;
}

int view_check_sysctl(FILE *out, const struct check_facts *facts, const struct findings *findings,
		      uint32_t netns)
{
	struct setting *settings;
	char text[16];
	size_t i, nr;
	int err;

	if (check_settings(findings, netns, SEVERITY_WARNING, &settings, &nr))
		return -ENOMEM;
	fprintf(out, "# What 'porttrace check' proposes for network namespace %s of %s, Linux %s.\n",
		netns_text(facts->now, netns, text), facts->now->host, facts->now->kernel);
	fputs("# Nothing of it was applied. Programs come first: 'porttrace check -v' says which.\n",
	      out);
	if (!nr)
		fputs("# There is no setting to change.\n", out);
	for (i = 0; i < nr; i++) {
		fputc('\n', out);
		put_reasons(out, findings, netns, settings[i].key, false);
		fprintf(out, "%s = %s\n", settings[i].key, settings[i].value);
	}
	err = put_notes(out, findings, netns, settings, nr);
	put_rest(out, facts, findings, netns);
	settings_free(settings, nr);
	return err;
}
