/* SPDX-License-Identifier: MIT */
/* Model files that were damaged or made to harm, and memory that runs out: an error that names the
 * key, never a crash, a leak, a large allocation or half a model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/model.h"
#include "support.h"

static void check_failed(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

static const fx_scale columns[] = {{"a", 0.5, 1.5}, {"b", -2, 1e-3}, {"y", 22.5, 9.25}};
static const char scaler_text[] = "2 1\n0.5 1.5\n-2 0.001\n22.5 9.25\n";

static fx_model some_model(fx_context *cx, bool scaled) {
    fx_model model = fx_mlp(fx_params_new(cx, FX_F64, 3), "2-3-1", "tanh");
    if (scaled) model.scaler = fx_scaler_new(cx, 2, 1, columns);
    return model;
}

#define CURE "\"; join sizes from 1 on by -, inputs first: \"13-10-1\""
#define LINE(n)                                                                                    \
    "m: fluxion.scaler, line " #n ": expected a finite mean, a blank and a positive deviation; "   \
    "write the scaler again"
#define SIZES                                                                                      \
    "m: fluxion.scaler, line 1: expected how many inputs and outputs, a line each, follow; write " \
    "the scaler again"
#define OTHERS(inputs, outputs)                                                                    \
    "m: the scaler has " #inputs " inputs and " #outputs                                           \
    " outputs, fluxion.layers 2-3-1 has 2 and 1; save the model again"

static const struct {
    const char *key, *text, *error;
} altered[] = {
    {"fluxion.layers", "", "m: a size is missing at character 1 of fluxion.layers \"" CURE},
    {"fluxion.layers", "2-3-", "m: a size is missing at character 5 of fluxion.layers \"2-3-" CURE},
    {"fluxion.layers", "2",
     "m: a second size is missing at character 2 of fluxion.layers \"2" CURE},
    {"fluxion.layers", "2\n3",
     "m: neither a digit nor - stands at character 2 of fluxion.layers \"2 3" CURE},
    {"fluxion.layers", "3-3-1",
     "m: array 0.weight is f64 [3, 2], the parameter f64 [3, 3]; dtype, layers and arrays must "
     "agree"},
    {"fluxion.layers", "2-3-1-1",
     "m: there is no array 4.weight for the parameter f64 [1, 1]; arrays and parameters must be "
     "the same"},
    {"fluxion.layers", "2-3",
     "m: array 2.weight belongs to no parameter; arrays and parameters "
     "must be the same"},
    {"fluxion.layers", "2-9000000000000000000",
     "m: array 0.weight is f64 [3, 2], the parameter f64 [9e+18, 2]; dtype, layers and arrays "
     "must agree"},
    {"fluxion.layers", "4611686018427387904-4611686018427387904-1",
     "m: array 0.weight is f64 [3, 2], the parameter f64 [4.6116860184273879e+18, "
     "4.6116860184273879e+18]; dtype, layers and arrays must agree"},
    {"fluxion.activation", "tahn",
     "m: there is no fluxion.activation \"tahn\"; did you mean tanh? there are: relu, tanh, "
     "sigmoid, linear, gelu, gelu_tanh, silu, mish, elu, selu, softplus, softsign, relu6, "
     "leaky_relu, hardtanh, hardsigmoid, hardswish"},
    {"fluxion.activation", "",
     "m: there is no fluxion.activation \"\"; choose one of relu, tanh, sigmoid, linear, gelu, "
     "gelu_tanh, silu, mish, elu, selu, softplus, softsign, relu6, leaky_relu, hardtanh, "
     "hardsigmoid, hardswish"},
    {"fluxion.scaler", "", SIZES},
    {"fluxion.scaler", "2 1", SIZES},
    {"fluxion.scaler", "2", SIZES},
    {"fluxion.scaler", "1 2\n0.5 1.5\n-2 0.001\n22.5 9.25\n", OTHERS(1, 2)},
    {"fluxion.scaler", "2 0\n0.5 1.5\n-2 0.001\n", OTHERS(2, 0)},
    {"fluxion.scaler", "2 -1\n0.5 1.5\n", SIZES},
    {"fluxion.scaler", "2.5 1\n0.5 1.5\n", SIZES},
    {"fluxion.scaler", "nan nan\n0.5 1.5\n", SIZES},
    {"fluxion.scaler", "9000000000000000000 9000000000000000000\n", SIZES},
    {"fluxion.scaler", "1e308 inf\n", SIZES},
    {"fluxion.scaler", "2 1\n", SIZES},
    {"fluxion.scaler", "2 1\n0.5 1.5\n-2 0.001\n22.5 9.25", SIZES},
    {"fluxion.scaler", "2 1\n0.5 1.5\n-2 0.001\n22.5\n9.25\n", SIZES},
    {"fluxion.scaler", "2 1\n0.5 1.5\n\n22.5 9.25\n", LINE(3)},
    {"fluxion.scaler", "2 1\n0.5  1.5\n-2 0.001\n22.5 9.25\n", LINE(2)},
    {"fluxion.scaler", "2 1\n0.5 0\n-2 0.001\n22.5 9.25\n", LINE(2)},
    {"fluxion.scaler", "2 1\n0.5 -1\n-2 0.001\n22.5 9.25\n", LINE(2)},
    {"fluxion.scaler", "2 1\n0.5 nan\n-2 0.001\n22.5 9.25\n", LINE(2)},
    {"fluxion.scaler", "2 1\n0.5 1.5\n-2 inf\n22.5 9.25\n", LINE(3)},
    {"fluxion.scaler", "2 1\n0.5 1.5\n-inf 1\n22.5 9.25\n", LINE(3)},
    {"fluxion.scaler", "2 1\n0.5 1.5\n1e400 1\n22.5 9.25\n", LINE(3)},
    {"fluxion.scaler", "2 1\n0,5 1,5\n-2 0.001\n22.5 9.25\n", LINE(2)},
    {"fluxion.scaler", "2 1\n0.5 1.5\n-2 0.001\n22.5 9.25\n\n", SIZES},
    {"fluxion.scaler", "2 1\n0.5 1.5\n-2 0.001\n22.5 9.25\n ",
     "m: fluxion.scaler, line 5: expected the end; write the scaler again"},
};

/* What a failed reading made is gone at once, not only with the context. */
FX_TEST(model_hostile, a_text_that_lies_is_an_error) {
    fx_context *cx = test_context();
    const fx_model model = some_model(cx, true);
    fx_archive *archive = fx_model_write(&model);
    size_t held = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof altered / sizeof *altered; i++) {
            char old[64];
            strcpy(old, fx_archive_text(archive, altered[i].key));
            fx_archive_put_text(archive, altered[i].key, altered[i].text);
            CHECK(!fx_model_read(archive, "m").params);
            check_failed(cx, FX_ERR_FORMAT, altered[i].error);
            fx_archive_put_text(archive, altered[i].key, old);
        }
        if (!round) held = fx_context_memory(cx).bytes;
        CHECK(fx_context_memory(cx).bytes == held);
    }
    CHECK_TEXT(fx_archive_text(archive, "fluxion.scaler"), scaler_text);
    CHECK(fx_model_read(archive, "m").scaler);
}

/* The archive of a model with one array or text left out, and perhaps an array put in its place. */
static fx_archive *without(fx_context *cx, const char *name, fx_dtype dtype, fx_shape shape) {
    static const char *const keys[] = {"fluxion.layers",   "fluxion.activation",
                                       "fluxion.scaler",   "fluxion.column.0",
                                       "fluxion.column.1", "fluxion.column.2"};
    static const double zeros[16];
    const fx_model model = some_model(cx, true);
    const fx_archive *whole = fx_model_write(&model);
    fx_archive *archive = fx_archive_new(cx);
    for (int64_t i = 0; i < fx_archive_count(whole); i++) {
        const fx_array array = fx_archive_at(whole, i);
        if (strcmp(array.name, name) != 0)
            fx_archive_put(archive, array.name, array.dtype, array.shape, array.data);
    }
    for (int i = 0; i < 6; i++)
        if (strcmp(keys[i], name) != 0)
            fx_archive_put_text(archive, keys[i], fx_archive_text(whole, keys[i]));
    if (shape.rank >= 0) fx_archive_put(archive, name, dtype, shape, zeros);
    return archive;
}

#define NOTHING                                                                                    \
    {                                                                                              \
        -1, {                                                                                      \
            0                                                                                      \
        }                                                                                          \
    }

FX_TEST(model_hostile, what_is_missing_is_named) {
    static const struct {
        const char *name;
        fx_dtype dtype;
        fx_shape shape;
        const char *error;
    } cases[] = {
        {"fluxion.layers", FX_F64, NOTHING,
         "archive: fluxion.layers is missing: not a file of fx_model_save; read arrays alone with "
         "fx_params_read"},
        {"fluxion.activation", FX_F64, NOTHING,
         "archive: fluxion.activation is missing: not a file of fx_model_save; read arrays alone "
         "with fx_params_read"},
        {"fluxion.scaler", FX_F64, NOTHING,
         "archive: fluxion.scaler is missing, but not fluxion.column.0; write the scaler again"},
        {"fluxion.column.1", FX_F64, NOTHING,
         "archive: fluxion.column.1 is missing: the name of a column of fluxion.scaler; write "
         "the scaler again"},
        {"0.weight", FX_F64, NOTHING,
         "archive: there is no array 0.weight for the parameter f32 [3, 2]; arrays and parameters "
         "must be the same"},
        {"2.weight", FX_F64, NOTHING,
         "archive: there is no array 2.weight for the parameter f64 [1, 3]; arrays and parameters "
         "must be the same"},
        {"2.bias", FX_F64, NOTHING,
         "archive: there is no array 2.bias for the parameter f64 [1]; arrays and parameters must "
         "be the same"},
        {"0.weight",
         FX_I64,
         {2, {3, 2}},
         "archive: array 0.weight is i64; parameters are f32 or f64"},
        {"2.weight",
         FX_F32,
         {2, {1, 3}},
         "archive: array 2.weight is f32 [1, 3], the parameter f64 [1, 3]; dtype, layers and "
         "arrays must agree"},
        {"0.bias",
         FX_F64,
         {1, {2}},
         "archive: array 0.bias is f64 [2], the parameter f64 [3]; dtype, layers and arrays must "
         "agree"},
        {"more",
         FX_F64,
         {0, {0}},
         "archive: array more belongs to no parameter; arrays and parameters must be the same"},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fx_archive *archive = without(cx, cases[i].name, cases[i].dtype, cases[i].shape);
        CHECK_THAT(archive && fx_error(cx) == FX_OK, "%s", fx_error_text(cx));
        CHECK(!fx_model_read(archive, NULL).params);
        check_failed(cx, FX_ERR_FORMAT, cases[i].error);
    }
}

/* The bytes of a model file. */
static size_t some_file(unsigned char *bytes, size_t size, bool scaled) {
    const fx_model model = some_model(test_context(), scaled);
    const size_t n = fx_archive_write(fx_model_write(&model), bytes, size);
    CHECK(n && n <= size);
    return n;
}

/* A model, or FX_ERR_FORMAT; what was read is freed again. */
static fx_model parsed(fx_context *cx, const unsigned char *bytes, size_t n) {
    unsigned char *exact = malloc(n + !n);
    CHECK(exact);
    memcpy(exact, bytes, n);
    fx_archive *archive = fx_archive_parse(cx, exact, n, "m");
    free(exact);
    const fx_model model = fx_model_read(archive, "m");
    fx_archive_free(archive);
    return model;
}

FX_TEST(model_hostile, no_file_that_was_cut_is_taken) {
    unsigned char bytes[2048];
    const size_t n = some_file(bytes, sizeof bytes, true);
    fx_context *cx = test_context();
    for (size_t cut = 0; cut < n; cut++) {
        CHECK(!parsed(cx, bytes, cut).params);
        CHECK(fx_error(cx) == FX_ERR_FORMAT);
        CHECK(strncmp(fx_error_text(cx), "m: ", 3) == 0);
        fx_clear(cx);
    }
    CHECK(parsed(cx, bytes, n).params);
}

/* Damage is seen, or it was in a number or in a name of a column. */
FX_TEST(model_hostile, damage_is_seen_or_changes_numbers_only) {
    unsigned char bytes[2048];
    fx_context *cx = NULL;
    uint64_t state = 12345;
    int taken = 0, refused = 0;
    for (int i = 0; i < 600; i++) {
        if (i % 50 == 0) cx = test_context();
        const bool scaled = i % 2;
        const size_t n = some_file(bytes, sizeof bytes, scaled);
        const size_t header = 8 + bytes[0] + 256u * bytes[1];
        for (int k = i / 4 % 3; k >= 0; k--) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            const size_t from = i % 3 ? 0 : header, to = i % 3 ? header : n;
            bytes[from + (state >> 33) % (to - from)] ^= (unsigned char)(1 << (state >> 61));
        }
        const fx_model model = parsed(cx, bytes, n);
        if (model.params) {
            taken++;
            CHECK(fx_error(cx) == FX_OK);
            CHECK_TEXT(model.layers, "2-3-1");
            CHECK_TEXT(model.activation, "tanh");
            CHECK(fx_params_count(model.params) == 4 && !model.scaler == !scaled);
        } else {
            refused++;
            CHECK_THAT(fx_error(cx) == FX_ERR_FORMAT, "%s", fx_error_text(cx));
            fx_clear(cx);
        }
    }
    CHECK_THAT(taken > 200 && refused > 200, "%d taken, %d refused", taken, refused);
}

/* Layers that would take terabytes are refused within the memory that the file itself took. */
FX_TEST(model_hostile, sizes_are_not_believed) {
    static const char *const layers[] = {"2-1000000000", "1000000000-3-1", "2-3-1000000000000",
                                         "1000000-1000000-1000000"};
    fx_context_options options = fx_context_defaults();
    options.memory_cap = 1 << 20;
    fx_context *cx = test_context_with(&options);
    const fx_model model = some_model(cx, true);
    fx_archive *archive = fx_model_write(&model);
    const size_t peak = fx_context_memory(cx).peak;
    for (int i = 0; i < 4; i++) {
        fx_archive_put_text(archive, "fluxion.layers", layers[i]);
        CHECK(!fx_model_read(archive, "m").params && fx_error(cx) == FX_ERR_FORMAT);
        fx_clear(cx);
    }
    CHECK(fx_context_memory(cx).peak < peak + 1000);
}

/* Makes a model, saves and loads it: whether that worked. */
static bool whole_life(fx_context *cx, const char *path) {
    const fx_model model = some_model(cx, true);
    if (fx_error(cx) == FX_OK) fx_model_save(&model, path);
    const fx_model read = fx_model_load(cx, path);
    return read.params && read.scaler && fx_params_count(read.params) == 4;
}

FX_TEST(model_hostile, survives_any_failed_allocation) {
    const char *path = test_file();
    for (int forever = 0; forever < 2; forever++)
        for (int64_t i = 1;; i++) {
            fx_context *cx = test_context();
            fx_fail_request(cx, i, forever);
            const bool worked = whole_life(cx, path);
            fx_fail_request(cx, 0, false);
            CHECK_THAT(worked == (fx_error(cx) == FX_OK), "request %lld", (long long)i);
            if (worked) {
                CHECK(i > 60);
                break;
            }
            CHECK_THAT(fx_error(cx) == FX_ERR_MEMORY, "request %lld", (long long)i);
            CHECK(i < 500);
            fx_clear(cx);
            CHECK(whole_life(cx, path));
        }
}
