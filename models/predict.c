/* SPDX-License-Identifier: MIT */
/* Prediction in blocks of rows, so that memory does not grow with the data, and its score. */
#include "predict.h"

#include <math.h>

fx_status fx__model_takes(const fx_model *model, const fx_data *data, const char *what) {
    fx_context *cx = fx_params_context(model ? model->params : NULL);
    if (!cx)
        return fx_fail(fx_data_context(data), FX_ERR_ARGUMENT, "%s: the model has no parameters",
                       what);
    if (fx_error(cx) != FX_OK) return fx_error(cx);
    if (!model->forward)
        return fx_fail(cx, FX_ERR_ARGUMENT, "%s: the model has no forward function", what);
    if (!data) return fx_fail(cx, FX_ERR_ARGUMENT, "%s: data is NULL", what);
    if (fx_data_context(data) != cx)
        return fx_fail(cx, FX_ERR_ARGUMENT, "%s: data and model belong to different contexts",
                       what);
    const fx_dtype dtype = fx_params_dtype(model->params), given = fx_data_look(data).dtype;
    if (dtype == given) return FX_OK;
    return fx_fail(cx, FX_ERR_DTYPE, "%s: data is %s, but the parameters are %s; make both of one",
                   what, fx_dtype_name(given), fx_dtype_name(dtype));
}

const fx_data *fx__model_scaled(const fx_model *model, const fx_data *data, fx_data **owned) {
    *owned = NULL;
    if (!model->scaler) return data;
    return *owned = fx_scaler_apply(model->scaler, data);
}

void fx__graph_predicts(fx_graph *graph, bool on) {
    fx_inference(graph, on);
    fx_record(graph, !on);
}

/* Where predictions go. */
typedef struct predict_room {
    fx_context *cx;
    const char *what; /* begins a message */
    int64_t rows, capacity;
    int64_t targets; /* outputs that there must be; 0: any number */
    int64_t outputs; /* 0 until the first block has told */
    double *y;
} predict_room;

static fx_status predict_shape(predict_room *room, const fx_model *model, fx_shape y,
                               int64_t rows) {
    const int64_t scaled = fx_scaler_outputs(model->scaler);
    if (y.rank != 2 || y.dims[0] != rows || (room->outputs && y.dims[1] != room->outputs))
        return fx_fail(room->cx, FX_ERR_SHAPE,
                       "%s: forward gave rank %d and first size %lld for %lld rows; it must give "
                       "[rows, outputs]",
                       room->what, (int)y.rank, (long long)(y.rank > 0 ? y.dims[0] : 1),
                       (long long)rows);
    room->outputs = y.dims[1];
    if (room->targets && room->targets != room->outputs)
        return fx_fail(room->cx, FX_ERR_SHAPE,
                       "%s: the model gives %lld outputs, but the data has %lld targets",
                       room->what, (long long)room->outputs, (long long)room->targets);
    if (model->scaler && scaled != room->outputs)
        return fx_fail(room->cx, FX_ERR_SHAPE,
                       "%s: forward gave %lld outputs, but the model's scaler knows %lld",
                       room->what, (long long)room->outputs, (long long)scaled);
    if (room->outputs <= room->capacity / room->rows) return FX_OK;
    return fx_fail(room->cx, FX_ERR_SHAPE,
                   "%s: y has room for %lld values, but %lld rows of %lld need more", room->what,
                   (long long)room->capacity, (long long)room->rows, (long long)room->outputs);
}

static fx_status predict_blocks(predict_room *room, const fx_model *model, const fx_data *data,
                                fx_graph *graph) {
    fx_batch batch = fx_batches(data, FX__PREDICT_ROWS, false, 0);
    int64_t done = 0;
    while (fx_next(&batch, graph)) {
        const fx_tensor y = fx_use(graph, model->forward(model->user, batch.x));
        fx_status status = fx_error(room->cx);
        if (status == FX_OK) status = predict_shape(room, model, fx_tensor_shape(y), batch.rows);
        if (status == FX_OK)
            status = fx_read_f64(y, batch.rows * room->outputs, room->y + done * room->outputs);
        if (status != FX_OK) return status;
        done += batch.rows;
    }
    return fx_error(room->cx);
}

static fx_status predict(predict_room *room, const fx_model *model, const fx_data *data) {
    fx_data *owned;
    const fx_data *scaled = fx__model_scaled(model, data, &owned);
    fx_graph *graph = scaled ? fx_graph_new(room->cx) : NULL;
    fx__graph_predicts(graph, true);
    fx_status status = graph ? predict_blocks(room, model, scaled, graph) : fx_error(room->cx);
    fx_graph_free(graph);
    fx_data_free(owned);
    if (status == FX_OK && model->scaler)
        status = fx_scaler_invert(model->scaler, room->rows, room->y);
    return status;
}

fx_status fx_predict(const fx_model *model, const fx_data *data, int64_t capacity, double *y) {
    predict_room room = {.cx = fx_data_context(data), .what = "fx_predict"};
    room.rows = fx_data_look(data).rows;
    room.capacity = capacity;
    room.y = y;
    fx_status status = fx__model_takes(model, data, "fx_predict");
    if (status == FX_OK && (!y || capacity < 0))
        status =
            fx_fail(room.cx, FX_ERR_ARGUMENT, "fx_predict: y is NULL or its capacity negative");
    if (status == FX_OK) status = predict(&room, model, data);
    for (int64_t i = 0; y && i < capacity && status != FX_OK; i++) y[i] = NAN;
    return status;
}

static double evaluate_target(const fx_data_view *view, int64_t i) {
    return view->dtype == FX_F32 ? (double)((const float *)view->y)[i]
                                 : ((const double *)view->y)[i];
}

/* The mean is taken from the first target on, so that where all are equal it is that number. */
static fx_score evaluate_score(const fx_data_view *view, const double *predicted) {
    const int64_t n = view->rows * view->outputs;
    const double first = evaluate_target(view, 0);
    double off = 0, squares = 0, distances = 0, spread = 0;
    for (int64_t i = 0; i < n; i++) off += (evaluate_target(view, i) - first) / (double)n;
    const double mean = first + off;
    for (int64_t i = 0; i < n; i++) {
        const double target = evaluate_target(view, i), error = predicted[i] - target;
        squares += error * error;
        distances += fabs(error);
        spread += (target - mean) * (target - mean);
    }
    return (fx_score){view->rows, squares / (double)n, distances / (double)n,
                      spread > 0 ? 1 - squares / spread : NAN};
}

fx_score fx_evaluate(const fx_model *model, const fx_data *data) {
    const fx_score none = {0, NAN, NAN, NAN};
    if (fx__model_takes(model, data, "fx_evaluate") != FX_OK) return none;
    const fx_data_view view = fx_data_look(data);
    fx_context *cx = fx_data_context(data);
    if (view.outputs == 0) {
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_evaluate: the data has no targets");
        return none;
    }
    const int64_t n = view.rows * view.outputs;
    predict_room room = {cx, "fx_evaluate", view.rows, n, view.outputs, 0, NULL};
    room.y = fx_new(cx, (size_t)n * sizeof *room.y, NULL);
    if (!room.y) return none;
    const fx_score score =
        predict(&room, model, data) == FX_OK ? evaluate_score(&view, room.y) : none;
    fx_delete(room.y);
    return score;
}
