/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of ports as ip_local_reserved_ports has them, "3306,30000-32767". Pure. */
#ifndef PORTTRACE_PORT_LIST_H
#define PORTTRACE_PORT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Port p is bit p % 64 of bits[p / 64]. */
struct port_list {
	uint64_t bits[65536 / 64];
};

static inline bool port_list_has(const struct port_list *list, uint16_t port)
{
	return list->bits[port / 64] >> port % 64 & 1;
}

static inline void port_list_add(struct port_list *list, uint16_t port)
{
	list->bits[port / 64] |= UINT64_C(1) << port % 64;
}

/* low may be above high: nothing is added. */
void port_list_add_range(struct port_list *list, int32_t low, int32_t high);
void port_list_add_all(struct port_list *list, const struct port_list *other);

/* Adds what a text names, with blanks around it; -EINVAL: it is no such list. */
int port_list_parse(struct port_list *list, const char *text);

/* The text, which is the caller's to free; "" for none. NULL when out of memory. */
char *port_list_format(const struct port_list *list);

/*
 * The most that the kernel takes of one write(), less a little: sysctl(8) and systemd-sysctl(8) say
 * nothing of the rest (proc_do_large_bitmap(), a page).
 */
#define PORT_LIST_WRITE_BYTES 4000

/*
 * The same of at most so many bytes, at least 16: where that is not enough, ports between others
 * that are close to one another are in it as well.
 */
char *port_list_format_within(const struct port_list *list, size_t most);

/* The next ports from there on that follow one another, none of them missing; false: no more. */
bool port_list_next_run(const struct port_list *list, int32_t from, int32_t *ret_low,
			int32_t *ret_high);

int64_t port_list_count(const struct port_list *list);

#endif
