// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines that were damaged at random, from a fixed seed: each is read or refused with a reason, and
 * what was read can be shown, and comes back when it is written.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read_json.h"
#include "sample.h"
#include "view.h"

#define ROUNDS 20000
#define ROOM 65536

static uint64_t state_of_random = 88172645463325252;

static size_t random_below(size_t limit)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return limit ? state_of_random % limit : 0;
}

static const char *const pieces[] = {
	"null", "true", "-1", "0", "1e308", "-0.0", "9223372036854775807", "18446744073709551616",
	"65536", "\"\"", "\"::1\"", "\"tcp\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[[[[", ",",
	"}", "]", ":", "\"", "\\", "\xff", "NaN", "\"routes\":", "\"owners\":[", "\"overflow\":true",
};

/* Puts bytes in the place of some at a place; what does not fit is left out. */
static void splice(char *text, size_t *length, size_t at, size_t gone, const char *bytes, size_t nr)
{
	if (gone > *length - at)
		gone = *length - at;
	if (*length - gone + nr > ROOM)
		return;
	memmove(text + at + nr, text + at + gone, *length - at - gone);
	memcpy(text + at, bytes, nr);
	*length += nr - gone;
}

/* Where a value begins, most often: such damage is not found by the next comma. */
static size_t find_value(const char *text, size_t length)
{
	size_t at = random_below(length);

	while (at < length && text[at] != ':')
		at++;
	return at < length ? at + 1 : 0;
}

static void damage(char *text, size_t *length)
{
	const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
	size_t at = random_below(*length), value = find_value(text, *length);
	char copy[256], byte = random_below(256);
	size_t nr = random_below(sizeof(copy));

	switch (random_below(7)) {
	case 0:
		splice(text, length, at, 1, &byte, 1);
		break;
	case 1:
		splice(text, length, at, random_below(40), "", 0);
		break;
	case 2:
		splice(text, length, at, 0, piece, strlen(piece));
		break;
	case 3: /* one value for another */
		splice(text, length, value, strcspn(text + value, ",}]"), piece, strlen(piece));
		break;
	case 4: /* something twice, or elsewhere */
		if (nr > *length - at)
			nr = *length - at;
		memcpy(copy, text + at, nr);
		splice(text, length, random_below(*length), 0, copy, nr);
		break;
	case 5:
		*length = at;
		break;
	case 6: /* another digit */
		at += strcspn(text + at, "0123456789");
		if (at < *length)
			text[at] = '0' + random_below(10);
		break;
	}
	text[*length] = '\0';
}

static void show(const struct snapshot *snapshot)
{
	const struct view *view;

	for (view = views; view->name; view++)
		free(text_of(snapshot, view));
}

/* What is read of inconsistent lines is not all written: from then on it stays what it is. */
static void must_come_back(const struct snapshot *snapshot)
{
	struct snapshot *second = snapshot_new(), *third = snapshot_new();
	char *line = line_of(snapshot), *again, *and_again;
	struct reason reason;

	if (read_json(line, strlen(line), second, &reason))
		fail_msg("%s: %s", reason.text, line);
	again = line_of(second);
	assert_int_equal(read_json(again, strlen(again), third, &reason), 0);
	and_again = line_of(third);
	assert_string_equal(again, and_again);
	free(and_again);
	free(again);
	free(line);
	snapshot_free(second);
	snapshot_free(third);
}

static bool try(const char *text, size_t length)
{
	struct snapshot *snapshot = snapshot_new();
	struct reason reason = {};
	/* With nothing behind it that could be read by mistake. */
	char *exact = malloc(length ? length : 1);
	int err;

	memcpy(exact, text, length);
	err = read_json(exact, length, snapshot, &reason);
	free(exact);
	if (err) {
		assert_int_equal(err, -EBADMSG);
		assert_true(reason.text[0]);
	} else {
		show(snapshot);
		must_come_back(snapshot);
	}
	snapshot_free(snapshot);
	return !err;
}

static void damaged_lines_do_no_harm(void **state)
{
	struct snapshot *snapshot = make_full_snapshot();
	char *line = line_of(snapshot), *text = malloc(ROOM + 1);
	size_t i, j, length, nr_read = 0;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		length = strlen(line) - 1;
		memcpy(text, line, length);
		text[length] = '\0';
		for (j = random_below(4) + 1; j && length; j--)
			damage(text, &length);
		nr_read += try(text, length);
	}
	print_message("# %zu of %d were read\n", nr_read, ROUNDS);
	assert_in_range(nr_read, ROUNDS / 100, ROUNDS);
	free(text);
	free(line);
	snapshot_free(snapshot);
}

static void every_beginning_is_refused(void **state)
{
	struct snapshot *snapshot = make_full_snapshot();
	char *line = line_of(snapshot);
	size_t i, length = strlen(line) - 1;

	(void)state;
	for (i = 0; i < length; i++)
		assert_false(try(line, i));
	assert_true(try(line, length));
	free(line);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_beginning_is_refused),
		cmocka_unit_test(damaged_lines_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
