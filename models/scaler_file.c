/* SPDX-License-Identifier: MIT */
/* Scalers as texts of an archive: fluxion.scaler, whose first line is how many inputs and outputs
 * there are and each further line a column's mean and deviation; fluxion.column.0, .1, ... the
 * columns' names as they are. The counts are believed once that many lines are there. */
#include <math.h>
#include <string.h>

#include "fluxion/model.h"
#include "fluxion/text.h"

#define SCALER_KEY    "fluxion.scaler"
#define SCALER_COLUMN "fluxion.column."
#define SCALER_AGAIN  "; write the scaler again"

enum { SCALER_KEY_BYTES = 48, SCALER_NUMBER_BYTES = 32, SCALER_LINE_BYTES = 64 };

static const char *scaler_column_key(char key[SCALER_KEY_BYTES], int64_t i) {
    fx_write_number(stpcpy(key, SCALER_COLUMN), SCALER_NUMBER_BYTES, (double)i, 17);
    return key;
}

static char *scaler_put_line(char *at, double a, double b, int digits) {
    at += fx_write_number(at, SCALER_NUMBER_BYTES, a, digits);
    *at++ = ' ';
    at += fx_write_number(at, SCALER_NUMBER_BYTES, b, digits);
    return stpcpy(at, "\n");
}

fx_status fx_scaler_write(const fx_scaler *scaler, fx_archive *archive) {
    fx_context *cx = fx_archive_context(archive);
    const int64_t inputs = fx_scaler_inputs(scaler), outputs = fx_scaler_outputs(scaler);
    if (fx_error(cx) != FX_OK) return fx_error(cx);
    if (!scaler) return fx_fail(cx, FX_ERR_ARGUMENT, "fx_scaler_write: the scaler is NULL");
    char *text = fx_new(cx, (size_t)(inputs + outputs + 1) * SCALER_LINE_BYTES, NULL);
    if (!text) return fx_error(cx);
    char *at = scaler_put_line(text, (double)inputs, (double)outputs, 17), key[SCALER_KEY_BYTES];
    for (int64_t i = 0; i < inputs + outputs; i++) {
        const fx_scale column = fx_scaler_at(scaler, i);
        at = scaler_put_line(at, column.mean, column.deviation, 0);
        fx_archive_put_text(archive, scaler_column_key(key, i), column.name);
    }
    fx_archive_put_text(archive, SCALER_KEY, text);
    fx_delete(text);
    return fx_error(cx);
}

/* Reads a number up to its end mark. */
static bool scaler_read_number(const char **at, char mark, double *value) {
    const char *end = strchr(*at, mark);
    if (!end || !fx_read_number(*at, (size_t)(end - *at), value)) return false;
    *at = end + 1;
    return true;
}

static bool scaler_read_line(const char **at, double *a, double *b) {
    return scaler_read_number(at, ' ', a) && scaler_read_number(at, '\n', b);
}

static double scaler_lines(const char *text) {
    double n = 0;
    while ((text = strchr(text, '\n')) != NULL) n++, text++;
    return n;
}

/* The first line: two whole numbers that the other lines bear out. */
static bool scaler_read_counts(const char **at, double *inputs, double *outputs) {
    if (!scaler_read_line(at, inputs, outputs)) return false;
    return *inputs >= 1 && *outputs >= 0 && *inputs == floor(*inputs) &&
           *inputs + *outputs == scaler_lines(*at);
}

static bool scaler_read_columns(const fx_archive *archive, const char *source, const char *at,
                                int64_t n, fx_scale *out) {
    fx_context *cx = fx_archive_context(archive);
    char key[SCALER_KEY_BYTES];
    for (int64_t i = 0; i < n; i++) {
        out[i].name = fx_archive_text(archive, scaler_column_key(key, i));
        if (!out[i].name)
            return fx_fail(cx, FX_ERR_FORMAT,
                           "%s: %s is missing: the name of a column of " SCALER_KEY SCALER_AGAIN,
                           source, key),
                   false;
        if (!scaler_read_line(&at, &out[i].mean, &out[i].deviation) || !isfinite(out[i].mean) ||
            !isfinite(out[i].deviation) || out[i].deviation <= 0)
            return fx_fail(cx, FX_ERR_FORMAT,
                           "%s: " SCALER_KEY ", line %lld: expected a finite mean, a blank and a "
                           "positive deviation" SCALER_AGAIN,
                           source, (long long)i + 2),
                   false;
    }
    if (!*at) return true;
    fx_fail(cx, FX_ERR_FORMAT, "%s: " SCALER_KEY ", line %lld: expected the end" SCALER_AGAIN,
            source, (long long)n + 2);
    return false;
}

fx_scaler *fx_scaler_read(const fx_archive *archive, const char *source) {
    fx_context *cx = fx_archive_context(archive);
    const char *text = fx_archive_text(archive, SCALER_KEY);
    double inputs, outputs;
    if (!source) source = "archive";
    if (fx_error(cx) != FX_OK) return NULL;
    if (!text) {
        if (fx_archive_text(archive, SCALER_COLUMN "0"))
            fx_fail(cx, FX_ERR_FORMAT,
                    "%s: " SCALER_KEY " is missing, but not " SCALER_COLUMN "0" SCALER_AGAIN,
                    source);
        return NULL;
    }
    if (!scaler_read_counts(&text, &inputs, &outputs)) {
        fx_fail(cx, FX_ERR_FORMAT,
                "%s: " SCALER_KEY ", line 1: expected how many inputs and outputs, a line each, "
                "follow" SCALER_AGAIN,
                source);
        return NULL;
    }
    const int64_t columns = (int64_t)(inputs + outputs);
    fx_scale *scales = fx_new(cx, (size_t)columns * sizeof *scales, NULL);
    fx_scaler *scaler = NULL;
    if (scales && scaler_read_columns(archive, source, text, columns, scales))
        scaler = fx_scaler_new(cx, (int64_t)inputs, (int64_t)outputs, scales);
    fx_delete(scales);
    return scaler;
}
