/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases of census.h share: a load that runs, and the porttrace that looks on. */
#ifndef LIVE_CENSUS_CASE_H
#define LIVE_CENSUS_CASE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "headroom.h"
#include "headroom_mix.h"
#include "tracer.h"

struct census_run {
	const struct headroom_setup *setup;
	bool own_machine;
	const char *name; /* of the case */
	struct headroom_mix load;
	struct tracer *tracer; /* NULL: not started yet */
};

/* A tracer with a census for each line; arguments as of its options. Says why if there is none. */
bool census_start_tracer(struct census_run *run, const char *interval, const char *netns);

/* Until the load has said that word; false, with a detail of the outcome: it failed. */
bool census_await(struct census_run *run, const char *word);

/* Tells the load to go on, awaits its end, and stops the tracer, which has to end well. */
bool census_finish(struct census_run *run);

/* Lines of the load's report that begin with that word: copies the first one, or says false. */
bool census_find_line(const char *said, const char *word, char *line, int size);

/* ---- Storms: each line that the tracer prints is compared ---- */

bool census_storm(struct census_run *run);

/* ---- When there will be none left ---- */

bool census_eta(struct census_run *run);

#endif
