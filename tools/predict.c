/* SPDX-License-Identifier: MIT */
/* fluxion predict: a model's outputs for the rows of a file, in the file's order. */
#include <string.h>

#include "tool.h"

static struct {
    const char *output;
    char separator;
    bool json;
} given;

static const option predict_options[] = {
    {"separator", 0, &option_separator, &given.separator, "C",
     "between values; found by itself if it is , ; or tab", false},
    {"output", 'o', &option_text, &given.output, "FILE.csv", "write there instead of printing",
     true},
    {"json", 0, &option_flag, &given.json, NULL, "one object: the predictions by column", true},
    {NULL, 0, NULL, NULL, NULL, NULL, false}};

/* A model without names calls its outputs y1, y2, ... */
static const char *predict_name(const fx_model *model, int64_t i, char room[OPTION_ROOM]) {
    if (model->scaler) return fx_scaler_at(model->scaler, model_inputs(model) + i).name;
    snprintf(room, OPTION_ROOM, "y%lld", (long long)i + 1);
    return room;
}

/* A field of CSV, in quotes if it must be (RFC 4180). */
static void predict_field(FILE *to, const char *text) {
    if (*text && !text[strcspn(text, "\",\r\n;\t ")]) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++) fprintf(to, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', to);
}

static void predict_csv(FILE *to, const fx_model *model, int64_t rows, const double *y) {
    char room[OPTION_ROOM];
    int64_t n = model_outputs(model);
    for (int64_t i = 0; i < n; i++) {
        if (i) fputc(',', to);
        predict_field(to, predict_name(model, i, room));
    }
    fputc('\n', to);
    for (int64_t i = 0; i < rows * n; i++) {
        number_write(to, y[i], 0);
        fputc((i + 1) % n ? ',' : '\n', to);
    }
}

static void predict_json(FILE *to, const fx_model *model, int64_t rows, const double *y) {
    char room[OPTION_ROOM];
    int64_t n = model_outputs(model);
    json j = {to, false, 0};
    json_begin(&j, '{');
    json_key(&j, "rows"), json_whole(&j, rows);
    json_key(&j, "predictions"), json_begin(&j, '{');
    for (int64_t i = 0; i < n; i++) {
        json_key(&j, predict_name(model, i, room)), json_begin(&j, '[');
        for (int64_t row = 0; row < rows; row++) json_number(&j, y[row * n + i]);
        json_end(&j, ']');
    }
    json_end(&j, '}');
    json_end(&j, '}');
}

static bool predict_write(fx_context *cx, const fx_model *model, int64_t rows, const double *y) {
    sink out;
    if (!sink_open(&out, cx, given.output)) return false;
    (given.json ? predict_json : predict_csv)(out.to, model, rows, y);
    if (!sink_close(&out, cx)) return false;
    if (out.to != stdout)
        fprintf(stderr, "wrote %s: %lld predictions\n", given.output, (long long)rows);
    return true;
}

/* A value that is missing matters only in the model's columns: the target may well be empty. */
static int predict_run(fx_context *cx, int n, char **operands) {
    (void)n;
    fx_model model = fx_model_load(cx, operands[0]);
    if (!model.params) return TOOL_FAILED;
    fx_csv_options csv = fx_csv_defaults();
    csv.separator = given.separator;
    csv.missing = FX_MISSING_KEEP;
    const fx_data *data = model_data(&model, operands[1], &csv, false);
    if (!data) return TOOL_FAILED;
    int64_t rows = fx_data_look(data).rows, count = rows * model_outputs(&model);
    double *y = fx_new(cx, sizeof *y * (size_t)count, NULL);
    if (!y || fx_predict(&model, data, count, y) != FX_OK) return TOOL_FAILED;
    return predict_write(cx, &model, rows, y) ? TOOL_OK : TOOL_FAILED;
}

const command command_predict = {
    .name = "predict",
    .summary = "Prints what a model predicts for each row of a CSV file",
    .operands = "MODEL FILE.csv",
    .examples = "fluxion predict boston.safetensors data/boston.csv\n"
                "fluxion predict boston.safetensors new.csv -o predictions.csv\n"
                "cat new.csv | fluxion predict boston.safetensors - --json\n",
    .min = 2,
    .max = 2,
    .options = predict_options,
    .run = predict_run,
};
