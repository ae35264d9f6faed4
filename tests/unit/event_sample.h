/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that are made up: one that fails to connect, one that fails to bind. */
#ifndef PORTTRACE_EVENT_SAMPLE_H
#define PORTTRACE_EVENT_SAMPLE_H

#include "event.h"

/* An event and all that it borrows from. */
struct event_sample {
	struct porttrace_event what;
	struct port_holder socket;
	struct event event;
};

/* Of 2026-01-31 12:00:00.123456 UTC, of which nothing is known that can be unknown. */
void event_sample_unknown(struct event_sample *sample, uint8_t kind);

/* Process 812 finds no port for a connect(). */
void event_sample_failure(struct event_sample *sample);

/* Process 900 asks for a port that 812 has. */
void event_sample_bind(struct event_sample *sample);

/* After the former: a TIME_WAIT of nobody's has it instead. */
void event_sample_time_wait(struct event_sample *sample);

#endif
