/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output: data only, and every byte of it or a message. */
#ifndef PORTTRACE_OUTPUT_H
#define PORTTRACE_OUTPUT_H

#include "err.h"

/*
 * Writes out what is buffered. Negative errno after a message if that failed, now or before;
 * -EPIPE without one: who reads only as much as he likes has what he wanted.
 */
int output_flush(void);

/* The exit status after output_flush(), or after any function that has said what went wrong. */
enum exit_status output_status(int err);

#endif
