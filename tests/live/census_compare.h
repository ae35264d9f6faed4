/* SPDX-License-Identifier: GPL-2.0-only */
/* A step of the load's report, against a line of JSON. */
#ifndef LIVE_CENSUS_COMPARE_H
#define LIVE_CENSUS_COMPARE_H

#include <json-c/json.h>
#include <stdbool.h>

/*
 * Whether the line can be compared: the namespace of the step was counted for it, and those that
 * are to be gone are; the kernel takes its time for that.
 */
bool census_is_settled(const char *said, unsigned int step, struct json_object *json);

/* Says what differs, as details of the outcome; true when nothing does. */
bool census_compare(const char *said, unsigned int step, struct json_object *json);

#endif
