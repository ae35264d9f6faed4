// SPDX-License-Identifier: GPL-2.0-only
#include "record_told.h"

#include <inttypes.h>
#include <stdio.h>

#include "err.h"
#include "json.h"
#include "output.h"

static void format_size(uint64_t bytes, char text[16])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double size = bytes;
	size_t unit = 0;

	while (size >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		size /= 1000;
		unit++;
	}
	snprintf(text, 16, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

void record_tell_progress(const struct record_totals *totals, uint64_t bytes, uint64_t passed_ms)
{
	uint64_t seconds = passed_ms / 1000;
	char size[16];

	format_size(bytes, size);
	progress("recording %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ", %s, %" PRIu64 " failures",
		 seconds / 3600, seconds / 60 % 60, seconds % 60, size, totals->failures);
}

static void print_totals(const char *name, const struct record_totals *totals, bool is_whole)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "file", json_text(name));
	json_object_object_add(json, "bytes", json_number(totals->bytes));
	json_object_object_add(json, "snapshots", json_number(totals->snapshots));
	json_object_object_add(json, "failures", json_number(totals->failures));
	json_object_object_add(json, "held_back", json_number(totals->held_back));
	json_object_object_add(json, "lost", json_number(totals->lost));
	json_object_object_add(json, "whole", json_object_new_boolean(is_whole));
	json_put(output_stream(), json);
	fputc('\n', output_stream());
}

void record_tell_end(const char *name, const struct record_totals *totals, uint64_t passed_ms,
		     bool is_whole, bool json)
{
	char size[16], not_kept[48] = "";

	format_size(totals->bytes, size);
	if (totals->lost)
		snprintf(not_kept, sizeof(not_kept), "; %" PRIu64 " events lost", totals->lost);
	complain("%s: %" PRIu64 " snapshots, %" PRIu64 " failures, %s in %.1f s%s%s", name,
		 totals->snapshots, totals->failures, size, passed_ms / 1e3, not_kept,
		 is_whole ? "" : "; it is cut short");
	if (json)
		print_totals(name, totals, is_whole);
}
