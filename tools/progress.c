/* SPDX-License-Identifier: MIT */
/* The moving line is drawn at most ten times a second, and for the last epoch. It is plain
 * characters over a carriage return: nothing that a terminal might not know. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_BAR = 20, PROGRESS_LINE = 160 };

static double progress_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

progress progress_begin(void) {
    const char *term = getenv("TERM");
    bool moves = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
    return (progress){moves, 0, -1};
}

/* " loss=0.1234" behind what the line says. */
static void progress_number(char *line, const char *name, double value) {
    char number[32];
    fx_write_number(number, sizeof number, value, 5);
    size_t used = strlen(line);
    snprintf(line + used, PROGRESS_LINE - used, " %s=%s", name, number);
}

static void progress_losses(char *line, const fx_epoch *e) {
    progress_number(line, "loss", e->loss);
    if (!isnan(e->validation)) progress_number(line, "validation", e->validation);
}

static void progress_bar(char *line, const fx_epoch *e) {
    double part = (double)e->epoch / (double)e->epochs;
    char bar[PROGRESS_BAR + 1] = "";
    memset(bar, ' ', PROGRESS_BAR);
    memset(bar, '#', (size_t)(part * PROGRESS_BAR));
    snprintf(line, PROGRESS_LINE, "epoch %lld/%lld: %3d%%|%s|", (long long)e->epoch,
             (long long)e->epochs, (int)(100 * part), bar);
}

static void progress_move(progress *p, const fx_epoch *e) {
    double now = progress_now();
    if (p->last >= 0 && now - p->last < 0.1 && e->epoch < e->epochs) return;
    p->last = now;
    char line[PROGRESS_LINE];
    progress_bar(line, e);
    progress_losses(line, e);
    int width = (int)strlen(line);
    fprintf(stderr, "\r%s%*s", line, width < p->width ? p->width - width : 0, "");
    p->width = width;
}

void progress_show(progress *p, const fx_epoch *e) {
    if (p->moves) {
        progress_move(p, e);
        return;
    }
    char line[PROGRESS_LINE];
    snprintf(line, sizeof line, "epoch %lld/%lld:", (long long)e->epoch, (long long)e->epochs);
    progress_losses(line, e);
    fprintf(stderr, "%s\n", line);
}

void progress_end(progress *p) {
    if (p->width) fputc('\n', stderr);
    p->width = 0;
}
