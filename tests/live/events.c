// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "plan.h"

/* uapi/linux/in.h since 4.2 and 6.3; the C library's may be older. */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

/* Memory that nobody writes to costs nothing. */
#define MAX_BYTES (64 << 20)
#define LINE_SIZE 1024

/* Shared with the processes that are forked. */
static struct events {
	size_t used;
	char text[];
} *events;

static char holder[256];
static const char *pattern;

void events_begin(void)
{
	events = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (events == MAP_FAILED)
		plan_failed("no memory for events: %s", strerror(errno));
}

/* ---- A line ---- */

struct line {
	char text[LINE_SIZE];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->used;
	va_list args;
	int nr;

	va_start(args, format);
	nr = vsnprintf(line->text + line->used, room, format, args);
	va_end(args);
	if (nr < 0 || (size_t)nr >= room)
		plan_failed("an event of more than %d bytes", LINE_SIZE);
	line->used += nr;
}

/* Each process writes into the room that it has taken, so lines stay whole. */
static void finish(struct line *line)
{
	size_t at;

	add(line, "\n");
	at = __atomic_fetch_add(&events->used, line->used, __ATOMIC_RELAXED);
	if (at + line->used > MAX_BYTES - sizeof(*events))
		plan_failed("more events than there is room for");
	memcpy(events->text + at, line->text, line->used);
}

static void add_route(struct line *line, const struct route *route)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	ip_text(&route->key.src, src);
	add(line, " proto=%s src=%s", ledger_proto_names[route->key.proto], src);
	if (!route->key.has_dst) {
		add(line, " dst=- dport=-");
		return;
	}
	ip_text(&route->key.dst, dst);
	add(line, " dst=%s dport=%u", dst, route->key.dport);
}

/* A name with blanks would be two words. */
static void add_process(struct line *line)
{
	char comm[16] = "";

	prctl(PR_GET_NAME, comm);
	add(line, " pid=%d", getpid());
	if (!comm[strcspn(comm, " \n|=")])
		add(line, " comm=%s", comm);
}

static void add_number(struct line *line, const char *name, uint16_t number)
{
	if (number)
		add(line, " %s=%u", name, number);
	else
		add(line, " %s=-", name);
}

/* ---- The options of a socket, as the kernel has them ---- */

static void add_option(struct line *line, const char *name, int fd, int level, int option)
{
	int value;
	socklen_t len = sizeof(value);

	if (!getsockopt(fd, level, option, &value, &len))
		add(line, " options.%s=%s", name, value ? "true" : "false");
}

static void add_range(struct line *line, int fd)
{
	uint32_t range;
	socklen_t len = sizeof(range);

	if (!getsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, &len) && range)
		add(line, " options.local_port_range=[%u,%u]", range & 0xffff, range >> 16);
	else
		add(line, " options.local_port_range=-");
}

static void add_options(struct line *line, int fd)
{
	add_option(line, "reuseaddr", fd, SOL_SOCKET, SO_REUSEADDR);
	add_option(line, "reuseport", fd, SOL_SOCKET, SO_REUSEPORT);
	add_option(line, "bind_address_no_port", fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	add_option(line, "freebind", fd, IPPROTO_IP, IP_FREEBIND);
	add_range(line, fd);
}

/* ---- The events ---- */

static bool has_holder(enum ledger_cause cause)
{
	return cause == LEDGER_PORT_IN_USE || cause == LEDGER_PORT_TAKEN_BY_CONNECTION;
}

static void add_holder(struct line *line, enum ledger_cause cause)
{
	if (has_holder(cause) && *holder)
		add(line, " %s", holder);
	else if (!has_holder(cause) && cause != LEDGER_TUPLE_IN_USE)
		add(line, " holder=-");
}

void events_failure(const struct route *route, enum ledger_call call, enum ledger_cause cause,
		    int error, int fd, uint16_t sport)
{
	struct line line = {};

	if (!events)
		return;
	add(&line, "event failure call=%s errno=%s cause=%s", ledger_call_names[call],
	    strerrorname_np(error), ledger_cause_names[cause]);
	add_route(&line, route);
	add_number(&line, "sport", sport);
	add_process(&line);
	add(&line, " tid=%d uid=%u", gettid(), getuid());
	if (fd >= 0)
		add_options(&line, fd);
	add_holder(&line, cause);
	add(&line, " pattern=%s", pattern && call == LEDGER_BIND ? pattern : "-");
	finish(&line);
}

static void begin_allocation(struct line *line, const struct route *route, enum ledger_call call)
{
	add(line, "event allocation call=%s errno=- cause=-", ledger_call_names[call]);
	add_route(line, route);
}

void events_allocation(const struct route *route, enum ledger_call call, uint16_t sport)
{
	struct line line = {};

	if (!events)
		return;
	begin_allocation(&line, route, call);
	if (sport)
		add_number(&line, "sport", sport);
	add_process(&line);
	finish(&line);
}

void events_other_allocation(const struct route *route, enum ledger_call call, const char *extra)
{
	struct line line = {};

	if (!events)
		return;
	begin_allocation(&line, route, call);
	add(&line, " %s", extra);
	finish(&line);
}

void events_time_wait(const struct route *route, uint16_t sport)
{
	struct line line = {};

	if (!events)
		return;
	add(&line, "event time_wait");
	add_route(&line, route);
	add_number(&line, "sport", sport);
	add_process(&line);
	finish(&line);
}

void events_other_time_wait(const struct route *route)
{
	struct line line = {};

	if (!events)
		return;
	add(&line, "event time_wait");
	add_route(&line, route);
	finish(&line);
}

/* ---- What a kind knows besides ---- */

void events_holder(const char *format, ...)
{
	va_list args;

	*holder = '\0';
	if (!format)
		return;
	va_start(args, format);
	vsnprintf(holder, sizeof(holder), format, args);
	va_end(args);
}

void events_pattern(const char *is_sign_of)
{
	pattern = is_sign_of;
}

void events_print(FILE *out)
{
	if (events)
		fwrite(events->text, 1, events->used, out);
}
