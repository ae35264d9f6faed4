// SPDX-License-Identifier: GPL-2.0-only
#include "iterate.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

int iterate(const struct bpf_link *link)
{
	int iterator = bpf_iter_create(bpf_link__fd(link));
	ssize_t got = 1;
	char byte;

	if (iterator < 0)
		return iterator;
	while (got > 0 || (got < 0 && errno == EAGAIN))
		got = read(iterator, &byte, sizeof(byte));
	if (got < 0)
		got = -errno;
	close(iterator);
	return got;
}
