/* SPDX-License-Identifier: MIT */
/* The inside of a data set, for what splits, scales and cuts it. */
#ifndef FLUXION_MODELS_DATA_H
#define FLUXION_MODELS_DATA_H

#include "fluxion/data.h"

typedef struct fx__batch_room fx__batch_room;

/* A data set is one block of memory: this struct, then everything that it points to. */
struct fx_data {
    fx_data_view view;
    fx_context *cx;
    void *x, *y;          /* those of view */
    const char **names;   /* those of view */
    char *text;           /* where the next name goes */
    fx_data *self;        /* for room alone, which const does not cover */
    fx__batch_room *room; /* of shuffled batches; NULL before the first */
};

/* fx__data_like
 * Room for rows rows of the same columns. NULL after FX_ERR_MEMORY. */
fx_data *fx__data_like(const fx_data *data, int64_t rows);

/* fx__data_get, fx__data_set
 * A value of any column, inputs first. Setting reports FX_ERR_NAN, in the name of what, for a value
 * that is not finite in the data's dtype. */
double fx__data_get(const fx_data *data, int64_t row, int64_t column);
bool fx__data_set(fx_data *data, const char *what, int64_t row, int64_t column, double value);

#endif
