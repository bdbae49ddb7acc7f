/* SPDX-License-Identifier: MIT */
/* Predictions come in blocks and in inference mode; scores are their formulas. */
#include "fit_fixture.h"

/* -------------------------------------------------------------------- a model of one's own */

/* x w, with dropout, counting the rows that pass in each mode. */
typedef struct own_model {
    fx_tensor w;
    int64_t trained, predicted, largest;
} own_model;

static fx_tensor own_forward(void *user, fx_tensor x) {
    own_model *m = user;
    const int64_t rows = fx_tensor_shape(x).dims[0];
    *(fx_is_inference(fx_tensor_graph(x)) ? &m->predicted : &m->trained) += rows;
    if (rows > m->largest) m->largest = rows;
    return fx_linear(fx_dropout(x, 0.5), m->w, FX_NONE);
}

FX_TEST(predict, predictions_come_in_blocks_and_in_inference_mode) {
    bench b = bench_new(FX_F64);
    fx_params *p = fx_params_new(b.cx, FX_F64, 0);
    own_model own = {.w = fx_param(p, "w", fx_shape2(1, INPUTS), fx_init_normal(0, 1))};
    const fx_model model = {.params = p, .forward = own_forward, .user = &own};
    fx_data *many = rows_of(b.cx, FX_F64, 600, 0);
    double y[600], w[INPUTS];
    CHECK(fx_predict(&model, many, 600, y) == FX_OK);
    CHECK(own.predicted == 600 && own.trained == 0 && own.largest == 256);
    CHECK(fx_read_f64(own.w, INPUTS, w) == FX_OK);
    const double *x = fx_data_look(many).x;
    for (int r = 0; r < 600; r++) /* nothing was dropped */
        CHECK_NEAR(y[r], x[3 * r] * w[0] + x[3 * r + 1] * w[1] + x[3 * r + 2] * w[2], 1e-14);
    own.predicted = 0;
    b.o.validation = b.other;
    CHECK(fx_fit(&model, b.data, &b.o) == FX_OK);
    CHECK(own.trained == EPOCHS * ROWS && own.predicted == EPOCHS * 300);
    CHECK_TEXT(fx_error_text(b.cx), "");
}

/* Two outputs, from one weight that is theirs: a model without layers. */
static fx_tensor copy_forward(void *user, fx_tensor x) {
    return fx_mul(fx_slice(x, 1, 0, 2, 1), *(fx_tensor *)user);
}

FX_TEST(predict, scores_are_their_formulas) {
    fx_context *cx = test_context();
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
        fx_params *p = fx_params_new(cx, (fx_dtype)dtype, 0);
        fx_tensor one = fx_param(p, "one", fx_shape0(), fx_constant(1));
        const fx_model model = {.params = p, .forward = copy_forward, .user = &one};
        const double x[] = {1, 2, 0, 3, 4, 0}, y[] = {1, 3, 5, 4}, same[] = {7, 7, 7, 7};
        const double ninth[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, x3[3 * INPUTS] = {0};
        fx_score s = fx_evaluate(&model, fx_data_new(cx, (fx_dtype)dtype, 2, INPUTS, x, 2, y));
        CHECK(s.rows == 2 && s.mse == (0 + 1 + 4 + 0) / 4.0 && s.mae == 3 / 4.0);
        CHECK_NEAR(s.r2, 1 - 5 / 8.75, 1e-15);
        s = fx_evaluate(&model, fx_data_new(cx, (fx_dtype)dtype, 2, INPUTS, x, 2, same));
        CHECK(s.rows == 2 && s.mse == (36 + 25 + 16 + 9) / 4.0 && isnan(s.r2));
        s = fx_evaluate(&model, fx_data_new(cx, (fx_dtype)dtype, 3, INPUTS, x3, 2, ninth));
        CHECK(s.rows == 3 && isnan(s.r2)); /* though a sixth of each adds up to another number */
    }
    CHECK_TEXT(fx_error_text(cx), "");
}
