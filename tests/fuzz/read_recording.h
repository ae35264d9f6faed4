/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done with a file that somebody else has made: by libFuzzer, and by a unit test. */
#ifndef PORTTRACE_READ_RECORDING_H
#define PORTTRACE_READ_RECORDING_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads bytes as a recording, to the end or to what is wrong there; aborts where a promise of the
 * reader is broken. How many snapshots there were, or 0 where it ends with an error.
 */
size_t fuzz_recording(const uint8_t *bytes, size_t size);

#endif
