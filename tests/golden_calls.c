/* SPDX-License-Identifier: MIT */
/* How the golden table's ops are called, through Fluxion's public functions. A row names an op as
 * fx_ops_at does, and has a function for one of the common signatures, or one that takes a call
 * apart. Reductions have two: of all elements where a line has no attributes, and over axes. */
#include "golden_calls.h"

#include <math.h>
#include <string.h>

typedef struct call_row {
    const char *op;
    bool sums;
    fx_tensor (*unary)(fx_tensor);
    fx_tensor (*binary)(fx_tensor, fx_tensor);
    fx_tensor (*ternary)(fx_tensor, fx_tensor, fx_tensor);
    fx_tensor (*number)(fx_tensor, double);
    fx_tensor (*along)(fx_tensor, int);
    fx_tensor (*kept)(fx_tensor, int, bool);
    fx_tensor (*over)(fx_tensor, fx_axes, bool);
    fx_tensor (*whole)(fx_tensor, int64_t);
    fx_tensor (*shaped)(fx_tensor, fx_shape);
    fx_tensor (*padded)(fx_tensor, fx_shape, fx_shape);
    fx_tensor (*loss)(fx_tensor, fx_tensor, fx_reduction);
    fx_tensor (*loss_of)(fx_tensor, fx_tensor, double, fx_reduction);
    fx_tensor (*best)(fx_tensor, int, bool, fx_tensor *);
    fx_status (*pair)(fx_tensor, fx_tensor *, fx_tensor *);
    void (*call)(golden_call *);
} call_row;

/* ---- attributes ---- */

static double call_number(const golden_call *c, int i) {
    return i < c->attrs && c->attr[i].n > 0 ? c->attr[i].v[0] : 0;
}

static int call_int(const golden_call *c, int i) { return (int)call_number(c, i); }

static int64_t call_whole(const golden_call *c, int i) {
    if (i < c->attrs && strcmp(c->attr[i].text, "all") == 0) return FX_ALL;
    return (int64_t)call_number(c, i);
}

static bool call_flag(const golden_call *c, int i) { return call_number(c, i) != 0; }

static fx_shape call_shape(const golden_call *c, int i) {
    fx_shape shape = {0, {0}};
    if (i >= c->attrs) return shape;
    shape.rank = c->attr[i].n;
    for (int d = 0; d < shape.rank; d++) shape.dims[d] = (int64_t)c->attr[i].v[d];
    return shape;
}

static fx_dtype call_dtype(const golden_call *c, int i) {
    for (int d = FX_F32; d <= FX_BOOL; d++)
        if (i < c->attrs && strcmp(c->attr[i].text, fx_dtype_name((fx_dtype)d)) == 0)
            return (fx_dtype)d;
    return FX_F64;
}

/* ---- ops over axes with a number, and with an index ---- */

static void call_var(golden_call *c) {
    c->y[0] = c->attrs < 2
                  ? fx_var(c->x[0], call_number(c, 0))
                  : fx_var_axes(c->x[0], call_shape(c, 1), call_number(c, 0), call_flag(c, 2));
}

static void call_std(golden_call *c) {
    c->y[0] = c->attrs < 2
                  ? fx_std(c->x[0], call_number(c, 0))
                  : fx_std_axes(c->x[0], call_shape(c, 1), call_number(c, 0), call_flag(c, 2));
}

static void call_norm(golden_call *c) {
    c->y[0] = c->attrs < 2
                  ? fx_norm(c->x[0], call_number(c, 0))
                  : fx_norm_axes(c->x[0], call_number(c, 0), call_shape(c, 1), call_flag(c, 2));
}

static void call_quantile(golden_call *c) {
    c->y[0] = c->attrs < 2
                  ? fx_quantile(c->x[0], call_number(c, 0))
                  : fx_quantile_axis(c->x[0], call_number(c, 0), call_int(c, 1), call_flag(c, 2));
}

static void call_topk(golden_call *c) {
    c->results = 2;
    c->y[0] = fx_topk(c->x[0], call_whole(c, 0), call_int(c, 1), call_flag(c, 2), &c->y[1]);
}

/* ---- one element ---- */

static void call_clamp(golden_call *c) {
    c->y[0] = fx_clamp(c->x[0], call_number(c, 0), call_number(c, 1));
}

static void call_polygamma(golden_call *c) { c->y[0] = fx_polygamma(call_int(c, 0), c->x[0]); }

static void call_cast(golden_call *c) { c->y[0] = fx_cast(c->x[0], call_dtype(c, 0)); }

/* ---- shapes ---- */

static void call_transpose(golden_call *c) {
    c->y[0] = fx_transpose(c->x[0], call_int(c, 0), call_int(c, 1));
}

static void call_flatten(golden_call *c) {
    c->y[0] = fx_flatten(c->x[0], call_int(c, 0), call_int(c, 1));
}

static void call_slice(golden_call *c) {
    c->y[0] =
        fx_slice(c->x[0], call_int(c, 0), call_whole(c, 1), call_whole(c, 2), call_whole(c, 3));
}

static void call_narrow(golden_call *c) {
    c->y[0] = fx_narrow(c->x[0], call_int(c, 0), call_whole(c, 1), call_whole(c, 2));
}

static void call_concat(golden_call *c) { c->y[0] = fx_concat(c->n, c->x, call_int(c, 0)); }

static void call_stack(golden_call *c) { c->y[0] = fx_stack(c->n, c->x, call_int(c, 0)); }

static void call_split(golden_call *c) {
    const fx_shape sizes = call_shape(c, 1);
    c->results = sizes.rank;
    fx_split(c->x[0], call_int(c, 0), sizes.rank, sizes.dims, c->y);
}

static void call_chunk(golden_call *c) {
    c->results = call_int(c, 1);
    fx_chunk(c->x[0], call_int(c, 0), c->results, c->y);
}

static void call_meshgrid(golden_call *c) {
    c->results = c->n;
    fx_meshgrid(c->n, c->x, c->y);
}

static void call_pad(golden_call *c) {
    c->y[0] = fx_pad(c->x[0], call_shape(c, 0), call_shape(c, 1), call_number(c, 2));
}

static void call_roll(golden_call *c) {
    c->y[0] = fx_roll(c->x[0], call_int(c, 0), call_whole(c, 1));
}

static void call_diagonal(golden_call *c) {
    c->y[0] = fx_diagonal(c->x[0], call_whole(c, 0), call_int(c, 1), call_int(c, 2));
}

static void call_diag_embed(golden_call *c) {
    c->y[0] = fx_diag_embed(c->x[0], call_whole(c, 0), call_int(c, 1), call_int(c, 2));
}

static void call_windows(golden_call *c) {
    c->y[0] =
        fx_windows(c->x[0], call_int(c, 0), call_whole(c, 1), call_whole(c, 2), call_whole(c, 3));
}

/* ---- out of nothing ---- */

static void call_full(golden_call *c) {
    c->y[0] = fx_full(c->graph, call_dtype(c, 0), call_shape(c, 1), call_number(c, 2));
}

static void call_zeros(golden_call *c) {
    c->y[0] = fx_zeros(c->graph, call_dtype(c, 0), call_shape(c, 1));
}

static void call_ones(golden_call *c) {
    c->y[0] = fx_ones(c->graph, call_dtype(c, 0), call_shape(c, 1));
}

static void call_eye(golden_call *c) {
    c->y[0] = fx_eye(c->graph, call_dtype(c, 0), call_whole(c, 1));
}

static void call_arange(golden_call *c) {
    c->y[0] = fx_arange(c->graph, call_dtype(c, 0), call_number(c, 1), call_number(c, 2),
                        call_number(c, 3));
}

static void call_linspace(golden_call *c) {
    c->y[0] = fx_linspace(c->graph, call_dtype(c, 0), call_number(c, 1), call_number(c, 2),
                          call_whole(c, 3));
}

/* ---- places ---- */

static void call_gather(golden_call *c) { c->y[0] = fx_gather(c->x[0], call_int(c, 0), c->x[1]); }

static void call_scatter(golden_call *c) {
    c->y[0] = fx_scatter(c->x[0], call_int(c, 0), c->x[1], c->x[2]);
}

static void call_scatter_add(golden_call *c) {
    c->y[0] = fx_scatter_add(c->x[0], call_int(c, 0), c->x[1], c->x[2]);
}

static void call_index_select(golden_call *c) {
    c->y[0] = fx_index_select(c->x[0], call_int(c, 0), c->x[1]);
}

static void call_one_hot(golden_call *c) {
    c->y[0] = fx_one_hot(c->x[0], call_whole(c, 0), call_dtype(c, 1));
}

/* ---- matrices ---- */

static void call_bilinear(golden_call *c) {
    c->y[0] = fx_bilinear(c->x[0], c->x[1], c->x[2], c->x[3]);
}

static void call_triangular_solve(golden_call *c) {
    c->y[0] = fx_triangular_solve(c->x[0], c->x[1], call_flag(c, 0), call_flag(c, 1));
}

/* Of factors that are unique up to signs only the values are compared, and differentiated. */
static void call_eigh(golden_call *c) {
    c->results = 2;
    c->slopes = 1u << 0;
    fx_eigh(c->x[0], &c->y[0], &c->y[1]);
}

static void call_svd(golden_call *c) {
    c->results = 3;
    c->slopes = 1u << 1;
    fx_svd(c->x[0], &c->y[0], &c->y[1], &c->y[2]);
}

static void call_einsum(golden_call *c) { c->y[0] = fx_einsum(c->attr[0].text, c->n, c->x); }

/* ---- losses ---- */

static fx_cross_entropy_options call_options(const golden_call *c, int weights) {
    fx_cross_entropy_options options = fx_cross_entropy_defaults();
    options.reduction = (fx_reduction)call_int(c, 0);
    options.label_smoothing = call_number(c, 1);
    if (c->attrs > 2) options.ignore_index = call_whole(c, 2);
    if (weights < c->n) options.weights = c->x[weights];
    return options;
}

static void call_cross_entropy(golden_call *c) {
    const fx_cross_entropy_options options = call_options(c, 2);
    c->y[0] = c->attrs ? fx_cross_entropy_with(c->x[0], c->x[1], &options)
                       : fx_cross_entropy(c->x[0], c->x[1]);
}

static void call_cross_entropy_soft(golden_call *c) {
    const fx_cross_entropy_options options = call_options(c, 2);
    c->y[0] = c->attrs ? fx_cross_entropy_soft_with(c->x[0], c->x[1], &options)
                       : fx_cross_entropy_soft(c->x[0], c->x[1]);
}

static void call_nll_loss(golden_call *c) {
    const fx_cross_entropy_options options = call_options(c, 2);
    c->y[0] =
        c->attrs ? fx_nll_loss_with(c->x[0], c->x[1], &options) : fx_nll_loss(c->x[0], c->x[1]);
}

static void call_gaussian_nll(golden_call *c) {
    c->y[0] = c->attrs ? fx_gaussian_nll_as(c->x[0], c->x[1], c->x[2], (fx_reduction)call_int(c, 0))
                       : fx_gaussian_nll(c->x[0], c->x[1], c->x[2]);
}

static void call_cosine_similarity(golden_call *c) {
    c->y[0] = fx_cosine_similarity(c->x[0], c->x[1], call_int(c, 0));
}

/* ---- windows: size, stride, padding, dilation ---- */

static fx_window call_window(const golden_call *c, int first) {
    fx_window window;
    for (int d = 0; d < 2; d++) {
        window.size[d] = (int64_t)c->attr[first].v[d];
        window.stride[d] = (int64_t)c->attr[first + 1].v[d];
        window.padding[d] = (int64_t)c->attr[first + 2].v[d];
        window.dilation[d] = (int64_t)c->attr[first + 3].v[d];
    }
    return window;
}

static void call_unfold(golden_call *c) { c->y[0] = fx_unfold(c->x[0], call_window(c, 0)); }

static void call_fold(golden_call *c) {
    c->y[0] = fx_fold(c->x[0], call_whole(c, 4), call_whole(c, 5), call_window(c, 0));
}

static void call_max_pool1d(golden_call *c) {
    c->y[0] = fx_max_pool1d(c->x[0], call_whole(c, 0), call_whole(c, 1), call_whole(c, 2),
                            call_whole(c, 3));
}

static void call_max_pool2d(golden_call *c) { c->y[0] = fx_max_pool2d(c->x[0], call_window(c, 0)); }

static void call_avg_pool1d(golden_call *c) {
    c->y[0] = fx_avg_pool1d(c->x[0], call_whole(c, 0), call_whole(c, 1), call_whole(c, 2),
                            call_flag(c, 3));
}

static void call_avg_pool2d(golden_call *c) {
    c->y[0] = fx_avg_pool2d(c->x[0], call_window(c, 0), call_flag(c, 4));
}

static void call_adaptive_avg_pool2d(golden_call *c) {
    c->y[0] = fx_adaptive_avg_pool2d(c->x[0], call_whole(c, 0), call_whole(c, 1));
}

/* ---- convolutions: stride, padding, dilation, groups, output_padding ---- */

static fx_conv_options call_conv_options(const golden_call *c) {
    fx_conv_options options = fx_conv_defaults();
    for (int d = 0; d < 2 && c->attrs; d++) {
        options.stride[d] = (int64_t)c->attr[0].v[d];
        options.padding[d] = (int64_t)c->attr[1].v[d];
        options.dilation[d] = (int64_t)c->attr[2].v[d];
        if (c->attrs > 4) options.output_padding[d] = (int64_t)c->attr[4].v[d];
    }
    if (c->attrs) options.groups = call_whole(c, 3);
    return options;
}

typedef fx_tensor call_conv(fx_tensor, fx_tensor, fx_tensor, const fx_conv_options *);

static void call_convolution(golden_call *c, call_conv *f) {
    const fx_conv_options options = call_conv_options(c);
    c->y[0] = f(c->x[0], c->x[1], c->x[2], c->attrs ? &options : NULL);
}

static void call_conv1d(golden_call *c) { call_convolution(c, fx_conv1d); }

static void call_conv2d(golden_call *c) { call_convolution(c, fx_conv2d); }

static void call_conv_transpose1d(golden_call *c) { call_convolution(c, fx_conv_transpose1d); }

static void call_conv_transpose2d(golden_call *c) { call_convolution(c, fx_conv_transpose2d); }

/* ---- normalizations, attention ---- */

static void call_layer_norm(golden_call *c) {
    c->y[0] = fx_layer_norm(c->x[0], call_int(c, 0), c->x[1], c->x[2], call_number(c, 1));
}

static void call_rms_norm(golden_call *c) {
    c->y[0] = fx_rms_norm(c->x[0], call_int(c, 0), c->x[1], call_number(c, 1));
}

static void call_group_norm(golden_call *c) {
    c->y[0] = fx_group_norm(c->x[0], call_whole(c, 0), c->x[1], c->x[2], call_number(c, 1));
}

/* With running statistics the graph predicts. */
static void call_batch_norm(golden_call *c) {
    const bool was = fx_inference(c->graph, c->n > 3);
    c->y[0] = fx_batch_norm(c->x[0], c->x[1], c->x[2], c->n > 3 ? c->x[3] : FX_NONE,
                            c->n > 3 ? c->x[4] : FX_NONE, 0.1, call_number(c, 0));
    fx_inference(c->graph, was);
}

static void call_scaled_dot_product_attention(golden_call *c) {
    fx_attention_options options = fx_attention_defaults();
    options.causal = call_flag(c, 0);
    options.scale = call_number(c, 1);
    c->y[0] = fx_scaled_dot_product_attention(c->x[0], c->x[1], c->x[2], c->x[3],
                                              c->attrs ? &options : NULL);
}

/* ---- the table ---- */

/* clang-format off */
#define UNARY(name) { .op = #name, .unary = fx_##name }
#define BINARY(name) { .op = #name, .binary = fx_##name }
#define TERNARY(name) { .op = #name, .ternary = fx_##name }
#define NUMBER(name) { .op = #name, .number = fx_##name }
#define ALONG(name) { .op = #name, .along = fx_##name }
#define OVER(name) { .op = #name, .unary = fx_##name, .over = fx_##name##_axes }
#define ORDER(name) { .op = #name, .unary = fx_##name, .kept = fx_##name##_axis }
#define SCAN(name) { .op = #name, .sums = true, .kept = fx_##name }
#define SHAPED(name) { .op = #name, .shaped = fx_##name }
#define LOSS(name) { .op = #name, .sums = true, .binary = fx_##name, .loss = fx_##name##_as }
#define BY(signature, name) { .op = #name, .signature = fx_##name }
#define SUM_BY(signature, name) { .op = #name, .sums = true, .signature = fx_##name }
#define SUM_AS(signature, name) { .op = #name, .sums = true, .signature = fx_##name##_as }
#define SUM_OVER(name) { .op = #name, .sums = true, .unary = fx_##name, .over = fx_##name##_axes }
#define CALL(name) { .op = #name, .call = call_##name }
#define SUMS(name) { .op = #name, .sums = true, .call = call_##name }

static const call_row call_rows[] = {
    BINARY(add), BINARY(sub), BINARY(mul), BINARY(div), UNARY(neg), UNARY(square), UNARY(sqrt),
    BINARY(pow), UNARY(exp), UNARY(log), UNARY(abs), BINARY(maximum), BINARY(minimum), CALL(clamp),
    UNARY(sign), UNARY(floor), UNARY(ceil), UNARY(round), UNARY(trunc), UNARY(frac), UNARY(rsqrt),
    UNARY(cbrt), UNARY(reciprocal), BINARY(fmod), BINARY(remainder), BINARY(atan2), BINARY(hypot),
    BINARY(logaddexp), BINARY(copysign), TERNARY(lerp), SUM_BY(ternary, fma), UNARY(sin),
    UNARY(cos), UNARY(tan), UNARY(asin), UNARY(acos), UNARY(atan), UNARY(exp2), UNARY(expm1),
    UNARY(log2), UNARY(log10), UNARY(log1p), UNARY(sinh), UNARY(cosh), UNARY(asinh), UNARY(acosh),
    UNARY(atanh), UNARY(erf), UNARY(erfc), UNARY(erfinv), UNARY(lgamma), UNARY(digamma),
    CALL(polygamma), UNARY(tanh), UNARY(sigmoid), UNARY(relu), UNARY(softplus), UNARY(logsigmoid),
    UNARY(silu), UNARY(mish), UNARY(gelu), UNARY(gelu_tanh), NUMBER(elu), UNARY(selu), NUMBER(celu),
    UNARY(softsign), UNARY(relu6), UNARY(hardtanh), UNARY(hardsigmoid), UNARY(hardswish),
    NUMBER(leaky_relu), BINARY(prelu), NUMBER(softshrink), NUMBER(hardshrink), ALONG(softmax),
    ALONG(log_softmax), BINARY(eq), BINARY(ne), BINARY(lt), BINARY(le), BINARY(gt), BINARY(ge),
    BINARY(logical_and), BINARY(logical_or), BINARY(logical_xor), UNARY(logical_not), UNARY(isnan),
    UNARY(isinf), UNARY(isfinite), TERNARY(where), TERNARY(masked_fill), SUM_OVER(sum),
    SUM_OVER(mean), OVER(amax), OVER(amin), OVER(prod), OVER(logsumexp), OVER(all), OVER(any),
    OVER(count_nonzero), BY(best, max), BY(best, min), ORDER(argmax), ORDER(argmin), SCAN(cumsum),
    BY(kept, cumprod), SCAN(logcumsumexp), SUMS(var), SUMS(std), CALL(norm), ORDER(median),
    SUMS(quantile), BY(best, sort), BY(kept, argsort), CALL(topk), SHAPED(reshape), SHAPED(permute),
    CALL(transpose), CALL(slice), CALL(concat), CALL(cast), ALONG(squeeze), ALONG(unsqueeze),
    CALL(flatten), CALL(narrow), CALL(split), CALL(chunk), CALL(stack), CALL(pad),
    BY(padded, pad_reflect), BY(padded, pad_replicate), SHAPED(flip), CALL(roll), SHAPED(repeat),
    SHAPED(tile), BY(whole, tril), BY(whole, triu), CALL(diagonal), CALL(diag_embed), CALL(full),
    CALL(zeros), CALL(ones), NUMBER(full_like), UNARY(zeros_like), UNARY(ones_like), CALL(eye),
    CALL(arange), CALL(linspace), CALL(meshgrid), SHAPED(broadcast_to), CALL(windows), CALL(gather),
    CALL(scatter), SUMS(scatter_add), CALL(index_select), BINARY(embedding), CALL(one_hot),
    SUM_BY(binary, matmul), SUM_BY(binary, dot), BINARY(outer), SUM_BY(ternary, linear),
    SUMS(bilinear), SUM_BY(unary, trace), SUMS(einsum), SUM_BY(unary, cholesky),
    SUMS(triangular_solve), SUM_BY(binary, solve), SUM_BY(unary, inverse), SUM_BY(unary, det),
    SUM_BY(unary, logdet), SUM_BY(pair, slogdet), SUM_BY(pair, qr), SUMS(eigh), SUMS(svd),
    LOSS(mse_loss), LOSS(bce), LOSS(bce_with_logits), LOSS(kl_div), LOSS(poisson_nll),
    LOSS(l1_loss), LOSS(hinge_loss), SUM_AS(loss_of, huber_loss), SUM_AS(loss_of, smooth_l1_loss),
    SUM_AS(loss_of, quantile_loss), SUMS(gaussian_nll), SUMS(cross_entropy),
    SUMS(cross_entropy_soft), SUMS(nll_loss), SUMS(cosine_similarity), CALL(unfold), SUMS(fold),
    CALL(max_pool1d), CALL(max_pool2d), SUMS(avg_pool1d), SUMS(avg_pool2d),
    SUM_BY(whole, adaptive_avg_pool1d), SUMS(adaptive_avg_pool2d), SUMS(conv1d), SUMS(conv2d),
    SUMS(conv_transpose1d), SUMS(conv_transpose2d), SUMS(layer_norm), SUMS(rms_norm),
    SUMS(group_norm), SUMS(batch_norm), SUMS(scaled_dot_product_attention),
};
/* clang-format on */

static const call_row *call_find(const char *op) {
    for (size_t i = 0; i < sizeof call_rows / sizeof *call_rows; i++)
        if (strcmp(call_rows[i].op, op) == 0) return &call_rows[i];
    return NULL;
}

bool golden_sums(const char *op) { return call_find(op) && call_find(op)->sums; }

/* The signatures whose attributes begin with axes, a shape or a number. */
static fx_tensor call_with_attrs(const call_row *r, golden_call *c) {
    const fx_tensor *x = c->x;
    if (r->over) return r->over(x[0], call_shape(c, 0), call_flag(c, 1));
    if (r->kept) return r->kept(x[0], call_int(c, 0), call_flag(c, 1));
    if (r->along) return r->along(x[0], call_int(c, 0));
    if (r->number) return r->number(x[0], call_number(c, 0));
    if (r->whole) return r->whole(x[0], call_whole(c, 0));
    if (r->shaped) return r->shaped(x[0], call_shape(c, 0));
    if (r->padded) return r->padded(x[0], call_shape(c, 0), call_shape(c, 1));
    if (r->loss) return r->loss(x[0], x[1], (fx_reduction)call_int(c, 0));
    if (r->loss_of) return r->loss_of(x[0], x[1], call_number(c, 1), (fx_reduction)call_int(c, 0));
    c->results = 2;
    return r->best(x[0], call_int(c, 0), call_flag(c, 1), &c->y[1]);
}

bool golden_run(const char *op, golden_call *c) {
    const call_row *r = call_find(op);
    if (!r) return false;
    if (r->call) {
        r->call(c);
    } else if (r->pair) {
        c->results = 2;
        r->pair(c->x[0], &c->y[0], &c->y[1]);
    } else if (c->attrs) {
        c->y[0] = call_with_attrs(r, c);
    } else if (r->ternary) {
        c->y[0] = r->ternary(c->x[0], c->x[1], c->x[2]);
    } else {
        c->y[0] = r->binary ? r->binary(c->x[0], c->x[1]) : r->unary(c->x[0]);
    }
    return true;
}
