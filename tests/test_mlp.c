/* SPDX-License-Identifier: MIT */
/* The multi-layer perceptron: its words, its parameters, and a forward pass that is the composition
 * of its ops, agrees with PyTorch and costs nothing beside them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/model.h"
#include "fluxion/observe.h"
#include "support.h"

static void check_failed(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

static fx_tensor same(fx_tensor x) { return x; }

static const struct {
    const char *word;
    fx_tensor (*op)(fx_tensor x);
} table[] = {{"relu", fx_relu}, {"tanh", fx_tanh}, {"sigmoid", fx_sigmoid}, {"linear", same}};

FX_TEST(mlp, names_parameters_as_pytorch_does) {
    static const struct {
        const char *layers;
        int64_t count, sizes[5];
    } cases[] = {
        {"13-10-1", 2, {13, 10, 1}}, {"2-1", 1, {2, 1}}, {"3-4-5-2-7", 4, {3, 4, 5, 2, 7}}};
    for (int a = 0; a < 4; a++)
        for (int c = 0; c < 3; c++) {
            fx_params *params = fx_params_new(test_context(), FX_F32, 0);
            char layers[16];
            strcpy(layers, cases[c].layers);
            const fx_model model = fx_mlp(params, layers, table[a].word);
            memset(layers, 0, sizeof layers);
            CHECK(model.params == params && model.forward && !model.scaler);
            CHECK_TEXT(model.layers, cases[c].layers);
            CHECK_TEXT(model.activation, table[a].word);
            CHECK(fx_params_count(params) == 2 * cases[c].count);
            for (int64_t i = 0; i < cases[c].count; i++) {
                char name[32];
                const int64_t in = cases[c].sizes[i], out = cases[c].sizes[i + 1];
                const fx_entry weight = fx_params_at(params, 2 * i);
                const fx_entry bias = fx_params_at(params, 2 * i + 1);
                snprintf(name, sizeof name, "%d.weight", (int)(2 * i));
                CHECK_TEXT(weight.name, name);
                snprintf(name, sizeof name, "%d.bias", (int)(2 * i));
                CHECK_TEXT(bias.name, name);
                CHECK(fx_shape_equal(weight.shape, fx_shape2(out, in)));
                CHECK(fx_shape_equal(bias.shape, fx_shape1(out)));
            }
        }
}

enum { ROWS = 5 };

static fx_tensor some_rows(fx_graph *graph, fx_dtype dtype, int64_t columns) {
    double data[ROWS * 16];
    for (int64_t i = 0; i < ROWS * columns; i++) data[i] = (double)(i * 37 % 23) / 8 - 1;
    const fx_tensor x = fx_input_f64(graph, fx_shape2(ROWS, columns), data);
    return dtype == FX_F64 ? x : fx_cast(x, dtype);
}

static fx_tensor dense(fx_params *params, const char *weight, const char *bias, fx_tensor x) {
    return fx_linear(x, fx_params_find(params, weight).tensor, fx_params_find(params, bias).tensor);
}

FX_TEST(mlp, forward_is_the_composition_of_its_ops) {
    for (int a = 0; a < 4; a++)
        for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
            fx_context *cx = test_context();
            fx_params *params = fx_params_new(cx, (fx_dtype)dtype, 3);
            const fx_model model = fx_mlp(params, "7-6-4-3", table[a].word);
            fx_graph *graph = fx_graph_new(cx);
            const fx_tensor x = some_rows(graph, (fx_dtype)dtype, 7);
            fx_tensor hidden = table[a].op(dense(params, "0.weight", "0.bias", x));
            hidden = table[a].op(dense(params, "2.weight", "2.bias", hidden));
            double wanted[ROWS * 3], got[ROWS * 3];
            fx_read_f64(dense(params, "4.weight", "4.bias", hidden), ROWS * 3, wanted);
            const int64_t before = fx_graph_stats_of(graph).nodes;
            CHECK(fx_read_f64(model.forward(model.user, x), ROWS * 3, got) == FX_OK);
            CHECK(memcmp(got, wanted, sizeof got) == 0);
            CHECK(fx_graph_stats_of(graph).nodes - before == (a == 3 ? 3 : 5));
        }
}

FX_TEST(mlp, init_passes_the_scheme_on) {
    static const char *const schemes[] = {"pytorch", "xavier", "he", NULL};
    for (int i = 0; i < 4; i++) {
        fx_context *cx = test_context();
        fx_params *params = fx_params_new(cx, FX_F64, 5), *twin = fx_params_new(cx, FX_F64, 5);
        CHECK(fx_mlp_init(params, "3-2-1", "tanh", schemes[i]).params);
        fx_dense_new(twin, "0", 3, 2, schemes[i]);
        fx_dense_new(twin, "2", 2, 1, schemes[i]);
        for (int64_t k = 0; k < 4; k++) {
            const fx_entry a = fx_params_at(params, k), b = fx_params_at(twin, k);
            CHECK_TEXT(a.name, b.name);
            CHECK(memcmp(a.data, b.data, (size_t)a.numel * sizeof(double)) == 0);
        }
    }
}

/* ------------------------------------------------------------------------------- PyTorch */

static fx_tensor golden(fx_graph *graph, const fx_archive *archive, const char *name,
                        int64_t rows) {
    fx_array array = fx_archive_find(archive, name);
    CHECK_THAT(array.name, "%s is missing", name);
    if (rows) array.shape.dims[0] = rows;
    return fx_input_view(graph, array.dtype, array.shape, NULL, array.data);
}

/* The parameters' values as the file's arrays prefix + name say. */
static void golden_values(fx_params *params, const fx_archive *archive, const char *prefix) {
    for (int64_t i = 0; i < fx_params_count(params); i++) {
        const fx_entry entry = fx_params_at(params, i);
        char name[64];
        snprintf(name, sizeof name, "%s%s", prefix, entry.name);
        const fx_array array = fx_archive_find(archive, name);
        CHECK(array.name && fx_shape_equal(array.shape, entry.shape));
        CHECK(fx_write_f64(entry.tensor, entry.numel, array.data) == FX_OK);
    }
}

FX_TEST(mlp, loss_and_gradients_are_those_of_pytorch) {
    static const struct {
        const char *path, *layers, *activation;
    } cases[] = {{"tests/golden/pytorch_tanh.safetensors", "13-10-1", "tanh"},
                 {"tests/golden/pytorch_relu.safetensors", "13-10-1", "relu"},
                 {"tests/golden/pytorch_deep.safetensors", "13-16-8-1", "tanh"}};
    fx_context *cx = test_context();
    const fx_archive *data = fx_archive_load(cx, "tests/golden/pytorch_data.safetensors");
    for (int c = 0; c < 3; c++) {
        const fx_archive *archive = fx_archive_load(cx, cases[c].path);
        fx_params *params = fx_params_new(cx, FX_F64, 0), *wanted = fx_params_new(cx, FX_F64, 0);
        const fx_model model = fx_mlp(params, cases[c].layers, cases[c].activation);
        fx_mlp(wanted, cases[c].layers, cases[c].activation);
        CHECK_THAT(fx_error(cx) == FX_OK, "%s", fx_error_text(cx));
        golden_values(params, archive, "initial.");
        golden_values(wanted, archive, "gradient.");
        fx_graph *graph = fx_graph_new(cx);
        const fx_tensor x = golden(graph, data, "x", 32), y = golden(graph, data, "y", 32);
        const fx_tensor loss = fx_mse_loss(model.forward(model.user, x), y);
        const double *losses = fx_archive_find(archive, "plain.losses").data;
        CHECK_NEAR(fx_item(loss), losses[0], 1e-14);
        CHECK_THAT(fx_backward(loss) == FX_OK, "%s", fx_error_text(cx));
        for (int64_t i = 0; i < fx_params_count(params); i++) {
            const fx_entry entry = fx_params_at(params, i);
            const fx_tensor gradient = fx_gradient(fx_params_gradients(params), entry.tensor);
            double got[256];
            CHECK(fx_read_f64(gradient, entry.numel, got) == FX_OK);
            for (int64_t k = 0; k < entry.numel; k++)
                CHECK_NEAR(got[k], ((const double *)fx_params_at(wanted, i).data)[k], 1e-14);
        }
    }
}

/* -------------------------------------------------------------------------------- scopes */

FX_TEST(mlp, messages_and_pictures_name_the_layer) {
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0), *single = fx_params_new(cx, FX_F64, 0);
    const fx_model model = fx_mlp(params, "13-10-8-1", "tanh");
    const fx_model line = fx_mlp(single, "13-1", "relu");
    fx_graph *graph = fx_graph_new(cx);
    CHECK(!fx_tensor_valid(model.forward(model.user, some_rows(graph, FX_F64, 12))));
    check_failed(cx, FX_ERR_SHAPE,
                 "hidden 1: linear: expected 13 input features, got 12 (x [5, 12], weight "
                 "'0.weight' [10, 13], bias '0.bias' [10])");
    fx_graph_reset(graph);
    line.forward(line.user, some_rows(graph, FX_F64, 12));
    check_failed(cx, FX_ERR_SHAPE,
                 "output: linear: expected 13 input features, got 12 (x [5, 12], weight '0.weight' "
                 "[1, 13], bias '0.bias' [1])");
    fx_graph_reset(graph);
    static char dot[20000];
    const fx_tensor y = model.forward(model.user, some_rows(graph, FX_F64, 13));
    const size_t n = fx_graph_dot(y, NULL, dot, sizeof dot);
    CHECK(n > 0 && n < sizeof dot);
    CHECK(strstr(dot, "hidden 1") && strstr(dot, "hidden 2") && strstr(dot, "output"));
    CHECK(!strstr(dot, "hidden 3"));
    fx_scope_end(graph); /* all were closed */
    check_failed(cx, FX_ERR_STATE, "fx_scope_end: no scope is open");
}

FX_TEST(mlp, what_cannot_be_an_input_is_an_error) {
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    const fx_model model = fx_mlp(params, "2-3-1", "tanh");
    fx_graph *graph = fx_graph_new(cx);
    const fx_tensor unset = {0}, x = some_rows(graph, FX_F32, 2);
    CHECK(!fx_tensor_valid(model.forward(model.user, unset)));
    CHECK(!fx_tensor_valid(model.forward(model.user, fx_num(1))));
    fx_clear(cx);
    CHECK(!fx_tensor_valid(model.forward(model.user, x)) && fx_error(cx) == FX_ERR_DTYPE);
    fx_clear(cx);
    fx_params_free(params);
    CHECK(!fx_tensor_valid(model.forward(model.user, some_rows(graph, FX_F64, 2))));
    CHECK(fx_error(cx) == FX_ERR_STATE);
}

FX_TEST(mlp, a_settled_forward_allocates_nothing) {
    fx_context *cx = test_context();
    const fx_model model = fx_mlp(fx_params_new(cx, FX_F32, 0), "16-10-10-1", "relu");
    fx_graph *graph = fx_graph_new(cx);
    int64_t settled = 0;
    for (int i = 0; i < 50; i++) {
        fx_graph_reset(graph);
        CHECK(fx_tensor_valid(model.forward(model.user, some_rows(graph, FX_F32, 16))));
        if (i == 5) settled = fx_context_memory(cx).allocations;
    }
    CHECK(fx_context_memory(cx).allocations == settled);
}

/* --------------------------------------------------------------------------------- words */

#define CURE "\"; join sizes from 1 on by -, inputs first: \"13-10-1\""

FX_TEST(mlp, refuses_layers_that_it_cannot_read) {
    static const struct {
        const char *layers, *text;
    } cases[] = {
        {NULL, "fx_mlp: a size is missing at character 1 of layers \"" CURE},
        {"", "fx_mlp: a size is missing at character 1 of layers \"" CURE},
        {"13", "fx_mlp: a second size is missing at character 3 of layers \"13" CURE},
        {"13-", "fx_mlp: a size is missing at character 4 of layers \"13-" CURE},
        {"-13", "fx_mlp: a size is missing at character 1 of layers \"-13" CURE},
        {"13--1", "fx_mlp: a size is missing at character 4 of layers \"13--1" CURE},
        {"13- 1", "fx_mlp: a size is missing at character 4 of layers \"13- 1" CURE},
        {" 13-1", "fx_mlp: a size is missing at character 1 of layers \" 13-1" CURE},
        {"13-+1", "fx_mlp: a size is missing at character 4 of layers \"13-+1" CURE},
        {"13-1 ", "fx_mlp: neither a digit nor - stands at character 5 of layers \"13-1 " CURE},
        {"13-1\n", "fx_mlp: neither a digit nor - stands at character 5 of layers \"13-1 " CURE},
        {"13x10", "fx_mlp: neither a digit nor - stands at character 3 of layers \"13x10" CURE},
        {"13,1", "fx_mlp: neither a digit nor - stands at character 3 of layers \"13,1" CURE},
        {"13-1.5", "fx_mlp: neither a digit nor - stands at character 5 of layers \"13-1.5" CURE},
        {"13-1e3", "fx_mlp: neither a digit nor - stands at character 5 of layers \"13-1e3" CURE},
        {"13\xE2\x80\x93"
         "1",
         "fx_mlp: neither a digit nor - stands at character 3 of layers \"13\xE2\x80\x93"
         "1" CURE},
        {"13-0-1", "fx_mlp: a size begins with 0 at character 4 of layers \"13-0-1" CURE},
        {"013-1", "fx_mlp: a size begins with 0 at character 1 of layers \"013-1" CURE},
        {"13-9223372036854775808",
         "fx_mlp: a size is too large at character 4 of layers \"13-9223372036854775808" CURE},
        {"99999999999999999999999999-1", "fx_mlp: a size is too large at character 1 of layers "
                                         "\"99999999999999999999999999-1" CURE},
        {"1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-",
         "fx_mlp: a size is missing at character 73 of layers \"1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1"
         "-1-1-1-1-1-1-1-1-1-1-1-1-1-1-" CURE},
    };
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    const size_t held = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(!fx_mlp(params, cases[i].layers, "relu").params);
        check_failed(cx, FX_ERR_ARGUMENT, cases[i].text);
    }
    CHECK(!fx_mlp(params, "13-1", "rleu").params);
    check_failed(cx, FX_ERR_ARGUMENT,
                 "fx_mlp: there is no activation \"rleu\"; did you mean relu? there are: relu, "
                 "tanh, sigmoid, linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, "
                 "softsign, relu6, leaky_relu, hardtanh, hardsigmoid, hardswish");
    CHECK(!fx_mlp(params, "13-1", NULL).params);
    check_failed(cx, FX_ERR_ARGUMENT,
                 "fx_mlp: there is no activation \"\"; choose one of relu, tanh, sigmoid, linear, "
                 "gelu, gelu_tanh, silu, mish, elu, selu, softplus, softsign, relu6, leaky_relu, "
                 "hardtanh, hardsigmoid, hardswish");
    CHECK(!fx_mlp_init(params, "13-1", "relu", "hee").params);
    check_failed(cx, FX_ERR_ARGUMENT,
                 "fx_dense_new: there is no scheme \"hee\"; did you mean he? there are: pytorch, "
                 "xavier, he");
    CHECK(!fx_mlp(params, "4611686018427387904-4611686018427387904", "relu").params);
    CHECK(fx_error(cx) == FX_ERR_SHAPE);
    fx_clear(cx);
    CHECK(fx_params_count(params) == 0 && fx_context_memory(cx).bytes == held);
}

FX_TEST(mlp, takes_null_and_is_inert_after_an_error) {
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    CHECK(!fx_mlp(NULL, "2-1", "relu").params);
    fx_fail(cx, FX_ERR_NAN, "an error stands");
    CHECK(!fx_mlp(params, "2-1", "relu").params && !fx_mlp(params, "", "").params);
    check_failed(cx, FX_ERR_NAN, "an error stands");
    CHECK(fx_mlp(params, "2-1", "relu").params && !fx_mlp(params, "2-1", "relu").params);
    check_failed(cx, FX_ERR_ARGUMENT, "fx_param: there is a parameter 0.weight already");
    fx_params_free(params);
    CHECK(!fx_mlp(params, "2-1", "relu").params);
}

FX_TEST(mlp, is_as_deep_as_its_text) {
    enum { DEPTH = 300 };
    fx_context *cx = test_context();
    char layers[2 * DEPTH + 2];
    for (int i = 0; i <= DEPTH; i++) memcpy(layers + 2 * i, "1-", 2);
    layers[2 * DEPTH + 1] = '\0';
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    const fx_model model = fx_mlp(params, layers, "linear");
    CHECK_THAT(model.params, "%s", fx_error_text(cx));
    const double one = 1;
    for (int64_t i = 0; i < 2 * DEPTH; i++) fx_write_f64(fx_params_at(params, i).tensor, 1, &one);
    CHECK(fx_params_find(params, "598.bias").name);
    const fx_tensor x = fx_input_f64(fx_graph_new(cx), fx_shape2(1, 1), &one);
    CHECK(fx_item(model.forward(model.user, x)) == DEPTH + 1);
}

FX_TEST(mlp, survives_any_failed_allocation) {
    for (int forever = 0; forever < 2; forever++)
        for (int64_t i = 1;; i++) {
            fx_context *cx = test_context();
            fx_fail_request(cx, i, forever);
            fx_params *params = fx_params_new(cx, FX_F64, 0);
            const fx_model model = fx_mlp(params, "4-3-1", "tanh");
            fx_graph *graph = model.params ? fx_graph_new(cx) : NULL;
            const fx_tensor x = fx_input_f64(graph, fx_shape2(1, 4), (const double[]){1, 2, 3, 4});
            const fx_tensor y = graph ? model.forward(model.user, x) : x;
            fx_fail_request(cx, 0, false);
            if (fx_error(cx) == FX_OK) {
                CHECK(i > 20 && fx_tensor_valid(y));
                break;
            }
            CHECK(fx_error(cx) == FX_ERR_MEMORY && !fx_tensor_valid(y) && i < 200);
            fx_clear(cx);
            if (!model.params) continue;
            graph = fx_graph_new(cx);
            const fx_tensor again = fx_input_f64(graph, fx_shape2(1, 4), (const double[4]){0});
            CHECK(fx_tensor_valid(model.forward(model.user, again)));
        }
}
