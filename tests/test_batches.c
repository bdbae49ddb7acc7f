/* SPDX-License-Identifier: MIT */
/* Batches: every row once an epoch, an order that is a function of (seed, epoch), no memory taken
 * after the first epoch, and nothing lost when there is none. */
#include <string.h>

#include "fluxion/data.h"
#include "fluxion/random.h"
#include "support.h"

enum { MOST = 64, INPUTS = 3 };

/* Row r holds r, r + 0.25, r + 0.5, and the target -r. */
static fx_data *numbered_data(fx_context *cx, fx_dtype dtype, int64_t rows) {
    double x[MOST * INPUTS], y[MOST];
    for (int64_t r = 0; r < rows; r++) {
        for (int c = 0; c < INPUTS; c++) x[r * INPUTS + c] = (double)r + 0.25 * c;
        y[r] = -(double)r;
    }
    return fx_data_new(cx, dtype, rows, INPUTS, x, 1, y);
}

/* The rows of a batch, by their numbers; all of its values are looked at. */
static void read_rows(const fx_batch *batch, int64_t *rows) {
    double x[MOST * INPUTS], y[MOST];
    CHECK(fx_shape_equal(fx_tensor_shape(batch->x), fx_shape2(batch->rows, INPUTS)));
    CHECK(fx_shape_equal(fx_tensor_shape(batch->y), fx_shape2(batch->rows, 1)));
    CHECK(fx_tensor_dtype(batch->x) == fx_data_look(batch->data).dtype);
    CHECK(fx_read_f64(batch->x, batch->rows * INPUTS, x) == FX_OK);
    CHECK(fx_read_f64(batch->y, batch->rows, y) == FX_OK);
    for (int64_t i = 0; i < batch->rows; i++) {
        rows[i] = (int64_t)x[i * INPUTS];
        for (int c = 0; c < INPUTS; c++) CHECK(x[i * INPUTS + c] == (double)rows[i] + 0.25 * c);
        CHECK(y[i] == -(double)rows[i]);
    }
}

/* The order of the rows in one epoch. */
static void read_epoch(fx_batch *batch, fx_graph *graph, int64_t *rows) {
    const int64_t n = fx_data_look(batch->data).rows, epoch = batch->epoch;
    int64_t seen = 0;
    while (fx_next(batch, graph)) {
        const int64_t rest = n - seen;
        CHECK(batch->rows == (batch->size < rest ? batch->size : rest) && batch->epoch == epoch);
        read_rows(batch, rows + seen);
        seen += batch->rows;
    }
    CHECK(!fx_error(fx_graph_context(graph)) && seen == n && batch->epoch == epoch + 1);
}

static void expect_order(uint64_t seed, int64_t epoch, int64_t n, int64_t *rows) {
    fx_permutation((fx_stream){seed, (uint64_t)epoch, fx_purpose("batches")}, n, rows);
}

static void check_error(fx_context *cx, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
    fx_clear(cx);
}

FX_TEST(batches, an_epoch_has_every_row_once_in_the_order_of_seed_and_epoch) {
    static const int64_t sizes[] = {1, 2, 3, 7, 63, 64, 65, FX_FULL_BATCH},
                         counts[] = {1, 2, 5, 64};
    int64_t seen[MOST], expected[MOST];
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    for (int i = 0; i < 4 * 8 * 4; i++) {
        const int64_t n = counts[i / 32], size = sizes[i / 4 % 8];
        const bool shuffle = i % 2;
        const uint64_t seed = (uint64_t)(i % 3);
        fx_data *data = numbered_data(cx, i / 2 % 2 ? FX_F64 : FX_F32, n);
        fx_batch batch = fx_batches(data, size, shuffle, seed);
        for (int64_t epoch = 0; epoch < 3; epoch++) {
            read_epoch(&batch, graph, seen);
            expect_order(seed, epoch, n, expected);
            for (int64_t r = 0; r < n; r++) CHECK(seen[r] == (shuffle ? expected[r] : r));
        }
        fx_data_free(data);
    }
}

FX_TEST(batches, the_order_does_not_depend_on_what_was_iterated_before) {
    int64_t first[MOST], second[MOST], expected[MOST];
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_data *data = numbered_data(cx, FX_F32, 20);
    fx_batch a = fx_batches(data, 3, true, 1), b = fx_batches(data, 5, true, 2);
    read_epoch(&a, graph, first);
    read_epoch(&b, graph, second);
    CHECK(memcmp(first, second, 20 * sizeof *first) != 0);
    read_epoch(&a, graph, second);
    expect_order(1, 1, 20, expected);
    CHECK(memcmp(second, expected, 20 * sizeof *second) == 0);
    a = fx_batches(data, 20, true, 1);
    read_epoch(&a, graph, second);
    CHECK(memcmp(first, second, 20 * sizeof *first) == 0);
}

/* Two runs, step by step in turn, in graphs of their own: sizes, seeds and epochs differ, and each
 * batch still holds its rows when the other run has moved. */
FX_TEST(batches, two_runs_through_one_data_set_do_not_disturb_each_other) {
    int64_t rows[2][MOST], expected[MOST];
    fx_context *cx = test_context();
    fx_data *data = numbered_data(cx, FX_F64, 12);
    fx_graph *graph[] = {fx_graph_new(cx), fx_graph_new(cx)};
    fx_batch run[] = {fx_batches(data, 2, true, 7), fx_batches(data, 5, true, 8)};
    CHECK(fx_next(&run[1], graph[1]));
    for (int step = 0; step < 60; step++) {
        const int mine = step % 2, other = 1 - mine;
        const fx_batch kept = run[other];
        if (!fx_next(&run[mine], graph[mine])) CHECK(fx_next(&run[mine], graph[mine]));
        for (int r = 0; r < 2; r++) {
            const fx_batch *b = r == mine ? &run[mine] : &kept;
            if (!b->rows) continue;
            read_rows(b, rows[r]);
            expect_order(r ? 8 : 7, b->epoch, 12, expected);
            CHECK(memcmp(rows[r], expected + b->at - b->rows, (size_t)b->rows * sizeof *expected) ==
                  0);
        }
    }
    CHECK(run[0].epoch > 3 && fx_error(cx) == FX_OK);
}

FX_TEST(batches, a_copy_runs_on_from_the_same_place) {
    int64_t a[MOST], b[MOST];
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_data *data = numbered_data(cx, FX_F32, 10);
    fx_batch batch = fx_batches(data, 4, true, 3);
    CHECK(fx_next(&batch, graph));
    fx_batch copy = batch;
    CHECK(fx_next(&batch, graph));
    read_rows(&batch, a);
    CHECK(fx_next(&copy, graph));
    read_rows(&copy, b);
    CHECK(memcmp(a, b, 4 * sizeof *a) == 0);
}

FX_TEST(batches, the_last_batch_can_be_read_after_the_epoch) {
    int64_t rows[MOST];
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_batch batch = fx_batches(numbered_data(cx, FX_F32, 5), 3, true, 0);
    CHECK(fx_next(&batch, graph));
    const fx_tensor stale = batch.x;
    CHECK(fx_next(&batch, graph) && !fx_next(&batch, graph));
    CHECK(batch.rows == 2 && !fx_tensor_valid(stale));
    read_rows(&batch, rows);
    CHECK(fx_next(&batch, graph) && batch.rows == 3);
}

FX_TEST(batches, targets_may_be_missing) {
    static const double x[] = {1, 2, 3};
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_data *data = fx_data_new(cx, FX_F64, 3, 1, x, 0, NULL);
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        fx_batch batch = fx_batches(data, 2, shuffle, 0);
        while (fx_next(&batch, graph))
            CHECK(fx_shape_equal(fx_tensor_shape(batch.y), fx_shape2(batch.rows, 0)));
        CHECK(fx_error(cx) == FX_OK && batch.epoch == 1);
    }
}

FX_TEST(batches, rows_in_their_own_order_are_not_copied) {
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    static double x[1 << 18]; /* 2 MiB */
    fx_data *data = fx_data_new(cx, FX_F64, 1 << 18, 1, x, 0, NULL);
    fx_batch batch = fx_batches(data, FX_FULL_BATCH, false, 0);
    const size_t before = fx_context_memory(cx).bytes;
    CHECK(fx_next(&batch, graph) && batch.rows == 1 << 18);
    CHECK(fx_context_memory(cx).bytes < before + (1 << 20));
}

FX_TEST(batches, a_settled_epoch_takes_no_memory) {
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_data *data = numbered_data(cx, FX_F64, 50);
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        fx_batch batch = fx_batches(data, 8, shuffle, 5);
        while (fx_next(&batch, graph)) continue;
        const int64_t settled = fx_context_memory(cx).allocations;
        for (int epoch = 0; epoch < 5; epoch++)
            while (fx_next(&batch, graph)) continue;
        CHECK(batch.epoch == 6 && fx_context_memory(cx).allocations == settled);
    }
}

FX_TEST(batches, room_goes_with_the_data) {
    static const int64_t sizes[] = {1, 4, 2, 50, 9};
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_data *kept = numbered_data(cx, FX_F64, 50);
    fx_batch batch = fx_batches(kept, 50, true, 5);
    CHECK(fx_next(&batch, graph)); /* the context frees this one's room, before the data */
    const size_t before = fx_context_memory(cx).bytes;
    for (int i = 0; i < 5; i++) {
        fx_data *data = numbered_data(cx, FX_F64, 50);
        const size_t alone = fx_context_memory(cx).bytes;
        for (int j = 0; j <= i; j++) {
            batch = fx_batches(data, sizes[j], true, 5);
            CHECK(fx_next(&batch, graph));
        }
        CHECK(fx_context_memory(cx).bytes > alone);
        CHECK(fx_graph_reset(graph) == FX_OK);
        fx_data_free(data);
        CHECK(fx_context_memory(cx).bytes == before);
    }
}

/* ------------------------------------------------------------------------------ errors */

FX_TEST(batches, a_size_below_1_is_refused) {
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_data *data = numbered_data(cx, FX_F32, 5);
    fx_batch batch = fx_batches(data, 0, true, 0);
    CHECK(!fx_next(&batch, graph));
    check_error(cx, "fx_batches: size is 0; a batch has a row at least (FX_FULL_BATCH: all rows)");
    CHECK(!fx_next(&batch, graph));
    check_error(cx, "fx_next: the batch has no data set; make it with fx_batches");
    batch = fx_batches(data, -3, false, 0);
    check_error(cx, "fx_batches: size is -3; a batch has a row at least (FX_FULL_BATCH: all rows)");
}

FX_TEST(batches, null_and_strangers_are_refused) {
    fx_context *cx = test_context(), *other = test_context();
    fx_graph *graph = fx_graph_new(cx), *strange = fx_graph_new(other);
    fx_batch none = fx_batches(NULL, 5, true, 0);
    fx_batch batch = fx_batches(numbered_data(cx, FX_F32, 5), 2, true, 0);
    CHECK(!fx_next(NULL, NULL) && !fx_next(&none, NULL));
    CHECK(!fx_next(&none, graph));
    check_error(cx, "fx_next: the batch has no data set; make it with fx_batches");
    CHECK(!fx_next(NULL, graph));
    check_error(cx, "fx_next: the batch is NULL");
    CHECK(!fx_next(&batch, NULL));
    check_error(cx, "fx_next: the graph is NULL");
    CHECK(!fx_next(&batch, strange) && fx_error(cx) == FX_OK);
    check_error(other, "fx_next: graph and data set belong to two contexts");
    fx_graph_free(graph);
    CHECK(!fx_next(&batch, graph));
    CHECK_TEXT(fx_error_text(cx), "fx_graph_reset: the graph was freed");
    CHECK(fx_error(cx) == FX_ERR_STATE);
    fx_clear(cx);
    graph = fx_graph_new(cx);
    CHECK(fx_next(&batch, graph) && batch.at == 2);
}

FX_TEST(batches, an_error_standing_stops_the_run_where_it_is) {
    fx_context *cx = test_context();
    fx_graph *graph = fx_graph_new(cx);
    fx_batch batch = fx_batches(numbered_data(cx, FX_F32, 5), 2, true, 0);
    for (int step = 0; step < 7; step++) {
        const fx_batch before = batch;
        fx_fail(cx, FX_ERR_IO, "stands");
        CHECK(!fx_next(&batch, graph) && batch.at == before.at && batch.epoch == before.epoch);
        CHECK_TEXT(fx_error_text(cx), "stands");
        fx_clear(cx);
        CHECK(fx_next(&batch, graph) == (step % 4 != 3));
    }
}

/* The requests of a whole epoch fail one by one, each batch is tried again until it comes: its rows
 * are those of the undisturbed run. The data set is new each time, so that its room fails too, and
 * it has had a smaller room before, which survives. */
FX_TEST(batches, the_same_batch_comes_again_after_a_lack_of_memory) {
    int64_t expected[MOST], rows[MOST];
    fx_context *cx = test_context();
    expect_order(9, 0, 11, expected);
    for (int shuffle = 0; shuffle < 2; shuffle++)
        for (int64_t n = 1, failures = 1; failures; n++) {
            failures = 0;
            fx_data *data = numbered_data(cx, FX_F32, 11);
            fx_graph *graph = fx_graph_new(cx);
            fx_batch small = fx_batches(data, 1, n % 2, 4);
            CHECK(fx_next(&small, graph));
            fx_batch batch = fx_batches(data, 4, shuffle, 9);
            fx_fail_request(cx, n, false);
            for (int64_t at = 0; at < 11; at += batch.rows) {
                while (!fx_next(&batch, graph)) {
                    CHECK(fx_error(cx) == FX_ERR_MEMORY && batch.at == at && batch.epoch == 0);
                    fx_clear(cx);
                    CHECK(++failures == 1);
                }
                read_rows(&batch, rows);
                for (int64_t i = 0; i < batch.rows; i++)
                    CHECK(rows[i] == (shuffle ? expected[at + i] : at + i));
            }
            CHECK(n < 1000 && (failures || n > 9));
            fx_fail_request(cx, 0, false);
            CHECK(!fx_next(&batch, graph) && batch.epoch == 1 && fx_error(cx) == FX_OK);
            fx_graph_free(graph);
            fx_data_free(data);
        }
}
