// SPDX-License-Identifier: GPL-2.0-only
/* The part of a recording that is asked for, and what there is of it. */
#include "report_part.h"

/* An event is told of some time after it happened, but not that much. */
#define LATE_NS (INT64_C(10) * 1000000000)

/* The first item tells when the recording starts, and so what is meant by the window. */
void report_begin(struct report *report, int64_t ns)
{
	if (report->timeline.step_ns)
		return;
	report->since_ns = report_when_resolve(&report->want.window.since, ns);
	report->until_ns = report_when_resolve(&report->want.window.until, ns);
	report->is_backwards = report->until_ns != NOT_KNOWN && report->since_ns > report->until_ns;
	timeline_init(&report->timeline, report->since_ns > ns ? report->since_ns : ns);
}

bool report_is_before(const struct report *report, int64_t ns)
{
	return report->since_ns != NOT_KNOWN && ns < report->since_ns;
}

bool report_is_after(const struct report *report, int64_t ns)
{
	return report->until_ns != NOT_KNOWN && ns > report->until_ns;
}

bool report_has_window(const struct report *report)
{
	return report->since_ns != NOT_KNOWN || report->until_ns != NOT_KNOWN;
}

bool report_is_past(const struct report *report)
{
	return report->is_past;
}

/* What the report is about reaches from the first moment that it has to the last. */
void report_extend(struct report *report, int64_t ns)
{
	if (report->start_ns == NOT_KNOWN || ns < report->start_ns)
		report->start_ns = ns;
	if (ns > report->end_ns)
		report->end_ns = ns;
}

bool report_takes(struct report *report, const struct timespec *wall, int64_t *ret_ns)
{
	*ret_ns = report_event_ns(report, wall);
	report_begin(report, *ret_ns);
	if (report_is_after(report, *ret_ns) && *ret_ns - report->until_ns > LATE_NS)
		report->is_past = true;
	if (report_is_before(report, *ret_ns) || report_is_after(report, *ret_ns))
		return false;
	report_extend(report, *ret_ns);
	return true;
}

double report_seconds(const struct report *report)
{
	return report->start_ns == NOT_KNOWN ? NAN : (report->end_ns - report->start_ns) / 1e9;
}
