/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what `record` has written (docs/record.md), item by item, and as far as it goes the output of
 * `top --json` and `trace --json`, compressed with gzip or not. In a recording only rows that have
 * changed are repeated; behind this reader every snapshot is whole.
 *
 * The file may come from anybody: texts are made printable, and memory is bounded.
 */
#ifndef PORTTRACE_RECORDING_H
#define PORTTRACE_RECORDING_H

#include "err.h"
#include "snapshot.h"

/* Of the format. Newer ones are refused; older ones can be read. */
#define RECORDING_VERSION 1

/* Settings of a namespace as they were at the start; NOT_KNOWN, or NULL, where nobody knows. */
struct recording_netns {
	uint32_t inum;
	char name[64]; /* "": it has none */
	int32_t range_low, range_high;
	const char *reserved; /* ip_local_reserved_ports, as it is written there; "": none */
	int64_t tw_reuse, tw_reuse_delay_ms, max_tw_buckets, timestamps, fin_timeout_s;
};

/* What was asked for, as it was written: the rest is not in the file. NULL: all. */
struct recording_filter {
	const char *netns, *src, *dst, *dport, *sport, *pid, *comm, *cgroup, *family, *proto;
};

/* What the first line tells. */
struct recording_header {
	int64_t version;
	char porttrace[32]; /* the version of the program that wrote it */
	struct timespec wall;
	char host[65], kernel[65], probe[65]; /* "": not known */
	const char *const *command; /* its words; NULL: there was none */
	size_t nr_words;
	double interval_s;
	/* Both clocks at one moment, the start; 0: not known. */
	uint64_t realtime_ns, monotonic_ns;
	const struct recording_netns *netns; /* sorted by inum */
	size_t nr_netns;
	struct recording_filter filter;
};

enum recording_item_kind {
	RECORDING_HEADER,
	RECORDING_SNAPSHOT,
	RECORDING_EVENT, /* failure, allocation, time_wait */
	RECORDING_HELD,
	RECORDING_LOST,
	RECORDING_SUMMARY,
};

/* All of it is good until the next call. */
struct recording_item {
	enum recording_item_kind kind;
	union {
		const struct recording_header *header;
		const struct snapshot *snapshot;
	};
	/* The line itself; of the kinds from RECORDING_EVENT on nothing else is known of it. */
	const char *line;
	size_t length;
};

struct recording;

/* path: "-" is standard input. Negative errno, with the reason. */
int recording_open(const char *path, struct recording **ret_recording, struct reason *reason);
void recording_close(struct recording *recording); /* NULL is fine */

/*
 * The next item. -EAGAIN: it has not come yet, see recording_fd(). -ENODATA: there are no more. Else
 * a negative errno with the reason, -EBADMSG for what is wrong in the file, with the line; then there
 * is nothing to go on with.
 */
int recording_next(struct recording *recording, struct recording_item *ret_item,
		   struct reason *reason);

/*
 * The next snapshot is the one before the one that was read last. -ENOENT: there is none; -ESPIPE: that
 * cannot be read again. Else as recording_next(). All with the reason, and then nothing has changed,
 * but for errors in the file.
 */
int recording_go_back(struct recording *recording, struct reason *reason);

/* After -ENODATA: a recording without its last line. A crash, a kill or a full disk ended it. */
bool recording_is_cut(const struct recording *recording);

/* Readable when it is worth while to ask again. */
int recording_fd(const struct recording *recording);

/* For messages: the file, and the number of the line read last. */
const char *recording_name(const struct recording *recording);
unsigned long recording_line(const struct recording *recording);

/* "cannot read FILE, line N: ..."; of what the caller finds in a line. Returns err. */
int recording_fail(const struct recording *recording, int err, const char *what,
		   struct reason *reason);

#endif
