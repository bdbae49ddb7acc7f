/* SPDX-License-Identifier: MIT */
/* What training and prediction share. */
#ifndef FLUXION_MODELS_PREDICT_H
#define FLUXION_MODELS_PREDICT_H

#include "fluxion/model.h"

/* Rows that are predicted together: enough to be fast, few enough to be small. */
enum { FX__PREDICT_ROWS = 256 };

/* Whether a model, and data for it, are there and fit together; reports in a sentence that begins
 * with what. */
fx_status fx__model_takes(const fx_model *model, const fx_data *data, const char *what);

/* The data as the model wants it: itself, or scaled, then *owned is to be freed; NULL after an
 * error. */
const fx_data *fx__model_scaled(const fx_model *model, const fx_data *data, fx_data **owned);

/* A graph that predicts and records nothing. */
void fx__graph_predicts(fx_graph *graph, bool on);

#endif
