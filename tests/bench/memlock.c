// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: bpftrace up to 0.18 ends if it cannot raise RLIMIT_MEMLOCK, which takes a
 * capability that containers may not have, and which kernels since 5.11 do not look at.
 */
#include <stddef.h>
#include <sys/resource.h>

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
{
	if (resource == RLIMIT_MEMLOCK)
		return 0;
	return prlimit64(0, resource, limit, NULL);
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	if (resource == RLIMIT_MEMLOCK)
		return 0;
	return prlimit(0, resource, limit, NULL);
}
