/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the gzip compression off what comes piece by piece. The only user of zlib's inflate; what
 * the bytes mean is nobody's business here. Memory is that of one window, whatever comes.
 */
#ifndef PORTTRACE_GZ_READ_H
#define PORTTRACE_GZ_READ_H

#include <stddef.h>

#include "err.h"

/* The first bytes of each member (RFC 1952). */
#define GZ_MAGIC_SIZE 2
bool gz_is_magic(const char *bytes);

struct gz_reader;

/* NULL when out of memory. */
struct gz_reader *gz_reader_new(void);
void gz_reader_free(struct gz_reader *reader); /* NULL is fine */

/* What comes next is the beginning of a member. */
void gz_reader_reset(struct gz_reader *reader);

/*
 * Takes bytes away from what *bytes and *size say, and puts at most `room` to `to`; *ret_got may be
 * 0. Stops at the end of a member. -EBADMSG, with the reason: that is no gzip, or is damaged.
 */
int gz_reader_inflate(struct gz_reader *reader, const char **bytes, size_t *size, char *to,
		      size_t room, size_t *ret_got, struct reason *reason);

/* Nothing is pending: a member has ended, or none has begun. */
bool gz_reader_is_between(const struct gz_reader *reader);

#endif
