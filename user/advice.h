/* SPDX-License-Identifier: GPL-2.0-only */
/* What to say about one route: one or two sentences with its figures. Pure. */
#ifndef PORTTRACE_ADVICE_H
#define PORTTRACE_ADVICE_H

#include "snapshot.h"

#define ADVICE_SIZE 512

#define OWNER_NAME_SIZE 40

/* Whose the sockets of a route are, as far as that is known. */
struct route_owners {
	size_t nr;		   /* processes */
	char first[OWNER_NAME_SIZE]; /* the one with most of them, "php-fpm[812]"; "": nobody is known */
	int64_t sockets;	   /* of that one, with the TIME_WAITs that it left */
	bool has_most;		   /* that is more than half of all */
	char closer[OWNER_NAME_SIZE]; /* who left more than half of the TIME_WAITs, or "" */
	int64_t orphans;	   /* TIME_WAITs that are of nobody known */
};
void route_owners(const struct snapshot *snapshot, const struct route *route,
		  struct route_owners *ret);

/*
 * Ports of the half that a connect() searches first, when none of them is free: those of the capacity,
 * and those that somebody has bound.
 */
int64_t route_ports_in_vain(const struct snapshot *snapshot, const struct route *route);

/*
 * The first rule that fits: what is most urgent. Writes to text[ADVICE_SIZE]. False: there is nothing to
 * do, and it says so.
 */
bool route_advice(const struct snapshot *snapshot, const struct route *route, char *text);

#endif
