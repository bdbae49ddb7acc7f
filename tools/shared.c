/* SPDX-License-Identifier: MIT */
/* What several commands do alike: find a model's columns in a file, and print scores. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

int64_t model_inputs(const fx_model *model) { return strtoll(model->layers, NULL, 10); }

int64_t model_outputs(const fx_model *model) {
    return strtoll(strrchr(model->layers, '-') + 1, NULL, 10);
}

/* The names of n columns: those of the model, which the table must have, or the table's own. */
static const char **model_names(const fx_model *model, const fx_table *table, const char *path,
                                int64_t n) {
    fx_context *cx = fx_table_context(table);
    const char **names = fx_new(cx, sizeof *names * (size_t)n, NULL);
    for (int64_t i = 0; names && i < n; i++) {
        names[i] = model->scaler ? fx_scaler_at(model->scaler, i).name : fx_table_name(table, i);
        if (fx_table_find(table, names[i]) >= 0) continue;
        fx_fail(cx, FX_ERR_DATA, "%s has no column \"%s\", which the model knows", path, names[i]);
        return NULL;
    }
    return names;
}

fx_data *model_data(const fx_model *model, const char *path, const fx_csv_options *options,
                    bool with_target) {
    fx_context *cx = fx_params_context(model->params);
    fx_table *table = fx_csv_read(cx, path, options);
    if (!table) return NULL;
    int64_t inputs = model_inputs(model), n = inputs + with_target;
    if (!model->scaler && fx_table_columns(table) != n) {
        fx_fail(cx, FX_ERR_DATA, "%s has %lld columns; the model, which knows no names, takes %lld",
                path, (long long)fx_table_columns(table), (long long)n);
        return NULL;
    }
    const char **names = model_names(model, table, path, n);
    if (!names) return NULL;
    return fx_data_from_table(table, with_target ? names[inputs] : NULL, inputs, names,
                              fx_params_dtype(model->params));
}

static void score_line(const char *name, double value) {
    printf("%s: ", name);
    number_write(stdout, value, 6);
    putchar('\n');
}

void score_print(fx_score score) {
    score_line("MAE", score.mae);
    score_line("R2", score.r2);
    score_line("MSE", score.mse);
}

void score_json(json *j, fx_score score) {
    json_key(j, "mae"), json_number(j, score.mae);
    json_key(j, "r2"), json_number(j, score.r2);
    json_key(j, "mse"), json_number(j, score.mse);
}
