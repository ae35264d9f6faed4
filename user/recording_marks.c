// SPDX-License-Identifier: GPL-2.0-only
#include "recording_marks.h"

#include <stdlib.h>

/* Two months of one a minute; beyond, every other one has to do, and so on. */
#define MAX_MARKS 65536

static void drop_every_other(struct recording_marks *marks)
{
	size_t i;

	for (i = 0; i < marks->nr / 2; i++)
		marks->marks[i] = marks->marks[2 * i];
	marks->nr /= 2;
	marks->step *= 2;
}

static bool make_room(struct recording_marks *marks)
{
	size_t room = marks->room ? 2 * marks->room : 64;
	struct recording_mark *more;

	if (marks->nr < marks->room)
		return true;
	more = reallocarray(marks->marks, room, sizeof(*more));
	if (!more)
		return false;
	marks->marks = more;
	marks->room = room;
	return true;
}

void recording_marks_add(struct recording_marks *marks, size_t nr_before,
			 const struct line_mark *line)
{
	if (marks->nr && marks->marks[marks->nr - 1].nr_before >= nr_before)
		return;
	if (marks->skipped++ % (marks->step ? marks->step : 1))
		return;
	if (!marks->step)
		marks->step = 1;
	if (marks->nr == MAX_MARKS)
		drop_every_other(marks);
	if (make_room(marks))
		marks->marks[marks->nr++] = (struct recording_mark){ nr_before, *line };
}

void recording_marks_done(struct recording_marks *marks)
{
	free(marks->marks);
	*marks = (struct recording_marks){};
}

const struct recording_mark *recording_marks_find(const struct recording_marks *marks,
						  size_t nr_before)
{
	size_t low = 0, high = marks->nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (marks->marks[middle].nr_before <= nr_before)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &marks->marks[low - 1] : NULL;
}
