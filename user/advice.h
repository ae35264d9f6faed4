/* SPDX-License-Identifier: GPL-2.0-only */
/* What to say about one route: one or two sentences with its figures. Pure. */
#ifndef PORTTRACE_ADVICE_H
#define PORTTRACE_ADVICE_H

#include "snapshot.h"

#define ADVICE_SIZE 512

/* The process that holds most of its sockets, "php-fpm[812]"; "": it is not known. */
#define OWNER_NAME_SIZE 40
void route_owner_name(const struct snapshot *snapshot, const struct route *route,
		      char name[OWNER_NAME_SIZE]);

/* The first rule that fits: what is most urgent. Writes to text[ADVICE_SIZE]. */
void route_advice(const struct snapshot *snapshot, const struct route *route, char *text);

#endif
