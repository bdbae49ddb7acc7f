/* SPDX-License-Identifier: MIT */
/* Dense layers: their entries, how their numbers are spread for each scheme, and activations by
 * name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/model.h"
#include "support.h"

static void check_failed(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

/* The n values of a parameter. */
static double *values_of(fx_tensor t, int64_t n) {
    double *values = malloc((size_t)n * sizeof *values);
    CHECK(values && fx_read_f64(t, n, values) == FX_OK);
    return values;
}

/* The mean of |x|^power, signed for odd powers. */
static double moment(const double *x, int64_t n, int power) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += pow(x[i], power);
    return sum / (double)n;
}

static double largest(const double *x, int64_t n) {
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

/* Whether n values are as n draws from U(-a, a): bound and moments, within five deviations of their
 * estimates, and the bound is nearly reached. */
static void check_uniform(const double *x, int64_t n, double a) {
    const double root = sqrt((double)n), variance = a * a / 3;
    CHECK(largest(x, n) <= a * (1 + 1e-7) && largest(x, n) > a * (1 - 20 / (double)n));
    CHECK(fabs(moment(x, n, 1)) < 5 * sqrt(variance) / root);
    CHECK(fabs(moment(x, n, 2) / variance - 1) < 5 * sqrt(0.8) / root);
    CHECK(fabs(moment(x, n, 4) / (a * a * a * a / 5) - 1) < 5 * sqrt(16.0 / 9) / root);
}

static void check_normal(const double *x, int64_t n, double variance) {
    const double root = sqrt((double)n);
    CHECK(fabs(moment(x, n, 1)) < 5 * sqrt(variance) / root);
    CHECK(fabs(moment(x, n, 2) / variance - 1) < 5 * sqrt(2) / root);
    CHECK(fabs(moment(x, n, 3)) < 5 * pow(variance, 1.5) * sqrt(15) / root);
    CHECK(fabs(moment(x, n, 4) / (3 * variance * variance) - 1) < 5 * sqrt(96.0 / 9) / root);
}

enum { IN = 150, OUT = 400 };

FX_TEST(dense, numbers_are_spread_as_the_scheme_says) {
    static const char *const schemes[] = {NULL, "pytorch", "xavier", "he"};
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++)
        for (int i = 0; i < 4; i++) {
            fx_context *cx = test_context();
            fx_params *params = fx_params_new(cx, (fx_dtype)dtype, 7);
            const fx_dense layer = fx_dense_new(params, "h", IN, OUT, schemes[i]);
            double *weight = values_of(layer.weight, IN * OUT), *bias = values_of(layer.bias, OUT);
            if (i < 2) check_uniform(weight, IN * OUT, 1 / sqrt(IN));
            if (i < 2) check_uniform(bias, OUT, 1 / sqrt(IN));
            if (i == 2) check_uniform(weight, IN * OUT, sqrt(6.0 / (IN + OUT)));
            if (i == 3) check_normal(weight, IN * OUT, 2.0 / IN);
            if (i >= 2) CHECK(largest(bias, OUT) == 0);
            free(weight);
            free(bias);
        }
}

FX_TEST(dense, begins_as_seed_name_and_scheme_say) {
    fx_context *cx = test_context();
    static const struct {
        uint64_t seed;
        const char *name, *scheme;
    } cases[] = {{1, "a", NULL}, {1, "a", "pytorch"}, {2, "a", NULL}, {1, "b", NULL}};
    double *first = NULL;
    for (int i = 0; i < 4; i++) {
        fx_params *params = fx_params_new(cx, FX_F64, cases[i].seed);
        const fx_dense layer = fx_dense_new(params, cases[i].name, 3, 4, cases[i].scheme);
        double *weight = values_of(layer.weight, 12), *bias = values_of(layer.bias, 4);
        CHECK(weight[0] != bias[0]);
        if (!first) first = values_of(layer.weight, 12);
        CHECK((memcmp(first, weight, 12 * sizeof *weight) == 0) == (i < 2));
        free(weight);
        free(bias);
    }
    free(first);
}

FX_TEST(dense, adds_two_parameters) {
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F32, 0);
    char name[] = "encoder.hidden";
    const fx_dense layer = fx_dense_new(params, name, 3, 2, NULL);
    name[0] = 'x';
    CHECK(fx_params_count(params) == 2);
    const fx_entry weight = fx_params_at(params, 0), bias = fx_params_at(params, 1);
    CHECK_TEXT(weight.name, "encoder.hidden.weight");
    CHECK_TEXT(bias.name, "encoder.hidden.bias");
    CHECK(fx_shape_equal(weight.shape, fx_shape2(2, 3)) &&
          fx_shape_equal(bias.shape, fx_shape1(2)));
    CHECK(weight.trainable && bias.trainable && !weight.buffer && !bias.buffer);
    CHECK(fx_tensor_valid(layer.weight) && fx_tensor_valid(layer.bias));
    CHECK(fx_write_f64(layer.bias, 2, (const double[]){5, 6}) == FX_OK);
    fx_graph *graph = fx_graph_new(cx);
    const fx_tensor x = fx_input_f32(graph, fx_shape2(1, 3), (const float[]){0, 0, 0});
    double y[2];
    CHECK(fx_read_f64(fx_linear(x, layer.weight, layer.bias), 2, y) == FX_OK);
    CHECK(y[0] == 5 && y[1] == 6);
}

FX_TEST(dense, refuses_what_is_no_layer) {
    static const struct {
        const char *name, *scheme;
        int64_t in, out;
        const char *text;
    } cases[] = {
        {"h", NULL, 0, 3, "fx_dense_new: h takes 0 and gives 3 values; both must be at least 1"},
        {"h", NULL, 3, -1, "fx_dense_new: h takes 3 and gives -1 values; both must be at least 1"},
        {"", NULL, 3, 3, "fx_dense_new: a layer needs a name, as \"hidden\""},
        {NULL, NULL, 3, 3, "fx_dense_new: a layer needs a name, as \"hidden\""},
        {"h", "xaver", 3, 3,
         "fx_dense_new: there is no scheme \"xaver\"; did you mean xavier? there are: pytorch, "
         "xavier, he"},
        {"h", "ones", 3, 3,
         "fx_dense_new: there is no scheme \"ones\"; choose one of pytorch, xavier, he"},
        {"h", "", 3, 3, "fx_dense_new: there is no scheme \"\"; choose one of pytorch, xavier, he"},
        {"taken", NULL, 3, 3, "fx_param: there is a parameter taken.weight already"},
    };
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    fx_param(params, "taken.weight", fx_shape0(), fx_constant(0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fx_dense layer =
            fx_dense_new(params, cases[i].name, cases[i].in, cases[i].out, cases[i].scheme);
        CHECK(!fx_tensor_valid(layer.weight) && !fx_tensor_valid(layer.bias));
        check_failed(cx, FX_ERR_ARGUMENT, cases[i].text);
        CHECK(fx_params_count(params) == 1);
    }
    CHECK(!fx_tensor_valid(fx_dense_new(params, "h", INT64_MAX, 2, NULL).bias));
    CHECK(fx_error(cx) == FX_ERR_SHAPE);
    fx_clear(cx);
    fx_fail(cx, FX_ERR_NAN, "an error stands");
    CHECK(!fx_tensor_valid(fx_dense_new(params, "h", 1, 1, NULL).weight));
    CHECK(!fx_tensor_valid(fx_dense_new(NULL, "h", 1, 1, NULL).weight));
    check_failed(cx, FX_ERR_NAN, "an error stands");
    fx_params_free(params);
    CHECK(!fx_tensor_valid(fx_dense_new(params, "h", 1, 1, NULL).weight));
}

FX_TEST(dense, survives_any_failed_allocation) {
    for (int64_t i = 1;; i++) {
        fx_context *cx = test_context();
        fx_params *params = fx_params_new(cx, FX_F64, 0);
        const size_t held = fx_context_memory(cx).bytes;
        fx_fail_request(cx, i, true);
        const fx_dense layer = fx_dense_new(params, "h", 2, 2, NULL);
        fx_fail_request(cx, 0, false);
        if (fx_error(cx) == FX_OK) return;
        CHECK(i < 20 && fx_error(cx) == FX_ERR_MEMORY && !fx_tensor_valid(layer.bias));
        CHECK(i > 1 || fx_context_memory(cx).bytes == held);
    }
}

/* --------------------------------------------------------------------------- activations */

static fx_tensor elu(fx_tensor x) { return fx_elu(x, 1); }

static fx_tensor leaky(fx_tensor x) { return fx_leaky_relu(x, 0.01); }

static fx_tensor same(fx_tensor x) { return x; }

static const struct {
    const char *word;
    fx_tensor (*op)(fx_tensor x);
} table[] = {{"relu", fx_relu},
             {"tanh", fx_tanh},
             {"sigmoid", fx_sigmoid},
             {"linear", same},
             {"gelu", fx_gelu},
             {"gelu_tanh", fx_gelu_tanh},
             {"silu", fx_silu},
             {"mish", fx_mish},
             {"elu", elu},
             {"selu", fx_selu},
             {"softplus", fx_softplus},
             {"softsign", fx_softsign},
             {"relu6", fx_relu6},
             {"leaky_relu", leaky},
             {"hardtanh", fx_hardtanh},
             {"hardsigmoid", fx_hardsigmoid},
             {"hardswish", fx_hardswish}};

FX_TEST(dense, activations_are_the_ops_of_their_names) {
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    const double data[] = {-1e300, -2, -0.0, 0, 1e-9, 0.5, 40};
    const fx_tensor x = fx_input_f64(graph, fx_shape1(7), data);
    for (int i = 0; i < (int)(sizeof table / sizeof *table); i++) {
        double a[7], b[7];
        CHECK(fx_read_f64(fx_activation(x, table[i].word), 7, a) == FX_OK);
        fx_read_f64(table[i].op(x), 7, b);
        CHECK(memcmp(a, b, sizeof a) == 0);
    }
    const int64_t nodes = fx_graph_stats_of(graph).nodes;
    fx_activation(x, "linear");
    CHECK(fx_graph_stats_of(graph).nodes == nodes);
}

FX_TEST(dense, an_unknown_activation_is_an_error) {
    static const struct {
        const char *word, *text;
    } cases[] = {
        {"rleu", "fx_activation: there is no activation \"rleu\"; did you mean relu? there are: "
                 "relu, tanh, sigmoid, linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, "
                 "softsign, relu6, leaky_relu, hardtanh, hardsigmoid, hardswish"},
        {"Tanh", "fx_activation: there is no activation \"Tanh\"; did you mean tanh? there are: "
                 "relu, tanh, sigmoid, linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, "
                 "softsign, relu6, leaky_relu, hardtanh, hardsigmoid, hardswish"},
        {"swish", "fx_activation: there is no activation \"swish\"; did you mean mish? there are: "
                  "relu, tanh, sigmoid, linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, "
                  "softsign, relu6, leaky_relu, hardtanh, hardsigmoid, hardswish"},
        {"softmax", "fx_activation: there is no activation \"softmax\"; choose one of relu, tanh, "
                    "sigmoid, linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, softsign, "
                    "relu6, leaky_relu, hardtanh, hardsigmoid, hardswish"},
        {"", "fx_activation: there is no activation \"\"; choose one of relu, tanh, sigmoid, "
             "linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, softsign, relu6, "
             "leaky_relu, hardtanh, hardsigmoid, hardswish"},
        {NULL, "fx_activation: there is no activation \"\"; choose one of relu, tanh, sigmoid, "
               "linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, softsign, relu6, "
               "leaky_relu, hardtanh, hardsigmoid, hardswish"},
        {"a word that is far too long to be any activation, and longer than what a message shows",
         "fx_activation: there is no activation \"a word that is far too long to be any "
         "activation, and longer tha\"; choose one of relu, tanh, sigmoid, linear, gelu, "
         "gelu_tanh, silu, mish, elu, selu, softplus, softsign, relu6, leaky_relu, hardtanh, "
         "hardsigmoid, hardswish"},
    };
    fx_context *cx = test_context();
    const fx_tensor x = fx_f64(fx_graph_new(cx), 2), unset = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(!fx_tensor_valid(fx_activation(x, cases[i].word)));
        check_failed(cx, FX_ERR_ARGUMENT, cases[i].text);
    }
    CHECK(!fx_tensor_valid(fx_activation(fx_num(2), "rleu")));
    CHECK(!fx_tensor_valid(fx_activation(unset, "rleu")));
    CHECK(!fx_tensor_valid(fx_activation(unset, "relu")));
    fx_fail(cx, FX_ERR_NAN, "an error stands");
    CHECK(!fx_tensor_valid(fx_activation(x, "rleu")) && !fx_tensor_valid(fx_activation(x, "relu")));
    check_failed(cx, FX_ERR_NAN, "an error stands");
}
