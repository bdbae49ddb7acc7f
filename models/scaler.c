/* SPDX-License-Identifier: MIT */
/* Standardisation: z = (v - mean) / deviation, column by column. The mean is taken from the first
 * value on, so that a constant column has exactly its own value for a mean and no deviation; the
 * deviation is that of a second pass (Chan, Golub, LeVeque, "Algorithms for computing the sample
 * variance", The American Statistician 37, 1983). */
#include <math.h>
#include <string.h>

#include "data.h"

/* One block of memory: this struct, the columns, their names. */
struct fx_scaler {
    fx_context *cx;
    int64_t inputs, outputs;
    char *text; /* where the next name goes */
    fx_scale columns[];
};

static const int64_t scaler_most = PTRDIFF_MAX / 256; /* columns: sizes cannot overflow */

static fx_scaler *scaler_block(fx_context *cx, int64_t inputs, int64_t outputs, size_t text) {
    const size_t names = sizeof(fx_scaler) + (size_t)(inputs + outputs) * sizeof(fx_scale);
    fx_scaler *scaler = fx_new(cx, names + text, NULL);
    if (!scaler) return NULL;
    *scaler = (fx_scaler){cx, inputs, outputs, (char *)scaler + names};
    return scaler;
}

static void scaler_put(fx_scaler *scaler, int64_t i, fx_scale column) {
    const size_t bytes = strlen(column.name) + 1;
    column.name = memcpy(scaler->text, column.name, bytes);
    scaler->text += bytes;
    scaler->columns[i] = column;
}

static fx_scale scaler_measure(const fx_data *data, int64_t column) {
    const int64_t rows = data->view.rows;
    const double first = fx__data_get(data, 0, column), n = (double)rows;
    fx_scale scale = {data->view.names[column], 0, 0};
    double sum = 0, squares = 0;
    for (int64_t r = 0; r < rows; r++) sum += fx__data_get(data, r, column) - first;
    scale.mean = first + sum / n;
    for (int64_t r = 0; r < rows; r++) {
        const double off = fx__data_get(data, r, column) - scale.mean;
        squares += off * off;
    }
    scale.deviation = sqrt(squares / n);
    if (scale.deviation == 0) scale.deviation = 1;
    return scale;
}

fx_scaler *fx_scaler_fit(const fx_data *data) {
    if (!data || fx_error(data->cx)) return NULL;
    const fx_data_view *v = &data->view;
    const int64_t columns = v->inputs + v->outputs;
    size_t text = 0;
    for (int64_t c = 0; c < columns; c++) text += strlen(v->names[c]) + 1;
    fx_scaler *scaler = scaler_block(data->cx, v->inputs, v->outputs, text);
    for (int64_t c = 0; scaler && c < columns; c++) {
        const fx_scale scale = scaler_measure(data, c);
        scaler_put(scaler, c, scale);
        if (isfinite(scale.mean) && isfinite(scale.deviation)) continue;
        fx_fail(data->cx, FX_ERR_NAN,
                "fx_scaler_fit: column %.60s has values too large: mean %g, deviation %g",
                scale.name, scale.mean, scale.deviation);
        fx_scaler_free(scaler);
        return NULL;
    }
    return scaler;
}

static bool scaler_column_valid(fx_context *cx, int64_t i, const fx_scale *column) {
    const double deviation = column->deviation;
    if (!column->name)
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_scaler_new: the name of column %lld is NULL",
                (long long)i);
    else if (!isfinite(column->mean))
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_scaler_new: column %.60s has mean %g; it must be finite",
                column->name, column->mean);
    else if (!(deviation > 0 && isfinite(deviation)))
        fx_fail(cx, FX_ERR_ARGUMENT,
                "fx_scaler_new: column %.60s has deviation %g; it must be positive and finite",
                column->name, deviation);
    return !fx_error(cx);
}

fx_scaler *fx_scaler_new(fx_context *cx, int64_t inputs, int64_t outputs, const fx_scale *columns) {
    if (fx_error(cx)) return NULL;
    if (inputs < 1 || outputs < 0 || inputs > scaler_most || outputs > scaler_most || !columns) {
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_scaler_new: %lld inputs and %lld outputs%s",
                (long long)inputs, (long long)outputs,
                columns ? "; 1 input or more and 0 outputs or more are needed"
                        : ", but columns is NULL");
        return NULL;
    }
    size_t text = 0;
    for (int64_t i = 0; i < inputs + outputs; i++) {
        if (!scaler_column_valid(cx, i, &columns[i])) return NULL;
        text += strlen(columns[i].name) + 1;
    }
    fx_scaler *scaler = scaler_block(cx, inputs, outputs, text);
    for (int64_t i = 0; scaler && i < inputs + outputs; i++) scaler_put(scaler, i, columns[i]);
    return scaler;
}

void fx_scaler_free(fx_scaler *scaler) { fx_delete(scaler); }

int64_t fx_scaler_inputs(const fx_scaler *scaler) { return scaler ? scaler->inputs : 0; }

int64_t fx_scaler_outputs(const fx_scaler *scaler) { return scaler ? scaler->outputs : 0; }

fx_scale fx_scaler_at(const fx_scaler *scaler, int64_t i) {
    const bool there = scaler && i >= 0 && i < scaler->inputs + scaler->outputs;
    return there ? scaler->columns[i] : (fx_scale){NULL, 0, 0};
}

static bool scaler_fits(const fx_scaler *scaler, const fx_data *data) {
    const fx_data_view *v = &data->view;
    if (v->inputs == scaler->inputs && (v->outputs == 0 || v->outputs == scaler->outputs))
        return true;
    fx_fail(data->cx, FX_ERR_SHAPE,
            "fx_scaler_apply: the scaler has %lld inputs and %lld outputs, the data %lld and %lld",
            (long long)scaler->inputs, (long long)scaler->outputs, (long long)v->inputs,
            (long long)v->outputs);
    return false;
}

static bool scaler_fill(const fx_scaler *scaler, const fx_data *data, fx_data *scaled) {
    const int64_t columns = data->view.inputs + data->view.outputs;
    for (int64_t r = 0; r < data->view.rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            const fx_scale *s = &scaler->columns[c];
            const double z = (fx__data_get(data, r, c) - s->mean) / s->deviation;
            if (!fx__data_set(scaled, "fx_scaler_apply", r, c, z)) return false;
        }
    }
    return true;
}

fx_data *fx_scaler_apply(const fx_scaler *scaler, const fx_data *data) {
    fx_context *cx = data ? data->cx : scaler ? scaler->cx : NULL;
    if (fx_error(cx)) return NULL;
    if (!scaler || !data) {
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_scaler_apply: %s is NULL", data ? "scaler" : "data");
        return NULL;
    }
    fx_data *scaled = scaler_fits(scaler, data) ? fx__data_like(data, data->view.rows) : NULL;
    if (!scaled || scaler_fill(scaler, data, scaled)) return scaled;
    fx_data_free(scaled);
    return NULL;
}

fx_status fx_scaler_invert(const fx_scaler *scaler, int64_t rows, double *y) {
    if (!scaler) return FX_ERR_ARGUMENT;
    if (fx_error(scaler->cx)) return fx_error(scaler->cx);
    if (rows < 0 || (rows > 0 && !y))
        return fx_fail(scaler->cx, FX_ERR_ARGUMENT, "fx_scaler_invert: %lld rows%s",
                       (long long)rows, y ? "" : ", but y is NULL");
    const fx_scale *column = scaler->columns + scaler->inputs;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < scaler->outputs; o++, y++)
            *y = *y * column[o].deviation + column[o].mean;
    return FX_OK;
}
