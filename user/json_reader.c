// SPDX-License-Identifier: GPL-2.0-only
#include "json_reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int json_reader_init(struct json_reader *reader, const char *text, size_t length,
		     struct reason *reason)
{
	*reader = (struct json_reader){ .at = text, .end = text + length, .reason = reason };
	reader->tokener = json_tokener_new_ex(1);
	if (!reader->tokener)
		return because(reason, -ENOMEM, "out of memory");
	json_tokener_set_flags(reader->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	return 0;
}

void json_reader_done(struct json_reader *reader)
{
	json_object_put(reader->held);
	if (reader->tokener)
		json_tokener_free(reader->tokener);
}

bool json_is_cut(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	bool is_cut;

	if (!tokener)
		return false;
	json_object_put(json_tokener_parse_ex(tokener, text, length));
	is_cut = json_tokener_get_error(tokener) == json_tokener_continue;
	json_tokener_free(tokener);
	return is_cut;
}

/* ---- Messages ---- */

static void describe_place(const struct json_reader *reader, char *text, size_t size)
{
	size_t length = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < reader->depth && length < size; i++) {
		/* Empty: we are between two members. */
		if (reader->places[i].name && !reader->places[i].name[0])
			break;
		if (reader->places[i].name)
			length += snprintf(text + length, size - length, "%s%s", i ? "." : "",
					   reader->places[i].name);
		else
			length += snprintf(text + length, size - length, "[%zu]",
					   reader->places[i].index);
	}
}

int json_fail(struct json_reader *reader, const char *format, ...)
{
	char place[160], what[160];
	va_list args;

	describe_place(reader, place, sizeof(place));
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return because(reader->reason, -EBADMSG, "%s%s%s", place, place[0] ? ": " : "", what);
}

int json_fail_ended(struct json_reader *reader)
{
	return json_fail(reader, "the line ends in the middle");
}

/* ---- Words ---- */

char json_peek(struct json_reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
		reader->at++;
	return reader->at < reader->end ? *reader->at : '\0';
}

int json_fail_expected(struct json_reader *reader, const char *expected)
{
	char found = json_peek(reader);

	if (reader->at == reader->end)
		return json_fail_ended(reader);
	if (found < ' ' || found > '~')
		return json_fail(reader, "byte 0x%02x instead of %s", (unsigned char)found,
				 expected);
	return json_fail(reader, "'%c' instead of %s", found, expected);
}

static bool take(struct json_reader *reader, char wanted)
{
	if (json_peek(reader) != wanted)
		return false;
	reader->at++;
	return true;
}

bool json_take_word(struct json_reader *reader, const char *word)
{
	size_t length = strlen(word);

	json_peek(reader);
	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length))
		return false;
	reader->at += length;
	return true;
}

bool json_read_null(struct json_reader *reader)
{
	return json_take_word(reader, "null");
}

int json_read_end(struct json_reader *reader)
{
	json_peek(reader);
	return reader->at == reader->end ? 0 : json_fail_expected(reader, "the end of the line");
}

/* ---- Arrays and objects ---- */

static int enter(struct json_reader *reader, char bracket, const char *what)
{
	if (!take(reader, bracket))
		return json_fail_expected(reader, what);
	if (reader->depth == JSON_DEPTH)
		return json_fail(reader, "more than %d arrays and objects within each other",
				 JSON_DEPTH);
	reader->places[reader->depth].name = NULL;
	reader->places[reader->depth++].index = 0;
	return 0;
}

/* After an element or a member. *ret_more: another one has to follow. */
static int go_on(struct json_reader *reader, char bracket, bool *ret_more)
{
	const char expected[] = { '\'', ',', '\'', ' ', 'o', 'r', ' ', '\'', bracket, '\'', '\0' };

	*ret_more = take(reader, ',');
	if (*ret_more)
		return 0;
	if (!take(reader, bracket))
		return json_fail_expected(reader, expected);
	reader->depth--;
	return 0;
}

int json_read_array(struct json_reader *reader, int (*read)(struct json_reader *reader, void *arg),
		    void *arg)
{
	int err = enter(reader, '[', "an array");
	bool more = true;

	if (err)
		return err;
	if (take(reader, ']')) {
		reader->depth--;
		return 0;
	}
	while (more) {
		err = read(reader, arg);
		if (!err)
			err = go_on(reader, ']', &more);
		if (err)
			return err;
		if (more)
			reader->places[reader->depth - 1].index++;
	}
	return 0;
}

static int skip(struct json_reader *reader, void *arg);

static int skip_value(struct json_reader *reader)
{
	static const struct json_member none[] = { {} };
	char text[JSON_NUMBER_SIZE];
	const char *bytes;
	size_t length;
	bool whole;

	switch (json_peek(reader)) {
	case '{':
		return json_read_object(reader, none, NULL);
	case '[':
		return json_read_array(reader, skip, NULL);
	case '"':
		return json_read_string(reader, &bytes, &length);
	}
	if (json_take_word(reader, "null") || json_take_word(reader, "true") ||
	    json_take_word(reader, "false"))
		return 0;
	return json_read_number(reader, text, &whole);
}

static int skip(struct json_reader *reader, void *arg)
{
	(void)arg;
	return skip_value(reader);
}

/* Most often the one after the last, since they are read in the order that they are written in. */
static const struct json_member *find_member(const struct json_member *members, const char *name,
					     size_t length, size_t *guess)
{
	size_t i;

	if (members[*guess].name && strlen(members[*guess].name) == length &&
	    !memcmp(members[*guess].name, name, length))
		return &members[(*guess)++];
	for (i = 0; members[i].name; i++) {
		if (strlen(members[i].name) == length && !memcmp(members[i].name, name, length)) {
			*guess = i + 1;
			return &members[i];
		}
	}
	return NULL;
}

/* What an object has had so far: bits by place in the table. */
struct progress {
	uint64_t seen;
	size_t guess;
};

static int read_member(struct json_reader *reader, const struct json_member *members, void *row,
		       struct progress *progress)
{
	const struct json_member *member;
	const char *name;
	size_t length;
	int err;

	reader->places[reader->depth - 1].name = "";
	if (json_peek(reader) != '"')
		return json_fail_expected(reader, "the name of a member");
	err = json_read_string(reader, &name, &length);
	if (err)
		return err;
	member = find_member(members, name, length, &progress->guess);
	reader->places[reader->depth - 1].name = member ? member->name : "(unknown member)";
	if (!take(reader, ':'))
		return json_fail_expected(reader, "':'");
	if (!member)
		return skip_value(reader);
	if (progress->seen & UINT64_C(1) << (member - members))
		return json_fail(reader, "there are two members of that name");
	progress->seen |= UINT64_C(1) << (member - members);
	return member->read(reader, member, row);
}

static int check_required(struct json_reader *reader, const struct json_member *members,
			  uint64_t seen)
{
	size_t i;

	for (i = 0; members[i].name; i++)
		if (members[i].required && !(seen & UINT64_C(1) << i))
			return json_fail(reader, "no member '%s'", members[i].name);
	return 0;
}

int json_read_object(struct json_reader *reader, const struct json_member *members, void *row)
{
	struct progress progress = {};
	int err = enter(reader, '{', "an object");
	bool more = true;

	if (err)
		return err;
	if (take(reader, '}')) {
		reader->depth--;
		return check_required(reader, members, 0);
	}
	while (more) {
		err = read_member(reader, members, row, &progress);
		if (!err)
			err = go_on(reader, '}', &more);
		if (err)
			return err;
	}
	return check_required(reader, members, progress.seen);
}
