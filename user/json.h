/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures as JSON values, the same in all views. What is not known is NULL, which json-c prints null. */
#ifndef PORTTRACE_JSON_H
#define PORTTRACE_JSON_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* NOT_KNOWN is null. */
struct json_object *json_number(int64_t count);

/* With as many decimals as are worth showing; NAN is null. */
struct json_object *json_decimal(double figure, int decimals);

/* NULL and "" are null. */
struct json_object *json_text(const char *text);

/* "2026-01-31T12:00:00.123456Z"; CLOCK_REALTIME. */
struct json_object *json_time(const struct timespec *wall);

/* "EADDRINUSE"; 0 is null, and what has no name is its number as text. */
struct json_object *json_errno(int err);

/* [low, high]. */
struct json_object *json_range(int64_t low, int64_t high);

/* A member, which is the object's then. */
void json_add(struct json_object *object, const char *name, struct json_object *value);

/* Writes a value, and frees it. */
void json_put(FILE *out, struct json_object *value);

#endif
