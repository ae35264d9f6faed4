// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "recording_case.h"

struct written recording_case_begin(void)
{
	struct written written = { .path = "/tmp/porttrace-test-XXXXXX" };

	written.file = fdopen(mkstemp(written.path), "w");
	assert_non_null(written.file);
	return written;
}

struct recording *recording_case_open(struct written *written)
{
	struct recording *recording;
	struct reason reason;

	fclose(written->file);
	if (recording_open(written->path, &recording, &reason))
		fail_msg("%s", reason.text);
	unlink(written->path);
	return recording;
}

struct recording_item recording_case_read(struct recording *recording, enum recording_item_kind kind)
{
	struct recording_item item;
	struct reason reason;

	if (recording_next(recording, &item, &reason))
		fail_msg("%s", reason.text);
	assert_int_equal(item.kind, kind);
	return item;
}

void recording_case_end(struct recording *recording, bool is_cut)
{
	struct recording_item item;
	struct reason reason;

	assert_int_equal(recording_next(recording, &item, &reason), -ENODATA);
	assert_int_equal(recording_is_cut(recording), is_cut);
	recording_close(recording);
}

static const struct recording_netns some_netns[] = {
	{ .inum = 42, .range_low = NOT_KNOWN, .range_high = NOT_KNOWN, .tw_reuse = NOT_KNOWN,
	  .tw_reuse_delay_ms = NOT_KNOWN, .max_tw_buckets = NOT_KNOWN, .timestamps = NOT_KNOWN,
	  .fin_timeout_s = NOT_KNOWN },
	{ .inum = 4026531840, .name = "init", .range_low = 32768, .range_high = 60999,
	  .reserved = "", .tw_reuse = 2, .tw_reuse_delay_ms = 1000, .max_tw_buckets = 262144,
	  .timestamps = 1, .fin_timeout_s = 60 },
};

static const char *const some_words[] = { "sh", "-c", "\"quo\\ted\"", "" };

const struct recording_header recording_case_header = {
	.porttrace = "0.1.0",
	.wall = { 1769860800, 123456000 },
	.host = "web-7",
	.kernel = "6.1.0-56-cloud-amd64",
	.probe = "fentry",
	.command = some_words,
	.nr_words = 4,
	.interval_s = 0.25,
	.realtime_ns = UINT64_C(1769860800123456789),
	.monotonic_ns = UINT64_C(12345678901),
	.netns = some_netns,
	.nr_netns = 2,
	.filter = { .src = "10.0.0.0/8", .comm = "php-fpm" },
};
