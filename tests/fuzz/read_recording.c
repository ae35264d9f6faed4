// SPDX-License-Identifier: GPL-2.0-only
#include "read_recording.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "must.h"
#include "recording.h"
#include "view.h"

/* The line that `top --json` would have of it; the caller's to free. */
static char *line_of(const struct snapshot *snapshot)
{
	char *line = NULL;
	size_t size;
	FILE *file = open_memstream(&line, &size);

	must(!view_json(file, snapshot, &views[0], NULL));
	fclose(file);
	return line;
}

/* What is shown of it is what is read of that. */
static void must_be_sound(const struct snapshot *snapshot)
{
	struct snapshot *copy = snapshot_new();
	char *line = line_of(snapshot), *again;
	const struct view *view;
	FILE *nowhere = fopen("/dev/null", "w");

	must(!snapshot_assign(copy, snapshot));
	again = line_of(copy);
	must(!strcmp(line, again));
	for (view = views; view->name; view++)
		must(!view_text(nowhere, copy, view, NULL, 120));
	fclose(nowhere);
	free(line);
	free(again);
	snapshot_free(copy);
}

/* One back, and forward again: it has to be the same. */
static void must_come_again(struct recording *recording, const char *line)
{
	struct recording_item item = {};
	struct reason reason = {};
	char *again;
	int i, err = recording_go_back(recording, &reason);

	if (err) {
		must(reason.text[0]);
		return;
	}
	for (i = 0; i < 2; i++)
		do
			must(!recording_next(recording, &item, &reason));
		while (item.kind != RECORDING_SNAPSHOT);
	again = line_of(item.snapshot);
	must(!strcmp(line, again));
	free(again);
}

static void look_at(struct recording *recording, const struct recording_item *item, size_t nr)
{
	char *line;

	if (item->kind == RECORDING_HEADER)
		must(item->header->version == RECORDING_VERSION);
	if (item->kind != RECORDING_SNAPSHOT)
		return;
	must_be_sound(item->snapshot);
	if (nr % 4 != 3)
		return;
	line = line_of(item->snapshot);
	must_come_again(recording, line);
	free(line);
}

static size_t read_all(struct recording *recording)
{
	struct recording_item item;
	struct reason reason = {};
	size_t nr = 0;
	int err;

	while (!(err = recording_next(recording, &item, &reason))) {
		nr += item.kind == RECORDING_SNAPSHOT;
		look_at(recording, &item, nr);
	}
	must(err == -ENODATA || err == -EBADMSG || err == -EFBIG);
	must(err == -ENODATA || reason.text[0]);
	return err == -ENODATA ? nr : 0;
}

size_t fuzz_recording(const uint8_t *bytes, size_t size)
{
	struct recording *recording;
	struct reason reason;
	char path[32];
	size_t nr;
	int fd = memfd_create("recording", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(!recording_open(path, &recording, &reason));
	nr = read_all(recording);
	recording_close(recording);
	close(fd);
	return nr;
}
