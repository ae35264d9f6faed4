// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"

#include <string.h>

#include "snapshot.h"

struct json_object *json_number(int64_t count)
{
	return count == NOT_KNOWN ? NULL : json_object_new_int64(count);
}

struct json_object *json_decimal(double figure, int decimals)
{
	char text[64];

	if (isnan(figure))
		return NULL;
	snprintf(text, sizeof(text), "%.*f", decimals, figure);
	return json_object_new_double_s(figure, text);
}

struct json_object *json_text(const char *text)
{
	return text && *text ? json_object_new_string(text) : NULL;
}

struct json_object *json_time(const struct timespec *wall)
{
	char text[40], seconds[32] = "";
	struct tm utc;

	if (gmtime_r(&wall->tv_sec, &utc))
		strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%06ldZ", seconds, wall->tv_nsec / 1000);
	return json_object_new_string(text);
}

struct json_object *json_errno(int err)
{
	const char *name = strerrorname_np(err);
	char number[16];

	if (!err)
		return NULL;
	snprintf(number, sizeof(number), "%d", err);
	return json_object_new_string(name ? name : number);
}

struct json_object *json_range(int64_t low, int64_t high)
{
	struct json_object *range = json_object_new_array_ext(2);

	json_object_array_add(range, json_number(low));
	json_object_array_add(range, json_number(high));
	return range;
}

void json_add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

void json_put(FILE *out, struct json_object *value)
{
	fputs(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE),
	      out);
	json_object_put(value);
}
