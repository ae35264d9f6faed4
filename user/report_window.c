// SPDX-License-Identifier: GPL-2.0-only
#include "report_window.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "snapshot.h"

#define NS INT64_C(1000000000)
#define EARLIER_S (2 * 3600)

/* Whole seconds, or with a fraction of up to nine digits. NULL: it is none. */
static const char *parse_seconds(const char *text, int64_t *ret_ns)
{
	int64_t seconds = 0, fraction = 0, digit = NS / 10;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		seconds = seconds * 10 + *at - '0';
		if (seconds > MAX_WALL_SECONDS)
			return NULL;
	}
	if (at == text)
		return NULL;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, digit /= 10)
			fraction += (*at - '0') * digit;
	*ret_ns = seconds * NS + fraction;
	return at;
}

/* "12:03", "12:03:10", "12:03:10.5". NULL: it is none. */
static const char *parse_daytime(const char *text, int64_t *ret_ns)
{
	struct tm tm = {};
	const char *rest = strptime(text, "%H:%M", &tm);
	int64_t seconds = 0;

	if (!rest)
		return NULL;
	if (*rest == ':')
		rest = parse_seconds(rest + 1, &seconds);
	if (!rest || seconds >= 61 * NS)
		return NULL;
	*ret_ns = (tm.tm_hour * 60 + tm.tm_min) * 60 * NS + seconds;
	return rest;
}

/* A day, and a time of it. False: it is none. */
static bool parse_date(const char *text, int64_t *ret_ns)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	int64_t ns = 0;
	time_t day;

	if (!rest)
		return false;
	if (*rest == ' ' || *rest == 'T')
		rest = parse_daytime(rest + 1, &ns);
	if (!rest || (*rest && strcmp(rest, "Z")))
		return false;
	/* As a whole: a day of a change of clocks has not 24 hours. */
	tm.tm_hour = ns / NS / 3600;
	tm.tm_min = ns / NS / 60 % 60;
	tm.tm_sec = ns / NS % 60;
	day = *rest ? timegm(&tm) : mktime(&tm);
	if (day < 0 || day > MAX_WALL_SECONDS)
		return false;
	*ret_ns = day * NS + ns % NS;
	return true;
}

static bool parse(const char *text, struct report_when *when)
{
	const char *rest = parse_seconds(text, &when->ns);

	when->kind = WHEN_RELATIVE;
	if (rest && (!*rest || !strcmp(rest, "s")))
		return true;
	when->kind = WHEN_ABSOLUTE;
	if (*text == '@') {
		rest = parse_seconds(text + 1, &when->ns);
		return rest && !*rest;
	}
	if (parse_date(text, &when->ns))
		return true;
	when->kind = WHEN_DAYTIME;
	rest = parse_daytime(text, &when->ns);
	return rest && !*rest;
}

int report_when_parse(const char *text, struct report_when *ret_when, struct reason *reason)
{
	if (parse(text, ret_when))
		return 0;
	return because(reason, -EINVAL,
		       "'%s' is not a time: seconds after the start, HH:MM[:SS], "
		       "'YYYY-MM-DD HH:MM[:SS]', with Z for UTC, or @SECONDS since 1970",
		       text);
}

int report_window_parse(const char *text, struct report_window *ret_window, struct reason *reason)
{
	const char *comma = strchr(text, ',');
	char since[64];
	int err = 0;

	if (!comma || (size_t)(comma - text) >= sizeof(since))
		return because(reason, -EINVAL, "'%s' is not a time span: START,STOP, of which "
						"either may be left out", text);
	memcpy(since, text, comma - text);
	since[comma - text] = '\0';
	if (*since)
		err = report_when_parse(since, &ret_window->since, reason);
	if (!err && comma[1])
		err = report_when_parse(comma + 1, &ret_window->until, reason);
	return err;
}

static int64_t resolve_daytime(int64_t ns, int64_t start_ns)
{
	time_t start = start_ns / NS, moment;
	struct tm tm;

	if (!localtime_r(&start, &tm))
		return start_ns;
	/* The clock says so as well on a day of 23 hours, but for the one that it has not. */
	tm.tm_hour = ns / NS / 3600;
	tm.tm_min = ns / NS / 60 % 60;
	tm.tm_sec = ns / NS % 60;
	tm.tm_isdst = -1;
	moment = mktime(&tm);
	if (moment < start - EARLIER_S) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		moment = mktime(&tm);
	}
	return moment * NS + ns % NS;
}

int64_t report_when_resolve(const struct report_when *when, int64_t start_ns)
{
	switch (when->kind) {
	case WHEN_ANY:
		break;
	case WHEN_RELATIVE:
		return start_ns > INT64_MAX - when->ns ? INT64_MAX : start_ns + when->ns;
	case WHEN_DAYTIME:
		return resolve_daytime(when->ns, start_ns);
	case WHEN_ABSOLUTE:
		return when->ns;
	}
	return -1;
}
