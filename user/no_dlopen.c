// SPDX-License-Identifier: GPL-2.0-only
/*
 * For porttrace-static. libdw loads its client for downloads (debuginfod) when a program starts,
 * asked for or not. Nothing is downloaded here; and a static program that finds another C library's
 * modules on the host, and loads them, crashes. So they are not found.
 */
#include <stddef.h>

void *__wrap_dlopen(const char *file, int mode);

void *__wrap_dlopen(const char *file, int mode)
{
	(void)file, (void)mode;
	return NULL;
}
