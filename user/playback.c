// SPDX-License-Identifier: GPL-2.0-only
#include "playback.h"

#include <math.h>
#include <stdio.h>

static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, INFINITY };

#define NR_STEPS ((int)(sizeof(steps) / sizeof(steps[0])))

/* Two that are written the same are the same. */
#define CLOSE 1.001

void playback_init(struct playback *playback, double pace_s, double interval_s)
{
	playback->pace_s = pace_s;
	playback->speed = interval_s > 0 ? pace_s / interval_s : 1;
}

void playback_change(struct playback *playback, bool faster)
{
	int i;

	for (i = 0; i < NR_STEPS; i++) {
		double step = steps[faster ? i : NR_STEPS - 1 - i];

		if (faster ? step > playback->speed * CLOSE : step * CLOSE < playback->speed) {
			playback->speed = step;
			return;
		}
	}
}

double playback_delay_s(const struct playback *playback)
{
	return isinf(playback->speed) ? 0 : playback->pace_s / playback->speed;
}

void playback_text(const struct playback *playback, char text[PLAYBACK_TEXT_SIZE])
{
	if (isinf(playback->speed))
		snprintf(text, PLAYBACK_TEXT_SIZE, "as fast as possible");
	else
		snprintf(text, PLAYBACK_TEXT_SIZE, "speed x%.3g", playback->speed);
}
