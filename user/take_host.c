// SPDX-License-Identifier: GPL-2.0-only
#include "take_host.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "printable.h"

void take_host(struct snapshot *snapshot)
{
	struct utsname names;

	if (uname(&names))
		return;
	printable_copy(snapshot->host, sizeof(snapshot->host), names.nodename);
	snprintf(snapshot->kernel, sizeof(snapshot->kernel), "%s", names.release);
}
