/* SPDX-License-Identifier: MIT */
/* Data sets: features and targets, split, scaled and cut into batches. */
#ifndef FLUXION_DATA_H
#define FLUXION_DATA_H

#include "fluxion/table.h"
#include "fluxion/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of features and targets, in memory of one dtype. */
typedef struct fx_data fx_data;

/* What a data set holds; everything belongs to it. */
typedef struct fx_data_view {
    int64_t rows, inputs, outputs;
    fx_dtype dtype;
    const void *x, *y;        /* [rows, inputs] and [rows, outputs], row-major */
    const char *const *names; /* of the inputs, then of the outputs */
} fx_data_view;

/* fx_data_new
 * Copies of x [rows, inputs] and y [rows, outputs] (NULL if outputs is 0), kept as dtype (FX_F32 or
 * FX_F64). Columns are called x1, x2, ... and y1, y2, ... Freed by its context at the latest.
 *
 *   ->   NULL after FX_ERR_ARGUMENT (no rows, no inputs, NULL), FX_ERR_DTYPE, FX_ERR_NAN (a value
 *        is not finite; the message names row and column), FX_ERR_MEMORY
 */
FX_API fx_data *fx_data_new(fx_context *cx, fx_dtype dtype, int64_t rows, int64_t inputs,
                            const double *x, int64_t outputs, const double *y);

/* fx_data_from_table
 * Columns of a table.
 *
 *   target     the column to be predicted; NULL: none
 *   n, names   the features, in this order; n = 0: all other columns
 *   ->         NULL after FX_ERR_ARGUMENT (no such column), FX_ERR_DATA (a column of text),
 *              FX_ERR_NAN (a missing value that was kept, or one that is not finite in the dtype;
 *              names file and line), FX_ERR_MEMORY
 */
FX_API fx_data *fx_data_from_table(const fx_table *table, const char *target, int64_t n,
                                   const char *const *names, fx_dtype dtype);

FX_API void fx_data_free(fx_data *data);
FX_API fx_context *fx_data_context(const fx_data *data);

/* fx_data_look
 * The contents; all zero for NULL. */
FX_API fx_data_view fx_data_look(const fx_data *data);

/* fx_data_take
 * A new data set of n rows of another, in the order given. FX_ERR_ARGUMENT for a row that is not
 * there, or none. */
FX_API fx_data *fx_data_take(const fx_data *data, int64_t n, const int64_t *rows);

/* fx_train_test_split
 * Exactly the rows of scikit-learn's train_test_split(test_size=..., random_state=seed): of a
 * permutation p = fx_numpy_permutation(seed, n), the first ceil(test_size n) are the test rows and
 * the rest the training rows, in that order.
 *
 *   test_size     in (0, 1); both parts must have a row, else FX_ERR_ARGUMENT
 *   train, test   receive new data sets; NULL after an error
 */
FX_API fx_status fx_train_test_split(const fx_data *data, double test_size, uint32_t seed,
                                     fx_data **train, fx_data **test);

/* ----------------------------------------------------------------------------- scaling */

/* Means and deviations of the columns of a data set: standardisation. */
typedef struct fx_scaler fx_scaler;

/* One column: z = (v - mean) / deviation. */
typedef struct fx_scale {
    const char *name;
    double mean, deviation;
} fx_scale;

/* fx_scaler_fit
 * Mean and population standard deviation (divided by n) of each feature and target, in double
 * precision, two passes. A constant column gets deviation 1, as scikit-learn's StandardScaler does.
 * Fit it on training rows only: test rows must not leak into it. */
FX_API fx_scaler *fx_scaler_fit(const fx_data *data);

/* fx_scaler_new
 * A scaler with the given columns, inputs first; copied. FX_ERR_ARGUMENT for a deviation that is
 * not positive and finite, a mean that is not finite, or a name that is NULL. */
FX_API fx_scaler *fx_scaler_new(fx_context *cx, int64_t inputs, int64_t outputs,
                                const fx_scale *columns);
FX_API void fx_scaler_free(fx_scaler *scaler);
FX_API int64_t fx_scaler_inputs(const fx_scaler *scaler);
FX_API int64_t fx_scaler_outputs(const fx_scaler *scaler);

/* fx_scaler_at
 * Column i, inputs first; name NULL outside. */
FX_API fx_scale fx_scaler_at(const fx_scaler *scaler, int64_t i);

/* fx_scaler_apply
 * A new data set, all columns standardised. The data has the scaler's inputs, and its outputs or
 * none; else FX_ERR_SHAPE. */
FX_API fx_data *fx_scaler_apply(const fx_scaler *scaler, const fx_data *data);

/* fx_scaler_invert
 * Targets [rows, outputs] back in their own units, in place: y = z deviation + mean. */
FX_API fx_status fx_scaler_invert(const fx_scaler *scaler, int64_t rows, double *y);

/* ----------------------------------------------------------------------------- batches */

#define FX_FULL_BATCH INT64_MAX

/* Runs through a data set in batches, epoch after epoch. A value: copying it starts a second
 * run from the same place. x and y are for reading, the rest is private. */
typedef struct fx_batch {
    fx_tensor x, y; /* [rows, inputs], [rows, outputs]: leaves of the graph */
    int64_t rows;   /* of this batch */
    int64_t epoch;  /* complete epochs so far */
    const fx_data *data;
    int64_t size, at;
    uint64_t seed;
    bool shuffle;
} fx_batch;

/* fx_batches
 * Batches of size rows, the last one shorter; size >= rows (FX_FULL_BATCH): all rows at once. With
 * shuffle, the order is a permutation that depends on seed and epoch alone; without, it is the
 * rows' own. The data set is not freed before the run's last batch. */
FX_API fx_batch fx_batches(const fx_data *data, int64_t size, bool shuffle, uint64_t seed);

/* fx_next
 * Resets the graph and makes the next batch in it. False at the end of an epoch, when the next call
 * begins another and the last batch can still be read, and after an error (fx_error tells them
 * apart), when the next call tries the same batch again. Batches in the rows' own order are views:
 * the data set must live until the graph is reset.
 *     while (fx_next(&batch, graph)) fx_minimize(sgd, fx_mse_loss(forward(net, batch.x), batch.y));
 */
FX_API bool fx_next(fx_batch *batch, fx_graph *graph);

#ifdef __cplusplus
}
#endif

#endif
