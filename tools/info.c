/* SPDX-License-Identifier: MIT */
/* fluxion info: what is in a model file. */
#include <string.h>

#include "tool.h"

static struct { bool json; } given;

static const option info_options[] = {
    {"json", 0, &option_flag, &given.json, NULL, "one object", true},
    {NULL, 0, NULL, NULL, NULL, NULL, false}};

static int64_t info_numbers(const fx_params *params) {
    int64_t sum = 0;
    for (int64_t i = 0; i < fx_params_count(params); i++) sum += fx_params_at(params, i).numel;
    return sum;
}

/* -------------------------------------------------------------------------------- for people */

static void info_entry(fx_entry entry) {
    char shape[FX_MAX_RANK * 22 + 3] = "[";
    for (int32_t i = 0; i < entry.shape.rank; i++) {
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, i ? ", %lld" : "%lld",
                 (long long)entry.shape.dims[i]);
    }
    strcat(shape, "]");
    printf("  %-20s %s\n", entry.name, shape);
}

static void info_scale(fx_scale scale) {
    printf("  %-20s mean ", scale.name);
    number_write(stdout, scale.mean, 6);
    fputs(", deviation ", stdout);
    number_write(stdout, scale.deviation, 6);
    putchar('\n');
}

static void info_scales(const fx_scaler *scaler) {
    int64_t inputs = fx_scaler_inputs(scaler), outputs = fx_scaler_outputs(scaler);
    puts("inputs:");
    for (int64_t i = 0; i < inputs; i++) info_scale(fx_scaler_at(scaler, i));
    puts("outputs:");
    for (int64_t i = 0; i < outputs; i++) info_scale(fx_scaler_at(scaler, inputs + i));
}

static void info_print(const fx_model *model, const char *training) {
    const fx_params *params = model->params;
    printf("layers: %s\nactivation: %s\ndtype: %s\nparameters: %lld\n", model->layers,
           model->activation, fx_dtype_name(fx_params_dtype(params)),
           (long long)info_numbers(params));
    if (training) printf("made by: %s\n", training);
    puts("arrays:");
    for (int64_t i = 0; i < fx_params_count(params); i++) info_entry(fx_params_at(params, i));
    if (model->scaler) info_scales(model->scaler);
}

/* ------------------------------------------------------------------------------ for machines */

static void info_json_entries(json *j, const fx_params *params) {
    json_key(j, "arrays"), json_begin(j, '[');
    for (int64_t i = 0; i < fx_params_count(params); i++) {
        fx_entry entry = fx_params_at(params, i);
        json_begin(j, '{');
        json_key(j, "name"), json_text(j, entry.name);
        json_key(j, "shape"), json_begin(j, '[');
        for (int32_t d = 0; d < entry.shape.rank; d++) json_whole(j, entry.shape.dims[d]);
        json_end(j, ']');
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void info_json_scales(json *j, const char *key, const fx_scaler *scaler, int64_t from,
                             int64_t to) {
    json_key(j, key), json_begin(j, '[');
    for (int64_t i = from; i < to; i++) {
        fx_scale scale = fx_scaler_at(scaler, i);
        json_begin(j, '{');
        json_key(j, "name"), json_text(j, scale.name);
        json_key(j, "mean"), json_number(j, scale.mean);
        json_key(j, "deviation"), json_number(j, scale.deviation);
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void info_json(const fx_model *model, const char *training) {
    json j = {stdout, false, 0};
    json_begin(&j, '{');
    json_key(&j, "layers"), json_text(&j, model->layers);
    json_key(&j, "activation"), json_text(&j, model->activation);
    json_key(&j, "dtype"), json_text(&j, fx_dtype_name(fx_params_dtype(model->params)));
    json_key(&j, "parameters"), json_whole(&j, info_numbers(model->params));
    json_key(&j, "made_by"), json_text(&j, training);
    info_json_entries(&j, model->params);
    if (model->scaler) {
        int64_t inputs = fx_scaler_inputs(model->scaler);
        int64_t all = inputs + fx_scaler_outputs(model->scaler);
        info_json_scales(&j, "inputs", model->scaler, 0, inputs);
        info_json_scales(&j, "outputs", model->scaler, inputs, all);
    }
    json_end(&j, '}');
}

static int info_run(fx_context *cx, int n, char **operands) {
    (void)n;
    const fx_archive *archive = fx_archive_load(cx, operands[0]);
    if (!archive) return TOOL_FAILED;
    fx_model model = fx_model_read(archive, operands[0]);
    if (!model.params) return TOOL_FAILED;
    (given.json ? info_json : info_print)(&model, fx_archive_text(archive, "fluxion.command"));
    return TOOL_OK;
}

const command command_info = {
    .name = "info",
    .summary = "Tells what is in a model file",
    .operands = "MODEL",
    .examples = "fluxion info boston.safetensors\nfluxion info boston.safetensors --json\n",
    .min = 1,
    .max = 1,
    .options = info_options,
    .run = info_run,
};
