/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a file there are snapshots that can be read without those before them: few of them, since
 * their number is bounded, whatever the size of the file.
 */
#ifndef PORTTRACE_RECORDING_MARKS_H
#define PORTTRACE_RECORDING_MARKS_H

#include "line_reader.h"

struct recording_mark {
	size_t nr_before; /* snapshots */
	struct line_mark line;
};

/* Zeroed: none. */
struct recording_marks {
	struct recording_mark *marks; /* in order */
	size_t nr, room;
	size_t step; /* only each so-manieth is kept, as there would be too many */
	size_t skipped;
};

/* One that is not behind the last is known already. What there is no memory for is not kept. */
void recording_marks_add(struct recording_marks *marks, size_t nr_before,
			 const struct line_mark *line);
void recording_marks_done(struct recording_marks *marks);

/* The last one with so many snapshots before it, at most; NULL: there is none. */
const struct recording_mark *recording_marks_find(const struct recording_marks *marks,
						  size_t nr_before);

#endif
