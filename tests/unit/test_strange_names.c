// SPDX-License-Identifier: GPL-2.0-only
/* Names that others chose, from where they come in to where they are shown. */
#include "unit.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "printable.h"
#include "view_event.h"

/* An escape sequence, what JSON escapes, ends of lines, and what is no UTF-8. */
#define STRANGE "\x1b[2J\"\\\r\n\xff\xc3\xa9\x7f"
#define SHOWN "?[2J\"\\??????"

static void copies(void **state)
{
	char text[8];
	unsigned int byte;

	(void)state;
	printable_copy(text, sizeof(text), "1234567");
	assert_string_equal(text, "1234567");
	printable_copy(text, sizeof(text), "12345678");
	assert_string_equal(text, "1234567");
	printable_copy(text, 1, "1");
	assert_string_equal(text, "");
	for (byte = 1; byte < 256; byte++) {
		printable_copy(text, sizeof(text), (char[]){ (char)byte, 0 });
		assert_int_equal(text[0], byte >= ' ' && byte <= '~' ? (char)byte : '?');
		assert_int_equal(text[1], 0);
	}
}

static char *show(const struct event_view *view, const struct event *event)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	view->event(out, view, event);
	fclose(out);
	return text;
}

static void assert_printable_lines(const char *text, size_t nr_lines)
{
	size_t nr = 0;

	for (; *text; text++) {
		nr += *text == '\n';
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			fail_msg("byte %#x is shown", (unsigned char)*text);
	}
	assert_int_equal(nr, nr_lines);
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	return json_object_get_string(value);
}

static void assert_frame(struct json_object *line, const char *name)
{
	struct json_object *frames;

	assert_true(json_object_object_get_ex(line, name, &frames));
	assert_int_equal(json_object_array_length(frames), 1);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(frames, 0)), SHOWN);
}

/* As the kernel sends it. The name of a thread has 16 bytes; whether one is zero is not up to us. */
static struct event describe(struct porttrace_event *what, const char *comm)
{
	const struct event_record record = { .event = what };
	struct describer *describer = describer_new(false);
	struct reason reason;
	struct event event;

	assert_non_null(describer);
	*what = (struct porttrace_event){ .route = make_key(3, "10.0.0.5", "10.0.0.9", 80) };
	what->caller.process.pid = 812;
	what->caller.uid = UID_UNKNOWN;
	memcpy(what->caller.comm, comm, sizeof(what->caller.comm));
	assert_int_equal(describe_event(describer, NULL, &record, &event, &reason), 0);
	describer_free(describer);
	return event;
}

static void a_name_without_end(void **state)
{
	struct porttrace_event what;
	struct event event = describe(&what, "0123456789abcdef");

	(void)state;
	assert_string_equal(event.comm, "0123456789abcde");
}

static void events(void **state)
{
	struct stack_names stack = {};
	struct porttrace_event what;
	struct event event = describe(&what, STRANGE "\0\0\0\0");
	struct event_view json = event_view_json;
	struct json_object *line;
	char *text;

	(void)state;
	json.stacks = true;
	assert_string_equal(event.comm, SHOWN);
	stack_frames_add(&stack.user, STRANGE);
	stack_frames_add(&stack.kernel, STRANGE);
	event.stack = &stack;
	text = show(&event_view_text, &event);
	assert_printable_lines(text, 3);
	free(text);

	text = show(&json, &event);
	assert_printable_lines(text, 1);
	line = json_tokener_parse(text);
	assert_non_null(line);
	assert_string_equal(text_of(line, "comm"), SHOWN);
	assert_frame(line, "stack");
	assert_frame(line, "kernel_stack");
	json_object_put(line);
	free(text);
	stack_frames_done(&stack.user);
	stack_frames_done(&stack.kernel);
}

static void places_of_code(void **state)
{
	struct stack_frames frames = {};

	(void)state;
	stack_frames_add_place(&frames, STRANGE, NULL, 0x10);
	assert_int_equal(frames.nr_names, 1);
	assert_string_equal(frames.names[0], SHOWN "+0x10");
	stack_frames_done(&frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(a_name_without_end),
		cmocka_unit_test(events),
		cmocka_unit_test(places_of_code),
	};

	return cmocka_run_group_tests_name("strange names", tests, NULL, NULL);
}
