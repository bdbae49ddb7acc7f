/* SPDX-License-Identifier: MIT */
/* Models: layers, the multi-layer perceptron, training, prediction, files. */
#ifndef FLUXION_MODEL_H
#define FLUXION_MODEL_H

#include "fluxion/archive.h"
#include "fluxion/data.h"
#include "fluxion/ops.h"
#include "fluxion/optim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------------------- layers */

/* A dense layer: fx_linear(x, layer.weight, layer.bias). */
typedef struct fx_dense {
    fx_tensor weight, bias; /* [out, in] and [out] */
} fx_dense;

/* fx_dense_new
 * Adds name.weight and name.bias to params.
 *
 *   scheme   how they begin; NULL: "pytorch"
 *              "pytorch"  both U(-a, a), a = 1 / sqrt(in), as torch.nn.Linear
 *              "xavier"   weight U(-a, a), a = sqrt(6 / (in + out)), bias 0 (Glorot, Bengio 2010)
 *              "he"       weight N(0, 2 / in), bias 0 (He, Zhang, Ren, Sun 2015)
 *   ->       invalid tensors after FX_ERR_ARGUMENT (unknown scheme; in or out below 1), and the
 *            errors of fx_param
 */
FX_API fx_dense fx_dense_new(fx_params *params, const char *name, int64_t in, int64_t out,
                             const char *scheme);

/* fx_activation
 * x through the activation of that name: "relu", "tanh", "sigmoid", "linear" (x itself), "gelu",
 * "gelu_tanh", "silu", "mish", "elu" (alpha 1), "selu", "softplus", "softsign", "relu6",
 * "leaky_relu" (slope 0.01), "hardtanh", "hardsigmoid", "hardswish".
 * FX_ERR_ARGUMENT for another word, naming the nearest. */
FX_API fx_tensor fx_activation(fx_tensor x, const char *name);

/* ----------------------------------------------------------------------------- models */

/* y = forward(user, x): x [rows, inputs], y [rows, outputs]. */
typedef fx_tensor fx_forward(void *user, fx_tensor x);

/* A model: what fx_fit, fx_predict and fx_evaluate take, a user's own or fx_mlp's. A plain value;
 * its parts belong to the context, and params and scaler are not freed before its last use. */
typedef struct fx_model {
    fx_params *params; /* NULL after an error */
    fx_forward *forward;
    void *user;
    const fx_scaler *scaler; /* NULL: data is taken as it is */
    const char *layers;      /* "13-10-1"; NULL for a model of the user's own */
    const char *activation;
} fx_model;

/* fx_mlp
 * A multi-layer perceptron: dense layers with the activation in between and none after the last.
 * Parameters are named as in torch.nn.Sequential(Linear, ReLU, Linear): 0.weight, 0.bias, 2.weight,
 * 2.bias, whatever the activation ("linear" counts too); they begin as in PyTorch. Layers are
 * scopes: "hidden 1", "hidden 2", ..., "output".
 *
 *   layers   sizes joined by -, inputs first, at least two: "13-10-1"
 *   ->       params NULL after FX_ERR_ARGUMENT, FX_ERR_MEMORY
 */
FX_API fx_model fx_mlp(fx_params *params, const char *layers, const char *activation);

/* fx_mlp_init
 * The same with a scheme of fx_dense_new. */
FX_API fx_model fx_mlp_init(fx_params *params, const char *layers, const char *activation,
                            const char *scheme);

/* ---------------------------------------------------------------------------- training */

/* What the callback of fx_fit is told after each epoch. */
typedef struct fx_epoch {
    int64_t epoch, epochs; /* this one, from 1; of how many */
    double loss;           /* mean over the epoch's rows of the loss that was minimised */
    double validation;     /* mean loss of the validation rows; NaN without */
    fx_params *params;
} fx_epoch;

typedef struct fx_fit_options {
    size_t size; /* filled by fx_fit_defaults */
    int64_t epochs, batch;
    double lr;
    double momentum;
    bool nesterov;
    double decay;   /* L2 in the optimizer: fx_sgd_options */
    double penalty; /* L2 in the loss: fx_l2_penalty */
    bool shuffle;
    uint64_t seed;                                          /* of the order of the rows */
    const fx_data *validation;                              /* NULL: none */
    fx_tensor (*loss)(fx_tensor y, fx_tensor target);       /* NULL: fx_mse_loss */
    fx_optimizer *optimizer;                                /* NULL: fx_sgd from the above */
    bool (*on_epoch)(void *user, const fx_epoch *progress); /* false stops */
    void *user;
    double *losses, *validations; /* NULL, or room for epochs values; NaN where none was reached */
} fx_fit_options;

static inline fx_fit_options fx_fit_defaults(void) {
    fx_fit_options options = {sizeof(fx_fit_options),
                              100,
                              32,
                              0.01,
                              0,
                              false,
                              0,
                              0,
                              true,
                              0,
                              NULL,
                              NULL,
                              NULL,
                              NULL,
                              NULL,
                              NULL,
                              NULL};
    return options;
}

/* fx_fit
 * Trains a model: epochs runs through the data in batches, each a step of gradient descent.
 * batch FX_FULL_BATCH is gradient descent proper. Data passes through model->scaler, if there is
 * one; losses are in scaled units then.
 *
 *   data      of the params' dtype
 *   options   NULL: 100 epochs, batch 32, learning rate 0.01, rows shuffled with seed 0
 *   ->        FX_OK also when the callback stopped it. FX_ERR_ARGUMENT, FX_ERR_SHAPE, FX_ERR_DTYPE
 *             for what does not fit; FX_ERR_NAN if the loss is not finite: parameters are as before
 *             the step that failed
 */
FX_API fx_status fx_fit(const fx_model *model, const fx_data *data, const fx_fit_options *options);

/* fx_predict
 * The model's outputs [rows, outputs] for the rows of data, in the targets' own units, computed in
 * inference mode. y has room for capacity values; FX_ERR_SHAPE if they are too few. All NaN after
 * an error. */
FX_API fx_status fx_predict(const fx_model *model, const fx_data *data, int64_t capacity,
                            double *y);

/* How well predictions p meet targets t, over all n values, in the targets' own units. */
typedef struct fx_score {
    int64_t rows;
    double mse; /* (1/n) sum (p - t)^2 */
    double mae; /* (1/n) sum |p - t| */
    double r2;  /* 1 - sum (p - t)^2 / sum (t - mean t)^2; NaN where all t are equal */
} fx_score;

/* fx_evaluate
 * Predicts and compares. All NaN and no rows after an error. */
FX_API fx_score fx_evaluate(const fx_model *model, const fx_data *data);

/* ------------------------------------------------------------------------------- files */

/* fx_params_write, fx_params_read
 * All parameters and buffers into an archive, under their names; and back, strictly: a missing or
 * superfluous array, another shape or dtype is FX_ERR_FORMAT, and nothing is changed. */
FX_API fx_status fx_params_write(const fx_params *params, fx_archive *archive);
FX_API fx_status fx_params_read(fx_params *params, const fx_archive *archive);

/* fx_scaler_write, fx_scaler_read
 * A scaler as texts of an archive (fluxion.scaler, fluxion.column.0, ...), beside the arrays of
 * fx_params_write: for a model of one's own. source names the archive in messages.
 *
 *   ->   of read: NULL if the archive has none, and after FX_ERR_FORMAT, FX_ERR_MEMORY
 */
FX_API fx_status fx_scaler_write(const fx_scaler *scaler, fx_archive *archive);
FX_API fx_scaler *fx_scaler_read(const fx_archive *archive, const char *source);

/* fx_model_write, fx_model_read
 * A model as an archive: its parameters, and as texts fluxion.layers, fluxion.activation and, with
 * a scaler, fluxion.scaler (a line "inputs outputs", then a line "mean deviation" per column) and
 * fluxion.column.0, .1, ... (names), so that the archive alone predicts. fx_model_read makes an
 * fx_mlp; source names the archive in messages. For a model of one's own: fx_params_read. */
FX_API fx_archive *fx_model_write(const fx_model *model);
FX_API fx_model fx_model_read(const fx_archive *archive, const char *source);

/* fx_model_save, fx_model_load
 * The same to and from a file (fx_archive_save: whole or not at all).
 *
 *   ->   of load: params NULL after FX_ERR_IO, FX_ERR_FORMAT, FX_ERR_MEMORY
 */
FX_API fx_status fx_model_save(const fx_model *model, const char *path);
FX_API fx_model fx_model_load(fx_context *cx, const char *path);

#ifdef __cplusplus
}
#endif

#endif
