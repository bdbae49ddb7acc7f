/* SPDX-License-Identifier: MIT */
/* Rows of a data set as a new one, and the split into training and test rows. The order is that of
 * scikit-learn's ShuffleSplit: test rows are the front of a permutation, ceil(test_size n) of them,
 * so that results can be compared with published ones. */
#include <math.h>
#include <string.h>

#include "data.h"
#include "fluxion/random.h"

static void split_copy_row(fx_data *to, int64_t row, const fx_data *from, int64_t source) {
    const fx_data_view *v = &from->view;
    const size_t item = fx_dtype_size(v->dtype);
    const size_t x = (size_t)v->inputs * item, y = (size_t)v->outputs * item;
    memcpy((char *)to->x + (size_t)row * x, (const char *)v->x + (size_t)source * x, x);
    memcpy((char *)to->y + (size_t)row * y, (const char *)v->y + (size_t)source * y, y);
}

static bool split_rows_there(const fx_data *data, int64_t n, const int64_t *rows) {
    if (n < 1 || !rows) {
        fx_fail(data->cx, FX_ERR_ARGUMENT, "fx_data_take: %lld rows%s; at least one is needed",
                (long long)n, n < 1 ? "" : ", listed in NULL");
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        if (rows[i] >= 0 && rows[i] < data->view.rows) continue;
        fx_fail(data->cx, FX_ERR_ARGUMENT,
                "fx_data_take: there is no row %lld (rows[%lld]); the data has rows 0 to %lld",
                (long long)rows[i], (long long)i, (long long)data->view.rows - 1);
        return false;
    }
    return true;
}

fx_data *fx_data_take(const fx_data *data, int64_t n, const int64_t *rows) {
    if (!data || fx_error(data->cx) || !split_rows_there(data, n, rows)) return NULL;
    fx_data *taken = fx__data_like(data, n);
    for (int64_t i = 0; taken && i < n; i++) split_copy_row(taken, i, data, rows[i]);
    return taken;
}

/* How many rows are for the test; 0 after an error. */
static int64_t split_test_rows(const fx_data *data, double test_size) {
    const int64_t n = data->view.rows;
    if (!(test_size > 0 && test_size < 1)) {
        fx_fail(data->cx, FX_ERR_ARGUMENT,
                "fx_train_test_split: test_size is %g; it is a share between 0 and 1", test_size);
        return 0;
    }
    const int64_t test = (int64_t)ceil(test_size * (double)n);
    if (test < n) return test;
    fx_fail(data->cx, FX_ERR_ARGUMENT,
            "fx_train_test_split: test_size %g of %lld rows leaves none to train with", test_size,
            (long long)n);
    return 0;
}

fx_status fx_train_test_split(const fx_data *data, double test_size, uint32_t seed, fx_data **train,
                              fx_data **test) {
    if (train) *train = NULL;
    if (test) *test = NULL;
    if (!data) return FX_ERR_ARGUMENT;
    fx_context *cx = data->cx;
    if (fx_error(cx)) return fx_error(cx);
    if (!train || !test)
        return fx_fail(cx, FX_ERR_ARGUMENT, "fx_train_test_split: %s is NULL",
                       train ? "test" : "train");
    const int64_t n = data->view.rows, tested = split_test_rows(data, test_size);
    int64_t *order = tested ? fx_new(cx, (size_t)n * sizeof *order, NULL) : NULL;
    if (!order) return fx_error(cx);
    fx_numpy_permutation(seed, n, order);
    fx_data *front = fx_data_take(data, tested, order);
    fx_data *rest = fx_data_take(data, n - tested, order + tested);
    fx_delete(order);
    if (rest) {
        *train = rest;
        *test = front;
    } else
        fx_data_free(front);
    return fx_error(cx);
}
