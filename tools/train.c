/* SPDX-License-Identifier: MIT */
/* fluxion train: from a CSV file to a trained network and its error on rows it has not seen. */
#include "train.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

train_options train_given = {
    .activation = "relu",
    .init = "pytorch",
    .epochs = 100,
    .batch = 32,
    .lr = 0.01,
    .test_size = 0.2,
    .split_seed = 42,
};

#define AT(field) &train_given.field
const option train_table[] = {
    {"target", 0, &option_text, AT(target), "COLUMN", "what to predict; else the last column", 0},
    {"layers", 0, &option_text, AT(layers), "SIZES", "of the layers; else as INPUTS-10-1", 0},
    {"activation", 0, &option_text, AT(activation), "WORD",
     "relu, tanh, gelu, silu, elu, ..., linear", 0},
    {"init", 0, &option_text, AT(init), "WORD", "first weights: pytorch, xavier, he", 0},
    {"epochs", 0, &option_count, AT(epochs), "N", "runs through the training rows", 0},
    {"batch", 0, &option_batch, AT(batch), "N", "rows in a step, or full: all of them", 0},
    {"lr", 0, &option_positive, AT(lr), "NUMBER", "learning rate", 0},
    {"momentum", 0, &option_momentum, AT(momentum), "NUMBER", "of the steps", 0},
    {"nesterov", 0, &option_flag, AT(nesterov), NULL, "momentum that looks ahead", 0},
    {"decay", 0, &option_weight, AT(decay), "NUMBER", "L2 regularisation, in the optimizer", 0},
    {"penalty", 0, &option_weight, AT(penalty), "NUMBER", "L2 regularisation, in the loss", 0},
    {"seed", 0, &option_seed, AT(seed), "N", "of the first weights and the order of rows", 0},
    {"split-seed", 0, &option_split_seed, AT(split_seed), "N", "of which rows are held out", 0},
    {"test-size", 0, &option_fraction, AT(test_size), "FRACTION", "of the rows is held out", 0},
    {"validation", 0, &option_fraction, AT(validation), "FRACTION",
     "of the training rows is kept to watch the loss", 0},
    {"drop", 0, &option_list, AT(drop), "COLUMN", "leave a column out; may be repeated", 0},
    {"dtype", 0, &option_dtype, AT(dtype), "WORD", "f32 or f64", 0},
    {"no-scale", 0, &option_flag, AT(no_scale), NULL, "take columns as they are", 0},
    CSV_OPTIONS(train_given.csv),
    {"output", 'o', &option_text, AT(output), "FILE", "write the model there (safetensors)", 1},
    {"json", 0, &option_flag, AT(json), NULL, "an object for each epoch, and one at the end", 1},
    {"quiet", 'q', &option_flag, AT(quiet), NULL, "nothing but the result, warnings and errors", 1},
    {NULL, 0, NULL, NULL, NULL, NULL, 0}};
#undef AT

/* -------------------------------------------------------------------------------------- data */

static fx_table *train_table_read(fx_context *cx, const char *path) {
    fx_table *table = csv_table(cx, path, &train_given.csv);
    for (int i = 0; table && i < train_given.drop.n; i++)
        if (fx_table_drop(table, train_given.drop.at[i]) != FX_OK) return NULL;
    int64_t columns = fx_table_columns(table);
    if (!table || columns > 1) return table;
    fx_fail(cx, FX_ERR_DATA, "%s: %lld column%s, but a feature and a target are needed; %s",
            fx_table_source(table), (long long)columns, columns == 1 ? "" : "s", CSV_ONE_COLUMN);
    return NULL;
}

/* Cuts the rows into those to train on, to watch and to hold out. */
static bool train_split(training *t, const fx_data *data) {
    uint32_t seed = train_given.split_seed;
    fx_train_test_split(data, train_given.test_size, seed, &t->train, &t->test);
    if (t->train && train_given.validation > 0) {
        const fx_data *rest = t->train;
        fx_train_test_split(rest, train_given.validation, seed, &t->train, &t->validation);
    }
    return fx_error(t->cx) == FX_OK;
}

static bool train_read(training *t, const char *path) {
    fx_table *table = train_table_read(t->cx, path);
    if (!table) return false;
    t->source = fx_table_source(table);
    if (!train_given.target) train_given.target = fx_table_name(table, fx_table_columns(table) - 1);
    const fx_data *data = csv_data(table, train_given.target, 0, NULL, train_given.dtype);
    return data && train_split(t, data);
}

/* ------------------------------------------------------------------------------------- model */

/* A scaler that changes nothing, for the names of the columns: predict finds them by it. */
static fx_scaler *train_unscaled(const fx_data *data) {
    fx_data_view view = fx_data_look(data);
    int64_t n = view.inputs + view.outputs;
    fx_scale *columns = fx_new(fx_data_context(data), sizeof *columns * (size_t)n, NULL);
    if (!columns) return NULL;
    for (int64_t i = 0; i < n; i++) columns[i] = (fx_scale){view.names[i], 0, 1};
    return fx_scaler_new(fx_data_context(data), view.inputs, view.outputs, columns);
}

/* Whether the network takes all features and gives the one target. */
static bool train_fits(const training *t, int64_t features) {
    if (model_inputs(&t->model) == features && model_outputs(&t->model) == 1) return true;
    fx_fail(t->cx, FX_ERR_ARGUMENT,
            "%s has %lld feature%s and 1 target; --layers must begin with %lld and end with 1",
            t->source, (long long)features, features == 1 ? "" : "s", (long long)features);
    return false;
}

static bool train_model(training *t) {
    static char layers[40];
    fx_data_view view = fx_data_look(t->train);
    snprintf(layers, sizeof layers, "%lld-10-%lld", (long long)view.inputs,
             (long long)view.outputs);
    if (!train_given.layers) train_given.layers = layers;
    fx_params *params = fx_params_new(t->cx, train_given.dtype, train_given.seed);
    t->model = fx_mlp_init(params, train_given.layers, train_given.activation, train_given.init);
    if (!t->model.params || !train_fits(t, view.inputs)) return false;
    t->model.scaler = train_given.no_scale ? train_unscaled(t->train) : fx_scaler_fit(t->train);
    t->best = fx_params_like(params);
    return fx_error(t->cx) == FX_OK;
}

/* ---------------------------------------------------------------------------------- training */

static volatile sig_atomic_t train_stop;

/* The handler is gone after the first signal (SA_RESETHAND), so that a second one ends the tool. */
static void train_on_signal(int number) {
    static const char text[] = "\nstopping after this epoch; Ctrl-C again leaves at once\n";
    (void)number;
    train_stop = 1;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) return;
}

static void train_catch(void) {
    struct sigaction action = {.sa_handler = train_on_signal};
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, NULL);
}

static bool train_epoch(void *user, const fx_epoch *epoch) {
    training *t = user;
    double loss = t->validation ? epoch->validation : epoch->loss;
    if (t->best_epoch == 0 || loss < t->best_loss) {
        t->best_loss = loss;
        t->best_epoch = epoch->epoch;
        fx_params_copy(t->best, epoch->params);
    }
    t->epochs = epoch->epoch;
    t->interrupted = train_stop;
    train_tell_epoch(t, epoch);
    return !t->interrupted;
}

static fx_status train_fit(training *t) {
    fx_fit_options options = fx_fit_defaults();
    options.epochs = train_given.epochs;
    options.batch = train_given.batch;
    options.lr = train_given.lr;
    options.momentum = train_given.momentum;
    options.nesterov = train_given.nesterov;
    options.decay = train_given.decay;
    options.penalty = train_given.penalty;
    options.seed = train_given.seed;
    options.validation = t->validation;
    options.on_epoch = train_epoch;
    options.user = t;
    train_catch();
    t->progress = progress_begin();
    fx_status status = fx_fit(&t->model, t->train, &options);
    progress_end(&t->progress);
    if (t->interrupted) fx_params_copy(t->model.params, t->best);
    return status;
}

static bool train_save(const training *t) {
    fx_archive *archive = fx_model_write(&t->model);
    if (!archive) return false;
    fx_archive_put_text(archive, "fluxion.command", t->line);
    return fx_archive_save(archive, train_given.output) == FX_OK;
}

static int train_go(training *t) {
    train_tell(t);
    fx_status status = train_fit(t);
    if (status == FX_ERR_NAN) return TOOL_DIVERGED;
    if (status == FX_ERR_ARGUMENT) return TOOL_MISUSED; /* options that do not go together */
    if (status != FX_OK) return TOOL_FAILED;
    fx_score score = fx_evaluate(&t->model, t->test);
    if (fx_error(t->cx) != FX_OK) return TOOL_FAILED;
    bool written = train_given.output && train_save(t);
    train_tell_end(t, score, written);
    if (train_given.output && !written) return TOOL_FAILED;
    return t->interrupted ? TOOL_INTERRUPTED : TOOL_OK;
}

/* FX_ERR_ARGUMENT of the model's making: a word of the command line that means nothing. */
static int train_run(fx_context *cx, int n, char **operands) {
    training t = {.cx = cx};
    (void)n;
    if (train_given.output && !output_check(cx, train_given.output)) return TOOL_FAILED;
    if (!train_read(&t, operands[0])) return TOOL_FAILED;
    if (!train_model(&t)) return fx_error(cx) == FX_ERR_ARGUMENT ? TOOL_MISUSED : TOOL_FAILED;
    t.line = options_line(cx, "train", operands[0], train_table);
    if (!t.line) return TOOL_FAILED;
    int code = train_go(&t);
    free(t.line);
    return code;
}

const command command_train = {
    .name = "train",
    .summary = "Trains a network on the rows of a CSV file, but for some that it is tested on",
    .operands = "FILE.csv",
    .examples = "fluxion train data/boston.csv --target medv --layers 13-10-1\n"
                "fluxion train data/boston.csv --momentum 0.9 -o boston.safetensors\n"
                "fluxion train data/boston.csv --drop b --validation 0.2 --json\n",
    .min = 1,
    .max = 1,
    .options = train_table,
    .run = train_run,
};
