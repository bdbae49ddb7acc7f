/* SPDX-License-Identifier: MIT */
/* Models as archives. Beside the arrays stand texts: fluxion.layers and fluxion.activation as given
 * to fx_mlp, and those of the scaler (scaler_file.c). No size of a text is believed before the
 * arrays have borne it out. */
#include <string.h>

#include "mlp.h"
#include "params_file.h"

#define MODEL_LAYERS     "fluxion.layers"
#define MODEL_ACTIVATION "fluxion.activation"

/* An archive as it is written or read, and what is wrong with one that does not fit. */
typedef struct model_file {
    fx_context *cx;
    const fx_archive *archive;
    fx_status status;
    const char *source, *layers;
    fx_dtype dtype;
    int64_t inputs, outputs, arrays;
} model_file;

/* Whether the archive has the weights that the layers ask for; then inputs, outputs and the number
 * of arrays are known, and no size is larger than what the archive holds. */
static bool model_fits(model_file *file) {
    char name[FX__LAYER_NAME_BYTES + sizeof ".weight"];
    fx__layers walk = {file->layers, 0, NULL};
    int64_t in = fx__layers_next(&walk), out;
    file->inputs = in;
    for (int64_t i = 0; (out = fx__layers_next(&walk)) > 0; i++, in = out) {
        stpcpy(fx__layer_name(name, i), ".weight");
        if (!fx__array_fits(file->cx, file->status, file->source, file->archive, name, file->dtype,
                            fx_shape2(out, in)))
            return false;
        file->arrays += 2;
    }
    file->outputs = in;
    return true;
}

/* -------------------------------------------------------------------------------- writing */

static fx_status model_put_scaler(const model_file *file, fx_archive *archive,
                                  const fx_scaler *scaler) {
    const int64_t inputs = fx_scaler_inputs(scaler), outputs = fx_scaler_outputs(scaler);
    if (inputs == file->inputs && outputs == file->outputs) return fx_scaler_write(scaler, archive);
    return fx_fail(
        file->cx, FX_ERR_SHAPE,
        "fx_model_write: the scaler has %lld inputs and %lld outputs, the layers %s have "
        "%lld and %lld; fit it to the data the model is for",
        (long long)inputs, (long long)outputs, file->layers, (long long)file->inputs,
        (long long)file->outputs);
}

static fx_status model_put(fx_archive *archive, const fx_model *model) {
    fx_context *cx = fx_params_context(model->params);
    model_file file = {.cx = cx, .archive = archive, .status = FX_ERR_ARGUMENT};
    file.source = "fx_model_write";
    file.layers = model->layers;
    file.dtype = fx_params_dtype(model->params);
    fx_archive_put_text(archive, MODEL_LAYERS, model->layers);
    fx_archive_put_text(archive, MODEL_ACTIVATION, model->activation);
    if (fx_params_write(model->params, archive) != FX_OK || !model_fits(&file)) return fx_error(cx);
    if (fx_archive_count(archive) != file.arrays)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_model_write: the params hold %lld entries, the layers %s only %lld; "
                       "write them with fx_params_write",
                       (long long)fx_archive_count(archive), model->layers, (long long)file.arrays);
    return model->scaler ? model_put_scaler(&file, archive, model->scaler) : FX_OK;
}

fx_archive *fx_model_write(const fx_model *model) {
    fx_context *cx = model ? fx_params_context(model->params) : NULL;
    if (fx_error(cx)) return NULL;
    if (!model->layers || !model->activation) {
        fx_fail(cx, FX_ERR_ARGUMENT,
                "fx_model_write: the model is not of fx_mlp; write its params with "
                "fx_params_write");
        return NULL;
    }
    fx_archive *archive = fx_archive_new(cx);
    if (archive && model_put(archive, model) == FX_OK) return archive;
    fx_archive_free(archive);
    return NULL;
}

fx_status fx_model_save(const fx_model *model, const char *path) {
    if (!model || !model->params) return FX_ERR_ARGUMENT;
    fx_archive *archive = fx_model_write(model);
    fx_archive_save(archive, path);
    fx_archive_free(archive);
    return fx_error(fx_params_context(model->params));
}

/* -------------------------------------------------------------------------------- reading */

/* The scaler, if there is one; false after an error. */
static bool model_read_scaler(const model_file *file, const fx_scaler **scaler) {
    fx_scaler *read = fx_scaler_read(file->archive, file->source);
    *scaler = read;
    if (!read) return fx_error(file->cx) == FX_OK;
    const int64_t inputs = fx_scaler_inputs(read), outputs = fx_scaler_outputs(read);
    if (inputs == file->inputs && outputs == file->outputs) return true;
    fx_fail(file->cx, FX_ERR_FORMAT,
            "%s: the scaler has %lld inputs and %lld outputs, " MODEL_LAYERS
            " %s has %lld and %lld; save the model again",
            file->source, (long long)inputs, (long long)outputs, file->layers,
            (long long)file->inputs, (long long)file->outputs);
    fx_scaler_free(read);
    return false;
}

/* The text of a key that every model has; NULL after the error. */
static const char *model_text(const model_file *file, const char *key) {
    const char *text = fx_archive_text(file->archive, key);
    if (!text)
        fx_fail(file->cx, FX_ERR_FORMAT,
                "%s: %s is missing: not a file of fx_model_save; read arrays alone with "
                "fx_params_read",
                file->source, key);
    return text;
}

/* Looks at all that decides how much memory the network takes; false after the error. */
static bool model_open(model_file *file, const char **activation) {
    file->layers = model_text(file, MODEL_LAYERS);
    *activation = file->layers ? model_text(file, MODEL_ACTIVATION) : NULL;
    if (!*activation ||
        !fx__layers_count(file->cx, FX_ERR_FORMAT, file->source, MODEL_LAYERS, file->layers) ||
        !fx__activation_find(file->cx, FX_ERR_FORMAT, file->source, MODEL_ACTIVATION, *activation))
        return false;
    file->dtype = fx_archive_find(file->archive, "0.weight").dtype;
    if (file->dtype == FX_F32 || file->dtype == FX_F64) return model_fits(file);
    fx_fail(file->cx, FX_ERR_FORMAT, "%s: array 0.weight is %s; parameters are f32 or f64",
            file->source, fx_dtype_name(file->dtype));
    return false;
}

fx_model fx_model_read(const fx_archive *archive, const char *source) {
    fx_context *cx = fx_archive_context(archive);
    model_file file = {.cx = cx, .archive = archive, .status = FX_ERR_FORMAT};
    file.source = source ? source : "archive";
    const char *activation;
    const fx_model none = {0};
    if (fx_error(cx) || !model_open(&file, &activation)) return none;
    fx_params *params = fx_params_new(cx, file.dtype, 0);
    fx_model model = fx_mlp(params, file.layers, activation);
    if (model.params && fx__params_read(params, archive, file.source) == FX_OK &&
        model_read_scaler(&file, &model.scaler))
        return model;
    fx_delete(model.user);
    fx_params_free(params);
    return none;
}

fx_model fx_model_load(fx_context *cx, const char *path) {
    fx_archive *archive = fx_archive_load(cx, path);
    const fx_model model = fx_model_read(archive, path);
    fx_archive_free(archive);
    return model;
}
