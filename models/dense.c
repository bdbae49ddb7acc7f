/* SPDX-License-Identifier: MIT */
/* Dense layers and activations, and how weights begin: Glorot, Bengio, AISTATS 2010 (xavier); He,
 * Zhang, Ren, Sun, ICCV 2015 (he); torch.nn.Linear's uniform numbers within 1 / sqrt(in). */
#include <math.h>
#include <string.h>

#include "fluxion/text.h"
#include "mlp.h"

enum { WORD_SHOWN = 64, WORD_LIST_BYTES = 256 };

/* The place of word among n choices; -1 after the error, which says the nearest and all. */
static int word_choose(fx_context *cx, fx_status status, const char *who, const char *what,
                       const char *word, int n, const char *const *choices) {
    for (int i = 0; i < n && word; i++)
        if (strcmp(word, choices[i]) == 0) return i;
    char all[WORD_LIST_BYTES], *end = all;
    for (int i = 0; i < n; i++) end = stpcpy(stpcpy(end, i ? ", " : ""), choices[i]);
    if (!word) word = "";
    const char *near = fx_nearest(word, n, choices);
    fx_fail(cx, status, "%s: there is no %s \"%.*s\"; %s%s%s%s", who, what, WORD_SHOWN, word,
            near ? "did you mean " : "choose one of ", near ? near : "",
            near ? "? there are: " : "", all);
    return -1;
}

/* -------------------------------------------------------------------------- activations */

static fx_tensor activation_linear(fx_tensor x) { return x; }

static fx_tensor activation_leaky(fx_tensor x) { return fx_leaky_relu(x, 0.01); }

static fx_tensor activation_elu(fx_tensor x) { return fx_elu(x, 1); }

static const fx__activation activations[] = {
    {"relu", fx_relu},          {"tanh", fx_tanh},
    {"sigmoid", fx_sigmoid},    {"linear", activation_linear},
    {"gelu", fx_gelu},          {"gelu_tanh", fx_gelu_tanh},
    {"silu", fx_silu},          {"mish", fx_mish},
    {"elu", activation_elu},    {"selu", fx_selu},
    {"softplus", fx_softplus},  {"softsign", fx_softsign},
    {"relu6", fx_relu6},        {"leaky_relu", activation_leaky},
    {"hardtanh", fx_hardtanh},  {"hardsigmoid", fx_hardsigmoid},
    {"hardswish", fx_hardswish}};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

const fx__activation *fx__activation_find(fx_context *cx, fx_status status, const char *who,
                                          const char *what, const char *word) {
    const char *words[ACTIVATIONS];
    for (int i = 0; i < ACTIVATIONS; i++) words[i] = activations[i].word;
    const int i = word_choose(cx, status, who, what, word, ACTIVATIONS, words);
    return i < 0 ? NULL : &activations[i];
}

fx_tensor fx_activation(fx_tensor x, const char *name) {
    const fx__activation *found = fx__activation_find(fx_tensor_context(x), FX_ERR_ARGUMENT,
                                                      "fx_activation", "activation", name);
    return found ? found->apply(x) : fx_relu(x); /* after an error an op gives an invalid tensor */
}

/* -------------------------------------------------------------------------------- layers */

static const char *const scheme_words[] = {"pytorch", "xavier", "he"};

/* How weight and bias begin. */
static fx_status scheme_find(fx_context *cx, const char *scheme, double in, double out,
                             fx_init *weight, fx_init *bias) {
    const int i =
        scheme ? word_choose(cx, FX_ERR_ARGUMENT, "fx_dense_new", "scheme", scheme, 3, scheme_words)
               : 0;
    const double a = i == 1 ? sqrt(6 / (in + out)) : 1 / sqrt(in);
    *weight = i == 2 ? fx_init_normal(0, sqrt(2 / in)) : fx_init_uniform(-a, a);
    *bias = i == 0 ? *weight : fx_constant(0);
    return fx_error(cx);
}

static fx_status dense_check(fx_context *cx, const char *name, int64_t in, int64_t out) {
    if (!name || !*name)
        return fx_fail(cx, FX_ERR_ARGUMENT, "fx_dense_new: a layer needs a name, as \"hidden\"");
    if (in >= 1 && out >= 1) return FX_OK;
    return fx_fail(cx, FX_ERR_ARGUMENT,
                   "fx_dense_new: %s takes %lld and gives %lld values; both must be at least 1",
                   name, (long long)in, (long long)out);
}

/* While an error stands fx_param adds nothing and gives invalid tensors. */
fx_dense fx_dense_new(fx_params *params, const char *name, int64_t in, int64_t out,
                      const char *scheme) {
    fx_context *cx = fx_params_context(params);
    fx_init weight = fx_constant(0), bias = weight;
    char *full = NULL, *end = NULL;
    if (dense_check(cx, name, in, out) == FX_OK &&
        scheme_find(cx, scheme, (double)in, (double)out, &weight, &bias) == FX_OK)
        full = fx_new(cx, strlen(name) + sizeof ".weight", NULL);
    if (full) end = stpcpy(full, name);
    fx_dense dense;
    if (end) memcpy(end, ".weight", sizeof ".weight");
    dense.weight = fx_param(params, full, fx_shape2(out, in), weight);
    if (end) memcpy(end, ".bias", sizeof ".bias");
    dense.bias = fx_param(params, full, fx_shape1(out), bias);
    fx_delete(full);
    return dense;
}
