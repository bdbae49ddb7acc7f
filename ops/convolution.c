/* SPDX-License-Identifier: MIT */
/* Convolutions and their transposes, in any number of axes: windows of x (a view) are copied to the
 * columns of one matrix a group, which the weight multiplies; a transpose multiplies first and adds
 * up the windows of the result. The copy (im2col: Chellapilla, Puri and Simard, 2006) takes as much
 * memory as there are elements in all windows, and makes of the whole batch one product with one
 * weight, whose gradient is one product too. All of it is made of ops that have their rules, so
 * that derivatives of any order follow. */
#include "families.h"

enum { CONV_1D, CONV_2D, CONV_TRANSPOSE_1D, CONV_TRANSPOSE_2D };
enum { CONV_X, CONV_WEIGHT, CONV_BIAS, CONV_OPERANDS };

/* A call. Along an axis windows of `kernel` elements stand at so many `places` of `whole`, which
 * counts the padding too; the result has `size`. */
typedef struct conv {
    const fx_op *op;
    const fx_tensor *operands;
    fx_graph *graph;
    bool transposed;
    int n; /* axes */
    fx_conv_options o;
    int64_t batch, in, out; /* channels of one group */
    int64_t kernel[2], whole[2], places[2], size[2];
} conv;

/* Reports an error; checks are false after one. */
#define CONV_REFUSE(c, ...) (fx_refuse((c)->op, CONV_OPERANDS, (c)->operands, __VA_ARGS__), false)

/* ---- what can be wrong ---- */

static bool conv_check_rank(const conv *c) {
    const int rank = fx_tensor_shape(c->operands[CONV_X]).rank;
    const int of_weight = fx_tensor_shape(c->operands[CONV_WEIGHT]).rank;
    if (rank == c->n + 2 && of_weight == rank) return true;
    return CONV_REFUSE(c, FX_ERR_SHAPE,
                       "x has rank %d and weight rank %d; x is [batch, channels, %s] and weight "
                       "[%s, %s]",
                       rank, of_weight, c->n == 1 ? "length" : "height, width",
                       c->transposed ? "channels, out / groups" : "out, channels / groups",
                       c->n == 1 ? "size" : "height, width");
}

static bool conv_check_dtype(const conv *c, int i) {
    static const char *const names[CONV_OPERANDS] = {"x", "weight", "bias"};
    const fx_tensor t = c->operands[i];
    const fx_dtype dtype = fx_tensor_dtype(t), other = fx_tensor_dtype(c->operands[CONV_X]);
    if (fx_is_none(t)) return true;
    if (dtype > FX_F64)
        return CONV_REFUSE(c, FX_ERR_DTYPE, "operand %s is %s, which the op does not take",
                           names[i], fx_dtype_name(dtype));
    if (dtype == other) return true;
    return CONV_REFUSE(c, FX_ERR_DTYPE, "operand %s is %s where x is %s; write fx_cast(%s, %s)",
                       names[i], fx_dtype_name(dtype), fx_dtype_name(other), names[i],
                       other == FX_F64 ? "FX_F64" : "FX_F32");
}

static bool conv_check_option(const conv *c, const char *name, const int64_t *values,
                              int64_t least) {
    for (int d = 0; d < c->n; d++)
        if (values[d] < least)
            return CONV_REFUSE(c, FX_ERR_ARGUMENT, "%s[%d] is %lld; it must be at least %lld", name,
                               d, (long long)values[d], (long long)least);
    return true;
}

static bool conv_check_output_padding(const conv *c) {
    if (!conv_check_option(c, "output_padding", c->o.output_padding, 0)) return false;
    for (int d = 0; d < c->n; d++) {
        const int64_t more = c->o.output_padding[d], stride = c->o.stride[d];
        if (more && !c->transposed)
            return CONV_REFUSE(
                c, FX_ERR_ARGUMENT,
                "output_padding[%d] is %lld; it must be 0, as only the transposes choose a size", d,
                (long long)more);
        if (more >= stride)
            return CONV_REFUSE(c, FX_ERR_ARGUMENT,
                               "output_padding[%d] is %lld; it must be less than the stride, %lld",
                               d, (long long)more, (long long)stride);
    }
    return true;
}

static bool conv_check_options(const conv *c) {
    if (c->o.size != sizeof c->o)
        return CONV_REFUSE(c, FX_ERR_ARGUMENT, "options come from fx_conv_defaults()");
    if (c->o.groups < 1)
        return CONV_REFUSE(c, FX_ERR_ARGUMENT, "groups is %lld; it must be at least 1",
                           (long long)c->o.groups);
    return conv_check_option(c, "stride", c->o.stride, 1) &&
           conv_check_option(c, "padding", c->o.padding, 0) &&
           conv_check_option(c, "dilation", c->o.dilation, 1) && conv_check_output_padding(c);
}

/* Takes the channels of a group from x and weight. */
static bool conv_channels(conv *c) {
    const fx_shape x = fx_tensor_shape(c->operands[CONV_X]);
    const fx_shape weight = fx_tensor_shape(c->operands[CONV_WEIGHT]);
    const int axis = c->transposed ? 0 : 1; /* where weight has the channels of x */
    const int64_t channels = x.dims[1], groups = c->o.groups;
    const int64_t needs = c->transposed ? channels : channels / groups;
    c->batch = x.dims[0];
    c->in = channels / groups;
    c->out = c->transposed ? weight.dims[1] : weight.dims[0] / groups;
    if (channels % groups != 0)
        return CONV_REFUSE(c, FX_ERR_SHAPE, "x has %lld channels; %lld groups do not divide them",
                           (long long)channels, (long long)groups);
    if (weight.dims[axis] != needs)
        return CONV_REFUSE(c, FX_ERR_SHAPE,
                           "x has %lld channels, groups is %lld; weight must have size %lld along "
                           "axis %d, not %lld",
                           (long long)channels, (long long)groups, (long long)needs, axis,
                           (long long)weight.dims[axis]);
    if (c->transposed || weight.dims[0] % groups == 0) return true;
    return CONV_REFUSE(c, FX_ERR_SHAPE,
                       "weight makes %lld channels; %lld groups do not divide them",
                       (long long)weight.dims[0], (long long)groups);
}

/* a b + c; -1 if that, or c, is too large to count. */
static int64_t conv_count(int64_t a, int64_t b, int64_t c) {
    return c < 0 || a > (INT64_MAX - c) / b ? -1 : a * b + c;
}

/* The sizes along spatial axis d, which is axis d + 2 of x and weight. */
static bool conv_axis(conv *c, int d) {
    const int64_t stride = c->o.stride[d], padding = c->o.padding[d];
    const int64_t length = fx_tensor_shape(c->operands[CONV_X]).dims[d + 2];
    c->kernel[d] = fx_tensor_shape(c->operands[CONV_WEIGHT]).dims[d + 2];
    if (c->kernel[d] < 1 || (c->transposed && length < 1))
        return CONV_REFUSE(c, FX_ERR_SHAPE,
                           "%s has no elements along axis %d; it needs one at least",
                           c->kernel[d] < 1 ? "weight" : "x", d + 2);
    const int64_t span = conv_count(c->kernel[d] - 1, c->o.dilation[d], 1);
    const int64_t more = conv_count(c->o.output_padding[d], 1, span);
    c->whole[d] =
        c->transposed ? conv_count(length - 1, stride, more) : conv_count(padding, 2, length);
    if (span < 0 || c->whole[d] < 0)
        return CONV_REFUSE(c, FX_ERR_SHAPE, "axis %d becomes too large to count", d + 2);
    if (c->whole[d] < span)
        return CONV_REFUSE(
            c, FX_ERR_SHAPE,
            "the kernel spans %lld elements of axis %d, where x and its padding have %lld",
            (long long)span, d + 2, (long long)c->whole[d]);
    if (c->transposed && padding > (c->whole[d] - 1) / 2)
        return CONV_REFUSE(c, FX_ERR_SHAPE,
                           "padding[%d] is %lld; it leaves nothing of the %lld elements of axis %d",
                           d, (long long)padding, (long long)c->whole[d], d + 2);
    c->places[d] = c->transposed ? length : (c->whole[d] - span) / stride + 1;
    c->size[d] = c->transposed ? c->whole[d] - 2 * padding : c->places[d];
    return true;
}

/* Whether sizes can be multiplied without overflow in every tensor on the way. */
static bool conv_countable(const conv *c) {
    int64_t n = 1, sizes[8] = {c->batch, c->o.groups, c->in, c->out};
    for (int d = 0; d < c->n; d++) {
        sizes[4 + 2 * d] = c->kernel[d];
        sizes[5 + 2 * d] = c->whole[d];
    }
    for (int i = 0; i < 4 + 2 * c->n && n > 0; i++)
        n = sizes[i] > 0 ? conv_count(n, sizes[i], 0) : n;
    return n > 0 || CONV_REFUSE(c, FX_ERR_SHAPE, "the product of all sizes is too large to count");
}

static bool conv_check_bias(const conv *c) {
    const fx_tensor bias = c->operands[CONV_BIAS];
    const fx_shape shape = fx_tensor_shape(bias);
    const int64_t out = c->o.groups * c->out;
    if (fx_is_none(bias) || (shape.rank == 1 && shape.dims[0] == out)) return true;
    return CONV_REFUSE(c, FX_ERR_SHAPE, "bias needs shape [%lld], one value a channel",
                       (long long)out);
}

static bool conv_prepare(conv *c) {
    bool good = conv_check_rank(c);
    for (int i = 0; i < CONV_OPERANDS && good; i++) good = conv_check_dtype(c, i);
    good = good && conv_check_options(c) && conv_channels(c);
    for (int d = 0; d < c->n && good; d++) good = conv_axis(c, d);
    return good && conv_countable(c) && conv_check_bias(c);
}

/* ---- the way there ---- */

/* Some sizes, and behind them those of the axes. */
static fx_shape conv_shape(const conv *c, fx_shape shape, const int64_t *axes) {
    for (int d = 0; d < c->n; d++) shape.dims[shape.rank++] = axes[d];
    return shape;
}

static int64_t conv_product(const conv *c, const int64_t *axes) {
    return c->n == 1 ? axes[0] : axes[0] * axes[1];
}

static fx_tensor conv_padded(const conv *c, fx_tensor x) {
    const fx_shape zeros = conv_shape(c, fx_shape2(0, 0), c->o.padding);
    const int64_t some = c->n == 1 ? c->o.padding[0] : c->o.padding[0] | c->o.padding[1];
    return some ? fx_pad(x, zeros, zeros, 0) : x;
}

/* Windows of x [batch, channels, whole..] as [groups, in kernel.., batch places..]. */
static fx_tensor conv_columns(const conv *c, fx_tensor x) {
    static const fx_axes order[] = {{4, {1, 3, 0, 2}}, {6, {1, 4, 5, 0, 2, 3}}};
    for (int d = 0; d < c->n; d++)
        x = fx_windows(x, d + 2, c->kernel[d], c->o.stride[d], c->o.dilation[d]);
    return fx_reshape(fx_permute(x, order[c->n - 1]),
                      fx_shape3(c->o.groups, c->in * conv_product(c, c->kernel),
                                c->batch * conv_product(c, c->places)));
}

/* Its transpose: y [groups, out kernel.., batch places..] added up to [batch, out, whole..]. */
static fx_tensor conv_uncolumns(const conv *c, fx_tensor y) {
    static const fx_axes order[] = {{4, {2, 0, 3, 1}}, {6, {3, 0, 4, 5, 1, 2}}};
    fx_shape shape = conv_shape(c, fx_shape1(c->o.groups * c->out), c->kernel);
    shape.dims[shape.rank++] = c->batch;
    y = fx_permute(fx_reshape(y, conv_shape(c, shape, c->places)), order[c->n - 1]);
    for (int d = c->n; d-- > 0;)
        y = fx__unwindows(y, d + 2, c->whole[d], c->o.stride[d], c->o.dilation[d]);
    return y;
}

static fx_tensor conv_gather(const conv *c, fx_tensor x, fx_tensor weight) {
    const int64_t in = c->in * conv_product(c, c->kernel);
    const fx_tensor columns = conv_columns(c, conv_padded(c, x));
    weight = fx_reshape(weight, fx_shape3(c->o.groups, c->out, in));
    const fx_shape shape = conv_shape(c, fx_shape2(c->o.groups * c->out, c->batch), c->places);
    return fx_transpose(fx_reshape(fx_matmul(weight, columns), shape), 0, 1);
}

static fx_tensor conv_scatter(const conv *c, fx_tensor x, fx_tensor weight) {
    const int64_t out = c->out * conv_product(c, c->kernel);
    weight = fx_transpose(fx_reshape(weight, fx_shape3(c->o.groups, c->in, out)), 1, 2);
    x = fx_reshape(fx_transpose(x, 0, 1),
                   fx_shape3(c->o.groups, c->in, c->batch * conv_product(c, c->places)));
    fx_tensor y = conv_uncolumns(c, fx_matmul(weight, x));
    for (int d = 0; d < c->n; d++)
        if (c->o.padding[d]) y = fx_narrow(y, d + 2, c->o.padding[d], c->size[d]);
    return y;
}

static fx_tensor conv_run(conv *c) {
    static const int64_t ones[2] = {1, 1};
    fx_tensor x = c->operands[CONV_X], bias = c->operands[CONV_BIAS];
    if (!c->graph || !conv_prepare(c)) return x; /* fx_composed makes it invalid */
    x = fx_use(c->graph, x);
    const fx_tensor weight = fx_use(c->graph, c->operands[CONV_WEIGHT]);
    const fx_tensor y = c->transposed ? conv_scatter(c, x, weight) : conv_gather(c, x, weight);
    if (fx_is_none(bias)) return y;
    bias = fx_use(c->graph, bias);
    return fx_add(y, fx_reshape(bias, conv_shape(c, fx_shape1(c->o.groups * c->out), ones)));
}

static fx_tensor conv_call(int row, fx_tensor x, fx_tensor weight, fx_tensor bias,
                           const fx_conv_options *options) {
    const fx_tensor operands[CONV_OPERANDS] = {x, weight, bias};
    const fx_op *op = &fx__convolutions[row];
    const fx_composition composition = fx_compose(op, CONV_OPERANDS, operands);
    conv c = {.op = op,
              .operands = operands,
              .graph = composition.graph,
              .transposed = row >= CONV_TRANSPOSE_1D,
              .n = row == CONV_1D || row == CONV_TRANSPOSE_1D ? 1 : 2,
              .o = options ? *options : fx_conv_defaults()};
    return fx_composed(composition, conv_run(&c));
}

#define CONV(op_name, text)                                                                        \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x, weight, bias?", .min = 2,     \
        .max = 3, .formula = (text)                                                                \
    }

const fx_op fx__convolutions[] = {
    [CONV_1D] = CONV("conv1d", "y = weight . windows of x + b;  dx = weight' . G added up by "
                               "windows, dweight = G . windows of x, db = G summed"),
    [CONV_2D] = CONV("conv2d", "y = weight . windows of x + b;  dx = weight' . G added up by "
                               "windows, dweight = G . windows of x, db = G summed"),
    [CONV_TRANSPOSE_1D] =
        CONV("conv_transpose1d", "y = weight' . x added up by windows + b;  dx = weight . windows "
                                 "of G, dweight = x . windows of G, db = G summed"),
    [CONV_TRANSPOSE_2D] =
        CONV("conv_transpose2d", "y = weight' . x added up by windows + b;  dx = weight . windows "
                                 "of G, dweight = x . windows of G, db = G summed"),
    {0},
};

fx_tensor fx_conv1d(fx_tensor x, fx_tensor weight, fx_tensor bias, const fx_conv_options *options) {
    return conv_call(CONV_1D, x, weight, bias, options);
}

fx_tensor fx_conv2d(fx_tensor x, fx_tensor weight, fx_tensor bias, const fx_conv_options *options) {
    return conv_call(CONV_2D, x, weight, bias, options);
}

fx_tensor fx_conv_transpose1d(fx_tensor x, fx_tensor weight, fx_tensor bias,
                              const fx_conv_options *options) {
    return conv_call(CONV_TRANSPOSE_1D, x, weight, bias, options);
}

fx_tensor fx_conv_transpose2d(fx_tensor x, fx_tensor weight, fx_tensor bias,
                              const fx_conv_options *options) {
    return conv_call(CONV_TRANSPOSE_2D, x, weight, bias, options);
}
