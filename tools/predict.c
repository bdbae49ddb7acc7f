/* SPDX-License-Identifier: MIT */
/* fluxion predict: a model's outputs for the rows of a file, in the file's order. */
#include <math.h>
#include <string.h>

#include "tool.h"

static struct {
    const char *output;
    csv_given csv;
    bool json;
} given;

static const option predict_options[] = {
    CSV_OPTIONS(given.csv),
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

static void predict_warn(int64_t rows, int64_t outputs, const double *y) {
    int64_t wrong = 0, first = 0;
    for (int64_t i = 0; i < rows * outputs; i++)
        if (!isfinite(y[i]) && wrong++ == 0) first = i;
    if (wrong)
        say("warning: the prediction for row %lld (counted from 0) is %g; %lld of %lld are not "
            "finite",
            (long long)(first / outputs), y[first], (long long)wrong, (long long)(rows * outputs));
}

static int predict_run(fx_context *cx, int n, char **operands) {
    (void)n;
    fx_model model = model_load(cx, operands[0]);
    if (!model.params) return TOOL_FAILED;
    const fx_data *data = model_data(&model, operands[1], &given.csv, false);
    if (!data) return TOOL_FAILED;
    int64_t rows = fx_data_look(data).rows, outputs = model_outputs(&model);
    int64_t count = rows * outputs;
    double *y = fx_new(cx, sizeof *y * (size_t)count, NULL);
    if (!y || fx_predict(&model, data, count, y) != FX_OK) return TOOL_FAILED;
    predict_warn(rows, outputs, y);
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
