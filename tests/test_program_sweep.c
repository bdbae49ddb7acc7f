/* SPDX-License-Identifier: MIT */
/* Every request for memory that a program makes fails in its turn, once and from then on: training,
 * saving, loading, predicting, drawing, and a single step. Each time the status is FX_ERR_MEMORY,
 * nothing leaks, and after fx_clear the same call gives the undisturbed bits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/fluxion.h"
#include "support.h"

enum { PROGRAM_ROWS = 12, PROGRAM_INPUTS = 3, PROGRAM_BYTES = 16384 };

/* What a stage works on: made before memory fails, but for the stages that make it. */
typedef struct program {
    fx_context *cx;
    fx_data *train, *test;
    fx_model model;
    fx_params *params; /* of a single step: a layer and a running mean */
    fx_dense layer;
    fx_tensor mean;
    fx_optimizer *sgd;
    fx_graph *graph;
    size_t bytes; /* of file */
    unsigned char file[PROGRAM_BYTES];
} program;

static uint64_t program_hash(uint64_t hash, const void *data, size_t n) {
    const unsigned char *byte = data;
    for (size_t i = 0; i < n; i++) hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t program_hash_params(const fx_params *params) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < fx_params_count(params); i++) {
        const fx_entry e = fx_params_at(params, i);
        hash = program_hash(hash, e.data, (size_t)e.numel * fx_dtype_size(FX_F64));
    }
    return hash;
}

/* A training set from text, as the tool makes it. */
static void program_data(program *p) {
    char text[1024] = "a,b,c,y\n";
    size_t n = strlen(text);
    for (int i = 0; i < PROGRAM_ROWS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%d,%d,%d,%d\n", i % 5, i * i % 7, i % 3,
                              i * 3 % 11);
    fx_table *table = fx_csv_parse(p->cx, text, n, "text", NULL);
    fx_data *all = fx_data_from_table(table, "y", 0, NULL, FX_F64);
    fx_table_free(table);
    fx_train_test_split(all, 0.25, 1, &p->train, &p->test);
    fx_data_free(all);
}

static void program_model(program *p) {
    p->model = fx_mlp(fx_params_new(p->cx, FX_F64, 5), "3-4-1", "tanh");
    p->model.scaler = fx_scaler_fit(p->train);
    fx_sgd_options options = fx_sgd_defaults();
    options.momentum = 0.9;
    p->params = fx_params_new(p->cx, FX_F64, 6);
    p->layer = fx_dense_new(p->params, "layer", PROGRAM_INPUTS, 1, NULL);
    p->mean = fx_buffer(p->params, "mean", fx_shape0(), fx_constant(0));
    p->sgd = fx_sgd(p->params, 0.01, &options);
    p->graph = fx_graph_new(p->cx);
}

static uint64_t program_train(program *p) {
    program own = {.cx = p->cx};
    fx_fit_options options = fx_fit_defaults();
    options.epochs = 2;
    options.batch = 4;
    options.momentum = 0.9;
    program_data(&own);
    program_model(&own);
    fx_fit(&own.model, own.train, &options);
    return program_hash_params(own.model.params);
}

static uint64_t program_save(program *p) {
    fx_archive *archive = fx_model_write(&p->model);
    unsigned char out[PROGRAM_BYTES];
    const size_t n = fx_archive_write(archive, out, sizeof out);
    fx_archive_free(archive);
    return program_hash(0, out, n < sizeof out ? n : 0);
}

static uint64_t program_save_file(program *p) {
    return (uint64_t)fx_model_save(&p->model, test_file());
}

static uint64_t program_load(program *p) {
    fx_archive *archive = fx_archive_parse(p->cx, p->file, p->bytes, "file");
    const fx_model model = fx_model_read(archive, "file");
    fx_archive_free(archive);
    return program_hash_params(model.params);
}

static uint64_t program_predict(program *p) {
    double y[PROGRAM_ROWS] = {0};
    fx_predict(&p->model, p->test, PROGRAM_ROWS, y);
    const fx_score score = fx_evaluate(&p->model, p->test);
    return program_hash(program_hash(0, y, sizeof y), &score, sizeof score);
}

static uint64_t program_dot(program *p) {
    char out[PROGRAM_BYTES];
    fx_graph_reset(p->graph);
    const double x[PROGRAM_INPUTS] = {1, 2, 3};
    const fx_tensor row = fx_input_f64(p->graph, fx_shape2(1, PROGRAM_INPUTS), x);
    const fx_tensor y = p->model.forward(p->model.user, fx_name(row, "x"));
    const size_t n = fx_graph_dot(fx_mse_loss(y, y), NULL, out, sizeof out);
    return program_hash(0, out, n < sizeof out ? n : 0);
}

/* A step with all that a step can change: weights, velocities, a queued buffer, a draw. A failed
 * one must leave them as they were, which the check before each repetition sees. */
static uint64_t program_step(program *p) {
    const double x[2 * PROGRAM_INPUTS] = {1, 2, 3, -1, 0.5, 2}, target[2] = {1, -1};
    const uint64_t before = program_hash_params(p->params);
    fx_graph_reset(p->graph);
    const fx_tensor in = fx_input_f64(p->graph, fx_shape2(2, PROGRAM_INPUTS), x);
    const fx_tensor y = fx_linear(fx_dropout(in, 0.5), p->layer.weight, p->layer.bias);
    fx_store(p->mean, fx_mean(y));
    const fx_tensor t = fx_input_f64(p->graph, fx_shape2(2, 1), target);
    if (fx_minimize(p->sgd, fx_mse_loss(y, t)) != FX_OK)
        CHECK(program_hash_params(p->params) == before);
    return program_hash_params(p->params);
}

typedef struct program_stage {
    const char *name;
    uint64_t (*run)(program *p);
} program_stage;

static const program_stage program_stages[] = {
    {"train", program_train},   {"save", program_save},       {"save to a file", program_save_file},
    {"load", program_load},     {"predict", program_predict}, {"DOT", program_dot},
    {"one step", program_step},
};

typedef struct program_balance {
    int64_t blocks;
} program_balance;

static void *program_alloc(void *user, size_t bytes, size_t align) {
    (void)align; /* 64 at most */
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    ((program_balance *)user)->blocks += block != NULL;
    return block;
}

static void program_free(void *user, void *block, size_t bytes) {
    (void)bytes;
    ((program_balance *)user)->blocks--;
    free(block);
}

static void program_open(program *p, program_balance *held) {
    fx_context_options options = fx_context_defaults();
    options.allocator = (fx_allocator){program_alloc, program_free, held};
    *p = (program){.cx = fx_context_new(&options)};
    CHECK(p->cx);
    program_data(p);
    program_model(p);
    fx_archive *archive = fx_model_write(&p->model);
    p->bytes = fx_archive_write(archive, p->file, sizeof p->file);
    fx_archive_free(archive);
    CHECK_TEXT(fx_error_text(p->cx), "");
    CHECK(p->bytes <= sizeof p->file);
}

/* One undisturbed run in a fresh program: its bits, and how many requests it makes. */
static uint64_t program_calm(const program_stage *stage, int64_t *requests) {
    static program p;
    program_balance held = {0};
    program_open(&p, &held);
    fx_fail_request(p.cx, 0, false);
    const uint64_t hash = stage->run(&p);
    *requests = fx_fail_request(p.cx, 0, false);
    CHECK_THAT(fx_context_free(p.cx) == FX_OK && held.blocks == 0, "%s: %d blocks leak",
               stage->name, (int)held.blocks);
    return hash;
}

static void program_fails(const program_stage *stage, int64_t n, bool forever, uint64_t calm) {
    static program p;
    program_balance held = {0};
    program_open(&p, &held);
    fx_fail_request(p.cx, n, forever);
    stage->run(&p);
    fx_fail_request(p.cx, 0, false);
    CHECK_THAT(fx_error(p.cx) == FX_ERR_MEMORY, "%s: request %d fails: %s", stage->name, (int)n,
               fx_error(p.cx) ? fx_error_text(p.cx) : "unnoticed");
    fx_clear(p.cx);
    CHECK_THAT(stage->run(&p) == calm && fx_error(p.cx) == FX_OK,
               "%s: after request %d failed%s other bits %s", stage->name, (int)n,
               forever ? " for good" : "", fx_error_text(p.cx));
    fx_context_free(p.cx);
    CHECK_THAT(held.blocks == 0, "%s: request %d: %d blocks leak", stage->name, (int)n,
               (int)held.blocks);
}

FX_TEST(program_sweep, every_failing_request_is_survived) {
    int64_t all = 0;
    printf("# requests that failed, once and from then on:");
    for (size_t i = 0; i < sizeof program_stages / sizeof *program_stages; i++) {
        const program_stage *stage = &program_stages[i];
        int64_t requests;
        const uint64_t calm = program_calm(stage, &requests);
        CHECK_THAT(requests > 0, "%s requests no memory", stage->name);
        for (int64_t n = 1; n <= requests; n++)
            for (int forever = 0; forever < 2; forever++) program_fails(stage, n, forever, calm);
        printf(" %s %lld,", stage->name, (long long)requests);
        all += requests;
    }
    printf(" in all %lld\n", (long long)all);
}

/* The context itself, which no request can be made of before it is there. */
typedef struct program_miser {
    program_balance held;
    int64_t left;
} program_miser;

static void *program_miser_alloc(void *user, size_t bytes, size_t align) {
    program_miser *miser = user;
    return miser->left-- > 0 ? program_alloc(&miser->held, bytes, align) : NULL;
}

static void program_miser_free(void *user, void *block, size_t bytes) {
    program_free(&((program_miser *)user)->held, block, bytes);
}

FX_TEST(program_sweep, a_context_is_whole_or_not_at_all) {
    fx_context *cx = NULL;
    int64_t n = 0;
    for (; !cx; n++) {
        program_miser miser = {{0}, n};
        fx_context_options options = fx_context_defaults();
        options.allocator = (fx_allocator){program_miser_alloc, program_miser_free, &miser};
        cx = fx_context_new(&options);
        fx_context_free(cx);
        CHECK(miser.held.blocks == 0 && n < 100);
    }
    CHECK(n > 1);
}
