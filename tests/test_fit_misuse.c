/* SPDX-License-Identifier: MIT */
/* Training and prediction of what does not fit together: each gets its sentence, nothing changes.
 */
#include "fit_fixture.h"

/* -------------------------------------------------------------------------- what is wrong */

static fx_tensor flat_forward(void *user, fx_tensor x) {
    const bench *b = user;
    const fx_tensor y = b->model.forward(b->model.user, x);
    return fx_reshape(y, fx_shape1(-1));
}

static fx_tensor nothing_forward(void *user, fx_tensor x) {
    (void)user;
    (void)x;
    return (fx_tensor){0};
}

static void no_parameters(bench *b) { b->model.params = NULL; }
static void no_forward(bench *b) { b->model.forward = NULL; }
static void no_data(bench *b) { b->data = NULL; }
static void no_options(bench *b) { b->o.size = 0; }
static void no_epochs(bench *b) { b->o.epochs = 0; }
static void no_batch(bench *b) { b->o.batch = 0; }
static void no_learning(bench *b) { b->o.lr = 0; }
static void no_penalty(bench *b) { b->o.penalty = -1; }

static void no_targets(bench *b) {
    const double x[INPUTS] = {0};
    b->data = fx_data_new(b->cx, FX_F64, 1, INPUTS, x, 0, NULL);
}

static void single_data(bench *b) { b->data = rows_of(b->cx, FX_F32, 2, 0); }
static void single_validation(bench *b) { b->o.validation = rows_of(b->cx, FX_F32, 2, 0); }
static void strange_data(bench *b) { b->data = rows_of(test_context(), FX_F64, 2, 0); }

static void wide_validation(bench *b) {
    const double x[4] = {0}, y[2] = {0};
    b->o.validation = fx_data_new(b->cx, FX_F64, 1, 4, x, 2, y);
}

static void narrow_data(bench *b) {
    const double x[2] = {0}, y[1] = {0};
    b->data = fx_data_new(b->cx, FX_F64, 1, 2, x, 1, y);
}

static void other_scaler(bench *b) {
    const fx_scale columns[] = {{"a", 0, 1}, {"b", 0, 1}};
    b->model.scaler = fx_scaler_new(b->cx, 1, 1, columns);
}

static void flat_model(bench *b) {
    static bench inner;
    inner = *b;
    b->model.forward = flat_forward;
    b->model.user = &inner;
}

static void empty_model(bench *b) { b->model.forward = nothing_forward; }

static void other_optimizer(bench *b) {
    fx_params *p = fx_params_new(b->cx, FX_F64, 0);
    fx_param(p, "w", fx_shape0(), fx_constant(1));
    b->o.optimizer = fx_sgd(p, 1, NULL);
}

static void two_momenta(bench *b) {
    b->o.optimizer = fx_sgd(b->params, 0.1, NULL);
    b->o.momentum = 0.9;
}

static const struct {
    void (*spoil)(bench *b);
    fx_status status;
    const char *text;
} faults[] = {
    {no_parameters, FX_ERR_ARGUMENT, "fx_fit: the model has no parameters"},
    {no_forward, FX_ERR_ARGUMENT, "fx_fit: the model has no forward function"},
    {no_data, FX_ERR_ARGUMENT, "fx_fit: data is NULL"},
    {no_options, FX_ERR_ARGUMENT, "fx_fit: the options were not made by fx_fit_defaults"},
    {no_epochs, FX_ERR_ARGUMENT, "fx_fit: epochs is 0; it must be 1 or more"},
    {no_batch, FX_ERR_ARGUMENT,
     "fx_fit: batch is 0; it must be 1 or more (FX_FULL_BATCH: all rows)"},
    {no_learning, FX_ERR_ARGUMENT,
     "optimizer: the learning rate is 0; it must be positive and finite"},
    {no_penalty, FX_ERR_ARGUMENT,
     "fx_l2_penalty: lambda is -1; it must be 0 or positive, and finite"},
    {no_targets, FX_ERR_ARGUMENT, "fx_fit: the data has no targets"},
    {single_data, FX_ERR_DTYPE,
     "fx_fit: data is f32, but the parameters are f64; make both of one"},
    {single_validation, FX_ERR_DTYPE,
     "fx_fit, validation: data is f32, but the parameters are f64; make both of one"},
    {strange_data, FX_ERR_ARGUMENT, "fx_fit: data and model belong to different contexts"},
    {wide_validation, FX_ERR_SHAPE,
     "fx_fit: the validation data has 4 inputs and 2 targets, the training data 3 and 1"},
    {narrow_data, FX_ERR_SHAPE,
     "hidden 1: linear: expected 3 input features, got 2 (x 'x' [1, 2], weight '0.weight' [5, 3], "
     "bias '0.bias' [5])"},
    {other_scaler, FX_ERR_SHAPE,
     "fx_scaler_apply: the scaler has 1 inputs and 1 outputs, the data 3 and 1"},
    {flat_model, FX_ERR_SHAPE,
     "mse_loss: shapes must be equal, nothing is broadcast; fx_reshape one of them (y [32], "
     "target 'y' [32, 1])"},
    {empty_model, FX_ERR_ARGUMENT, "mse_loss: operand y is unset"},
    {other_optimizer, FX_ERR_ARGUMENT,
     "fx_fit: options.optimizer moves other parameters than the model's"},
    {two_momenta, FX_ERR_ARGUMENT,
     "fx_fit: momentum, nesterov and decay are of the optimizer that is made when "
     "options.optimizer is NULL; set them in your own"},
};

FX_TEST(fit_misuse, what_does_not_fit_gets_its_sentence_and_changes_nothing) {
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        bench b = bench_new(FX_F64);
        double before[MOST], after[MOST], losses[EPOCHS] = {0}, validations[EPOCHS] = {0};
        read_all(b.params, before);
        b.o.losses = losses;
        b.o.validations = validations;
        faults[i].spoil(&b);
        const fx_status status = fx_fit(&b.model, b.data, &b.o);
        CHECK_TEXT(fx_error_text(b.cx), faults[i].text);
        CHECK(status == faults[i].status && status == fx_error(b.cx));
        const bool there = b.o.size && b.o.epochs; /* options that can be believed */
        for (int e = 0; e < EPOCHS; e++)
            CHECK(isnan(losses[e]) == there && isnan(validations[e]) == there);
        CHECK(fx_fit(&b.model, b.data, &b.o) == status); /* it stands */
        fx_clear(b.cx);
        read_all(b.params, after);
        CHECK(memcmp(before, after, 26 * sizeof after[0]) == 0);
    }
    CHECK(fx_fit(NULL, NULL, NULL) == FX_ERR_ARGUMENT);
}

static const struct {
    void (*spoil)(bench *b);
    int64_t capacity;
    fx_status status;
    const char *text, *evaluation;
} blunders[] = {
    {no_parameters, ROWS, FX_ERR_ARGUMENT, "fx_predict: the model has no parameters",
     "fx_evaluate: the model has no parameters"},
    {no_data, ROWS, FX_ERR_ARGUMENT, "fx_predict: data is NULL", "fx_evaluate: data is NULL"},
    {no_targets, -1, FX_ERR_ARGUMENT, "fx_predict: y is NULL or its capacity negative",
     "fx_evaluate: the data has no targets"},
    {single_data, ROWS, FX_ERR_DTYPE,
     "fx_predict: data is f32, but the parameters are f64; make both of one",
     "fx_evaluate: data is f32, but the parameters are f64; make both of one"},
    {flat_model, ROWS, FX_ERR_SHAPE,
     "fx_predict: forward gave rank 1 and first size 70 for 70 rows; it must give [rows, outputs]",
     "fx_evaluate: forward gave rank 1 and first size 70 for 70 rows; it must give [rows, "
     "outputs]"},
    {empty_model, ROWS, FX_ERR_ARGUMENT, "fx_use: the tensor is unset", NULL},
    {other_scaler, ROWS, FX_ERR_SHAPE,
     "fx_scaler_apply: the scaler has 1 inputs and 1 outputs, the data 3 and 1", NULL},
};

FX_TEST(fit_misuse, predictions_that_fail_are_not_a_number) {
    for (size_t i = 0; i < sizeof blunders / sizeof blunders[0]; i++) {
        bench b = bench_new(FX_F64);
        double y[ROWS] = {0};
        blunders[i].spoil(&b);
        CHECK(fx_predict(&b.model, b.data, blunders[i].capacity, y) == blunders[i].status);
        CHECK_TEXT(fx_error_text(b.cx), blunders[i].text);
        for (int r = 0; r < ROWS; r++) CHECK(isnan(y[r]) == (r < blunders[i].capacity));
        y[0] = 0; /* while an error stands, too */
        CHECK(fx_predict(&b.model, b.data, blunders[i].capacity, y) == blunders[i].status);
        CHECK(isnan(y[0]) == (blunders[i].capacity > 0));
        fx_clear(b.cx);
        const fx_score s = fx_evaluate(&b.model, b.data);
        CHECK(s.rows == 0 && isnan(s.mse) && isnan(s.mae) && isnan(s.r2));
        CHECK_TEXT(fx_error_text(b.cx),
                   blunders[i].evaluation ? blunders[i].evaluation : blunders[i].text);
    }
}

FX_TEST(fit_misuse, predictions_need_room_and_as_many_outputs_as_targets) {
    bench b = bench_new(FX_F64);
    double y[ROWS] = {0};
    CHECK(fx_predict(&b.model, b.data, ROWS - 1, y) == FX_ERR_SHAPE);
    CHECK_TEXT(fx_error_text(b.cx),
               "fx_predict: y has room for 69 values, but 70 rows of 1 need more");
    for (int r = 0; r < ROWS; r++) CHECK(isnan(y[r]) == (r < ROWS - 1));
    fx_clear(b.cx);
    CHECK(fx_predict(&b.model, b.data, ROWS, NULL) == FX_ERR_ARGUMENT);
    fx_clear(b.cx);
    const double x[INPUTS] = {0}, two[2] = {0};
    fx_data *pair = fx_data_new(b.cx, FX_F64, 1, INPUTS, x, 2, two);
    CHECK(fx_evaluate(&b.model, pair).rows == 0);
    CHECK_TEXT(fx_error_text(b.cx),
               "fx_evaluate: the model gives 1 outputs, but the data has 2 targets");
    fx_clear(b.cx);
    const fx_model wide = fx_mlp(fx_params_new(b.cx, FX_F64, 0), "3-2", "tanh");
    CHECK(fx_evaluate(&wide, b.data).rows == 0);
    CHECK_TEXT(fx_error_text(b.cx),
               "fx_evaluate: the model gives 2 outputs, but the data has 1 targets");
    fx_clear(b.cx);
    b.model.scaler = fx_scaler_fit(pair);
    CHECK(fx_predict(&b.model, pair, 2, y) == FX_ERR_SHAPE);
    CHECK_TEXT(fx_error_text(b.cx),
               "fx_predict: forward gave 1 outputs, but the model's scaler knows 2");
}

FX_TEST(fit_misuse, a_training_that_diverges_keeps_its_last_numbers) {
    bench b = bench_new(FX_F64);
    double w[MOST], losses[200];
    b.o.lr = 1e6;
    b.o.epochs = 200;
    b.o.losses = losses;
    b.model = fx_mlp(b.params = fx_params_new(b.cx, FX_F64, 0), "3-5-1", "linear");
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_ERR_NAN);
    CHECK(strstr(fx_error_text(b.cx), "a learning rate below 1e+06") != NULL);
    CHECK(isnan(losses[199]));
    fx_clear(b.cx);
    for (int64_t i = read_all(b.params, w); i > 0; i--) CHECK(isfinite(w[i - 1]));
}
