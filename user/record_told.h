/* SPDX-License-Identifier: GPL-2.0-only */
/* What record tells whoever started it: progress, and in the end what is in the file. */
#ifndef PORTTRACE_RECORD_TOLD_H
#define PORTTRACE_RECORD_TOLD_H

#include <stdbool.h>
#include <stdint.h>

/* What can be read of a file. */
struct record_totals {
	uint64_t snapshots;
	uint64_t failures;  /* those that its lines account for */
	uint64_t held_back; /* of these, not told of one by one */
	uint64_t lost;	    /* events */
	uint64_t bytes;
};

/* One line on a terminal, which the next one overwrites. bytes: of the file so far. */
void record_tell_progress(const struct record_totals *totals, uint64_t bytes, uint64_t passed_ms);

/*
 * A sentence on stderr, and with json an object on stdout as well. name: printable. is_whole: it has
 * its last line; else totals are those of what was flushed.
 */
void record_tell_end(const char *name, const struct record_totals *totals, uint64_t passed_ms,
		     bool is_whole, bool json);

#endif
