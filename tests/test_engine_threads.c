/* SPDX-License-Identifier: MIT */
/* Contexts and threads: two contexts in two threads never meet; one context in two threads is
 * noticed; a context may be handed over. */
#include <pthread.h>

#include "fluxion/fluxion.h"
#include "support.h"

static void thread_run(void *(*body)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* ------------------------------------------------------------ two contexts, two threads */

typedef struct threads_work {
    uint64_t seed;
    double loss, weight;
    fx_status status;
} threads_work;

static void descend_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] - 0.1 * x[1];
}

static const fx_op descend_op = {.version = FX_OP_VERSION,
                                 .name = "descend",
                                 .operands = "weight, gradient",
                                 .min = 2,
                                 .max = 2,
                                 .flags = FX_OP_UPDATE,
                                 .map = descend_map};

/* A training of its own: every kind of call that a step makes, and an error in between. */
static void *threads_train(void *argument) {
    threads_work *work = argument;
    fx_context *cx = fx_context_new(NULL);
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, work->seed);
    const fx_tensor w = fx_param(p, "w", fx_shape2(3, 4), fx_init_uniform(-1, 1));
    const double data[8] = {1, 2, 3, 4, -1, 0.5, 2, -3};
    for (int i = 0; i < 200; i++) {
        fx_graph_reset(g);
        const fx_tensor x = fx_input_f64(g, fx_shape2(2, 4), data);
        const fx_tensor y = fx_tanh(fx_linear(x, w, FX_NONE));
        const fx_tensor loss = fx_mean(fx_square(fx_sub(y, fx_num(0.5))));
        fx_backward(loss);
        fx_update(fx_params_gradients(p), &descend_op, NULL, 0, NULL, 0, NULL);
        work->loss = fx_item(loss);
        if (i % 50) continue;
        fx_matmul(x, x);
        fx_clear(cx);
    }
    work->weight = fx_item(fx_sum(fx_use(g, w)));
    work->status = fx_context_free(cx);
    return NULL;
}

FX_TEST(threads, two_contexts_never_meet) {
    enum { THREADS = 4 };
    threads_work alone[THREADS], together[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        alone[i] = together[i] = (threads_work){(uint64_t)i, 0, 0, FX_ERR_STATE};
        threads_train(&alone[i]);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, threads_train, &together[i]) == 0);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(alone[i].status == FX_OK && together[i].status == FX_OK);
        CHECK_NEAR(together[i].loss, alone[i].loss, 0);
        CHECK_NEAR(together[i].weight, alone[i].weight, 0);
    }
}

/* -------------------------------------------------------------- one context, two threads */

typedef struct threads_shared {
    fx_context *cx;
    fx_graph *g;
    fx_params *p;
    fx_tensor loss;
    const char *failed; /* what did not notice */
} threads_shared;

static bool threads_noticed(threads_shared *s, bool refused, const char *what) {
    char text[256] = "", *at = text;
    while (*what) *at++ = *what++;
    for (const char *rest = ": the context serves another thread; make one context per thread, or "
                            "take this one over with fx_context_adopt";
         *rest;)
        *at++ = *rest++;
    const char *error = fx_error_text(s->cx);
    for (at = text; *at && *at == *error; at++) error++;
    if (!refused || *at || *error) s->failed = what;
    fx_clear(s->cx);
    return refused;
}

static void *threads_intrude(void *argument) {
    threads_shared *s = argument;
    fx_tensor dx;
    threads_noticed(s, !fx_graph_new(s->cx), "fx_graph_new");
    threads_noticed(s, !fx_params_new(s->cx, FX_F64, 0), "fx_params_new");
    threads_noticed(s, !fx_tensor_valid(fx_f64(s->g, 1)), "input");
    threads_noticed(s, fx_backward(s->loss) == FX_ERR_STATE, "fx_backward");
    threads_noticed(s, fx_grad(s->loss, FX_NONE, 1, &s->loss, &dx) == FX_ERR_STATE, "fx_grad");
    threads_noticed(s, fx_graph_reset(s->g) == FX_ERR_STATE, "fx_graph_reset");
    threads_noticed(s, fx_graph_rewind(s->g, fx_graph_mark(s->g), 0, NULL) == FX_ERR_STATE,
                    "fx_graph_rewind");
    fx_gradients *gr = fx_params_gradients(s->p);
    threads_noticed(s, fx_update(gr, &descend_op, NULL, 0, NULL, 0, NULL) == FX_ERR_STATE,
                    "fx_update");
    return NULL;
}

static void *threads_adopt(void *argument) {
    threads_shared *s = argument;
    fx_context_adopt(s->cx);
    s->failed = fx_backward(s->loss) == FX_OK ? NULL : "fx_backward";
    return NULL;
}

FX_TEST(threads, one_context_in_two_is_noticed) {
    threads_shared s = {.cx = test_context()};
    s.g = fx_graph_new(s.cx);
    s.p = fx_params_new(s.cx, FX_F64, 0);
    s.loss = fx_use(s.g, fx_param(s.p, "w", fx_shape0(), fx_constant(1)));
    thread_run(threads_intrude, &s);
    CHECK_THAT(!s.failed, "%s", s.failed);
    CHECK(fx_backward(s.loss) == FX_OK); /* nothing happened to it */
}

FX_TEST(threads, a_context_may_be_handed_over) {
    threads_shared s = {.cx = test_context()};
    s.g = fx_graph_new(s.cx);
    s.p = fx_params_new(s.cx, FX_F64, 0);
    s.loss = fx_use(s.g, fx_param(s.p, "w", fx_shape0(), fx_constant(1)));
    thread_run(threads_adopt, &s);
    CHECK_THAT(!s.failed, "%s: %s", s.failed, fx_error_text(s.cx));
    CHECK(fx_graph_reset(s.g) == FX_ERR_STATE);
    fx_clear(s.cx);
    fx_context_adopt(s.cx);
    CHECK(fx_graph_reset(s.g) == FX_OK);
    fx_context_adopt(NULL);
}

static void *threads_free(void *argument) { return fx_context_free(argument), NULL; }

/* The end of a context is nobody's step: what is in it goes, wherever that is. */
FX_TEST(threads, another_may_free_it) {
    fx_context *cx = fx_context_new(NULL);
    fx_f64(fx_graph_new(cx), 1);
    thread_run(threads_free, cx);
}
