// SPDX-License-Identifier: GPL-2.0-only
/* The entry that libFuzzer calls; see `make fuzz`. */
#include "read_recording.h"
#include "read_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_recording(bytes, size);
	fuzz_report(bytes, size);
	return 0;
}
