/* SPDX-License-Identifier: MIT */
/* Models in files: what was saved predicts the same bits, the same model gives the same bytes, and
 * neither a file of another model nor a hostile one changes or breaks anything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fluxion/model.h"
#include "support.h"

static void check_failed(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

/* ---------------------------------------------------------------------------- parameters */

static bool same_values(const fx_params *a, const fx_params *b) {
    const size_t item = fx_dtype_size(fx_params_dtype(a));
    if (fx_params_count(a) != fx_params_count(b)) return false;
    for (int64_t i = 0; i < fx_params_count(a); i++) {
        const fx_entry x = fx_params_at(a, i), y = fx_params_at(b, i);
        if (strcmp(x.name, y.name) != 0 || !fx_shape_equal(x.shape, y.shape)) return false;
        if (memcmp(x.data, y.data, (size_t)x.numel * item) != 0) return false;
    }
    return true;
}

/* Entries of every kind: rank 0, nothing in it, a buffer, a name that needs quoting. */
static fx_params *some_params(fx_context *cx, fx_dtype dtype, uint64_t seed) {
    fx_params *params = fx_params_new(cx, dtype, seed);
    const fx_init init = fx_init_normal(0, 1);
    fx_param(params, "z \"\n", fx_shape0(), init);
    fx_param(params, "encoder.weight", fx_shape3(2, 3, 4), init);
    fx_param(params, "empty", fx_shape2(0, 3), init);
    fx_buffer(params, "mean", fx_shape1(5), init);
    CHECK_THAT(fx_error(cx) == FX_OK, "%s", fx_error_text(cx));
    return params;
}

FX_TEST(model_file, params_come_back_bit_for_bit) {
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
        fx_context *cx = test_context();
        fx_params *params = some_params(cx, (fx_dtype)dtype, 1);
        fx_params *other = some_params(cx, (fx_dtype)dtype, 2);
        fx_archive *archive = fx_archive_new(cx);
        CHECK(fx_archive_context(archive) == cx && !fx_archive_context(NULL));
        CHECK(fx_params_write(params, archive) == FX_OK && fx_archive_count(archive) == 4);
        for (int64_t i = 0; i < 4; i++) {
            CHECK_TEXT(fx_archive_at(archive, i).name, fx_params_at(params, i).name);
            CHECK(fx_archive_at(archive, i).dtype == (fx_dtype)dtype);
        }
        unsigned char bytes[2048];
        const size_t n = fx_archive_write(archive, bytes, sizeof bytes);
        CHECK(n && n <= sizeof bytes);
        CHECK(!same_values(params, other));
        CHECK(fx_params_read(other, fx_archive_parse(cx, bytes, n, "copy")) == FX_OK);
        CHECK(same_values(params, other));
        CHECK(fx_params_at(other, 3).buffer && fx_params_at(other, 1).trainable);
    }
}

/* An archive like one of some_params(cx, FX_F64, 2), with one array left out, and an array put in
 * its place. */
static fx_archive *altered(fx_context *cx, const char *without, const char *name, fx_dtype dtype,
                           fx_shape shape) {
    static const double zeros[64];
    fx_archive *archive = fx_archive_new(cx);
    fx_params *params = some_params(cx, FX_F64, 2);
    for (int64_t i = 0; i < 4; i++) {
        const fx_entry entry = fx_params_at(params, i);
        if (without && strcmp(entry.name, without) == 0) continue;
        fx_archive_put(archive, entry.name, FX_F64, entry.shape, entry.data);
    }
    if (name) fx_archive_put(archive, name, dtype, shape, zeros);
    return archive;
}

FX_TEST(model_file, params_are_read_strictly_or_not_at_all) {
    static const struct {
        const char *without, *name;
        fx_dtype dtype;
        fx_shape shape;
        const char *text;
    } cases[] = {
        {"mean",
         NULL,
         FX_F64,
         {0, {0}},
         "fx_params_read: there is no array mean for the parameter f64 [5]; arrays and parameters "
         "must be the same"},
        {"encoder.weight",
         "encoder.weights",
         FX_F64,
         {3, {2, 3, 4}},
         "fx_params_read: there is no array encoder.weight for the parameter f64 [2, 3, 4]; arrays "
         "and parameters must be the same"},
        {NULL,
         "bias",
         FX_F64,
         {1, {5}},
         "fx_params_read: array bias belongs to no parameter; arrays and parameters must be the "
         "same"},
        {"mean",
         "mean",
         FX_F32,
         {1, {5}},
         "fx_params_read: array mean is f32 [5], the parameter f64 [5]; dtype, layers and arrays "
         "must agree"},
        {"mean",
         "mean",
         FX_I64,
         {1, {5}},
         "fx_params_read: array mean is i64 [5], the parameter f64 [5]; dtype, layers and arrays "
         "must agree"},
        {"mean",
         "mean",
         FX_F64,
         {2, {5, 1}},
         "fx_params_read: array mean is f64 [5, 1], the parameter f64 [5]; dtype, layers and "
         "arrays must agree"},
        {"z \"\n",
         "z \"\n",
         FX_F64,
         {8, {1, 1, 1, 1, 1, 1, 1, 1}},
         "fx_params_read: array z \"  is f64 [1, 1, 1, 1, 1, 1, 1, 1], the parameter f64 []; "
         "dtype, layers and arrays must agree"},
        {"empty",
         "empty",
         FX_F64,
         {2, {0, 3000000000}},
         "fx_params_read: array empty is f64 [0, 3000000000], the parameter f64 [0, 3]; dtype, "
         "layers and arrays must agree"},
    };
    fx_context *cx = test_context();
    fx_params *params = some_params(cx, FX_F64, 1), *twin = some_params(cx, FX_F64, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fx_archive *archive =
            altered(cx, cases[i].without, cases[i].name, cases[i].dtype, cases[i].shape);
        CHECK(fx_error(cx) == FX_OK && fx_params_read(params, archive) == FX_ERR_FORMAT);
        check_failed(cx, FX_ERR_FORMAT, cases[i].text);
        CHECK(same_values(params, twin));
    }
    CHECK(fx_params_read(params, altered(cx, NULL, NULL, FX_F64, fx_shape0())) == FX_OK);
    CHECK(!same_values(params, twin));
}

FX_TEST(model_file, params_take_null_and_are_inert_after_an_error) {
    fx_context *cx = test_context();
    fx_params *params = some_params(cx, FX_F64, 1);
    fx_archive *archive = fx_archive_new(cx);
    CHECK(fx_params_write(NULL, archive) == FX_ERR_ARGUMENT);
    CHECK(fx_params_read(NULL, archive) == FX_ERR_ARGUMENT && fx_error(cx) == FX_OK);
    CHECK(fx_params_write(params, NULL) == FX_ERR_ARGUMENT);
    check_failed(cx, FX_ERR_ARGUMENT, "fx_params_write: the archive is NULL");
    CHECK(fx_params_read(params, NULL) == FX_ERR_ARGUMENT);
    check_failed(cx, FX_ERR_ARGUMENT, "fx_params_read: the archive is NULL");
    fx_fail(cx, FX_ERR_NAN, "an error stands");
    CHECK(fx_params_write(params, archive) == FX_ERR_NAN && fx_archive_count(archive) == 0);
    CHECK(fx_params_read(params, archive) == FX_ERR_NAN);
    fx_clear(cx);
    CHECK(fx_params_write(params, archive) == FX_OK);
    CHECK(fx_params_write(params, archive) == FX_ERR_ARGUMENT);
    check_failed(cx, FX_ERR_ARGUMENT, "archive: z \" : there is an array of that name");
}

/* A leaf of a graph that reads a parameter notices that a file was read over it. */
FX_TEST(model_file, graphs_are_told_of_params_that_were_read) {
    fx_context *cx = test_context();
    fx_params *params = some_params(cx, FX_F64, 1);
    fx_archive *archive = altered(cx, NULL, NULL, FX_F64, fx_shape0());
    const fx_tensor used = fx_use(fx_graph_new(cx), fx_params_find(params, "mean").tensor);
    CHECK(fx_tensor_valid(used) && fx_params_read(params, archive) == FX_OK);
    CHECK(!fx_tensor_valid(used));
}

/* Written as safetensors.torch.save_file writes the state of Sequential(Linear(3, 2), ReLU(),
 * Linear(2, 1)), by hand. */
FX_TEST(model_file, params_come_from_pytorch) {
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[8,32]},"
        "\"2.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[32,36]},"
        "\"2.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[36,44]}}";
    static const float values[] = {1, -1, 1, 2, 3, 4, 5, 6, 0.5f, 10, 100};
    unsigned char bytes[8 + sizeof header - 1 + sizeof values] = {0};
    const size_t length = sizeof header - 1;
    bytes[0] = (unsigned char)length, bytes[1] = (unsigned char)(length >> 8);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, values, sizeof values);
    fx_context *cx = test_context();
    const fx_archive *archive = fx_archive_parse(cx, bytes, sizeof bytes, "torch");
    fx_params *params = fx_params_new(cx, FX_F32, 0);
    const fx_model model = fx_mlp(params, "3-2-1", "relu");
    CHECK_THAT(fx_params_read(params, archive) == FX_OK, "%s", fx_error_text(cx));
    const float x[] = {1, 1, -1, 0, -1, 0};
    const fx_tensor in = fx_input_f32(fx_graph_new(cx), fx_shape2(2, 3), x);
    double y[2];
    CHECK(fx_read_f64(model.forward(model.user, in), 2, y) == FX_OK);
    CHECK(y[0] == 0.5 + 10 * (1 + 1 + 2 - 3) + 100 * (4 + 5 - 6 - 1) && y[1] == 0.5);
    CHECK(!fx_model_read(archive, "torch").params);
    check_failed(cx, FX_ERR_FORMAT,
                 "torch: fluxion.layers is missing: not a file of fx_model_save; read arrays alone "
                 "with fx_params_read");
}

/* -------------------------------------------------------------------------------- models */

enum { ROWS = 4, INPUTS = 3, OUTPUTS = 2 };

static const fx_scale columns[] = {
    {"\xC3\xA9, \"quoted\"\n\\ \xF0\x9F\x98\x80", 0.1, 5e-324},
    {"", -1.7976931348623157e308, 1.7976931348623157e308},
    {"x3", -0.0, 1.0 / 3},
    {"y1", 1e5, 1},
    {"y1", 22.532806324110677, 9.188011545278203},
};

static fx_model some_model(fx_context *cx, fx_dtype dtype, const char *activation, bool scaled) {
    fx_params *params = fx_params_new(cx, dtype, 11);
    fx_model model = fx_mlp(params, "3-4-2", activation);
    if (scaled) model.scaler = fx_scaler_new(cx, INPUTS, OUTPUTS, columns);
    return model;
}

/* What a model makes of some rows. */
static void predicted(const fx_model *model, float *y) {
    double data[ROWS * INPUTS];
    for (int i = 0; i < ROWS * INPUTS; i++) data[i] = (i * 7 % 5) / 4.0 - 0.5;
    fx_graph *graph = fx_graph_new(fx_params_context(model->params));
    fx_tensor x = fx_input_f64(graph, fx_shape2(ROWS, INPUTS), data);
    x = fx_cast(x, fx_params_dtype(model->params));
    CHECK(fx_read_f32(model->forward(model->user, x), ROWS * OUTPUTS, y) == FX_OK);
    fx_graph_free(graph);
}

static bool same_scale(fx_scale a, fx_scale b) {
    return a.name && b.name && strcmp(a.name, b.name) == 0 && memcmp(&a.mean, &b.mean, 8) == 0 &&
           memcmp(&a.deviation, &b.deviation, 8) == 0;
}

static void check_same_model(const fx_model *a, const fx_model *b) {
    float x[ROWS * OUTPUTS], y[ROWS * OUTPUTS];
    CHECK(fx_params_dtype(a->params) == fx_params_dtype(b->params));
    CHECK(same_values(a->params, b->params));
    CHECK_TEXT(a->layers, b->layers);
    CHECK_TEXT(a->activation, b->activation);
    predicted(a, x);
    predicted(b, y);
    CHECK(memcmp(x, y, sizeof x) == 0);
    CHECK(!a->scaler == !b->scaler);
    if (!a->scaler) return;
    CHECK(fx_scaler_inputs(a->scaler) == INPUTS && fx_scaler_inputs(b->scaler) == INPUTS);
    CHECK(fx_scaler_outputs(a->scaler) == OUTPUTS && fx_scaler_outputs(b->scaler) == OUTPUTS);
    for (int64_t i = 0; i < INPUTS + OUTPUTS; i++)
        CHECK(same_scale(fx_scaler_at(a->scaler, i), fx_scaler_at(b->scaler, i)));
}

enum { MOST = 4096 };

static size_t written(const fx_archive *archive, unsigned char *bytes) {
    const size_t n = fx_archive_write(archive, bytes, MOST);
    CHECK(n && n <= MOST);
    return n;
}

FX_TEST(model_file, a_model_comes_back_and_writes_the_same_bytes) {
    static const char *const activations[] = {"relu", "tanh", "sigmoid", "linear"};
    for (int i = 0; i < 16; i++) {
        fx_context *cx = test_context();
        const fx_model model = some_model(cx, i & 1 ? FX_F32 : FX_F64, activations[i / 4], i & 2);
        unsigned char bytes[MOST], again[MOST];
        fx_archive *archive = fx_model_write(&model);
        CHECK_THAT(archive, "%s", fx_error_text(cx));
        const size_t n = written(archive, bytes);
        CHECK(written(fx_model_write(&model), again) == n && memcmp(bytes, again, n) == 0);
        fx_archive_free(archive);
        fx_archive *parsed = fx_archive_parse(cx, bytes, n, "m");
        const fx_model read = fx_model_read(parsed, "m");
        CHECK_THAT(read.params, "%s", fx_error_text(cx));
        fx_archive_free(parsed);
        check_same_model(&model, &read);
        CHECK(written(fx_model_write(&read), again) == n && memcmp(bytes, again, n) == 0);
    }
}

FX_TEST(model_file, texts_are_those_documented) {
    fx_context *cx = test_context();
    const fx_model model = some_model(cx, FX_F32, "tanh", true);
    const fx_archive *archive = fx_model_write(&model);
    CHECK(fx_archive_count(archive) == 4);
    CHECK_TEXT(fx_archive_text(archive, "fluxion.layers"), "3-4-2");
    CHECK_TEXT(fx_archive_text(archive, "fluxion.activation"), "tanh");
    CHECK_TEXT(fx_archive_text(archive, "fluxion.scaler"),
               "3 2\n0.1 5e-324\n-1.7976931348623157e+308 1.7976931348623157e+308\n"
               "-0 0.3333333333333333\n100000 1\n22.532806324110677 9.188011545278203\n");
    CHECK_TEXT(fx_archive_text(archive, "fluxion.column.0"), columns[0].name);
    CHECK_TEXT(fx_archive_text(archive, "fluxion.column.4"), "y1");
    CHECK(!fx_archive_text(archive, "fluxion.column.5"));
    const fx_model plain = some_model(cx, FX_F32, "tanh", false);
    archive = fx_model_write(&plain);
    CHECK(!fx_archive_text(archive, "fluxion.scaler"));
    CHECK(!fx_archive_text(archive, "fluxion.column.0"));
}

FX_TEST(model_file, saves_and_loads_a_file) {
    fx_context *cx = test_context();
    const char *path = test_file();
    char text[200];
    const fx_model model = some_model(cx, FX_F32, "relu", true);
    CHECK_THAT(fx_model_save(&model, path) == FX_OK, "%s", fx_error_text(cx));
    fx_context *other = test_context();
    const fx_model read = fx_model_load(other, path);
    CHECK_THAT(read.params, "%s", fx_error_text(other));
    CHECK(fx_params_context(read.params) == other);
    check_same_model(&model, &read);
    CHECK(truncate(path, 100) == 0 && !fx_model_load(cx, path).params);
    CHECK(fx_error(cx) == FX_ERR_FORMAT && strncmp(fx_error_text(cx), path, strlen(path)) == 0);
    fx_clear(cx);
    unlink(path);
    CHECK(!fx_model_load(cx, path).params);
    snprintf(text, sizeof text, "cannot open %s: No such file or directory", path);
    check_failed(cx, FX_ERR_IO, text);
    CHECK(!fx_model_load(cx, NULL).params);
    check_failed(cx, FX_ERR_ARGUMENT, "cannot read a file: its path is NULL");
    CHECK(fx_model_save(&model, NULL) == FX_ERR_ARGUMENT);
    check_failed(cx, FX_ERR_ARGUMENT, "cannot write a file: its path is NULL");
}

FX_TEST(model_file, a_disk_that_refuses_is_an_error) {
    fx_context *cx = test_context();
    const fx_model model = some_model(cx, FX_F32, "relu", true);
    CHECK(fx_model_save(&model, "/tmp/fluxion-no-such-folder/m.safetensors") == FX_ERR_IO);
    check_failed(
        cx, FX_ERR_IO,
        "cannot create a temporary file beside /tmp/fluxion-no-such-folder/m.safetensors: No "
        "such file or directory");
    CHECK(fx_model_save(&model, "/tmp") == FX_ERR_IO);
    check_failed(cx, FX_ERR_IO, "cannot open /tmp: Is a directory");
    if (access("/dev/full", W_OK) == 0) {
        CHECK(fx_model_save(&model, "/dev/full") == FX_ERR_IO);
        check_failed(cx, FX_ERR_IO, "cannot write /dev/full: No space left on device");
    }
    CHECK(!fx_model_load(cx, "/tmp").params);
    check_failed(cx, FX_ERR_IO, "cannot read /tmp: Is a directory");
    CHECK(fx_model_write(&model)); /* the model is as it was */
}

FX_TEST(model_file, does_not_write_what_it_could_not_read) {
    fx_context *cx = test_context();
    fx_model model = some_model(cx, FX_F32, "relu", false);
    CHECK(!fx_model_write(NULL) && fx_model_save(NULL, "/tmp/x") == FX_ERR_ARGUMENT);
    const fx_model none = {0};
    CHECK(!fx_model_write(&none) && fx_model_save(&none, "/tmp/x") == FX_ERR_ARGUMENT);
    fx_model own = model;
    own.layers = NULL;
    CHECK(!fx_model_write(&own) && fx_model_save(&own, "/tmp/x") == FX_ERR_ARGUMENT);
    check_failed(
        cx, FX_ERR_ARGUMENT,
        "fx_model_write: the model is not of fx_mlp; write its params with fx_params_write");
    own.layers = "3-5-2";
    CHECK(!fx_model_write(&own));
    check_failed(cx, FX_ERR_ARGUMENT,
                 "fx_model_write: array 0.weight is f32 [4, 3], the parameter f32 [5, 3]; dtype, "
                 "layers and arrays must agree");
    model.scaler = fx_scaler_new(cx, 2, 1, columns);
    CHECK(!fx_model_write(&model));
    check_failed(cx, FX_ERR_SHAPE,
                 "fx_model_write: the scaler has 2 inputs and 1 outputs, the layers 3-4-2 have 3 "
                 "and 2; fit it to the data the model is for");
    model.scaler = fx_scaler_new(cx, 3, 1, columns);
    CHECK(!fx_model_write(&model));
    check_failed(cx, FX_ERR_SHAPE,
                 "fx_model_write: the scaler has 3 inputs and 1 outputs, the layers 3-4-2 have 3 "
                 "and 2; fit it to the data the model is for");
    model.scaler = NULL;
    fx_param(model.params, "temperature", fx_shape0(), fx_constant(1));
    CHECK(!fx_model_write(&model));
    check_failed(cx, FX_ERR_ARGUMENT,
                 "fx_model_write: the params hold 5 entries, the layers 3-4-2 only 4; write them "
                 "with fx_params_write");
    fx_fail(cx, FX_ERR_NAN, "an error stands");
    CHECK(!fx_model_write(&model) && fx_model_save(&model, "/tmp/x") == FX_ERR_NAN);
    CHECK(!fx_model_load(cx, "/tmp/x").params && !fx_model_load(NULL, "/tmp/x").params);
    CHECK(!fx_model_read(NULL, "x").params);
    check_failed(cx, FX_ERR_NAN, "an error stands");
}

/* Archives that were needed on the way are gone when a call returns. */
FX_TEST(model_file, files_leave_nothing_in_the_context) {
    fx_context *cx = test_context();
    const fx_model model = some_model(cx, FX_F32, "relu", true);
    fx_model misfit = model;
    misfit.scaler = fx_scaler_new(cx, 2, 1, columns);
    const char *path = test_file();
    size_t held = 0;
    for (int i = 0; i < 10; i++) {
        CHECK(fx_model_save(&model, path) == FX_OK);
        CHECK(!fx_model_write(&misfit) && fx_error(cx) == FX_ERR_SHAPE);
        fx_clear(cx);
        CHECK(!fx_model_load(cx, "tests/golden/pytorch_relu.safetensors").params);
        check_failed(cx, FX_ERR_FORMAT,
                     "tests/golden/pytorch_relu.safetensors: fluxion.layers is missing: not a file "
                     "of fx_model_save; read arrays alone with fx_params_read");
        if (i == 1) held = fx_context_memory(cx).bytes;
    }
    CHECK(fx_context_memory(cx).bytes == held);
}

/* A network of one's own: its arrays, and the scaler beside them. */
FX_TEST(model_file, a_scaler_goes_through_an_archive_alone) {
    fx_context *cx = test_context();
    const fx_scale scales[] = {{"a, \"b\"", 0.1, 1e-3}, {"", -2e300, 7}, {"y", 1.0 / 3, 9}};
    fx_archive *archive = fx_archive_new(cx);
    CHECK(!fx_scaler_read(archive, "m") && fx_error(cx) == FX_OK);
    CHECK(fx_scaler_write(fx_scaler_new(cx, 2, 1, scales), archive) == FX_OK);
    const fx_scaler *read = fx_scaler_read(archive, "m");
    CHECK(fx_scaler_inputs(read) == 2 && fx_scaler_outputs(read) == 1);
    for (int i = 0; i < 3; i++) {
        const fx_scale column = fx_scaler_at(read, i);
        CHECK_TEXT(column.name, scales[i].name);
        CHECK(column.mean == scales[i].mean && column.deviation == scales[i].deviation);
    }
    CHECK(fx_scaler_write(NULL, archive) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "fx_scaler_write: the scaler is NULL");
    CHECK(fx_scaler_write(read, NULL) != FX_OK && !fx_scaler_read(NULL, NULL));
}
