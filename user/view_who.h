/* SPDX-License-Identifier: GPL-2.0-only */
/* Views of who has a port, on a stream; see view.h. */
#ifndef PORTTRACE_VIEW_WHO_H
#define PORTTRACE_VIEW_WHO_H

#include <stdio.h>

#include "who.h"

/* A table; for a port that nobody has, a sentence. -ENOMEM. */
int view_who_text(FILE *out, const struct who *who);

/* A line for each holder; nothing for a port that nobody has. -ENOMEM. */
int view_who_json(FILE *out, const struct who *who);

#endif
