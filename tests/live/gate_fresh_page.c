// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C library's way, with the address in a page of a file that was mapped just now: nobody has
 * touched it, so who looks before the kernel has read it finds nothing there.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate.h"
#include "plan.h"

#define PAGE_SIZE 4096

static int file = -1;

static void open_file(void)
{
	if (file >= 0)
		return;
	file = memfd_create("addresses", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, PAGE_SIZE) < 0)
		plan_failed("no file for addresses: %s", strerror(errno));
}

/* The last bytes of the page: whoever reads more than there are reads beyond its end. */
static off_t place_of(const union address *to)
{
	return PAGE_SIZE - address_len(to);
}

static char *map_fresh(const union address *to)
{
	char *page;

	if (pwrite(file, to, address_len(to), place_of(to)) != (ssize_t)address_len(to))
		plan_failed("cannot write an address: %s", strerror(errno));
	page = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_SHARED, file, 0);
	if (page == MAP_FAILED)
		plan_failed("cannot map an address: %s", strerror(errno));
	return page;
}

static int fresh_bind(int fd, const union address *to)
{
	char *page = map_fresh(to);
	int err = bind(fd, (void *)(page + place_of(to)), address_len(to)) ? -errno : 0;

	munmap(page, PAGE_SIZE);
	return err;
}

static int fresh_connect(int fd, const union address *to)
{
	char *page = map_fresh(to);
	int err = connect(fd, (void *)(page + place_of(to)), address_len(to)) ? -errno : 0;

	munmap(page, PAGE_SIZE);
	return err;
}

static int fresh_listen(int fd, int backlog)
{
	return gate_library.listen(fd, backlog);
}

static int fresh_sendto(int fd, const void *bytes, size_t nr, int flags, const union address *to)
{
	char *page = map_fresh(to);
	ssize_t sent = sendto(fd, bytes, nr, flags, (void *)(page + place_of(to)), address_len(to));

	if (sent < 0)
		sent = -errno;
	munmap(page, PAGE_SIZE);
	return sent;
}

const struct gate gate_fresh_page = {
	.name = "fresh_page",
	.open = open_file,
	.bind = fresh_bind,
	.connect = fresh_connect,
	.listen = fresh_listen,
	.sendto = fresh_sendto,
};
