/* SPDX-License-Identifier: MIT */
/* The multi-layer perceptron. Its words are read once, when it is made; a forward pass runs the
 * ops of its layers and nothing else. */
#include "mlp.h"

#include <string.h>

#include "fluxion/text.h"

enum { LAYERS_SHOWN = 64 };

typedef struct mlp_layer {
    fx_dense dense;
    char scope[FX__LAYER_NAME_BYTES];
} mlp_layer;

typedef struct mlp {
    fx_tensor (*activation)(fx_tensor x);
    int64_t count;
    char *words; /* the layers' text, behind the layers */
    mlp_layer layers[];
} mlp;

/* ---------------------------------------------------------------------------- the layers */

/* Digits without a 0 in front, so that a network is written in one way only. */
static int64_t layers_size(fx__layers *layers) {
    const char *digit = layers->text + layers->at;
    int64_t size = 0;
    if (*digit == '0') layers->wrong = "a size begins with 0";
    if (*digit < '0' || *digit > '9') layers->wrong = "a size is missing";
    for (; !layers->wrong && *digit >= '0' && *digit <= '9'; digit++) {
        if (size > (INT64_MAX - 9) / 10) layers->wrong = "a size is too large";
        if (!layers->wrong) size = size * 10 + (*digit - '0');
    }
    if (layers->wrong) return 0;
    layers->at = (size_t)(digit - layers->text);
    return size;
}

int64_t fx__layers_next(fx__layers *layers) {
    const char next = layers->text[layers->at];
    if (layers->wrong || (layers->at && !next)) return 0;
    if (layers->at && next != '-') layers->wrong = "neither a digit nor - stands";
    if (layers->wrong) return 0;
    if (layers->at) layers->at++;
    return layers_size(layers);
}

int64_t fx__layers_count(fx_context *cx, fx_status status, const char *who, const char *what,
                         const char *text) {
    fx__layers walk = {text ? text : "", 0, NULL};
    int64_t sizes = 0;
    while (fx__layers_next(&walk)) sizes++;
    if (!walk.wrong && sizes < 2) walk.wrong = "a second size is missing";
    if (!walk.wrong) return sizes - 1;
    fx_fail(cx, status,
            "%s: %s at character %zu of %s \"%.*s\"; join sizes from 1 on by -, inputs first: "
            "\"13-10-1\"",
            who, walk.wrong, walk.at + 1, what, LAYERS_SHOWN, walk.text);
    return 0;
}

char *fx__layer_name(char name[FX__LAYER_NAME_BYTES], int64_t i) {
    return name + fx_write_number(name, FX__LAYER_NAME_BYTES, (double)(2 * i), 17);
}

/* --------------------------------------------------------------------------- the network */

static fx_tensor mlp_forward(void *user, fx_tensor x) {
    const mlp *net = user;
    fx_graph *graph = fx_tensor_graph(x);
    for (int64_t i = 0; i < net->count; i++) {
        const mlp_layer *layer = &net->layers[i];
        fx_scope_begin(graph, layer->scope);
        x = fx_linear(x, layer->dense.weight, layer->dense.bias);
        if (i + 1 < net->count) x = net->activation(x);
        fx_scope_end(graph);
    }
    return x;
}

/* The struct, its layers and a copy of their text in one block. */
static mlp *mlp_new(fx_context *cx, const char *layers, int64_t count) {
    const size_t words = sizeof(mlp) + (size_t)count * sizeof(mlp_layer);
    mlp *net = fx_new(cx, words + strlen(layers) + 1, NULL);
    if (!net) return NULL;
    net->count = count;
    net->words = (char *)net + words;
    memcpy(net->words, layers, strlen(layers) + 1);
    return net;
}

/* Makes the parameters; false after an error. */
static bool mlp_fill(mlp *net, fx_params *params, const char *scheme) {
    static const char hidden[] = "hidden ", output[] = "output";
    fx__layers walk = {net->words, 0, NULL};
    char name[FX__LAYER_NAME_BYTES];
    for (int64_t i = 0, out, in = fx__layers_next(&walk); i < net->count; i++, in = out) {
        mlp_layer *layer = &net->layers[i];
        out = fx__layers_next(&walk);
        if (i + 1 < net->count)
            fx_write_number(stpcpy(layer->scope, hidden), sizeof layer->scope - sizeof hidden,
                            (double)(i + 1), 17);
        else
            memcpy(layer->scope, output, sizeof output);
        fx__layer_name(name, i);
        layer->dense = fx_dense_new(params, name, in, out, scheme);
        if (!fx_tensor_valid(layer->dense.weight) || !fx_tensor_valid(layer->dense.bias))
            return false;
    }
    return true;
}

fx_model fx_mlp_init(fx_params *params, const char *layers, const char *activation,
                     const char *scheme) {
    fx_context *cx = fx_params_context(params);
    fx_model model = {0};
    if (fx_error(cx)) return model;
    const int64_t count = fx__layers_count(cx, FX_ERR_ARGUMENT, "fx_mlp", "layers", layers);
    const fx__activation *between = NULL;
    if (count)
        between = fx__activation_find(cx, FX_ERR_ARGUMENT, "fx_mlp", "activation", activation);
    mlp *net = between ? mlp_new(cx, layers, count) : NULL;
    if (!net) return model;
    net->activation = between->apply;
    if (!mlp_fill(net, params, scheme)) {
        fx_delete(net);
        return model;
    }
    model.params = params;
    model.forward = mlp_forward;
    model.user = net;
    model.layers = net->words;
    model.activation = between->word;
    return model;
}

fx_model fx_mlp(fx_params *params, const char *layers, const char *activation) {
    return fx_mlp_init(params, layers, activation, NULL);
}
