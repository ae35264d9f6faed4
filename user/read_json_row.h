/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of a line: what read_json.c and the files of single kinds of rows share. */
#ifndef PORTTRACE_READ_JSON_ROW_H
#define PORTTRACE_READ_JSON_ROW_H

#include "json_reader.h"
#include "process_table.h"
#include "snapshot.h"

/* A line that is being read. */
struct reading {
	struct snapshot *snapshot;
	struct snapshot *sums; /* has the failures without their routes, and nothing else */
	struct process_table processes;
	int64_t version;
	char host[65], kernel[65], probe[65];
	double period_s, uptime_s;
	bool has_failures_by_route;
	int8_t census_is_fresh, census_is_incomplete; /* -1: the line does not say */
	/* Of a recording, see read_json_recorded(); NOT_KNOWN: it is none. */
	int64_t number, since;
	struct snapshot *gone; /* has the keys of rows that are gone, and nothing else */
};

/* The members that make up the key of a route, as they are in a line. */
struct key_members {
	int64_t netns, dport;
	char proto[8], src[64], dst[64];
	int8_t overflow;
};

/* Their rows in a table of members, for a row that begins with struct key_members. */
#define KEY_MEMBERS                                                                         \
	{ "netns", json_member_count, offsetof(struct key_members, netns), UINT32_MAX, true },    \
	{ "proto", json_member_text, offsetof(struct key_members, proto), 7, true },        \
	{ "src", json_member_text, offsetof(struct key_members, src), 63, false },          \
	{ "dst", json_member_text, offsetof(struct key_members, dst), 63, false },          \
	{ "dport", json_member_count, offsetof(struct key_members, dport), 65535, false },  \
	{ "overflow", json_member_flag, offsetof(struct key_members, overflow), 0, false }

struct key_members key_members_unknown(void);

/* What they mean. Without addresses: of a failure of no particular route. */
int key_from_members(struct json_reader *reader, const struct key_members *members,
		     bool has_addresses, struct route_key *ret_key);

/* -EBADMSG if a line has more rows of a kind than any line of porttrace's. */
int check_rows(struct json_reader *reader, size_t nr);

/* "2026-01-31T12:00:00.123456Z", as json_time() writes it. */
int read_wall(struct json_reader *reader, struct timespec *ret_wall);

/* Which of nr words it is; nr for one that another version has, which is "?" then. */
uint8_t index_of_word(const char *word, const char *(*name_of)(uint8_t), uint8_t nr);

/* The inverse of json_errno(): a name or, where there is none, a number; "" is 0. */
int errno_from_text(struct json_reader *reader, const char *text, uint16_t *ret_err);

/* Elements of the arrays; arg is a struct reading. */
int read_route(struct json_reader *reader, void *arg);
int read_failure(struct json_reader *reader, void *arg);
int read_failure_of_route(struct json_reader *reader, void *arg);
int read_netns(struct json_reader *reader, void *arg);

/* What tells a row of failures_by_route from the others. */
int read_failure_key(struct json_reader *reader, struct failure_key *ret_key);

/* The member `gone` of a line. */
int read_gone(struct json_reader *reader, const struct json_member *member, void *row);

/*
 * Adds the rows of the snapshot before that are neither in the line nor gone. -EBADMSG, with the
 * reason: that does not fit; -ENOMEM.
 */
int read_json_join(struct reading *reading, const struct snapshot *before, struct reason *reason);

/* The owners of a route; adds them without their route, which may not be known yet. */
int read_owners(struct json_reader *reader, struct reading *reading, int64_t *ret_orphans);

#endif
