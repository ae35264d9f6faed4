// SPDX-License-Identifier: GPL-2.0-only
/* A report as a page: names that others chose are nothing but text in it, and its tags fit together. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report_case.h"
#include "view_report.h"

static char *page_of(const struct report *report, size_t rows)
{
	const struct report_style style = { .width = 80, .rows = rows };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(view_report_html(out, report, &style), 0);
	fclose(out);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in\n%s", part, text);
}

/* ---- Whether it is XML, and no more than that ---- */

#define MAX_DEPTH 16
#define NAME_SIZE 16

/* Elements that are open. */
struct open_tags {
	char names[MAX_DEPTH][NAME_SIZE];
	int nr;
};

static void check_entity(const char *at)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(at, known[i], strlen(known[i])))
			return;
	fail_msg("an ampersand stands for itself: %.40s", at);
}

/* Words with a blank around each. What is not among them runs nothing, and asks for nothing. */
static const char elements[] = " html head meta style title body section h1 h2 pre table tr th td p "
			       "figure figcaption svg rect ";
static const char attributes[] = " xmlns lang charset http-equiv content name id class viewBox "
				 "preserveAspectRatio x y width height ";

static void check_word(const char *words, const char *at, size_t length)
{
	char word[32];

	assert_true(length && length + 3 <= sizeof(word));
	snprintf(word, sizeof(word), " %.*s ", (int)length, at);
	if (!strstr(words, word))
		fail_msg("no such thing as%sin a page", word);
}

/* All of them have values in double quotes. Returns the end of the tag. */
static const char *check_attributes(const char *at)
{
	while (*at == ' ') {
		at++;
		check_word(attributes, at, strcspn(at, "= >"));
		at += strcspn(at, "= >");
		assert_int_equal(*at++, '=');
		assert_int_equal(*at++, '"');
		at += strcspn(at, "\"<");
		assert_int_equal(*at++, '"');
	}
	return at;
}

static const char *check_tag(const char *at, struct open_tags *open)
{
	bool ends = at[1] == '/';
	const char *name = at + 1 + ends;
	size_t length = strcspn(name, " />");

	check_word(elements, name, length);
	at = check_attributes(name + length);
	if (ends) {
		assert_true(open->nr > 0);
		open->nr--;
		assert_int_equal(strlen(open->names[open->nr]), length);
		assert_memory_equal(open->names[open->nr], name, length);
	} else if (*at == '/') {
		at++;
	} else {
		assert_true(open->nr < MAX_DEPTH);
		snprintf(open->names[open->nr++], NAME_SIZE, "%.*s", (int)length, name);
	}
	assert_int_equal(*at, '>');
	return at + 1;
}

static void check_page(const char *page)
{
	static const char doctype[] = "<!DOCTYPE html>\n";
	struct open_tags open = {};
	const char *at = page + strlen(doctype);

	assert_memory_equal(page, doctype, strlen(doctype));
	while (*at) {
		if (*at == '<') {
			at = check_tag(at, &open);
			continue;
		}
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~' && *at != '>'));
		if (*at == '&')
			check_entity(at);
		at++;
	}
	assert_int_equal(open.nr, 0);
	assert_null(strstr(page, "@import"));
	assert_null(strstr(page, "url("));
	assert_has(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\"");
}

/* ---- What is in it ---- */

static void a_page_has_all_parts(void **state)
{
	static const char *const parts[] = {
		"<title>porttrace: web-7</title>",
		"<h1>web-7, Linux -, probe fentry</h1>\n<pre>2026-01-31 12:00:00.0 to 12:00:02.0, ",
		"<h2>Exhausted: 1 of 2 routes</h2>\n<pre>  tcp 10.0.0.5 &gt; 10.0.0.9:3306 in 42\n",
		"<figcaption>fullest %, most 100</figcaption>",
		"<figcaption>failed, most 5</figcaption>",
		"<h2 id=\"failed\">Failed: 5</h2>",
		"<td>5</td><td class=\"left\">connect</td><td class=\"left\">range_exhausted</td>",
		"<td>2</td><td class=\"left\">php-fpm[812]</td>",
		"connect &lt; main\n",
		"<td class=\"left\">10.0.0.9:3306</td><td>0</td><td>100</td><td>12:00:01.0</td>"
		"<td>100</td>",
		"<p id=\"sums\">Allocated 22, into TIME_WAIT 0</p>",
		"<section id=\"searches\">",
		"<td>40</td>",
		"<section id=\"netns\">",
		"  9 calls not followed to their end\n",
	};
	struct report *report = case_whole("php-fpm", "/php");
	char *page = page_of(report, 10);
	const char *at = page;
	size_t i;

	(void)state;
	check_page(page);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("no '%s', or not in its place, in\n%s", parts[i], page);
	}
	free(page);
	report_free(report);
}

/* Of a host of that name, which has recorded such a command. */
static void add_header(struct report *report, const char *name)
{
	char word[64];
	const char *const words[] = { word };
	struct recording_header header = { .wall.tv_sec = CASE_START, .command = words,
					   .nr_words = 1 };

	snprintf(word, sizeof(word), "</pre>%s", name);
	snprintf(header.host, sizeof(header.host), "</title>%s", name);
	assert_int_equal(report_add_header(report, &header), 0);
}

static void names_are_nothing_but_text(void **state)
{
	/* A name is 15 bytes; what comes from a recording is printable already, and need not be. */
	static const char *const names[] = { "<script>a</scr", "\"><img src=x>", "a&lt;b&#60;",
					     "'\"&<>", "]]><!--", "\033[2J\x01\xff\xc3" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct report *report = case_whole(names[i], names[i]);
		char *page;

		add_header(report, names[i]);
		page = page_of(report, 10);
		check_page(page);
		assert_has(page, "<title>porttrace: &lt;/title&gt;");
		assert_has(page, "Command: &lt;/pre&gt;");
		free(page);
		report_free(report);
	}
}

static void rows_beyond_are_counted(void **state)
{
	struct report *report = case_whole("php-fpm", "/php");
	char *page = page_of(report, 1);

	(void)state;
	check_page(page);
	assert_has(page, "10.0.0.9:3306</td>");
	assert_null(strstr(page, "10.0.0.9:443</td>"));
	assert_has(page, "<p>... and 1 more (-n)</p>");
	free(page);
	report_free(report);
}

static void a_page_of_nothing(void **state)
{
	struct report *report = case_report(NULL, NULL);
	char *page;

	(void)state;
	case_finish(report);
	page = page_of(report, 10);
	check_page(page);
	assert_has(page, "Nothing was recorded in that time.\n");
	free(page);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_has_all_parts),
		cmocka_unit_test(names_are_nothing_but_text),
		cmocka_unit_test(rows_beyond_are_counted),
		cmocka_unit_test(a_page_of_nothing),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("a report as a page", tests, NULL, NULL);
}
