/* SPDX-License-Identifier: MIT */
/* One run of fluxion train, shared by what trains and what reports. */
#ifndef FLUXION_TOOLS_TRAIN_H
#define FLUXION_TOOLS_TRAIN_H

#include "progress.h"
#include "tool.h"

/* What the command line says. */
typedef struct train_options {
    const char *target, *layers, *activation, *init, *output;
    int64_t epochs, batch;
    double lr, momentum, decay, penalty, test_size, validation;
    uint64_t seed;
    uint32_t split_seed;
    text_list drop;
    fx_dtype dtype;
    csv_given csv;
    bool nesterov, no_scale, json, quiet;
} train_options;

extern train_options train_given;
extern const option train_table[];

/* The run. */
typedef struct training {
    fx_context *cx;
    const char *source;                 /* of the data: the file's name */
    fx_data *train, *validation, *test; /* validation NULL: none */
    fx_model model;
    fx_params *best; /* the weights of the lowest loss so far */
    double best_loss;
    int64_t best_epoch, epochs; /* epochs: how many are done */
    bool interrupted;
    progress progress;
    char *line; /* the command that repeats the run */
} training;

/* train_tell
 * Before the run: the configuration and what it works on. */
void train_tell(const training *t);

/* train_tell_epoch
 * After an epoch: its losses. */
void train_tell_epoch(training *t, const fx_epoch *epoch);

/* train_tell_end
 * After the run: what was kept and written, and the scores. */
void train_tell_end(const training *t, fx_score score, bool written);

#endif
