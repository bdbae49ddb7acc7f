/* SPDX-License-Identifier: MIT */
/* Training against the loop that a user would write himself, option by option; and with every
 * request for memory failing. */
#include "fit_fixture.h"

/* ----------------------------------------------------------- the loop written by hand */

static void train_by_hand(bench *b, double *losses) {
    fx_graph *g = fx_graph_new(b->cx);
    fx_sgd_options o = fx_sgd_defaults();
    o.momentum = b->o.momentum;
    o.nesterov = b->o.nesterov;
    o.decay = b->o.decay;
    fx_optimizer *sgd = fx_sgd(b->params, b->o.lr, &o);
    fx_batch batch = fx_batches(b->data, b->o.batch, b->o.shuffle, b->o.seed);
    for (int64_t epoch = 0; epoch < b->o.epochs; epoch++) {
        losses[epoch] = 0;
        while (fx_next(&batch, g)) {
            fx_tensor loss = fx_mse_loss(b->model.forward(b->model.user, batch.x), batch.y);
            losses[epoch] += fx_item(loss) * (double)batch.rows / ROWS;
            CHECK(fx_minimize(sgd, loss) == FX_OK);
        }
    }
}

static const struct {
    int64_t batch;
    double momentum;
    bool nesterov;
    double decay;
    bool shuffle;
    uint64_t seed;
} trainings[] = {
    {BATCH, 0, false, 0, true, 0},          {BATCH, 0.9, true, 0.1, true, 3},
    {ROWS, 0.5, false, 0, false, 0},        {1, 0, false, 1e-2, true, 1},
    {FX_FULL_BATCH, 0, false, 0, false, 0},
};

FX_TEST(fit, is_the_loop_that_one_writes_by_hand) {
    for (size_t i = 0; i < sizeof trainings / sizeof trainings[0]; i++)
        for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
            double losses[2][EPOCHS], w[2][MOST];
            int64_t n = 0;
            for (int by_hand = 0; by_hand < 2; by_hand++) {
                bench b = bench_new((fx_dtype)dtype);
                b.o.batch = trainings[i].batch;
                b.o.momentum = trainings[i].momentum;
                b.o.nesterov = trainings[i].nesterov;
                b.o.decay = trainings[i].decay;
                b.o.shuffle = trainings[i].shuffle;
                b.o.seed = trainings[i].seed;
                b.o.losses = losses[by_hand];
                if (by_hand)
                    train_by_hand(&b, losses[by_hand]);
                else
                    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
                n = read_all(b.params, w[by_hand]);
            }
            CHECK_THAT(memcmp(w[0], w[1], (size_t)n * sizeof w[0][0]) == 0, "training %zu", i);
            for (int e = 0; e < EPOCHS; e++) CHECK_NEAR(losses[0][e], losses[1][e], 1e-14);
            CHECK(losses[0][EPOCHS - 1] < losses[0][0]);
        }
}

FX_TEST(fit, full_batch_descends_and_reports_the_loss_before_each_step) {
    bench b = bench_new(FX_F64);
    double losses[EPOCHS];
    b.o.batch = FX_FULL_BATCH;
    b.o.losses = losses;
    const double before = fx_evaluate(&b.model, b.data).mse;
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
    CHECK_NEAR(losses[0], before, 1e-14);
    for (int e = 1; e < EPOCHS; e++) CHECK(losses[e] < losses[e - 1]);
    CHECK(fx_evaluate(&b.model, b.data).mse < losses[EPOCHS - 1]);
}

FX_TEST(fit, without_options_it_takes_the_defaults) {
    double w[2][MOST];
    for (int i = 0; i < 2; i++) {
        bench b = bench_new(FX_F64);
        const fx_fit_options o = fx_fit_defaults();
        CHECK(o.epochs == 100 && o.batch == 32 && o.lr == 0.01 && o.shuffle);
        CHECK(fx_fit(&b.model, b.data, i ? &o : NULL) == FX_OK);
        read_all(b.params, w[i]);
    }
    CHECK(memcmp(w[0], w[1], 26 * sizeof w[0][0]) == 0);
}

/* ------------------------------------------------------------------- options, one by one */

FX_TEST(fit, penalty_and_decay_are_one_thing) {
    double w[2][MOST], losses[2][EPOCHS], plain = 0;
    int64_t n = 0;
    for (int i = 0; i < 2; i++) {
        bench b = bench_new(FX_F64);
        *(i ? &b.o.penalty : &b.o.decay) = 0.1;
        b.o.momentum = 0.9;
        b.o.losses = losses[i];
        b.o.batch = FX_FULL_BATCH;
        for (n = read_all(b.params, w[i]), plain = 0; n > 0; n--)
            plain += 0.05 * w[i][n - 1] * w[i][n - 1];
        CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
        n = read_all(b.params, w[i]);
    }
    for (int64_t k = 0; k < n; k++) CHECK_NEAR(w[0][k], w[1][k], 1e-12);
    CHECK_NEAR(losses[1][0], losses[0][0] + plain, 1e-14); /* it is a part of the loss */
}

FX_TEST(fit, frozen_parameters_stay) {
    bench b = bench_new(FX_F64);
    double before[MOST], after[MOST];
    b.o.decay = 0.1;
    b.o.momentum = 0.9;
    CHECK(fx_freeze(b.params, "0.*", true) == FX_OK);
    read_all(b.params, before);
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
    read_all(b.params, after);
    CHECK(memcmp(before, after, 20 * sizeof after[0]) == 0);
    for (int i = 20; i < 26; i++) CHECK(before[i] != after[i]);
}

FX_TEST(fit, an_optimizer_of_ones_own_is_used_and_stays) {
    bench b = bench_new(FX_F64);
    b.o.optimizer = fx_sgd(b.params, 0.25, NULL);
    b.o.lr = -1; /* not looked at */
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
    CHECK(fx_steps(b.o.optimizer) == 2 * EPOCHS * 3 && fx_lr(b.o.optimizer) == 0.25);
}

static fx_tensor doubled(fx_tensor y, fx_tensor target) {
    return fx_mul(fx_mse_loss(y, target), fx_num(2));
}

FX_TEST(fit, a_loss_of_ones_own_is_minimised) {
    double w[2][MOST], losses[2][EPOCHS];
    for (int i = 0; i < 2; i++) {
        bench b = bench_new(FX_F64);
        if (i) b.o.loss = doubled;
        b.o.lr = i ? 0.0625 : 0.125;
        b.o.losses = losses[i];
        CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
        read_all(b.params, w[i]);
    }
    for (int k = 0; k < 26; k++) CHECK_NEAR(w[0][k], w[1][k], 1e-14);
    for (int e = 0; e < EPOCHS; e++) CHECK_NEAR(losses[1][e], 2 * losses[0][e], 1e-14);
}

/* What the callback saw. */
typedef struct diary {
    fx_epoch epochs[EPOCHS];
    int64_t stop_after, count;
} diary;

static bool write_diary(void *user, const fx_epoch *progress) {
    diary *d = user;
    d->epochs[d->count++] = *progress;
    return d->count != d->stop_after;
}

FX_TEST(fit, the_callback_sees_every_epoch_and_may_stop) {
    for (int64_t stop = 0; stop <= EPOCHS; stop++) {
        bench b = bench_new(FX_F64);
        diary d = {.stop_after = stop};
        double losses[EPOCHS], validations[EPOCHS];
        b.o.on_epoch = write_diary;
        b.o.user = &d;
        b.o.losses = losses;
        b.o.validations = validations;
        b.o.validation = stop % 2 ? b.other : NULL;
        CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
        CHECK(d.count == (stop ? stop : EPOCHS));
        for (int e = 0; e < EPOCHS; e++) {
            CHECK(isnan(losses[e]) == (e >= d.count));
            CHECK(isnan(validations[e]) == (e >= d.count || !b.o.validation));
            if (e >= d.count) continue;
            const fx_epoch *told = &d.epochs[e];
            CHECK(told->epoch == e + 1 && told->epochs == EPOCHS && told->params == b.params);
            CHECK_NEAR(told->loss, losses[e], 0);
            CHECK_NEAR(told->validation, validations[e], 0);
        }
    }
}

/* Epochs without end are the callback's to end: nothing is counted through beforehand. */
FX_TEST(fit, the_callback_ends_epochs_without_end) {
    bench b = bench_new(FX_F64);
    diary d = {.stop_after = 2};
    b.o.epochs = INT64_MAX;
    b.o.on_epoch = write_diary;
    b.o.user = &d;
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK && d.count == 2);
}

FX_TEST(fit, validation_is_the_mean_loss_after_the_epoch_and_disturbs_nothing) {
    double w[2][MOST], validations[EPOCHS];
    for (int i = 0; i < 2; i++) {
        bench b = bench_new(FX_F64);
        b.o.validation = i ? b.other : NULL;
        b.o.validations = validations;
        b.o.penalty = 0.01; /* counts in training only */
        CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
        read_all(b.params, w[i]);
        if (i) CHECK_NEAR(validations[EPOCHS - 1], fx_evaluate(&b.model, b.other).mse, 1e-14);
    }
    CHECK(memcmp(w[0], w[1], 26 * sizeof w[0][0]) == 0);
}

FX_TEST(fit, data_passes_through_the_scaler) {
    bench b = bench_new(FX_F64);
    double validations[EPOCHS], first[MOST], second[MOST], target[ROWS];
    fx_scaler *scaler = fx_scaler_fit(b.data);
    const double deviation = fx_scaler_at(scaler, INPUTS).deviation;
    b.o.validation = b.other;
    b.o.validations = validations;
    b.model.scaler = scaler;
    CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
    read_all(b.params, first);
    const fx_score score = fx_evaluate(&b.model, b.other);
    CHECK(score.rows == 300);
    CHECK_NEAR(validations[EPOCHS - 1], score.mse / (deviation * deviation), 1e-13);
    CHECK(fx_predict(&b.model, b.data, ROWS, target) == FX_OK);

    bench plain = bench_new(FX_F64); /* the same with data scaled by hand */
    fx_scaler *same = fx_scaler_fit(plain.data);
    fx_data *scaled = fx_scaler_apply(same, plain.data);
    double y[ROWS];
    CHECK(fx_fit(&plain.model, scaled, &plain.o) == FX_OK);
    read_all(plain.params, second);
    CHECK(memcmp(first, second, 26 * sizeof first[0]) == 0);
    CHECK(fx_predict(&plain.model, scaled, ROWS, y) == FX_OK);
    CHECK(fx_scaler_invert(same, ROWS, y) == FX_OK && memcmp(y, target, sizeof y) == 0);
}

/* -------------------------------------------------------------------------------- memory */

typedef struct count_allocations {
    fx_context *cx;
    int64_t first, last;
} count_allocations;

static bool count_each(void *user, const fx_epoch *progress) {
    count_allocations *c = user;
    c->last = fx_context_memory(c->cx).allocations;
    if (progress->epoch == 1) c->first = c->last;
    return true;
}

FX_TEST(fit, after_the_first_epoch_nothing_is_allocated) {
    for (int scaled = 0; scaled < 2; scaled++) {
        bench b = bench_new(FX_F64);
        count_allocations c = {b.cx, 0, 0};
        b.o.epochs = 20;
        b.o.on_epoch = count_each;
        b.o.user = &c;
        b.o.validation = b.other;
        b.o.penalty = 0.01;
        b.o.momentum = 0.9;
        if (scaled) b.model.scaler = fx_scaler_fit(b.data);
        CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
        CHECK_THAT(c.first > 0 && c.first == c.last, "%lld, then %lld", (long long)c.first,
                   (long long)c.last);
    }
}

FX_TEST(fit, all_that_a_training_needs_is_freed) {
    bench b = bench_new(FX_F64);
    b.o.momentum = 0.9;
    b.o.validation = b.other;
    b.model.scaler = fx_scaler_fit(b.data);
    size_t held = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(fx_fit(&b.model, b.data, &b.o) == FX_OK);
        CHECK(fx_evaluate(&b.model, b.other).rows == 300);
        const size_t now = fx_context_memory(b.cx).bytes;
        CHECK_THAT(!held || now == held, "%zu bytes, then %zu", held, now);
        held = now;
    }
}

enum { SWEPT_STEPS = 6 };

/* Weights after each step of a short training that nothing disturbs. */
static void sweep_path(double path[SWEPT_STEPS + 1][MOST]) {
    bench b = bench_new(FX_F64);
    fx_data *scaled = fx_scaler_apply(fx_scaler_fit(b.data), b.data);
    fx_graph *g = fx_graph_new(b.cx);
    fx_sgd_options o = fx_sgd_defaults();
    o.momentum = 0.9;
    fx_optimizer *sgd = fx_sgd(b.params, 0.05, &o);
    fx_batch batch = fx_batches(scaled, BATCH, true, 0);
    for (int step = 0; step <= SWEPT_STEPS; step++) {
        read_all(b.params, path[step]);
        if (!fx_next(&batch, g)) CHECK(fx_next(&batch, g));
        fx_tensor loss = fx_mse_loss(b.model.forward(b.model.user, batch.x), batch.y);
        loss = fx_add(loss, fx_l2_penalty(b.params, g, 0.01));
        CHECK(fx_minimize(sgd, loss) == FX_OK);
    }
    fx_context_free(b.cx);
}

/* Trains, predicts and evaluates while requests fail; whether all three succeeded. */
static bool sweep_once(bench *b, double path[SWEPT_STEPS + 1][MOST]) {
    fx_sgd_options momentum = fx_sgd_defaults();
    double w[MOST], y[ROWS];
    momentum.momentum = 0.9;
    b->o.optimizer = fx_sgd(b->params, 0.05, &momentum);
    if (!b->o.optimizer) return false;
    fx_status status = fx_fit(&b->model, b->data, &b->o);
    const int64_t steps = fx_steps(b->o.optimizer);
    fx_optimizer_free(b->o.optimizer);
    CHECK(status == fx_error(b->cx) && (status == FX_OK || status == FX_ERR_MEMORY));
    read_all(b->params, w);
    CHECK(steps <= SWEPT_STEPS && memcmp(w, path[steps], 26 * sizeof w[0]) == 0);
    status = fx_predict(&b->model, b->data, ROWS, y);
    const fx_score score = fx_evaluate(&b->model, b->data);
    CHECK((score.rows == ROWS) == (fx_error(b->cx) == FX_OK));
    CHECK(isnan(score.mse) == (score.rows == 0));
    return fx_error(b->cx) == FX_OK;
}

FX_TEST(fit, memory_that_fails_at_any_request_loses_nothing) {
    double path[SWEPT_STEPS + 1][MOST];
    sweep_path(path);
    bench b = bench_new(FX_F64);
    b.o.epochs = 2;
    b.o.penalty = 0.01;
    b.o.validation = b.other;
    fx_params *start = fx_params_new(b.cx, FX_F64, 5);
    fx_mlp(start, "3-5-1", "tanh");
    b.model.scaler = fx_scaler_fit(b.data);
    CHECK(sweep_once(&b, path)); /* what stays for good is made */
    const size_t held = fx_context_memory(b.cx).bytes;
    for (int forever = 0; forever < 2; forever++) {
        bool done = false;
        for (int64_t n = 1; !done; n++) {
            CHECK(fx_params_copy(b.params, start) == FX_OK);
            fx_fail_request(b.cx, n, forever);
            done = sweep_once(&b, path);
            CHECK(done ? fx_error(b.cx) == FX_OK : fx_error(b.cx) == FX_ERR_MEMORY);
            CHECK(fx_fail_request(b.cx, 0, false) >= n || done);
            fx_clear(b.cx);
            CHECK_THAT(fx_context_memory(b.cx).bytes == held, "request %lld: %zu bytes, not %zu",
                       (long long)n, fx_context_memory(b.cx).bytes, held);
        }
    }
}
