/* SPDX-License-Identifier: MIT */
/* How training goes, on standard error: one line that moves on a terminal, a line per epoch
 * elsewhere. */
#ifndef FLUXION_TOOLS_PROGRESS_H
#define FLUXION_TOOLS_PROGRESS_H

#include "fluxion/fluxion.h"

typedef struct progress {
    bool moves;
    int width;   /* of what the moving line shows now */
    double last; /* when it was drawn, in seconds */
} progress;

/* progress_begin, progress_show, progress_end
 * progress_end leaves the moving line, so that others may write below it. */
progress progress_begin(void);
void progress_show(progress *p, const fx_epoch *epoch);
void progress_end(progress *p);

#endif
