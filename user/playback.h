/* SPDX-License-Identifier: GPL-2.0-only */
/* How fast a recording is played: as it went, slower, faster, or without waiting. Pure. */
#ifndef PORTTRACE_PLAYBACK_H
#define PORTTRACE_PLAYBACK_H

#include <stdbool.h>

struct playback {
	double pace_s; /* between snapshots, as they were recorded */
	double speed;  /* times as fast; INFINITY: as fast as possible */
};

/* With so much time between two; 0: as it was recorded. */
void playback_init(struct playback *playback, double pace_s, double interval_s);

/* To the next step, if there is one. */
void playback_change(struct playback *playback, bool faster);

/* Seconds to the next snapshot; 0: at once. */
double playback_delay_s(const struct playback *playback);

/* "speed x2", "speed x0.5", "as fast as possible". */
#define PLAYBACK_TEXT_SIZE 32
void playback_text(const struct playback *playback, char text[PLAYBACK_TEXT_SIZE]);

#endif
