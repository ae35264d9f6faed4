// SPDX-License-Identifier: GPL-2.0-only
/* The entry that libFuzzer calls; see `make fuzz`. */
#include "read_recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_recording(bytes, size);
	return 0;
}
