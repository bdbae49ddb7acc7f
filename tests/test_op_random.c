/* SPDX-License-Identifier: MIT */
/* Dropout: how often, how large, from which seed, and that its mask is the same wherever it is
 * asked for again. */
#include <string.h>

#include "cases/cases.h"
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
