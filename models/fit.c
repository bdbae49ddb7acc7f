/* SPDX-License-Identifier: MIT */
/* Training: epochs of batches, each a step of the optimizer. All that it needs is made before the
 * first step and freed after the last one, whatever happens in between. */
#include "predict.h"

#include <math.h>

/* One training. */
typedef struct fit_run {
    const fx_model *model;
    const fx_fit_options *o;
    fx_context *cx;
    fx_graph *graph;
    fx_optimizer *optimizer;
    const fx_data *train, *validation; /* as the model wants them */
    fx_data *owned[2];
} fit_run;

static fx_status fit_check_data(const fx_model *model, const fx_data *data) {
    const fx_status status = fx__model_takes(model, data, "fx_fit");
    if (status != FX_OK || fx_data_look(data).outputs > 0) return status;
    return fx_fail(fx_data_context(data), FX_ERR_ARGUMENT, "fx_fit: the data has no targets");
}

static fx_status fit_check_validation(const fx_model *model, const fx_data *data,
                                      const fx_data *validation) {
    const fx_status status = fx__model_takes(model, validation, "fx_fit, validation");
    const fx_data_view a = fx_data_look(data), b = fx_data_look(validation);
    if (status != FX_OK || (a.inputs == b.inputs && a.outputs == b.outputs)) return status;
    return fx_fail(fx_data_context(data), FX_ERR_SHAPE,
                   "fx_fit: the validation data has %lld inputs and %lld targets, the training "
                   "data %lld and %lld",
                   (long long)b.inputs, (long long)b.outputs, (long long)a.inputs,
                   (long long)a.outputs);
}

/* An optimizer of the user's own is taken as it is: what would be ignored is refused. */
static fx_status fit_check_optimizer(const fx_model *model, const fx_fit_options *o) {
    fx_context *cx = fx_params_context(model->params);
    if (o->momentum != 0 || o->nesterov || o->decay != 0)
        return fx_fail(
            cx, FX_ERR_ARGUMENT,
            "fx_fit: momentum, nesterov and decay are of the optimizer that is made when "
            "options.optimizer is NULL; set them in your own");
    if (fx_optimizer_params(o->optimizer) != model->params)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_fit: options.optimizer moves other parameters than the model's");
    return FX_OK;
}

static fx_status fit_check(const fx_model *model, const fx_data *data, const fx_fit_options *o) {
    fx_status status = fit_check_data(model, data);
    if (status != FX_OK) return status;
    fx_context *cx = fx_data_context(data);
    if (o->size != sizeof *o)
        return fx_fail(cx, FX_ERR_ARGUMENT, "fx_fit: the options were not made by fx_fit_defaults");
    if (o->epochs < 1)
        return fx_fail(cx, FX_ERR_ARGUMENT, "fx_fit: epochs is %lld; it must be 1 or more",
                       (long long)o->epochs);
    if (o->batch < 1)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_fit: batch is %lld; it must be 1 or more (FX_FULL_BATCH: all rows)",
                       (long long)o->batch);
    if (o->optimizer) status = fit_check_optimizer(model, o);
    if (status != FX_OK || !o->validation) return status;
    return fit_check_validation(model, data, o->validation);
}

static void fit_close(fit_run *run) {
    fx_graph_free(run->graph);
    if (run->optimizer != run->o->optimizer) fx_optimizer_free(run->optimizer);
    for (int i = 0; i < 2; i++) fx_data_free(run->owned[i]);
}

static fx_status fit_open(fit_run *run, const fx_data *data) {
    const fx_fit_options *o = run->o;
    fx_sgd_options sgd = fx_sgd_defaults();
    sgd.momentum = o->momentum;
    sgd.nesterov = o->nesterov;
    sgd.decay = o->decay;
    run->optimizer = o->optimizer ? o->optimizer : fx_sgd(run->model->params, o->lr, &sgd);
    run->train = fx__model_scaled(run->model, data, &run->owned[0]);
    if (o->validation)
        run->validation = fx__model_scaled(run->model, o->validation, &run->owned[1]);
    run->graph = fx_graph_new(run->cx);
    return fx_error(run->cx);
}

static fx_tensor fit_loss(const fit_run *run, const fx_batch *batch, bool training) {
    const fx_model *model = run->model;
    const fx_tensor y = model->forward(model->user, batch->x);
    const fx_tensor loss = run->o->loss ? run->o->loss(y, batch->y) : fx_mse_loss(y, batch->y);
    if (!training || run->o->penalty == 0) return loss;
    return fx_add(loss, fx_l2_penalty(model->params, run->graph, run->o->penalty));
}

/* The mean loss over an epoch of batches, each minimised after it was computed if training. */
static double fit_epoch(const fit_run *run, fx_batch *batch, bool training) {
    double total = 0;
    int64_t rows = 0;
    while (fx_next(batch, run->graph)) {
        const fx_tensor loss = fit_loss(run, batch, training);
        if (training && fx_minimize(run->optimizer, loss) != FX_OK) break;
        total += fx_item(loss) * (double)batch->rows;
        rows += batch->rows;
    }
    return fx_error(run->cx) == FX_OK ? total / (double)rows : NAN;
}

static double fit_validate(const fit_run *run) {
    if (!run->validation) return NAN;
    fx_batch batch = fx_batches(run->validation, FX__PREDICT_ROWS, false, 0);
    fx__graph_predicts(run->graph, true);
    const double loss = fit_epoch(run, &batch, false);
    fx__graph_predicts(run->graph, false);
    return loss;
}

static fx_status fit_epochs(const fit_run *run) {
    const fx_fit_options *o = run->o;
    fx_batch batch = fx_batches(run->train, o->batch, o->shuffle, o->seed);
    fx_epoch told = {0, o->epochs, NAN, NAN, run->model->params};
    bool go_on = true;
    while (go_on && told.epoch < o->epochs) {
        told.loss = fit_epoch(run, &batch, true);
        told.validation = fit_validate(run);
        if (fx_error(run->cx) != FX_OK) break;
        if (o->losses) o->losses[told.epoch] = told.loss;
        if (o->validations) o->validations[told.epoch] = told.validation;
        told.epoch++;
        if (o->on_epoch) go_on = o->on_epoch(o->user, &told);
    }
    return fx_error(run->cx);
}

/* What no epoch reaches is NaN, whatever keeps it from that. */
static void fit_clear(const fx_fit_options *o) {
    const bool told = o->size == sizeof *o && (o->losses || o->validations);
    for (int64_t i = 0; told && i < o->epochs; i++) {
        if (o->losses) o->losses[i] = NAN;
        if (o->validations) o->validations[i] = NAN;
    }
}

fx_status fx_fit(const fx_model *model, const fx_data *data, const fx_fit_options *options) {
    const fx_fit_options o = options ? *options : fx_fit_defaults();
    fit_clear(&o);
    fx_status status = fit_check(model, data, &o);
    if (status != FX_OK) return status;
    fit_run run = {.model = model, .o = &o, .cx = fx_data_context(data)};
    status = fit_open(&run, data);
    if (status == FX_OK) status = fit_epochs(&run);
    fit_close(&run);
    return status;
}
