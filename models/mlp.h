/* SPDX-License-Identifier: MIT */
/* The words of which an fx_mlp is made, for the files that hold them. who begins an error message,
 * what names the word in it. */
#ifndef FLUXION_MODELS_MLP_H
#define FLUXION_MODELS_MLP_H

#include "fluxion/model.h"

typedef struct fx__activation {
    const char *word;
    fx_tensor (*apply)(fx_tensor x);
} fx__activation;

/* The activation of that name; NULL after the error. */
const fx__activation *fx__activation_find(fx_context *cx, fx_status status, const char *who,
                                          const char *what, const char *word);

/* A walk over the sizes in "13-10-1". Start it with the text, the rest zero. */
typedef struct fx__layers {
    const char *text;
    size_t at;         /* the next byte; after an error, the byte at fault */
    const char *wrong; /* NULL while all is well */
} fx__layers;

/* The next size, at least 1; 0 at the end and after an error. */
int64_t fx__layers_next(fx__layers *layers);

/* The number of dense layers in the text: its sizes less one; 0 after the error. */
int64_t fx__layers_count(fx_context *cx, fx_status status, const char *who, const char *what,
                         const char *text);

/* Dense layer i is called 2 i: the activations count, as in torch.nn.Sequential, "linear" too. */
enum { FX__LAYER_NAME_BYTES = 32 };
char *fx__layer_name(char name[FX__LAYER_NAME_BYTES], int64_t i);

#endif
