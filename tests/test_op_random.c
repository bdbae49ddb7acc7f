/* SPDX-License-Identifier: MIT */
/* Dropout: how often, how large, from which seed, and that its mask is the same wherever it is
 * asked for again. The same of numbers drawn outright. */
#include <stdlib.h>
#include <string.h>

#include "cases/cases.h"
#include "fluxion/random.h"
#include "kernel_data.h"
#include "support.h"

enum { RANDOM_MANY = 20000 };

static double random_ones[RANDOM_MANY], random_y[RANDOM_MANY], random_again[RANDOM_MANY];

static fx_tensor random_input(fx_graph *g) {
    for (int i = 0; i < RANDOM_MANY; i++) random_ones[i] = 1;
    return fx_input_f64(g, fx_shape1(RANDOM_MANY), random_ones);
}

static void random_draw(fx_graph *g, double p, double *y) {
    CHECK(fx_read_f64(fx_dropout(random_input(g), p), RANDOM_MANY, y) == FX_OK);
}

/* Kept values are 1 / (1 - p), as often as 1 - p says, to five standard deviations; neighbours are
 * independent. */
FX_TEST(dropout, keeps_as_many_as_it_says) {
    fx_graph *g = fx_graph_new(test_context());
    const double ps[] = {0.01, 0.1, 0.5, 0.9};
    for (int k = 0; k < CASE_COUNT(ps); k++) {
        const double p = ps[k], scale = 1 / (1 - p), n = RANDOM_MANY;
        double dropped = 0, pairs = 0;
        random_draw(g, p, random_y);
        for (int i = 0; i < RANDOM_MANY; i++) {
            CHECK(random_y[i] == 0 || random_y[i] == scale);
            dropped += random_y[i] == 0;
            pairs += i > 0 && random_y[i] == 0 && random_y[i - 1] == 0;
        }
        CHECK_THAT(fabs(dropped - n * p) <= 5 * sqrt(n * p * (1 - p)), "%g of %g dropped, p = %g",
                   dropped, n, p);
        CHECK_THAT(fabs(pairs - n * p * p) <= 8 * sqrt(n * p * p), "%g pairs, p = %g", pairs, p);
        fx_graph_reset(g);
    }
}

FX_TEST(dropout, ends_are_all_and_nothing) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    random_draw(g, 1, random_y);
    for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_y[i] == 0);
    fx_tensor x = random_input(g);
    const fx_tensor y = fx_dropout(x, 0);
    CHECK(memcmp(&x, &y, sizeof x) == 0);
    random_draw(g, 1e-300, random_y);
    for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_y[i] == 1);
    const double hot[] = {INFINITY, NAN}; /* what is dropped is 0, whatever it was */
    x = fx_input_f64(g, fx_shape1(2), hot);
    CHECK(fx_item(fx_sum(fx_dropout(x, 1))) == 0);
    CHECK_TEXT(fx_error_text(cx), "");
}

static bool random_differ(void) { return memcmp(random_y, random_again, sizeof random_y) != 0; }

FX_TEST(dropout, is_a_function_of_seed_and_draw) {
    fx_context_options options = fx_context_defaults();
    options.seed = 7;
    fx_graph *g = fx_graph_new(test_context_with(&options)), *other = fx_graph_new(test_context());
    random_draw(g, 0.5, random_y);
    random_draw(other, 0.5, random_again);
    CHECK(random_differ()); /* another seed */
    fx_graph_seed(other, 7);
    random_draw(other, 0.5, random_again);
    CHECK(!random_differ());
    random_draw(other, 0.5, random_again);
    CHECK(random_differ()); /* the next draw */
    fx_graph_reset(g);
    random_draw(g, 0.5, random_y);
    CHECK(!random_differ()); /* a reset goes on, it does not begin again */
}

/* Its elements alone say what is dropped: not the dtype, not the layout. */
FX_TEST(dropout, drops_the_same_in_f32) {
    fx_graph *g = fx_graph_new(test_context());
    random_draw(g, 0.3, random_y);
    fx_graph_seed(g, 0);
    const fx_tensor y = fx_dropout(fx_cast(random_input(g), FX_F32), 0.3);
    CHECK(fx_read_f64(y, RANDOM_MANY, random_again) == FX_OK);
    for (int i = 0; i < RANDOM_MANY; i++) CHECK((random_y[i] == 0) == (random_again[i] == 0));
}

FX_TEST(dropout, does_nothing_in_a_graph_that_predicts) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_inference(g, true);
    random_draw(g, 0.5, random_y);
    for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_y[i] == 1);
    CHECK(!fx_tensor_valid(fx_dropout(random_input(g), 2))); /* but what is wrong stays wrong */
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
    fx_graph_reset(g); /* while the error stands: gives back what was drawn */
    fx_clear(cx);
    fx_inference(g, false);
    random_draw(g, 0.5, random_y);
    fx_graph_seed(g, 0);
    random_draw(g, 0.5, random_again);
    CHECK(!random_differ()); /* predicting took no draw */
}

static fx_tensor random_twice(void *user, const fx_tensor *xs) {
    (void)user;
    return fx_dropout(fx_mul(fx_dropout(xs[0], 0.5), xs[0]), 0.25);
}

/* Of x = 1 the value is the mask, and so is the slope of each factor. */
FX_TEST(dropout, backward_and_recomputation_see_the_same_mask) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (int recompute = 0; recompute < 2; recompute++) {
        const fx_tensor x = random_input(g);
        const fx_tensor y =
            recompute ? fx_recompute(random_twice, NULL, 0, 1, &x) : random_twice(NULL, &x);
        fx_tensor dx, ddx;
        CHECK(fx_grad(fx_sum(y), FX_NONE, 1, &x, &dx) == FX_OK);
        CHECK(fx_grad(fx_sum(dx), FX_NONE, 1, &x, &ddx) == FX_OK);
        fx_read_f64(y, RANDOM_MANY, random_y);
        fx_read_f64(dx, RANDOM_MANY, random_again);
        for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_again[i] == 2 * random_y[i]);
        fx_read_f64(ddx, RANDOM_MANY, random_again);
        for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_again[i] == 2 * random_y[i]);
        fx_graph_reset(g);
    }
    CHECK_TEXT(fx_error_text(cx), "");
}

/* ---- draws ---- */

static fx_tensor random_rand(fx_graph *g) { return fx_rand(g, FX_F64, fx_shape1(RANDOM_MANY)); }

static fx_tensor random_randn(fx_graph *g) { return fx_randn(g, FX_F64, fx_shape1(RANDOM_MANY)); }

static fx_tensor random_whole(fx_graph *g) {
    return fx_cast(fx_randint(g, -5, 1000, fx_shape1(RANDOM_MANY)), FX_F64);
}

static fx_tensor random_order(fx_graph *g) { return fx_cast(fx_randperm(g, RANDOM_MANY), FX_F64); }

static fx_tensor random_flips(fx_graph *g) {
    return fx_bernoulli(fx_full(g, FX_F64, fx_shape1(RANDOM_MANY), 0.5));
}

static fx_tensor random_between(fx_graph *g) {
    return fx_sample_uniform(fx_f64(g, -1), fx_num(3), fx_shape1(RANDOM_MANY));
}

static fx_tensor random_about(fx_graph *g) {
    return fx_sample_normal(fx_num(10), fx_f64(g, 0.5), fx_shape1(RANDOM_MANY));
}

static fx_tensor (*const random_draws[])(fx_graph *) = {
    random_rand,  random_randn,   random_whole, random_order,
    random_flips, random_between, random_about,
};

static void random_take(fx_tensor t, double *out) {
    CHECK(fx_read_f64(t, RANDOM_MANY, out) == FX_OK);
}

FX_TEST(draws, are_functions_of_seed_and_draw) {
    fx_context_options options = fx_context_defaults();
    options.seed = 7;
    fx_context *cx = test_context_with(&options), *another = test_context();
    for (int k = 0; k < CASE_COUNT(random_draws); k++) {
        fx_graph *g = fx_graph_new(cx), *other = fx_graph_new(another);
        random_take(random_draws[k](g), random_y);
        random_take(random_draws[k](other), random_again);
        CHECK_THAT(random_differ(), "draw %d: another seed", k);
        fx_graph_seed(other, 7);
        fx_inference(other, true); /* who predicts may draw all the same */
        random_take(random_draws[k](other), random_again);
        CHECK_THAT(!random_differ(), "draw %d: the same seed", k);
        random_take(random_draws[k](other), random_again);
        CHECK_THAT(random_differ(), "draw %d: the next draw", k);
        fx_graph_reset(g);
        random_take(random_draws[k](g), random_y);
        CHECK_THAT(!random_differ(), "draw %d: after a reset", k);
        fx_graph_free(other);
        fx_graph_free(g);
    }
}

/* The streams of random.h, as f64 and, shortened, as f32; two kinds of one draw do not meet. */
FX_TEST(draws, are_the_numbers_of_random_h) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_shape shape = fx_shape2(RANDOM_MANY / 50, 50);
    double low = 1;
    for (uint64_t draw = 0; draw < 4; draw++) {
        const fx_dtype dtype = draw % 2 ? FX_F32 : FX_F64;
        const char *const purpose = draw < 2 ? "uniform" : "normal";
        const fx_stream stream = {5, draw, fx_purpose(purpose)};
        if (draw == 0) fx_graph_seed(g, 5);
        random_take(draw < 2 ? fx_rand(g, dtype, shape) : fx_randn(g, dtype, shape), random_y);
        for (int i = 0; i < RANDOM_MANY; i++) {
            const double u = fx_uniform(stream, (uint64_t)i), z = fx_normal(stream, (uint64_t)i);
            const double cut = floor(u * 0x1p24) * 0x1p-24;
            const double want = draw == 0 ? u : draw == 1 ? cut : draw == 2 ? z : (double)(float)z;
            CHECK_THAT(random_y[i] == want, "%s %d: %.17g, not %.17g", purpose, i, random_y[i],
                       want);
            low = fmin(low, draw < 2 ? 1 - random_y[i] : 1);
        }
    }
    CHECK(low > 0);
}

static int random_compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean and variance to five standard deviations, which the fourth moment gives; Kolmogorov's
 * distance from the distribution function, below 1.95 / sqrt n except once in 1000 seeds. */
static void random_check_law(double mean, double variance, double kurtosis,
                             double (*below)(double)) {
    const double n = RANDOM_MANY;
    double sum = 0, squares = 0, distance = 0;
    for (int i = 0; i < RANDOM_MANY; i++) sum += random_y[i] - mean;
    for (int i = 0; i < RANDOM_MANY; i++)
        squares += (random_y[i] - mean) * (random_y[i] - mean) / variance;
    CHECK_NEAR(sum / n / sqrt(variance), 0, 5 / sqrt(n));
    CHECK_NEAR(squares / n, 1, 5 * sqrt((kurtosis - 1) / n));
    qsort(random_y, RANDOM_MANY, sizeof *random_y, random_compare);
    for (int i = 0; i < RANDOM_MANY; i++) {
        const double p = below(random_y[i]);
        distance = fmax(distance, fmax(p - i / n, (i + 1) / n - p));
    }
    CHECK_THAT(distance < 1.95 / sqrt(n), "Kolmogorov's distance %g", distance);
}

static double random_below_unit(double x) { return x; }

static double random_below_wide(double x) { return (x + 1) / 4; }

static double random_below_normal(double x) { return erfc(-x / sqrt(2)) / 2; }

static double random_below_narrow(double x) { return erfc(-(x - 10) / 0.5 / sqrt(2)) / 2; }

FX_TEST(draws, have_the_distributions_that_they_name) {
    fx_graph *g = fx_graph_new(test_context());
    random_take(random_rand(g), random_y);
    random_check_law(0.5, 1.0 / 12, 1.8, random_below_unit);
    random_take(random_between(g), random_y);
    random_check_law(1, 16.0 / 12, 1.8, random_below_wide);
    random_take(random_randn(g), random_y);
    random_check_law(0, 1, 3, random_below_normal);
    random_take(random_about(g), random_y);
    random_check_law(10, 0.25, 3, random_below_narrow);
}

FX_TEST(draws, of_bernoulli_are_as_frequent_as_p_says) {
    fx_graph *g = fx_graph_new(test_context());
    const double ps[] = {0, 1e-300, 0.01, 0.3, 0.5, 0.99, 1};
    for (int dtype = 0; dtype < 2; dtype++)
        for (int k = 0; k < CASE_COUNT(ps); k++) {
            const double p = ps[k], n = RANDOM_MANY;
            double yes = 0;
            random_take(fx_bernoulli(fx_full(g, (fx_dtype)dtype, fx_shape1(RANDOM_MANY), p)),
                        random_y);
            for (int i = 0; i < RANDOM_MANY; i++) {
                CHECK(random_y[i] == 0 || random_y[i] == 1);
                yes += random_y[i];
            }
            CHECK_THAT(fabs(yes - n * p) <= 5 * sqrt(n * p * (1 - p)), "%g of %g, p = %g", yes, n,
                       p);
        }
}

/* p is the end of an interval that is open there: u below p is 1, u = p is 0. */
FX_TEST(draws, of_bernoulli_compare_with_the_numbers_of_random_h) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_stream stream = {9, 0, fx_purpose("bernoulli")};
    for (int i = 0; i < RANDOM_MANY; i++)
        random_ones[i] = fx_uniform(stream, (uint64_t)i) + (i % 2) * 0x1p-53;
    fx_graph_seed(g, 9);
    random_take(fx_bernoulli(fx_input_f64(g, fx_shape1(RANDOM_MANY), random_ones)), random_y);
    for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_y[i] == i % 2);
}

FX_TEST(draws, of_whole_numbers_fill_their_range) {
    fx_graph *g = fx_graph_new(test_context());
    static int64_t whole[RANDOM_MANY];
    int counts[7] = {0};
    CHECK(fx_read_i64(fx_randint(g, -3, 4, fx_shape1(RANDOM_MANY)), RANDOM_MANY, whole) == FX_OK);
    for (int i = 0; i < RANDOM_MANY; i++) {
        CHECK(whole[i] >= -3 && whole[i] < 4);
        counts[whole[i] + 3]++;
    }
    for (int k = 0; k < 7; k++) CHECK(abs(counts[k] - RANDOM_MANY / 7) < 5 * 50);
    CHECK(fx_read_i64(fx_randint(g, INT64_MIN, INT64_MAX, fx_shape1(8)), 8, whole) == FX_OK);
    int negative = 0;
    for (int i = 0; i < 8; i++) negative += whole[i] < 0;
    CHECK(negative > 0 && negative < 8);
    random_take(random_order(g), random_y);
    qsort(random_y, RANDOM_MANY, sizeof *random_y, random_compare);
    for (int i = 0; i < RANDOM_MANY; i++) CHECK(random_y[i] == i);
}

/* sum (sample - x)^2 with samples of N(x, x): differences see the same numbers. */
static fx_tensor random_loss(void *user, const fx_tensor *xs) {
    (void)user;
    const fx_tensor z = fx_sample_normal(xs[0], xs[1], fx_shape2(3, 2));
    const fx_tensor u = fx_sample_uniform(xs[1], xs[0], fx_shape2(3, 2));
    return fx_sum(fx_mul(fx_square(z), fx_add(u, fx_square(xs[1]))));
}

FX_TEST(draws, let_gradients_reach_the_parameters) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double values[] = {0.5, -1.5, 2};
    const fx_tensor xs[] = {fx_input_f64(g, fx_shape1(2), values), fx_f64(g, 0.75)};
    fx_gradcheck_report report;
    CHECK(fx_gradcheck(g, random_loss, NULL, 2, xs, NULL, &report) == FX_OK && report.passed);
    fx_tensor plain[2], again[2];
    fx_graph_seed(g, 1);
    const fx_tensor y = random_loss(NULL, xs);
    CHECK(fx_grad(y, FX_NONE, 2, xs, plain) == FX_OK);
    fx_graph_seed(g, 1);
    const fx_tensor z = fx_recompute(random_loss, NULL, 0, 2, xs);
    CHECK(fx_grad(z, FX_NONE, 2, xs, again) == FX_OK);
    CHECK(fx_item(y) == fx_item(z));
    for (int i = 0; i < 2; i++)
        CHECK(fx_item(fx_sum(plain[i])) == fx_item(fx_sum(again[i])) &&
              fx_item(fx_sum(plain[i])) != 0);
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(draws, of_bernoulli_have_no_derivative) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor p = fx_full(g, FX_F64, fx_shape1(4), 0.5), x = fx_square(p);
    fx_tensor dp;
    CHECK(fx_grad(fx_sum(fx_mul(fx_bernoulli(fx_detach(p)), x)), FX_NONE, 1, &p, &dp) == FX_OK);
    CHECK(fx_grad(fx_sum(fx_bernoulli(p)), FX_NONE, 1, &p, &dp) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "backward of bernoulli: the op is not differentiable");
    fx_clear(cx);
}

FX_TEST(draws, without_a_graph_are_refused) {
    fx_context *cx = test_context();
    fx_params *params = fx_params_new(cx, FX_F64, 0);
    const fx_tensor p = fx_param(params, "p", fx_shape1(2), fx_constant(0.5));
    CHECK(!fx_tensor_valid(fx_bernoulli(p)));
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "bernoulli: all operands are parameters or numbers; write "
                                  "fx_use(graph, ...) around one of them");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_sample_normal(p, fx_num(1), fx_shape1(2))));
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "sample_normal: all operands are parameters or numbers; write "
                                  "fx_use(graph, ...) around one of them");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_sample_uniform(fx_num(0), fx_num(1), fx_shape0())));
    CHECK(!fx_tensor_valid(fx_bernoulli(fx_num(0.5))));
    CHECK(!fx_tensor_valid(fx_rand(NULL, FX_F64, fx_shape0())));
    CHECK(!fx_tensor_valid(fx_randn(NULL, FX_F64, fx_shape0())));
    CHECK(!fx_tensor_valid(fx_randint(NULL, 0, 2, fx_shape0())));
    CHECK(!fx_tensor_valid(fx_randperm(NULL, 3)));
    CHECK_TEXT(fx_error_text(cx), "");
}
