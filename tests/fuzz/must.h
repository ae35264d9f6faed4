/* SPDX-License-Identifier: GPL-2.0-only */
/* What has to be true whatever the bytes are. */
#ifndef PORTTRACE_MUST_H
#define PORTTRACE_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,    \
				#condition);                                            \
			abort();                                                        \
		}                                                                       \
	} while (0)

#endif
