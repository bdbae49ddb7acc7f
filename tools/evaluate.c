/* SPDX-License-Identifier: MIT */
/* fluxion evaluate: how well a model predicts the rows of a file, in the target's own units. */
#include "tool.h"

static struct {
    csv_given csv;
    bool json;
} given;

static const option evaluate_options[] = {
    CSV_OPTIONS(given.csv),
    {"json", 0, &option_flag, &given.json, NULL, "one object", true},
    {NULL, 0, NULL, NULL, NULL, NULL, false}};

static void evaluate_print(fx_score score) {
    if (!given.json) {
        printf("rows: %lld\n", (long long)score.rows);
        score_print(score);
        return;
    }
    json j = {stdout, false, 0};
    json_begin(&j, '{');
    json_key(&j, "rows"), json_whole(&j, score.rows);
    score_json(&j, score);
    json_end(&j, '}');
}

static int evaluate_run(fx_context *cx, int n, char **operands) {
    (void)n;
    fx_model model = model_load(cx, operands[0]);
    if (!model.params) return TOOL_FAILED;
    const fx_data *data = model_data(&model, operands[1], &given.csv, true);
    if (!data) return TOOL_FAILED;
    fx_score score = fx_evaluate(&model, data);
    if (fx_error(cx) != FX_OK) return TOOL_FAILED;
    evaluate_print(score);
    return TOOL_OK;
}

const command command_evaluate = {
    .name = "evaluate",
    .summary = "Compares what a model predicts with the target column of a CSV file",
    .operands = "MODEL FILE.csv",
    .examples = "fluxion evaluate boston.safetensors data/boston.csv\n"
                "fluxion evaluate boston.safetensors held_out.csv --json\n",
    .min = 2,
    .max = 2,
    .options = evaluate_options,
    .run = evaluate_run,
};
