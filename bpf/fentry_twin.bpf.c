// SPDX-License-Identifier: GPL-2.0-only
/* The programs of fentry.bpf.c once more, see twins.bpf.h. */
#define TWIN
#include "fentry.bpf.c"
