/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot in a file of its own, in the current directory: one line, as `top --json` writes it. */
#ifndef PORTTRACE_SNAPSHOT_FILE_H
#define PORTTRACE_SNAPSHOT_FILE_H

#include "err.h"
#include "snapshot.h"

/*
 * Writes porttrace-TIME.json, whose name goes to ret_name: where there is one of that second,
 * porttrace-TIME-2.json, and so on up to -99 (-EEXIST). Negative errno, with the reason; then nothing
 * is left behind.
 */
#define SNAPSHOT_FILE_NAME_SIZE 64
#define SNAPSHOT_FILES_OF_A_SECOND 99
int snapshot_write_file(const struct snapshot *snapshot, char *ret_name, struct reason *reason);

#endif
