// SPDX-License-Identifier: GPL-2.0-only
/* What was lost, in the time that is asked for. */
#include "report_part.h"

/* Since the start of counting, in a snapshot. */
static const size_t counts[] = {
	offsetof(struct losses, routes),  offsetof(struct losses, failures),
	offsetof(struct losses, calls),	  offsetof(struct losses, returns),
	offsetof(struct losses, walks),	  offsetof(struct losses, events),
	offsetof(struct losses, owners),  offsetof(struct losses, missed),
	offsetof(struct losses, ended),	  offsetof(struct losses, missed_at_most),
};

static int64_t count_at(const struct losses *lost, size_t place)
{
	return *(const int64_t *)((const char *)lost + place);
}

/* Since the snapshot before; fewer than then: they were counted anew. */
static int64_t since(const struct report_step *step, size_t place)
{
	int64_t now = count_at(&step->now->lost, place);
	int64_t then = step->goes_on ? count_at(&step->before->lost, place) : 0;

	if (step->is_baseline)
		return 0;
	return then == NOT_KNOWN || then > now ? now : now - then;
}

void report_add_losses(struct report *report, const struct report_step *step)
{
	struct losses *lost = &report->lost.snapshot;
	int64_t census = step->now->lost.census;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int64_t *sum = (int64_t *)((char *)lost + counts[i]);

		if (count_at(&step->now->lost, counts[i]) == NOT_KNOWN)
			continue;
		report_sum_known(sum, since(step, counts[i]));
	}
	/* Of that census alone. */
	if (census > lost->census)
		lost->census = census;
	report->lost.has_snapshot = true;
}

void report_init_losses(struct report *report)
{
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		*(int64_t *)((char *)&report->lost.snapshot + counts[i]) = NOT_KNOWN;
	report->lost.snapshot.census = NOT_KNOWN;
}

uint64_t report_lost_events(const struct report *report)
{
	if (report->lost.has_summary && !report_has_window(report))
		return event_summary_lost(&report->lost.summary);
	return report->lost.events;
}

int64_t report_missed_events(const struct report *report)
{
	if (report->lost.has_summary && !report_has_window(report))
		return report->lost.summary.missed;
	return NOT_KNOWN;
}
