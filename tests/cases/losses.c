/* SPDX-License-Identifier: MIT */
/* mse_loss with each reduction, and dropout, whose mask is a function of its draw. */
#include <math.h>

#include "cases.h"

static fx_tensor mse_call(void *row, const fx_tensor *x) {
    return (void)row, fx_mse_loss(x[0], x[1]);
}

static fx_tensor mse_as_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_mse_loss_as(x[0], x[1], (fx_reduction)row->start);
}

static fx_tensor dropout_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_dropout(x[0], row->attrs[0].value);
}

static void mse_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = case_numel(row->x[0]);
    y[0] = 0;
    for (int64_t e = 0; e < n; e++) y[0] += (x[0][e] - x[1][e]) * (x[0][e] - x[1][e]);
    if (row->start == FX_REDUCE_MEAN) y[0] /= (long double)n;
}

static case_number error_at(const case_row *row, const case_number *z) {
    return (void)row, (z[0] - z[1]) * (z[0] - z[1]);
}

#define LOSS .f = mse_as_call, .n = 2, .of = mse_of, .ulps = 4
#define DRAW                                                                                       \
    {                                                                                              \
        1, { 2 }                                                                                   \
    }
#define MASK .f = case_apply, .n = 2, .whole = 2, .low = {0, 1}, .high = {0, 1000}

static const case_row loss_rows[] = {
    {"mse_loss", NULL, mse_call, 2, .of = mse_of, .ulps = 4, .x = {{2, {3, 4}}, {2, {3, 4}}},
     .y = {0, {0}}},
    {"mse_loss", "mean", LOSS, .x = {{1, {5}}, {1, {5}}}, .y = {0, {0}}},
    {"mse_loss", "sum", LOSS, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {0, {0}},
     .start = FX_REDUCE_SUM},
    {"mse_loss", "none", mse_as_call, 2, .at = error_at, .ulps = 1.6,
     .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}}, .start = FX_REDUCE_NONE},
    {"mse_loss", "one", LOSS, .x = {{0, {0}}, {0, {0}}}, .y = {0, {0}}},
    {"dropout", NULL, MASK, .x = {{2, {3, 4}}, DRAW}, .y = {2, {3, 4}},
     .attrs = {CASE_ATTR("p", 0.5)}},
    {"dropout", "rare", MASK, .x = {{2, {3, 4}}, DRAW}, .y = {2, {3, 4}},
     .attrs = {CASE_ATTR("p", 0.1)}},
    {"dropout", "all", MASK, .x = {{2, {3, 4}}, DRAW}, .y = {2, {3, 4}},
     .attrs = {CASE_ATTR("p", 1)}},
    {"dropout", "nothing", MASK, .x = {{2, {0, 4}}, DRAW}, .y = {2, {0, 4}},
     .attrs = {CASE_ATTR("p", 0.5)}},
    {"dropout", "one", MASK, .x = {{0, {0}}, DRAW}, .y = {0, {0}}, .attrs = {CASE_ATTR("p", 0.5)}},
};

/* The sign: dy = +2 (y - target) / N. */
static const case_point loss_points[] = {
    {"mse_loss", "one", {3, 1}, "", 4},   {"mse_loss", "one", {3, 1}, "0", 4},
    {"mse_loss", "one", {3, 1}, "1", -4}, {"mse_loss", "one", {3, 1}, "01", -2},
    {"mse_loss", "one", {1, 1}, "0", 0},  {"mse_loss", "one", {NAN, 1}, "0", NAN},
};

static const case_error loss_errors[] = {
    {{"mse_loss", .f = mse_call, .n = 2, .x = {{2, {32, 1}}, {1, {32}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "mse_loss: shapes must be equal, nothing is broadcast; fx_reshape one of them (y [32, 1], "
     "target [32])"},
    {{"mse_loss", .f = mse_call, .n = 2, .x = {{2, {0, 3}}, {2, {0, 3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "mse_loss: no elements to compare (y [0, 3], target [0, 3])"},
    {{"mse_loss", .f = mse_as_call, .n = 2, .x = {{1, {3}}, {1, {3}}}, .start = 3},
     {FX_F64, FX_F64},
     FX_ERR_ARGUMENT,
     "mse_loss: there is no reduction 3; choose FX_REDUCE_MEAN, _SUM or _NONE (y [3], target [3])"},
    {{"dropout", .f = dropout_call, .n = 1, .x = {{1, {3}}}, .attrs = {CASE_ATTR("p", 1.5)}},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "dropout: p = 1.5; a probability is in [0, 1] (x [3], draw [2])"},
    {{"dropout", .f = dropout_call, .n = 1, .x = {{1, {3}}}, .attrs = {CASE_ATTR("p", -0.25)}},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "dropout: p = -0.25; a probability is in [0, 1] (x [3], draw [2])"},
    {{"dropout", .f = dropout_call, .n = 1, .x = {{1, {3}}}, .attrs = {CASE_ATTR("p", NAN)}},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "dropout: p = nan; a probability is in [0, 1] (x [3], draw [2])"},
    {{"dropout", .f = case_apply, .n = 2, .x = {{1, {3}}, {1, {3}}},
      .attrs = {CASE_ATTR("p", 0.5)}},
     {FX_F64, FX_F64},
     FX_ERR_DTYPE,
     "dropout: the last operand is not an fx_draw (x [3], draw [3])"},
};

const case_family case_losses = {
    loss_rows,
    loss_points,
    loss_errors,
    CASE_COUNT(loss_rows),
    CASE_COUNT(loss_points),
    CASE_COUNT(loss_errors),
};
