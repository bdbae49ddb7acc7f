/* SPDX-License-Identifier: MIT */
/* The functions of tests/golden/derivatives.py, built again from ops: one line there, one line
 * here. */
#include "golden_functions.h"

#include <math.h>

#include "fluxion/ops.h"

#define FUNCTION(name, call)                                                                       \
    static fx_tensor golden_##name(const fx_tensor *x) { return call; }
#define ONE(name) FUNCTION(name, fx_##name(x[0]))
#define TWO(name) FUNCTION(name, fx_##name(x[0], x[1]))

static fx_tensor times(fx_tensor a, fx_tensor b) { return fx_mul(a, b); }

static fx_tensor sq(fx_tensor x) { return fx_square(x); }

/* ---- elementwise ---- */

ONE(tanh)
ONE(sigmoid)
ONE(softplus)
ONE(logsigmoid)
ONE(silu)
ONE(mish)
ONE(gelu)
ONE(gelu_tanh)
FUNCTION(elu, fx_elu(x[0], 1.25))
ONE(selu)
FUNCTION(celu, fx_celu(x[0], 1.25))
ONE(softsign)
ONE(neg)
ONE(square)
ONE(exp)
ONE(sin)
ONE(cos)
ONE(tan)
ONE(atan)
ONE(sinh)
ONE(cosh)
ONE(asinh)
ONE(exp2)
ONE(expm1)
ONE(erf)
ONE(erfc)
ONE(asin)
ONE(acos)
ONE(atanh)
ONE(erfinv)
ONE(acosh)
ONE(sqrt)
ONE(rsqrt)
ONE(log)
ONE(log2)
ONE(log10)
ONE(log1p)
ONE(reciprocal)
ONE(lgamma)
ONE(digamma)
FUNCTION(polygamma, fx_polygamma(2, x[0]))
ONE(abs)
FUNCTION(relu, times(fx_relu(x[0]), x[0]))
FUNCTION(relu6, times(fx_relu6(x[0]), x[0]))
FUNCTION(leaky_relu, times(fx_leaky_relu(x[0], 0.2), x[0]))
FUNCTION(hardtanh, times(fx_hardtanh(x[0]), x[0]))
FUNCTION(hardsigmoid, times(fx_hardsigmoid(x[0]), x[0]))
ONE(hardswish)
FUNCTION(softshrink, times(fx_softshrink(x[0], 0.25), x[0]))
FUNCTION(hardshrink, times(fx_hardshrink(x[0], 0.25), x[0]))
FUNCTION(clamp, times(fx_clamp(x[0], 0.5, 1.5), x[0]))
FUNCTION(frac, times(fx_frac(x[0]), x[0]))
FUNCTION(add, fx_exp(fx_add(x[0], x[1])))
FUNCTION(sub, fx_exp(fx_sub(x[0], x[1])))
TWO(mul)
TWO(div)
TWO(pow)
FUNCTION(maximum, times(fx_maximum(x[0], x[1]), x[1]))
FUNCTION(minimum, times(fx_minimum(x[0], x[1]), x[1]))
FUNCTION(fmod, times(fx_fmod(x[0], x[1]), x[0]))
FUNCTION(remainder, times(fx_remainder(x[0], x[1]), x[0]))
TWO(atan2)
TWO(hypot)
TWO(logaddexp)
FUNCTION(copysign, times(fx_copysign(x[0], x[1]), x[1]))
FUNCTION(lerp, fx_lerp(x[0], x[1], x[2]))
FUNCTION(fma, sq(fx_fma(x[0], x[1], x[2])))
FUNCTION(prelu, times(fx_prelu(x[0], x[1]), x[0]))
FUNCTION(where, times(fx_where(x[0], x[1], x[2]), x[1]))

/* ---- reductions ---- */

static fx_tensor by_sum(fx_tensor y, fx_tensor x) { return fx_mul(y, fx_sum(x)); }

FUNCTION(sum, sq(fx_sum_axes(fx_exp(x[0]), fx_axes2(0, 2), false)))
FUNCTION(mean, sq(fx_mean_axes(fx_exp(x[0]), fx_axes2(1, 2), true)))
FUNCTION(prod, fx_prod_axes(x[0], fx_axes1(1), false))
FUNCTION(amax, by_sum(fx_amax_axes(x[0], fx_axes2(0, 2), false), x[0]))
FUNCTION(amin, by_sum(fx_amin_axes(x[0], fx_axes1(1), false), x[0]))
FUNCTION(median, by_sum(fx_median_axis(x[0], 1, false), x[0]))
FUNCTION(quantile, by_sum(fx_quantile_axis(x[0], 0.3, 1, false), x[0]))
FUNCTION(sort, times(fx_sort(x[0], 1, true, NULL), x[0]))
FUNCTION(topk, sq(fx_topk(x[0], 2, 1, true, NULL)))
FUNCTION(logsumexp, fx_logsumexp_axes(x[0], fx_axes2(0, 2), false))
FUNCTION(var, fx_var_axes(x[0], fx_axes2(0, 1), 1, false))
FUNCTION(std, fx_std_axes(x[0], fx_axes2(0, 1), 0, false))
FUNCTION(norm_1, sq(fx_norm_axes(x[0], 1, fx_axes1(1), false)))
FUNCTION(norm_2, fx_norm_axes(x[0], 2, fx_axes2(0, 2), false))
FUNCTION(norm_3, fx_norm_axes(x[0], 3, fx_axes1(1), false))
FUNCTION(norm_inf, sq(fx_norm_axes(x[0], INFINITY, fx_axes1(1), false)))
FUNCTION(cumsum, sq(fx_cumsum(x[0], 1, false)))
FUNCTION(cumprod, fx_cumprod(x[0], 1, false))
FUNCTION(logcumsumexp, fx_logcumsumexp(x[0], 1, false))
FUNCTION(softmax, fx_softmax(x[0], 1))
FUNCTION(log_softmax, fx_log_softmax(x[0], 1))

/* ---- shapes ---- */

static fx_tensor golden_stack(const fx_tensor *x) {
    return fx_stack(3, (fx_tensor[]){x[0], x[1], fx_mul(x[0], x[1])}, 1);
}

static fx_tensor golden_split(const fx_tensor *x) {
    fx_tensor parts[2];
    fx_split(x[0], 0, 2, (int64_t[]){2, 3}, parts);
    return fx_outer(parts[0], parts[1]);
}

static fx_tensor golden_meshgrid(const fx_tensor *x) {
    fx_tensor grid[2];
    fx_meshgrid(2, x, grid);
    return fx_mul(grid[0], grid[1]);
}

FUNCTION(reshape, times(fx_reshape(x[0], fx_shape2(3, 2)), fx_transpose(x[0], 0, 1)))
FUNCTION(permute, sq(fx_permute(x[0], fx_shape3(2, 0, 1))))
FUNCTION(slice, times(fx_slice(x[0], 1, 0, 2, 1), fx_slice(x[0], 1, 1, 3, 1)))
FUNCTION(concat, sq(fx_concat(3, (fx_tensor[]){x[0], x[1], x[0]}, 1)))
FUNCTION(pad, sq(fx_pad(x[0], fx_shape2(0, 1), fx_shape2(1, 2), 0.5)))
FUNCTION(pad_reflect, sq(fx_pad_reflect(x[0], fx_shape2(0, 2), fx_shape2(0, 1))))
FUNCTION(pad_replicate, sq(fx_pad_replicate(x[0], fx_shape2(0, 2), fx_shape2(0, 1))))
FUNCTION(flip, times(fx_flip(x[0], fx_axes2(0, 1)), x[0]))
FUNCTION(roll, times(fx_roll(x[0], 1, 1), x[0]))
FUNCTION(repeat, sq(fx_repeat(x[0], fx_shape2(2, 2))))
FUNCTION(tril, fx_matmul(fx_tril(x[0], 0), x[0]))
FUNCTION(triu, fx_matmul(fx_triu(x[0], 1), x[0]))
FUNCTION(diagonal, sq(fx_diagonal(x[0], 1, 0, 1)))
FUNCTION(diag_embed, sq(fx_diag_embed(x[0], 1, -2, -1)))
FUNCTION(broadcast_to, sq(fx_broadcast_to(x[0], fx_shape2(3, 2))))
FUNCTION(index_select, sq(fx_index_select(x[0], 1, x[1])))
FUNCTION(gather, sq(fx_gather(x[0], 1, x[1])))
FUNCTION(scatter, sq(fx_scatter(x[0], 1, x[1], x[2])))
FUNCTION(scatter_add, sq(fx_scatter_add(x[0], 1, x[1], x[2])))
FUNCTION(embedding, sq(fx_embedding(x[0], x[1])))
FUNCTION(masked_fill, sq(fx_masked_fill(x[0], x[1], fx_num(0.5))))

/* ---- matrices ---- */

static fx_tensor golden_cholesky(const fx_tensor *x) {
    const fx_tensor square = fx_matmul(x[0], fx_transpose(x[0], 0, 1));
    return fx_cholesky(fx_add(square, fx_eye(fx_tensor_graph(x[0]), FX_F64, 3)));
}

static fx_tensor golden_slogdet(const fx_tensor *x) {
    fx_tensor log_abs;
    fx_slogdet(fx_neg(x[0]), NULL, &log_abs);
    return log_abs;
}

static fx_tensor golden_qr(const fx_tensor *x) {
    fx_tensor parts[2];
    fx_qr(x[0], &parts[0], &parts[1]);
    return fx_concat(2, parts, 0);
}

static fx_tensor golden_eigh_values(const fx_tensor *x) {
    fx_tensor values;
    fx_eigh(x[0], &values, NULL);
    return values;
}

static fx_tensor golden_eigh_vectors(const fx_tensor *x) {
    fx_tensor vectors;
    fx_eigh(x[0], NULL, &vectors);
    return fx_square(vectors);
}

static fx_tensor golden_svd_values(const fx_tensor *x) {
    fx_tensor s;
    fx_svd(x[0], NULL, &s, NULL);
    return s;
}

static fx_tensor golden_svd_root(const fx_tensor *x) {
    fx_tensor u, s, vh;
    fx_svd(x[0], &u, &s, &vh);
    return fx_matmul(fx_mul(u, fx_sqrt(s)), vh);
}

TWO(matmul)
FUNCTION(linear, sq(fx_linear(x[0], x[1], x[2])))
FUNCTION(bilinear, fx_bilinear(x[0], x[1], x[2], x[3]))
FUNCTION(dot, sq(fx_dot(x[0], x[1])))
FUNCTION(outer, sq(fx_outer(x[0], x[1])))
FUNCTION(trace, fx_trace(fx_matmul(x[0], fx_matmul(x[0], x[0]))))
FUNCTION(einsum, fx_einsum("ij,jk,ki->jk", 3, x))
FUNCTION(triangular_solve, fx_triangular_solve(x[0], x[1], false, false))
TWO(solve)
ONE(inverse)
ONE(det)
ONE(logdet)

/* ---- losses ---- */

static fx_cross_entropy_options golden_weighted(const fx_tensor *x) {
    fx_cross_entropy_options options = fx_cross_entropy_defaults();
    options.weights =
        fx_input_f64(fx_tensor_graph(x[0]), fx_shape1(3), (const double[]){0.5, 1, 2});
    return options;
}

static fx_tensor golden_cross_entropy_with(const fx_tensor *x) {
    fx_cross_entropy_options options = golden_weighted(x);
    options.label_smoothing = 0.1;
    options.ignore_index = 1;
    return fx_cross_entropy_with(x[0], x[1], &options);
}

static fx_tensor golden_nll_loss(const fx_tensor *x) {
    const fx_cross_entropy_options options = golden_weighted(x);
    return fx_square(fx_nll_loss_with(x[0], x[1], &options));
}

TWO(mse_loss)
FUNCTION(l1_loss, sq(fx_l1_loss_as(x[0], x[1], FX_REDUCE_NONE)))
FUNCTION(huber_loss, fx_huber_loss(x[0], x[1], 4))
FUNCTION(smooth_l1_loss, fx_smooth_l1_loss(x[0], x[1], 4))
TWO(cross_entropy)
FUNCTION(cross_entropy_soft, fx_cross_entropy_soft(x[0], fx_softmax(x[1], 1)))
TWO(bce)
TWO(bce_with_logits)
TWO(kl_div)
FUNCTION(gaussian_nll, fx_gaussian_nll(x[0], x[1], x[2]))
TWO(poisson_nll)
FUNCTION(cosine_similarity, fx_cosine_similarity(x[0], x[1], 1))

/* ---- layers and networks ---- */

static fx_conv_options golden_steps(int64_t stride, int64_t padding, int64_t dilation,
                                    int64_t groups) {
    fx_conv_options options = fx_conv_defaults();
    options.stride[0] = stride;
    options.padding[0] = padding;
    options.dilation[0] = dilation;
    options.groups = groups;
    return options;
}

static fx_tensor golden_conv1d(const fx_tensor *x) {
    const fx_conv_options options = golden_steps(2, 1, 2, 2);
    return fx_conv1d(x[0], x[1], x[2], &options);
}

static fx_tensor golden_conv2d(const fx_tensor *x) {
    fx_conv_options options = golden_steps(2, 1, 1, 2);
    options.dilation[1] = 2;
    return fx_conv2d(x[0], x[1], x[2], &options);
}

static fx_tensor golden_conv_transpose1d(const fx_tensor *x) {
    fx_conv_options options = golden_steps(3, 1, 2, 2);
    options.output_padding[0] = 1;
    return fx_conv_transpose1d(x[0], x[1], x[2], &options);
}

static fx_tensor golden_conv_transpose2d(const fx_tensor *x) {
    fx_conv_options options = golden_steps(2, 1, 1, 1);
    options.output_padding[0] = 1;
    options.dilation[1] = 2;
    return fx_conv_transpose2d(x[0], x[1], x[2], &options);
}

static fx_window golden_window(int64_t height) {
    fx_window window = fx_window2(height, 2, 2);
    window.stride[1] = 1;
    window.padding[0] = 1;
    return window;
}

static fx_tensor golden_unfold(const fx_tensor *x) {
    return fx_square(fx_unfold(x[0], golden_window(2)));
}

FUNCTION(layer_norm, fx_layer_norm(x[0], 2, x[1], x[2], 1e-5))
FUNCTION(rms_norm, fx_rms_norm(x[0], 1, x[1], 1e-5))
FUNCTION(group_norm, fx_group_norm(x[0], 2, x[1], x[2], 1e-5))
FUNCTION(batch_norm, fx_batch_norm(x[0], x[1], x[2], FX_NONE, FX_NONE, 0.1, 1e-5))
FUNCTION(max_pool1d, by_sum(fx_max_pool1d(fx_squeeze(x[0], 0), 3, 2, 1, 1), x[0]))
FUNCTION(max_pool2d, by_sum(fx_max_pool2d(x[0], golden_window(3)), x[0]))
FUNCTION(avg_pool1d, sq(fx_avg_pool1d(x[0], 3, 2, 1, true)))
FUNCTION(avg_pool2d, sq(fx_avg_pool2d(x[0], golden_window(3), false)))
FUNCTION(adaptive_avg_pool1d, sq(fx_adaptive_avg_pool1d(x[0], 3)))
FUNCTION(adaptive_avg_pool2d, sq(fx_adaptive_avg_pool2d(x[0], 3, 2)))
FUNCTION(scaled_dot_product_attention,
         fx_scaled_dot_product_attention(x[0], x[1], x[2], x[3], NULL))

static fx_tensor golden_recurrence(const fx_tensor *x) {
    fx_tensor h = x[0];
    for (int i = 0; i < 3; i++) h = fx_tanh(fx_add(fx_matmul(x[1], h), x[2]));
    return h;
}

static fx_tensor golden_gaussian_process(const fx_tensor *x) {
    const fx_tensor off = fx_sub(fx_unsqueeze(x[0], 1), x[0]);
    const fx_tensor k = fx_add(fx_exp(fx_neg(fx_square(off))), fx_eye(fx_tensor_graph(off), 1, 3));
    return fx_add(fx_logdet(k), fx_dot(x[1], fx_solve(k, x[1])));
}

FUNCTION(network, fx_softmax(fx_matmul(fx_tanh(fx_linear(x[0], x[1], x[2])), x[3]), 1))

/* ---- what else there is ---- */

static fx_tensor golden_chunk(const fx_tensor *x) {
    fx_tensor parts[2];
    fx_chunk(x[0], 0, 2, parts);
    return fx_outer(parts[0], parts[1]);
}

static fx_tensor golden_squeeze(const fx_tensor *x) {
    return fx_matmul(fx_squeeze(x[0], 1), fx_squeeze(x[0], 1));
}

ONE(cbrt)
FUNCTION(max, by_sum(fx_max(x[0], 1, false, NULL), x[0]))
FUNCTION(min, times(fx_min(x[0], 2, true, NULL), x[0]))
FUNCTION(transpose, sq(fx_transpose(x[0], 0, 2)))
FUNCTION(unsqueeze, times(fx_unsqueeze(x[0], 1), x[0]))
FUNCTION(flatten, sq(fx_flatten(x[0], 1, 2)))
FUNCTION(narrow, times(fx_narrow(x[0], 1, 1, 2), fx_narrow(x[0], 1, 0, 2)))
FUNCTION(tile, sq(fx_tile(x[0], fx_shape3(2, 1, 2))))
FUNCTION(windows, sq(fx_windows(x[0], 1, 2, 1, 1)))
FUNCTION(fold, sq(fx_fold(x[0], 4, 3, golden_window(2))))
FUNCTION(hinge_loss, fx_mean(sq(fx_hinge_loss_as(x[0], x[1], FX_REDUCE_NONE))))
FUNCTION(quantile_loss, sq(fx_quantile_loss_as(x[0], x[1], 0.3, FX_REDUCE_NONE)))

#define ROW(name)                                                                                  \
    { #name, golden_##name }

/* clang-format off */
const golden_row golden_functions[] = {
    ROW(abs), ROW(acos), ROW(acosh), ROW(adaptive_avg_pool1d), ROW(adaptive_avg_pool2d), ROW(add),
    ROW(amax), ROW(amin), ROW(asin), ROW(asinh), ROW(atan), ROW(atan2), ROW(atanh),
    ROW(avg_pool1d), ROW(avg_pool2d), ROW(batch_norm), ROW(bce), ROW(bce_with_logits),
    ROW(bilinear), ROW(broadcast_to), ROW(cbrt), ROW(celu), ROW(cholesky), ROW(chunk), ROW(clamp),
    ROW(concat), ROW(conv1d), ROW(conv2d), ROW(conv_transpose1d), ROW(conv_transpose2d),
    ROW(copysign), ROW(cos), ROW(cosh), ROW(cosine_similarity), ROW(cross_entropy),
    ROW(cross_entropy_soft), ROW(cross_entropy_with), ROW(cumprod), ROW(cumsum), ROW(det),
    ROW(diag_embed), ROW(diagonal), ROW(digamma), ROW(div), ROW(dot), ROW(eigh_values),
    ROW(eigh_vectors), ROW(einsum), ROW(elu), ROW(embedding), ROW(erf), ROW(erfc), ROW(erfinv),
    ROW(exp), ROW(exp2), ROW(expm1), ROW(flatten), ROW(flip), ROW(fma), ROW(fmod), ROW(fold),
    ROW(frac), ROW(gather), ROW(gaussian_nll), ROW(gaussian_process), ROW(gelu), ROW(gelu_tanh),
    ROW(group_norm), ROW(hardshrink), ROW(hardsigmoid), ROW(hardswish), ROW(hardtanh),
    ROW(hinge_loss), ROW(huber_loss), ROW(hypot), ROW(index_select), ROW(inverse), ROW(kl_div),
    ROW(l1_loss), ROW(layer_norm), ROW(leaky_relu), ROW(lerp), ROW(lgamma), ROW(linear), ROW(log),
    ROW(log10), ROW(log1p), ROW(log2), ROW(log_softmax), ROW(logaddexp), ROW(logcumsumexp),
    ROW(logdet), ROW(logsigmoid), ROW(logsumexp), ROW(masked_fill), ROW(matmul), ROW(max),
    ROW(max_pool1d), ROW(max_pool2d), ROW(maximum), ROW(mean), ROW(median), ROW(meshgrid),
    ROW(min), ROW(minimum), ROW(mish), ROW(mse_loss), ROW(mul), ROW(narrow), ROW(neg),
    ROW(network), ROW(nll_loss), ROW(norm_1), ROW(norm_2), ROW(norm_3), ROW(norm_inf), ROW(outer),
    ROW(pad), ROW(pad_reflect), ROW(pad_replicate), ROW(permute), ROW(poisson_nll), ROW(polygamma),
    ROW(pow), ROW(prelu), ROW(prod), ROW(qr), ROW(quantile), ROW(quantile_loss), ROW(reciprocal),
    ROW(recurrence), ROW(relu), ROW(relu6), ROW(remainder), ROW(repeat), ROW(reshape),
    ROW(rms_norm), ROW(roll), ROW(rsqrt), ROW(scaled_dot_product_attention), ROW(scatter),
    ROW(scatter_add), ROW(selu), ROW(sigmoid), ROW(silu), ROW(sin), ROW(sinh), ROW(slice),
    ROW(slogdet), ROW(smooth_l1_loss), ROW(softmax), ROW(softplus), ROW(softshrink), ROW(softsign),
    ROW(solve), ROW(sort), ROW(split), ROW(sqrt), ROW(square), ROW(squeeze), ROW(stack), ROW(std),
    ROW(sub), ROW(sum), ROW(svd_root), ROW(svd_values), ROW(tan), ROW(tanh), ROW(tile), ROW(topk),
    ROW(trace), ROW(transpose), ROW(triangular_solve), ROW(tril), ROW(triu), ROW(unfold),
    ROW(unsqueeze), ROW(var), ROW(where), ROW(windows)};
/* clang-format on */
const int golden_functions_count = sizeof golden_functions / sizeof golden_functions[0];
