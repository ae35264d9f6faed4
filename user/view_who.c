// SPDX-License-Identifier: GPL-2.0-only
#include "view_who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "json.h"

/* ---- Text ---- */

enum column {
	NETNS,
	PROTO,
	STATE,
	LOCAL,
	PEER,
	EXPIRES,
	PID,
	COMM,
	NR_COLUMNS,
};

static const struct {
	const char *title;
	bool right;
} columns[NR_COLUMNS] = {
	[NETNS] = { "NETNS", false },	 [PROTO] = { "PROTO", false }, [STATE] = { "STATE", false },
	[LOCAL] = { "LOCAL", false },	 [PEER] = { "PEER", false },
	[EXPIRES] = { "EXPIRES", true }, [PID] = { "PID", true },      [COMM] = { "COMM", false },
};

struct row {
	char cells[NR_COLUMNS][ADDRESS_TEXT_SIZE + 24];
};

static void address_and_port(char *cell, size_t size, const uint8_t addr[16], uint16_t port)
{
	char text[ADDRESS_TEXT_SIZE];

	snprintf(cell, size, address_is_ipv4(addr) ? "%s:%u" : "[%s]:%u",
		 address_format(addr, text), port);
}

static void fill_row(const struct who *who, const struct who_line *line, struct row *row)
{
	const struct port_holder *holder = line->holder;
	const struct netns *netns = snapshot_find_netns(who->netns, holder->inum);
	double expires_s = holder_expires_s(holder, who->hz);
	const size_t size = sizeof(row->cells[0]);
	int i;

	for (i = 0; i < NR_COLUMNS; i++)
		strcpy(row->cells[i], "-");
	snprintf(row->cells[NETNS], size, "%u", holder->inum);
	if (netns && netns->name[0])
		snprintf(row->cells[NETNS], size, "%s", netns->name);
	snprintf(row->cells[PROTO], size, "%s", proto_name(holder->proto));
	snprintf(row->cells[STATE], size, "%s", holder_state_name(holder));
	address_and_port(row->cells[LOCAL], size, holder->src, holder->port);
	if (holder_has_peer(holder))
		address_and_port(row->cells[PEER], size, holder->dst, holder->dport);
	if (!isnan(expires_s))
		snprintf(row->cells[EXPIRES], size, "%.1f", expires_s);
	if (!line->process.key.pid)
		return;
	snprintf(row->cells[PID], size, "%u", line->process.key.pid);
	snprintf(row->cells[COMM], size, "%s", line->process.comm);
}

static void measure(const struct who *who, int widths[NR_COLUMNS])
{
	struct row row;
	size_t i;
	int column;

	for (column = 0; column < NR_COLUMNS; column++)
		widths[column] = strlen(columns[column].title);
	for (i = 0; i < who->nr_lines; i++) {
		fill_row(who, &who->lines[i], &row);
		for (column = 0; column < NR_COLUMNS; column++) {
			int width = strlen(row.cells[column]);

			if (width > widths[column])
				widths[column] = width;
		}
	}
}

static void put_cell(FILE *out, const char *cell, enum column column, const int widths[NR_COLUMNS])
{
	if (column == NR_COLUMNS - 1)
		fprintf(out, "%s\n", cell);
	else
		fprintf(out, "%*s ", columns[column].right ? widths[column] : -widths[column],
			cell);
}

int view_who_text(FILE *out, const struct who *who)
{
	int widths[NR_COLUMNS], column;
	struct row row;
	size_t i;

	if (!who->nr_lines && !who->nr_filtered)
		fprintf(out, "port %u is free\n", who->port);
	else if (!who->nr_lines)
		fprintf(out, "port %u is free of what was asked for; other sockets have it: %zu\n",
			who->port, who->nr_filtered);
	if (!who->nr_lines)
		return 0;
	measure(who, widths);
	for (column = 0; column < NR_COLUMNS; column++)
		put_cell(out, columns[column].title, column, widths);
	for (i = 0; i < who->nr_lines; i++) {
		fill_row(who, &who->lines[i], &row);
		for (column = 0; column < NR_COLUMNS; column++)
			put_cell(out, row.cells[column], column, widths);
	}
	return 0;
}

/* ---- JSON ---- */

static struct json_object *address(const uint8_t addr[16])
{
	char text[ADDRESS_TEXT_SIZE];

	return json_object_new_string(address_format(addr, text));
}

/* 0: it has none. */
static struct json_object *positive(uint64_t number)
{
	return number ? json_number(number) : NULL;
}

static void add_place(struct json_object *object, const struct port_holder *holder)
{
	bool has = holder_has_peer(holder);

	json_object_object_add(object, "netns", json_number(holder->inum));
	json_object_object_add(object, "proto", json_text(proto_name(holder->proto)));
	json_object_object_add(object, "port", json_number(holder->port));
	json_object_object_add(object, "state", json_text(holder_state_name(holder)));
	json_object_object_add(object, "src", address(holder->src));
	json_object_object_add(object, "dst", has ? address(holder->dst) : NULL);
	json_object_object_add(object, "dport", has ? json_number(holder->dport) : NULL);
}

/* Of the wildcard, which else is IPv4's as well. */
static struct json_object *v6only(const struct port_holder *holder)
{
	static const uint8_t any6[16];

	return memcmp(holder->src, any6, sizeof(any6)) ? NULL :
							 json_object_new_boolean(holder->v6only);
}

static struct json_object *line_object(const struct who *who, const struct who_line *line)
{
	const struct port_holder *holder = line->holder;
	const struct owner_process *process = &line->process;
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	add_place(object, holder);
	json_object_object_add(object, "pid", positive(process->key.pid));
	json_object_object_add(object, "comm", json_text(process->comm));
	json_object_object_add(object, "cgroup", json_text(process->cgroup));
	json_object_object_add(object, "expires_s",
			       json_decimal(holder_expires_s(holder, who->hz), 3));
	json_object_object_add(object, "uid",
			       holder->uid == UID_UNKNOWN ? NULL : json_number(holder->uid));
	json_object_object_add(object, "inode", positive(holder->inode));
	json_object_object_add(object, "v6only", v6only(holder));
	json_object_object_add(object, "device", positive(holder->device));
	json_object_object_add(object, "incomplete",
			       json_object_new_boolean(who_is_incomplete(who)));
	return object;
}

int view_who_json(FILE *out, const struct who *who)
{
	size_t i;

	for (i = 0; i < who->nr_lines; i++) {
		struct json_object *object = line_object(who, &who->lines[i]);

		if (!object)
			return -ENOMEM;
		json_put(out, object);
		fputc('\n', out);
	}
	return 0;
}
