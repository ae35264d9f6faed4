/* SPDX-License-Identifier: GPL-2.0-only */
/* What a mix reports, against lines of JSON. */
#ifndef LIVE_HEADROOM_COMPARE_H
#define LIVE_HEADROOM_COMPARE_H

#include <json-c/json.h>
#include <stdbool.h>

/* Whether the figures of the mix's route come from a census that was made for this line. */
bool headroom_is_counted(const char *said, struct json_object *json);

/*
 * The lines of that section of the report, "before" or "after". Says what differs, as details of
 * the outcome; true when nothing does.
 */
bool headroom_compare(const char *said, const char *section, struct json_object *json);

/* Prints the lines that begin with that word, as details of the outcome. */
void headroom_show(const char *said, const char *word);

/* Prints them at once, each after that name. */
void headroom_print(const char *said, const char *word, const char *name);

#endif
