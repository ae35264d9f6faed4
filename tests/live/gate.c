// SPDX-License-Identifier: GPL-2.0-only
#include "gate.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static int library_bind(int fd, const union address *to)
{
	return bind(fd, &to->sa, address_len(to)) ? -errno : 0;
}

static int library_connect(int fd, const union address *to)
{
	return connect(fd, &to->sa, address_len(to)) ? -errno : 0;
}

static int library_listen(int fd, int backlog)
{
	return listen(fd, backlog) ? -errno : 0;
}

static int library_sendto(int fd, const void *bytes, size_t nr, int flags,
			  const union address *to)
{
	ssize_t sent = sendto(fd, bytes, nr, flags, &to->sa, address_len(to));

	return sent < 0 ? -errno : sent;
}

const struct gate gate_library = {
	.name = "library",
	.bind = library_bind,
	.connect = library_connect,
	.listen = library_listen,
	.sendto = library_sendto,
};

const struct gate *const gates[] = {
	&gate_library, &gate_io_uring, &gate_ia32, &gate_socketcall, &gate_fresh_page, NULL,
};

static const struct gate *current = &gate_library;

const struct gate *gate(void)
{
	return current;
}

void gate_choose(const struct gate *chosen)
{
	if (chosen->open)
		chosen->open();
	current = chosen;
}

const struct gate *gate_find(const char *name)
{
	const struct gate *const *found;

	for (found = gates; *found; found++) {
		if (!strcmp((*found)->name, name))
			return *found;
	}
	return NULL;
}
