/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done with the report of a file that somebody else has made. */
#ifndef PORTTRACE_READ_REPORT_H
#define PORTTRACE_READ_REPORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes reports of these bytes, with windows and filters and without, and shows them in all forms;
 * aborts where one of those is not sound.
 */
void fuzz_report(const uint8_t *bytes, size_t size);

#endif
