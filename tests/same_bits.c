/* SPDX-License-Identifier: MIT */
/* Trains on the Boston data, runs the ops, and prints one hash of every weight, loss, prediction,
 * value and gradient on the way:
 * ./dev test requires the same from every compiler, level of optimization and instruction set.
 * Runs at the project's root. (FNV-1a: Fowler, Noll, Vo; RFC 9923.) */
#include <stdio.h>

#include "fluxion/fluxion.h"

enum { BITS_EPOCHS = 3, BITS_BATCH = 32, BITS_SIDE = 9, BITS_POINTS = BITS_SIDE * BITS_SIDE };

static void bits_add(uint64_t *hash, const void *data, size_t bytes) {
    const unsigned char *byte = data;
    for (size_t i = 0; i < bytes; i++) *hash = (*hash ^ byte[i]) * 0x100000001b3u;
}

static void bits_add_params(uint64_t *hash, const fx_params *params) {
    for (int64_t i = 0; i < fx_params_count(params); i++) {
        const fx_entry entry = fx_params_at(params, i);
        const size_t item = fx_dtype_size(fx_tensor_dtype(entry.tensor));
        bits_add(hash, entry.data, (size_t)entry.numel * item);
    }
}

static void bits_add_predictions(uint64_t *hash, const fx_model *model, const fx_data *data) {
    double y[512];
    fx_predict(model, data, 512, y);
    bits_add(hash, y, (size_t)fx_data_look(data).rows * sizeof *y);
}

/* The trainer: 13-10-1, momentum, and initial values that need logarithms. */
static void bits_fit(uint64_t *hash, const fx_data *train, const fx_data *test, const char *word) {
    fx_context *cx = fx_data_context(train);
    fx_params *params = fx_params_new(cx, fx_data_look(train).dtype, 1);
    fx_model model = fx_mlp_init(params, "13-10-1", word, "he");
    double losses[BITS_EPOCHS] = {0};
    fx_fit_options options = fx_fit_defaults();
    model.scaler = fx_scaler_fit(train);
    options.epochs = BITS_EPOCHS;
    options.momentum = 0.9;
    options.losses = losses;
    fx_fit(&model, train, &options);
    bits_add(hash, losses, sizeof losses);
    bits_add_params(hash, params);
    bits_add_predictions(hash, &model, test);
}

/* A loop of one's own, with dropout and a softplus, which is made of exp and log. */
static void bits_loop(uint64_t *hash, const fx_data *data) {
    fx_context *cx = fx_data_context(data);
    fx_params *params = fx_params_new(cx, fx_data_look(data).dtype, 2);
    const fx_dense hidden = fx_dense_new(params, "hidden", 13, 10, NULL);
    const fx_dense out = fx_dense_new(params, "out", 10, 1, "xavier");
    fx_optimizer *sgd = fx_sgd(params, 1e-3, NULL);
    fx_graph *graph = fx_graph_new(cx);
    fx_batch batch = fx_batches(data, BITS_BATCH, true, 3);
    while (fx_next(&batch, graph)) {
        const fx_tensor h = fx_linear(batch.x, hidden.weight, hidden.bias);
        const fx_tensor kept = fx_dropout(fx_log(fx_add(fx_exp(h), fx_num(1))), 0.2);
        const fx_tensor y = fx_linear(kept, out.weight, out.bias);
        const fx_tensor penalty = fx_mean(fx_pow(fx_sigmoid(y), fx_num(1.5)));
        const fx_tensor loss = fx_add(fx_mse_loss(y, batch.y), penalty);
        const double value = fx_item(loss);
        fx_minimize(sgd, loss);
        bits_add(hash, &value, sizeof value);
    }
    bits_add_params(hash, params);
}

static void bits_train(uint64_t *hash, const fx_table *table, fx_dtype dtype) {
    const fx_data *data = fx_data_from_table(table, "medv", 0, NULL, dtype);
    fx_data *train, *test;
    fx_train_test_split(data, 0.2, 42, &train, &test);
    bits_fit(hash, train, test, "relu");
    bits_fit(hash, train, test, "tanh");
    bits_loop(hash, fx_scaler_apply(fx_scaler_fit(train), train));
}

static void bits_add_gradient(uint64_t *hash, fx_tensor y, fx_tensor x) {
    const fx_tensor parts[] = {y, fx_derivative(fx_sum(y), x)};
    double values[BITS_POINTS];
    for (int i = 0; i < 2; i++) {
        const int64_t n = fx_tensor_numel(parts[i]);
        fx_read_f64(parts[i], n, values);
        bits_add(hash, values, (size_t)n * sizeof *values);
    }
}

/* Each elementwise op of the table, its attributes all zero. */
static void bits_elementwise(uint64_t *hash, fx_tensor x) {
    const unsigned char attrs[64] = {0};
    for (int i = 0; i < fx_ops_count(); i++) {
        const fx_op *op = fx_ops_at(i);
        const fx_tensor operands[] = {x, fx_mul(x, fx_num(0.75)), fx_sub(x, fx_num(0.25))};
        if ((op->map || op->kernel) && op->max <= 3)
            bits_add_gradient(hash, fx_apply(op, attrs, op->max, operands), x);
    }
}

/* One of each kind of the others that computes. */
static void bits_others(uint64_t *hash, fx_tensor x) {
    const fx_tensor rows = fx_reshape(x, fx_shape2(BITS_SIDE, BITS_SIDE));
    const fx_tensor square = fx_matmul(rows, fx_transpose(rows, 0, 1));
    const fx_tensor definite =
        fx_add(square, fx_eye(fx_tensor_graph(x), fx_tensor_dtype(x), BITS_SIDE));
    const fx_tensor all[] = {
        fx_softmax(rows, 1),   fx_log_softmax(rows, 0), fx_logsumexp(rows),
        fx_var(rows, 1),       fx_prod(rows),           fx_cumsum(rows, 0, false),
        fx_cholesky(definite), fx_logdet(definite),     fx_inverse(definite),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) bits_add_gradient(hash, all[i], x);
}

static void bits_ops(uint64_t *hash, fx_graph *graph, fx_dtype dtype) {
    double points[BITS_POINTS];
    for (int i = 0; i < BITS_POINTS; i++) points[i] = 0.3 + 0.6 * i / BITS_POINTS;
    const fx_tensor x = fx_input_f64(graph, fx_shape1(BITS_POINTS), points);
    bits_elementwise(hash, fx_cast(x, dtype));
    bits_others(hash, fx_cast(x, dtype));
    fx_graph_reset(graph);
}

int main(void) {
    uint64_t hash = 0xcbf29ce484222325u;
    fx_context *cx = fx_context_new(NULL);
    const fx_table *table = fx_csv_read(cx, "data/boston.csv", NULL);
    bits_train(&hash, table, FX_F32);
    bits_train(&hash, table, FX_F64);
    bits_ops(&hash, fx_graph_new(cx), FX_F32);
    bits_ops(&hash, fx_graph_new(cx), FX_F64);
    if (fx_error(cx)) {
        fprintf(stderr, "same_bits: %s\n", fx_error_text(cx));
    } else {
        printf("%016llx\n", (unsigned long long)hash);
    }
    return fx_context_free(cx) != FX_OK;
}
