/* SPDX-License-Identifier: MIT */
/* What several commands do alike: read CSV files, find a model's columns in one, print scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

void error_add(fx_context *cx, const char *cure) {
    char text[1024];
    fx_status status = fx_error(cx);
    snprintf(text, sizeof text, "%s", fx_error_text(cx));
    fx_clear(cx);
    fx_fail(cx, status, "%s; %s", text, cure);
}

/* --------------------------------------------------------------------------------- files */

static bool csv_numbers_only(const fx_table *table) {
    for (int64_t i = 0; i < fx_table_columns(table); i++) {
        const char *name = fx_table_name(table, i);
        double value;
        if (!fx_read_number(name, strlen(name), &value)) return false;
    }
    return true;
}

fx_table *csv_table(fx_context *cx, const char *path, const csv_given *given) {
    fx_csv_options csv = fx_csv_defaults();
    csv.separator = given->separator;
    csv.no_header = given->no_header;
    csv.missing = given->missing == FX_MISSING_DROP ? FX_MISSING_DROP : FX_MISSING_KEEP;
    fx_table *table = fx_csv_read(cx, path, &csv);
    if (!table && strstr(fx_error_text(cx), "a second column is named"))
        error_add(cx, "use --no-header if the first line is data");
    if (table && !given->no_header && csv_numbers_only(table))
        say("warning: the names of the columns of %s are numbers; use --no-header if the first "
            "line is data",
            fx_table_source(table));
    return table;
}

fx_data *csv_data(const fx_table *table, const char *target, int64_t n, const char *const *names,
                  fx_dtype dtype) {
    fx_context *cx = fx_table_context(table);
    fx_data *data = fx_data_from_table(table, target, n, names, dtype);
    if (fx_error(cx) == FX_ERR_NAN && strstr(fx_error_text(cx), "value is missing"))
        error_add(cx, "use --missing drop");
    return data;
}

fx_model model_load(fx_context *cx, const char *path) {
    fx_model model = fx_model_load(cx, path);
    if (!model.params && strstr(fx_error_text(cx), "not a safetensors file"))
        error_add(cx, "are MODEL and FILE swapped?");
    return model;
}

int64_t model_inputs(const fx_model *model) { return strtoll(model->layers, NULL, 10); }

int64_t model_outputs(const fx_model *model) {
    return strtoll(strrchr(model->layers, '-') + 1, NULL, 10);
}

/* The names of n columns: those of the model, which the table must have, or the table's own. */
static const char **model_names(const fx_model *model, const fx_table *table, int64_t n) {
    fx_context *cx = fx_table_context(table);
    const char *source = fx_table_source(table);
    if (!model->scaler && fx_table_columns(table) != n) {
        fx_fail(cx, FX_ERR_DATA, "%s has %lld columns; the model, which knows no names, takes %lld",
                source, (long long)fx_table_columns(table), (long long)n);
        return NULL;
    }
    const char **names = fx_new(cx, sizeof *names * (size_t)n, NULL);
    for (int64_t i = 0; names && i < n; i++) {
        names[i] = model->scaler ? fx_scaler_at(model->scaler, i).name : fx_table_name(table, i);
        if (fx_table_find(table, names[i]) >= 0) continue;
        fx_fail(cx, FX_ERR_DATA, "%s has no column \"%s\", which the model knows", source,
                names[i]);
        return NULL;
    }
    return names;
}

fx_data *model_data(const fx_model *model, const char *path, const csv_given *given,
                    bool with_target) {
    fx_context *cx = fx_params_context(model->params);
    fx_table *table = csv_table(cx, path, given);
    if (!table) return NULL;
    int64_t inputs = model_inputs(model), n = inputs + with_target;
    const char **names = model_names(model, table, n);
    if (!names && fx_table_columns(table) == 1) error_add(cx, CSV_ONE_COLUMN);
    if (!names) return NULL;
    return csv_data(table, with_target ? names[inputs] : NULL, inputs, names,
                    fx_params_dtype(model->params));
}

/* -------------------------------------------------------------------------------- scores */

static void score_line(const char *name, double value) {
    printf("%s: ", name);
    number_write(stdout, value, 6);
    putchar('\n');
}

void score_print(fx_score score) {
    score_line("MAE", score.mae);
    if (isnan(score.r2) && isfinite(score.mse))
        puts("R2: undefined (all targets are equal)");
    else
        score_line("R2", score.r2);
    score_line("MSE", score.mse);
}

void score_json(json *j, fx_score score) {
    json_key(j, "mae"), json_number(j, score.mae);
    json_key(j, "r2"), json_number(j, score.r2);
    json_key(j, "mse"), json_number(j, score.mse);
}
