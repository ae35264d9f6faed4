// SPDX-License-Identifier: GPL-2.0-only
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_reader.h"
#include "line_reader.h"
#include "read_json.h"
#include "recording_header.h"
#include "recording_marks.h"

struct recording {
	struct line_reader *lines;
	struct kept_header header;
	bool has_header; /* it is a recording, not the output of another command */
	bool has_ended;	 /* the summary has come */
	struct snapshot *now, *before; /* the last one, and one whose memory is used again */
	int64_t number; /* of the last one; 0: it has none */
	size_t nr_snapshots; /* up to the last one */
	struct recording_marks marks;
};

int recording_open(const char *path, struct recording **ret_recording, struct reason *reason)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	int err;

	if (!recording)
		return because(reason, -ENOMEM, "out of memory");
	recording->now = snapshot_new();
	recording->before = snapshot_new();
	if (recording->now && recording->before)
		err = line_reader_open(path, &recording->lines, reason);
	else
		err = because(reason, -ENOMEM, "out of memory");
	if (err)
		recording_close(recording);
	else
		*ret_recording = recording;
	return err;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	line_reader_close(recording->lines);
	recording_header_done(&recording->header);
	snapshot_free(recording->now);
	snapshot_free(recording->before);
	recording_marks_done(&recording->marks);
	free(recording);
}

int recording_fd(const struct recording *recording)
{
	return line_reader_fd(recording->lines);
}

const char *recording_name(const struct recording *recording)
{
	return line_reader_name(recording->lines);
}

unsigned long recording_line(const struct recording *recording)
{
	return line_reader_number(recording->lines);
}

bool recording_is_cut(const struct recording *recording)
{
	return recording->has_header && !recording->has_ended;
}

int recording_fail(const struct recording *recording, int err, const char *what,
		   struct reason *reason)
{
	/* The first line tells whether it is such a file at all. */
	return because(reason, err, "cannot read %s, line %lu: %.160s%s", recording_name(recording),
		       recording_line(recording), what,
		       recording_line(recording) == 1 && err == -EBADMSG && !recording->has_header ?
			       "; it takes what 'porttrace record' or 'porttrace top --json' has "
			       "written" :
			       "");
}

/* ---- What a line is ---- */

struct line_kind {
	enum recording_item_kind kind;
	bool is_known;
};

/* The rest of the line is not of interest then. */
static int found(struct line_kind *line, enum recording_item_kind kind)
{
	*line = (struct line_kind){ .kind = kind, .is_known = true };
	return -ECANCELED;
}

static int find_header(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)reader;
	(void)member;
	return found(row, RECORDING_HEADER);
}

static int find_snapshot(struct json_reader *reader, const struct json_member *member, void *row)
{
	(void)reader;
	(void)member;
	return found(row, RECORDING_SNAPSHOT);
}

static int find_event(struct json_reader *reader, const struct json_member *member, void *row)
{
	static const struct {
		const char *word;
		enum recording_item_kind kind;
	} words[] = {
		{ "failure", RECORDING_EVENT },	  { "allocation", RECORDING_EVENT },
		{ "time_wait", RECORDING_EVENT }, { "held_back", RECORDING_HELD },
		{ "lost", RECORDING_LOST },	  { "summary", RECORDING_SUMMARY },
	};
	char word[16];
	size_t i;
	int err = json_read_text(reader, word, sizeof(word));

	(void)member;
	for (i = 0; !err && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, word))
			return found(row, words[i].kind);
	return err ? err : json_fail(reader, "'%s' is no event that this porttrace knows", word);
}

/* One of them comes early in every line. */
static const struct json_member kind_members[] = {
	{ "recording", find_header, 0, 0, false },
	{ "version", find_snapshot, 0, 0, false },
	{ "event", find_event, 0, 0, false },
	{},
};

static int find_kind(const char *line, size_t length, enum recording_item_kind *ret_kind,
		     struct reason *reason)
{
	struct line_kind kind = {};
	struct json_reader reader;
	int err = length ? 0 : because(reason, -EBADMSG, "it is empty");

	if (err)
		return err;
	err = json_reader_init(&reader, line, length, reason);
	if (!err)
		err = json_read_object(&reader, kind_members, &kind);
	json_reader_done(&reader);
	*ret_kind = kind.kind;
	if (kind.is_known)
		return 0;
	return err ? err : because(reason, -EBADMSG, "it is neither a snapshot nor an event");
}

/* ---- Items ---- */

/* Of a line that can be read without those before it. */
static void keep_mark(struct recording *recording)
{
	struct line_mark mark;

	if (line_reader_mark(recording->lines, &mark))
		recording_marks_add(&recording->marks, recording->nr_snapshots, &mark);
}

static int read_header(struct recording *recording, const struct recording_item *item,
		       struct reason *reason)
{
	if (recording->has_header || recording_line(recording) != 1)
		return because(reason, -EBADMSG, "another recording begins here");
	recording->has_header = true;
	keep_mark(recording);
	/* It is read again where somebody goes back to the beginning. */
	recording_header_done(&recording->header);
	return recording_header_read(item->line, item->length, &recording->header, reason);
}

static int read_snapshot(struct recording *recording, const struct recording_item *item,
			 struct reason *reason)
{
	struct snapshot *next = recording->before;
	bool is_whole;
	int err;

	snapshot_clear(next);
	err = read_json_recorded(item->line, item->length, recording->now, &recording->number,
				 next, &is_whole, reason);
	if (err)
		return err;
	recording->before = recording->now;
	recording->now = next;
	if (is_whole)
		keep_mark(recording);
	recording->nr_snapshots++;
	return 0;
}

static int read_item(struct recording *recording, struct recording_item *item,
		     struct reason *reason)
{
	int err = find_kind(item->line, item->length, &item->kind, reason);

	if (!err && recording->has_ended && recording->has_header && item->kind != RECORDING_HEADER)
		err = because(reason, -EBADMSG, "there is something behind the last line");
	if (!err && item->kind == RECORDING_HEADER)
		err = read_header(recording, item, reason);
	else if (!err && item->kind == RECORDING_SNAPSHOT)
		err = read_snapshot(recording, item, reason);
	if (err)
		return err;
	if (item->kind == RECORDING_HEADER)
		item->header = &recording->header.header;
	else if (item->kind == RECORDING_SNAPSHOT)
		item->snapshot = recording->now;
	recording->has_ended = item->kind == RECORDING_SUMMARY;
	return 0;
}

/* Of a recording, the beginning of a line that was not written to its end is nothing. */
static bool is_cut_off(const struct recording *recording)
{
	return recording->has_header && line_reader_is_cut(recording->lines);
}

int recording_next(struct recording *recording, struct recording_item *ret_item,
		   struct reason *reason)
{
	struct reason what = { "" };
	int err;

	*ret_item = (struct recording_item){};
	err = line_reader_next(recording->lines, &ret_item->line, &ret_item->length, reason);
	if (err)
		return err;
	if (is_cut_off(recording))
		return -ENODATA;
	err = read_item(recording, ret_item, &what);
	if (err == -EBADMSG && recording_line(recording) == 1 && *ret_item->line == '{' &&
	    line_reader_is_cut(recording->lines) &&
	    json_is_cut(ret_item->line, ret_item->length))
		return because(reason, -EBADMSG, "cannot read %s: it is cut within its first line",
			       recording_name(recording));
	return err ? recording_fail(recording, err, what.text, reason) : 0;
}

/* Snapshots up to one before that are not of interest, but later ones rest on them. */
static int pass_over(struct recording *recording, size_t nr, struct reason *reason)
{
	struct recording_item item;
	int err = 0;

	while (recording->nr_snapshots < nr && !err)
		err = recording_next(recording, &item, reason);
	return err;
}

/* Whoever goes back has had it. */
static int read_header_again(struct recording *recording, struct reason *reason)
{
	struct recording_item item;

	if (!recording->has_header)
		return 0;
	recording->has_header = false;
	return recording_next(recording, &item, reason);
}

int recording_go_back(struct recording *recording, struct reason *reason)
{
	const struct recording_mark *mark;
	size_t wanted;
	int err;

	if (recording->nr_snapshots < 2)
		return because(reason, -ENOENT, "this is the first snapshot of %s",
			       recording_name(recording));
	wanted = recording->nr_snapshots - 2;
	mark = recording_marks_find(&recording->marks, wanted);
	if (!mark)
		return because(reason, -ESPIPE, "%s cannot be read backwards",
			       recording_name(recording));
	err = line_reader_go_to(recording->lines, &mark->line, reason);
	if (err)
		return err;
	recording->nr_snapshots = mark->nr_before;
	recording->number = 0;
	recording->has_ended = false;
	if (mark->line.number == 1)
		err = read_header_again(recording, reason);
	return err ? err : pass_over(recording, wanted, reason);
}
