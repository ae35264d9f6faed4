/* SPDX-License-Identifier: GPL-2.0-only */
/* What each line of `trace --json` must have, whatever happened. */
#ifndef LIVE_TRACE_FORM_H
#define LIVE_TRACE_FORM_H

#include "trace.h"

/* What is wrong with it; NULL: nothing. The text is overwritten by the next call. */
const char *trace_form_fault(struct json_object *line, enum trace_event event);

#endif
