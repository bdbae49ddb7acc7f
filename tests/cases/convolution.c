/* SPDX-License-Identifier: MIT */
/* conv1d, conv2d and their transposes, element by element from the definition. row->attrs lists the
 * options that are not the default; a row without any passes none. */
#include <string.h>

#include "cases.h"

/* ---- calls ---- */

static int64_t *conv_option(fx_conv_options *o, const char *name) {
    if (strcmp(name, "stride") == 0) return o->stride;
    if (strcmp(name, "padding") == 0) return o->padding;
    if (strcmp(name, "dilation") == 0) return o->dilation;
    if (strcmp(name, "output_padding") == 0) return o->output_padding;
    return &o->groups;
}

static fx_conv_options conv_options(const case_row *row) {
    fx_conv_options o = fx_conv_defaults();
    for (int i = 0; i < CASE_ATTRS && row->attrs[i].name; i++)
        for (int d = 0; d < row->attrs[i].shape.rank; d++)
            conv_option(&o, row->attrs[i].name)[d] = row->attrs[i].shape.dims[d];
    return o;
}

typedef fx_tensor conv_function(fx_tensor, fx_tensor, fx_tensor, const fx_conv_options *);

static fx_tensor conv_apply(conv_function *f, const case_row *row, const fx_tensor *x) {
    const fx_conv_options o = conv_options(row);
    return f(x[0], x[1], row->n > 2 ? x[2] : FX_NONE, row->attrs[0].name ? &o : NULL);
}

#define CONV_CALL(name)                                                                            \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return conv_apply(fx_##name, row, x);                                                      \
    }

CONV_CALL(conv1d)
CONV_CALL(conv2d)
CONV_CALL(conv_transpose1d)
CONV_CALL(conv_transpose2d)

static fx_tensor conv_sizeless_call(void *row, const fx_tensor *x) {
    const fx_conv_options o = {0};
    return (void)row, fx_conv1d(x[0], x[1], FX_NONE, &o);
}

/* ---- the definition ---- */

/* What the definition counts: examples, groups, channels in and out of one group, places of a
 * window, elements of a kernel; a line is an image of one row. */
enum { EXAMPLE, GROUP, IN, OUT, ROW, COLUMN, DOWN, RIGHT, COUNTS };

typedef struct conv_sizes {
    int64_t x[4], weight[4], y[4]; /* [a, b, height, width] */
    int64_t stride[2], padding[2], dilation[2], counts[COUNTS];
    bool transposed;
} conv_sizes;

static void conv_four(fx_shape shape, int64_t *out) {
    const bool line = shape.rank == 3;
    for (int i = 0; i < 4; i++) out[i] = line && i == 2 ? 1 : shape.dims[line && i == 3 ? 2 : i];
}

static conv_sizes conv_sizes_of(const case_row *row, bool transposed) {
    const fx_conv_options o = conv_options(row);
    const int line = row->y.rank == 3, second = !line;
    conv_sizes s = {.stride = {line ? 1 : o.stride[0], o.stride[second]},
                    .padding = {line ? 0 : o.padding[0], o.padding[second]},
                    .dilation = {line ? 1 : o.dilation[0], o.dilation[second]},
                    .transposed = transposed};
    conv_four(row->x[0], s.x);
    conv_four(row->x[1], s.weight);
    conv_four(row->y, s.y);
    const int64_t *places = transposed ? s.x : s.y;
    const int64_t counts[COUNTS] = {s.x[0],    o.groups,  s.x[1] / o.groups, s.y[1] / o.groups,
                                    places[2], places[3], s.weight[2],       s.weight[3]};
    memcpy(s.counts, counts, sizeof counts);
    return s;
}

static int64_t conv_at(const int64_t *sizes, int64_t a, int64_t b, int64_t i, int64_t j) {
    return ((a * sizes[1] + b) * sizes[2] + i) * sizes[3] + j;
}

/* One product of the definition: element [DOWN, RIGHT] of a kernel at place [ROW, COLUMN] meets
 * element [i, j] of the larger image, if there is one. */
static void conv_add(const conv_sizes *s, const int64_t *at, const case_number *const *x,
                     case_number *y) {
    const int64_t *image = s->transposed ? s->y : s->x;
    const int64_t in = at[GROUP] * s->counts[IN] + at[IN];
    const int64_t out = at[GROUP] * s->counts[OUT] + at[OUT];
    const int64_t i = at[ROW] * s->stride[0] + at[DOWN] * s->dilation[0] - s->padding[0];
    const int64_t j = at[COLUMN] * s->stride[1] + at[RIGHT] * s->dilation[1] - s->padding[1];
    if (i < 0 || i >= image[2] || j < 0 || j >= image[3]) return;
    if (s->transposed)
        y[conv_at(s->y, at[EXAMPLE], out, i, j)] +=
            x[1][conv_at(s->weight, in, at[OUT], at[DOWN], at[RIGHT])] *
            x[0][conv_at(s->x, at[EXAMPLE], in, at[ROW], at[COLUMN])];
    else
        y[conv_at(s->y, at[EXAMPLE], out, at[ROW], at[COLUMN])] +=
            x[1][conv_at(s->weight, out, at[IN], at[DOWN], at[RIGHT])] *
            x[0][conv_at(s->x, at[EXAMPLE], in, i, j)];
}

static void conv_all(const case_row *row, bool transposed, const case_number *const *x,
                     case_number *y) {
    const conv_sizes s = conv_sizes_of(row, transposed);
    const int64_t area = s.y[2] * s.y[3], products = case_numel(fx_shape_n(COUNTS, s.counts));
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = row->n > 2 ? x[2][e / area % s.y[1]] : 0;
    for (int64_t e = 0; e < products; e++) {
        int64_t at[COUNTS], rest = e;
        for (int k = COUNTS; k-- > 0; rest /= s.counts[k]) at[k] = rest % s.counts[k];
        conv_add(&s, at, x, y);
    }
}

static void conv_of(const case_row *row, const case_number *const *x, case_number *y) {
    conv_all(row, false, x, y);
}

static void conv_transpose_of(const case_row *row, const case_number *const *x, case_number *y) {
    conv_all(row, true, x, y);
}

/* ---- rows ---- */

#define ROW_OF(call, of_row, operands)                                                             \
    .f = (call), .n = (operands), .of = (of_row), .ulps = 3, .sums = true
#define CONV1      ROW_OF(conv1d_call, conv_of, 3)
#define CONV2      ROW_OF(conv2d_call, conv_of, 3)
#define BACK1      ROW_OF(conv_transpose1d_call, conv_transpose_of, 3)
#define BACK2      ROW_OF(conv_transpose2d_call, conv_transpose_of, 3)
#define BARE_CONV1 ROW_OF(conv1d_call, conv_of, 2)
#define BARE_CONV2 ROW_OF(conv2d_call, conv_of, 2)
#define BARE_BACK1 ROW_OF(conv_transpose1d_call, conv_transpose_of, 2)
#define BARE_BACK2 ROW_OF(conv_transpose2d_call, conv_transpose_of, 2)

/* clang-format off */
#define OPTION(text, ...)  {.name = (text), .shape = {2, {__VA_ARGS__}}}
#define STRIDE(...)        OPTION("stride", __VA_ARGS__)
#define PADDING(...)       OPTION("padding", __VA_ARGS__)
#define DILATION(...)      OPTION("dilation", __VA_ARGS__)
#define MORE(...)          OPTION("output_padding", __VA_ARGS__)
#define GROUPS(n)          {.name = "groups", .shape = {1, {n}}}
/* clang-format on */

static const case_row convolution_rows[] = {
    {"conv1d", NULL, CONV1, .x = {{3, {2, 2, 5}}, {3, {3, 2, 3}}, {1, {3}}}, .y = {3, {2, 3, 3}}},
    {"conv1d", "no bias", BARE_CONV1, .x = {{3, {2, 2, 5}}, {3, {3, 2, 2}}}, .y = {3, {2, 3, 4}}},
    {"conv1d", "groups", CONV1, .x = {{3, {2, 4, 5}}, {3, {6, 2, 2}}, {1, {6}}},
     .y = {3, {2, 6, 4}}, .attrs = {GROUPS(2)}},
    {"conv1d", "stride", CONV1, .x = {{3, {1, 2, 7}}, {3, {2, 2, 3}}, {1, {2}}},
     .y = {3, {1, 2, 4}}, .attrs = {STRIDE(2, 0), PADDING(1, -1)}},
    {"conv1d", "all options", CONV1, .x = {{3, {2, 4, 8}}, {3, {2, 2, 3}}, {1, {2}}},
     .y = {3, {2, 2, 4}},
     .attrs = {STRIDE(3, 0), PADDING(3, -1), DILATION(2, 0), MORE(0, 7), GROUPS(2)}},
    {"conv1d", "one element", CONV1, .x = {{3, {2, 3, 4}}, {3, {2, 3, 1}}, {1, {2}}},
     .y = {3, {2, 2, 4}}},
    {"conv1d", "one by one", CONV1, .x = {{3, {2, 3, 5}}, {3, {6, 1, 2}}, {1, {6}}},
     .y = {3, {2, 6, 4}}, .attrs = {GROUPS(3)}},
    {"conv1d", "gaps", CONV1, .x = {{3, {2, 1, 8}}, {3, {2, 1, 2}}, {1, {2}}}, .y = {3, {2, 2, 2}},
     .attrs = {STRIDE(5, 1)}},
    {"conv1d", "no batch", CONV1, .x = {{3, {0, 2, 5}}, {3, {3, 2, 3}}, {1, {3}}},
     .y = {3, {0, 3, 3}}},
    {"conv1d", "no channels", CONV1, .x = {{3, {2, 0, 4}}, {3, {3, 0, 2}}, {1, {3}}},
     .y = {3, {2, 3, 3}}},
    {"conv1d", "makes none", CONV1, .x = {{3, {2, 2, 4}}, {3, {0, 2, 2}}, {1, {0}}},
     .y = {3, {2, 0, 3}}},
    {"conv1d", "zeros alone", CONV1, .x = {{3, {2, 2, 0}}, {3, {3, 2, 2}}, {1, {3}}},
     .y = {3, {2, 3, 3}}, .attrs = {PADDING(2, 0)}},
    {"conv1d", "one", CONV1, .x = {{3, {1, 1, 1}}, {3, {1, 1, 1}}, {1, {1}}}, .y = {3, {1, 1, 1}}},
    {"conv2d", NULL, CONV2, .x = {{4, {2, 2, 3, 4}}, {4, {3, 2, 2, 3}}, {1, {3}}},
     .y = {4, {2, 3, 2, 2}}},
    {"conv2d", "no bias", BARE_CONV2, .x = {{4, {1, 2, 4, 3}}, {4, {3, 2, 2, 1}}},
     .y = {4, {1, 3, 3, 3}}},
    {"conv2d", "groups", CONV2, .x = {{4, {1, 4, 4, 3}}, {4, {6, 2, 3, 1}}, {1, {6}}},
     .y = {4, {1, 6, 2, 3}}, .attrs = {GROUPS(2)}},
    {"conv2d", "all options", CONV2, .x = {{4, {1, 4, 5, 3}}, {4, {2, 2, 2, 3}}, {1, {2}}},
     .y = {4, {1, 2, 3, 2}},
     .attrs = {STRIDE(2, 3), PADDING(1, 3), DILATION(2, 2), MORE(0, 0), GROUPS(2)}},
    {"conv2d", "stride and dilation", CONV2, .x = {{4, {2, 1, 5, 6}}, {4, {3, 1, 2, 2}}, {1, {3}}},
     .y = {4, {2, 3, 3, 3}}, .attrs = {STRIDE(3, 2), PADDING(2, 1), DILATION(1, 2)}},
    {"conv2d", "one element", CONV2, .x = {{4, {2, 3, 2, 3}}, {4, {4, 3, 1, 1}}, {1, {4}}},
     .y = {4, {2, 4, 2, 3}}},
    {"conv2d", "one element in five", CONV2, .x = {{4, {1, 2, 3, 5}}, {4, {3, 2, 1, 1}}, {1, {3}}},
     .y = {4, {1, 3, 2, 2}}, .attrs = {STRIDE(2, 3)}},
    {"conv2d", "one by one", CONV2, .x = {{4, {2, 2, 3, 3}}, {4, {4, 1, 2, 3}}, {1, {4}}},
     .y = {4, {2, 4, 2, 3}}, .attrs = {PADDING(0, 1), GROUPS(2)}},
    {"conv2d", "as large as x", CONV2, .x = {{4, {2, 1, 2, 3}}, {4, {3, 1, 4, 3}}, {1, {3}}},
     .y = {4, {2, 3, 1, 1}}, .attrs = {PADDING(1, 0)}},
    {"conv2d", "beyond the edges", CONV2, .x = {{4, {1, 2, 2, 1}}, {4, {2, 2, 1, 2}}, {1, {2}}},
     .y = {4, {1, 2, 6, 4}}, .attrs = {PADDING(2, 2)}},
    {"conv2d", "no batch", CONV2, .x = {{4, {0, 2, 3, 4}}, {4, {4, 1, 2, 2}}, {1, {4}}},
     .y = {4, {0, 4, 2, 3}}, .attrs = {GROUPS(2)}},
    {"conv2d", "one", CONV2, .x = {{4, {1, 1, 1, 1}}, {4, {1, 1, 1, 1}}, {1, {1}}},
     .y = {4, {1, 1, 1, 1}}},
    {"conv_transpose1d", NULL, BACK1, .x = {{3, {2, 3, 4}}, {3, {3, 2, 3}}, {1, {2}}},
     .y = {3, {2, 2, 6}}},
    {"conv_transpose1d", "no bias", BARE_BACK1, .x = {{3, {2, 3, 4}}, {3, {3, 2, 2}}},
     .y = {3, {2, 2, 5}}},
    {"conv_transpose1d", "stride", BACK1, .x = {{3, {1, 2, 4}}, {3, {2, 3, 3}}, {1, {3}}},
     .y = {3, {1, 3, 8}}, .attrs = {STRIDE(2, 0), PADDING(1, -1), MORE(1, 9)}},
    {"conv_transpose1d", "gaps", BACK1, .x = {{3, {2, 1, 3}}, {3, {1, 2, 2}}, {1, {2}}},
     .y = {3, {2, 2, 10}}, .attrs = {STRIDE(3, 0), MORE(2, 0)}},
    {"conv_transpose1d", "groups", BACK1, .x = {{3, {2, 4, 3}}, {3, {4, 3, 2}}, {1, {6}}},
     .y = {3, {2, 6, 5}}, .attrs = {DILATION(2, 0), GROUPS(2)}},
    {"conv_transpose1d", "one element", BARE_BACK1, .x = {{3, {2, 3, 4}}, {3, {3, 2, 1}}},
     .y = {3, {2, 2, 4}}},
    {"conv_transpose1d", "no batch", BACK1, .x = {{3, {0, 3, 4}}, {3, {3, 2, 3}}, {1, {2}}},
     .y = {3, {0, 2, 6}}},
    {"conv_transpose1d", "no channels", BACK1, .x = {{3, {2, 0, 4}}, {3, {0, 2, 2}}, {1, {2}}},
     .y = {3, {2, 2, 5}}},
    {"conv_transpose1d", "one", BACK1, .x = {{3, {1, 1, 1}}, {3, {1, 1, 1}}, {1, {1}}},
     .y = {3, {1, 1, 1}}},
    {"conv_transpose2d", NULL, BACK2, .x = {{4, {1, 3, 3, 2}}, {4, {3, 2, 2, 3}}, {1, {2}}},
     .y = {4, {1, 2, 4, 4}}},
    {"conv_transpose2d", "no bias", BARE_BACK2, .x = {{4, {2, 2, 2, 3}}, {4, {2, 1, 3, 2}}},
     .y = {4, {2, 1, 4, 4}}},
    {"conv_transpose2d", "all options", BACK2,
     .x = {{4, {1, 4, 2, 2}}, {4, {4, 1, 3, 2}}, {1, {2}}}, .y = {4, {1, 2, 4, 7}},
     .attrs = {STRIDE(2, 3), PADDING(2, 1), DILATION(2, 3), MORE(1, 2), GROUPS(2)}},
    {"conv_transpose2d", "padding", BACK2, .x = {{4, {2, 1, 2, 3}}, {4, {1, 3, 2, 2}}, {1, {3}}},
     .y = {4, {2, 3, 4, 2}}, .attrs = {PADDING(0, 1), DILATION(2, 1)}},
    {"conv_transpose2d", "one element", BACK2,
     .x = {{4, {1, 2, 2, 3}}, {4, {2, 3, 1, 1}}, {1, {3}}}, .y = {4, {1, 3, 3, 3}},
     .attrs = {STRIDE(2, 1)}},
    {"conv_transpose2d", "no batch", BACK2, .x = {{4, {0, 2, 2, 3}}, {4, {2, 1, 3, 2}}, {1, {2}}},
     .y = {4, {0, 2, 4, 4}}, .attrs = {GROUPS(2)}},
    {"conv_transpose2d", "one", BACK2, .x = {{4, {1, 1, 1, 1}}, {4, {1, 1, 1, 1}}, {1, {1}}},
     .y = {4, {1, 1, 1, 1}}},
};

/* ---- errors ---- */

#define F2                                                                                         \
    { FX_F64, FX_F64 }
#define F3                                                                                         \
    { FX_F64, FX_F64, FX_F64 }

/* Operands, and how a text shows them. */
#define LINES           .n = 2, .x = {{3, {2, 4, 5}}, {3, {6, 4, 3}}}
#define BIASED_LINES    .n = 3, .x = {{3, {2, 4, 5}}, {3, {6, 4, 3}}, {1, {6}}}
#define IMAGES          .n = 2, .x = {{4, {2, 4, 5, 5}}, {4, {6, 4, 3, 3}}}
#define BACK_LINES      .n = 2, .x = {{3, {2, 4, 5}}, {3, {4, 6, 3}}}
#define BACK_IMAGES     .n = 2, .x = {{4, {2, 4, 5, 5}}, {4, {4, 6, 3, 3}}}
#define THE_LINES       " (x [2, 4, 5], weight [6, 4, 3], bias left out)"
#define THE_IMAGES      " (x [2, 4, 5, 5], weight [6, 4, 3, 3], bias left out)"
#define THE_BACK_LINES  " (x [2, 4, 5], weight [4, 6, 3], bias left out)"
#define THE_BACK_IMAGES " (x [2, 4, 5, 5], weight [4, 6, 3, 3], bias left out)"

static const case_error convolution_errors[] = {
    {{"conv1d", .f = conv_sizeless_call, LINES},
     F2,
     FX_ERR_ARGUMENT,
     "conv1d: options come from fx_conv_defaults()" THE_LINES},
    {{"conv1d", .f = conv1d_call, .n = 2, .x = {{4, {2, 4, 5, 5}}, {3, {6, 4, 3}}}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: x has rank 4 and weight rank 3; x is [batch, channels, length] and weight [out, "
     "channels / groups, size] (x [2, 4, 5, 5], weight [6, 4, 3], bias left out)"},
    {{"conv2d", .f = conv2d_call, .n = 2, .x = {{4, {2, 4, 5, 5}}, {3, {6, 4, 3}}}},
     F2,
     FX_ERR_SHAPE,
     "conv2d: x has rank 4 and weight rank 3; x is [batch, channels, height, width] and weight "
     "[out, channels / groups, height, width] (x [2, 4, 5, 5], weight [6, 4, 3], bias left out)"},
    {{"conv_transpose1d", .f = conv_transpose1d_call, .n = 2, .x = {{2, {4, 5}}, {3, {4, 6, 3}}}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose1d: x has rank 2 and weight rank 3; x is [batch, channels, length] and weight "
     "[channels, out / groups, size] (x [4, 5], weight [4, 6, 3], bias left out)"},
    {{"conv_transpose2d", .f = conv_transpose2d_call, .n = 2, .x = {{0, {0}}, {4, {4, 6, 3, 3}}}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose2d: x has rank 0 and weight rank 4; x is [batch, channels, height, width] and "
     "weight [channels, out / groups, height, width] (x [], weight [4, 6, 3, 3], bias left out)"},
    {{"conv1d", .f = conv1d_call, LINES},
     {FX_I64, FX_F64},
     FX_ERR_DTYPE,
     "conv1d: operand x is i64, which the op does not take" THE_LINES},
    {{"conv1d", .f = conv1d_call, LINES},
     {FX_F64, FX_F32},
     FX_ERR_DTYPE,
     "conv1d: operand weight is f32 where x is f64; write fx_cast(weight, FX_F64)" THE_LINES},
    {{"conv1d", .f = conv1d_call, BIASED_LINES},
     {FX_F32, FX_F32, FX_F64},
     FX_ERR_DTYPE,
     "conv1d: operand bias is f64 where x is f32; write fx_cast(bias, FX_F32) (x [2, 4, 5], weight "
     "[6, 4, 3], bias [6])"},
    {{"conv1d", .f = conv1d_call, BIASED_LINES},
     {FX_F32, FX_F32, FX_BOOL},
     FX_ERR_DTYPE,
     "conv1d: operand bias is bool, which the op does not take (x [2, 4, 5], weight [6, 4, 3], "
     "bias [6])"},
    {{"conv1d", .f = conv1d_call, LINES, .attrs = {GROUPS(0)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv1d: groups is 0; it must be at least 1" THE_LINES},
    {{"conv1d", .f = conv1d_call, LINES, .attrs = {STRIDE(0, 1)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv1d: stride[0] is 0; it must be at least 1" THE_LINES},
    {{"conv2d", .f = conv2d_call, IMAGES, .attrs = {PADDING(1, -2)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv2d: padding[1] is -2; it must be at least 0" THE_IMAGES},
    {{"conv2d", .f = conv2d_call, IMAGES, .attrs = {DILATION(2, -1)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv2d: dilation[1] is -1; it must be at least 1" THE_IMAGES},
    {{"conv2d", .f = conv2d_call, IMAGES, .attrs = {MORE(0, 1)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv2d: output_padding[1] is 1; it must be 0, as only the transposes choose a "
     "size" THE_IMAGES},
    {{"conv_transpose1d", .f = conv_transpose1d_call, BACK_LINES, .attrs = {MORE(-1, 0)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv_transpose1d: output_padding[0] is -1; it must be at least 0" THE_BACK_LINES},
    {{"conv_transpose2d", .f = conv_transpose2d_call, BACK_IMAGES,
      .attrs = {STRIDE(3, 2), MORE(2, 2)}},
     F2,
     FX_ERR_ARGUMENT,
     "conv_transpose2d: output_padding[1] is 2; it must be less than the stride, "
     "2" THE_BACK_IMAGES},
    {{"conv1d", .f = conv1d_call, .n = 2, .x = {{3, {2, 5, 5}}, {3, {6, 2, 3}}},
      .attrs = {GROUPS(2)}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: x has 5 channels; 2 groups do not divide them (x [2, 5, 5], weight [6, 2, 3], bias "
     "left out)"},
    {{"conv1d", .f = conv1d_call, .n = 2, .x = {{3, {2, 4, 5}}, {3, {5, 2, 3}}},
      .attrs = {GROUPS(2)}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: weight makes 5 channels; 2 groups do not divide them (x [2, 4, 5], weight [5, 2, 3], "
     "bias left out)"},
    {{"conv_transpose2d", .f = conv_transpose2d_call, .n = 2,
      .x = {{4, {2, 3, 5, 5}}, {4, {3, 6, 3, 3}}}, .attrs = {GROUPS(2)}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose2d: x has 3 channels; 2 groups do not divide them (x [2, 3, 5, 5], weight [3, "
     "6, 3, 3], bias left out)"},
    {{"conv2d", .f = conv2d_call, .n = 2, .x = {{4, {2, 6, 5, 5}}, {4, {4, 2, 3, 3}}},
      .attrs = {GROUPS(2)}},
     F2,
     FX_ERR_SHAPE,
     "conv2d: x has 6 channels, groups is 2; weight must have size 3 along axis 1, not 2 (x [2, 6, "
     "5, 5], weight [4, 2, 3, 3], bias left out)"},
    {{"conv1d", .f = conv1d_call, .n = 2, .x = {{3, {2, 4, 5}}, {3, {6, 3, 3}}}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: x has 4 channels, groups is 1; weight must have size 4 along axis 1, not 3 (x [2, 4, "
     "5], weight [6, 3, 3], bias left out)"},
    {{"conv_transpose1d", .f = conv_transpose1d_call, .n = 2, .x = {{3, {2, 4, 5}}, {3, {2, 6, 3}}},
      .attrs = {GROUPS(2)}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose1d: x has 4 channels, groups is 2; weight must have size 4 along axis 0, not 2 "
     "(x [2, 4, 5], weight [2, 6, 3], bias left out)"},
    {{"conv1d", .f = conv1d_call, .n = 2, .x = {{3, {2, 4, 5}}, {3, {6, 4, 0}}}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: weight has no elements along axis 2; it needs one at least (x [2, 4, 5], weight [6, "
     "4, 0], bias left out)"},
    {{"conv_transpose2d", .f = conv_transpose2d_call, .n = 2,
      .x = {{4, {2, 4, 5, 0}}, {4, {4, 6, 3, 3}}}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose2d: x has no elements along axis 3; it needs one at least (x [2, 4, 5, 0], "
     "weight [4, 6, 3, 3], bias left out)"},
    {{"conv1d", .f = conv1d_call, LINES, .attrs = {PADDING(1, 0), DILATION(4, 0)}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: the kernel spans 9 elements of axis 2, where x and its padding have 7" THE_LINES},
    {{"conv2d", .f = conv2d_call, .n = 2, .x = {{4, {2, 4, 5, 5}}, {4, {6, 4, 3, 6}}}},
     F2,
     FX_ERR_SHAPE,
     "conv2d: the kernel spans 6 elements of axis 3, where x and its padding have 5 (x [2, 4, 5, "
     "5], weight [6, 4, 3, 6], bias left out)"},
    {{"conv_transpose1d", .f = conv_transpose1d_call, .n = 2, .x = {{3, {2, 4, 2}}, {3, {4, 6, 3}}},
      .attrs = {PADDING(2, 0)}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose1d: padding[0] is 2; it leaves nothing of the 4 elements of axis 2 (x [2, 4, "
     "2], weight [4, 6, 3], bias left out)"},
    {{"conv1d", .f = conv1d_call, LINES, .attrs = {PADDING(INT64_MAX / 2, 0)}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: axis 2 becomes too large to count" THE_LINES},
    {{"conv2d", .f = conv2d_call, IMAGES, .attrs = {DILATION(1, INT64_MAX)}},
     F2,
     FX_ERR_SHAPE,
     "conv2d: axis 3 becomes too large to count" THE_IMAGES},
    {{"conv_transpose1d", .f = conv_transpose1d_call, BACK_LINES,
      .attrs = {STRIDE(INT64_MAX, 0), MORE(INT64_MAX - 1, 0)}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose1d: axis 2 becomes too large to count" THE_BACK_LINES},
    {{"conv_transpose1d", .f = conv_transpose1d_call, BACK_LINES,
      .attrs = {STRIDE(INT64_MAX / 4, 0)}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose1d: the product of all sizes is too large to count" THE_BACK_LINES},
    {{"conv1d", .f = conv1d_call, LINES, .attrs = {PADDING(INT64_MAX / 4, 0)}},
     F2,
     FX_ERR_SHAPE,
     "conv1d: the product of all sizes is too large to count" THE_LINES},
    {{"conv_transpose1d", .f = conv_transpose1d_call, .n = 2, .x = {{3, {0, 0, 5}}, {3, {0, 6, 3}}},
      .attrs = {GROUPS(INT64_MAX / 2)}},
     F2,
     FX_ERR_SHAPE,
     "conv_transpose1d: the product of all sizes is too large to count (x [0, 0, 5], weight [0, 6, "
     "3], bias left out)"},
    {{"conv1d", .f = conv1d_call, .n = 3, .x = {{3, {2, 4, 5}}, {3, {6, 2, 3}}, {1, {3}}},
      .attrs = {GROUPS(2)}},
     F3,
     FX_ERR_SHAPE,
     "conv1d: bias needs shape [6], one value a channel (x [2, 4, 5], weight [6, 2, 3], bias [3])"},
    {{"conv_transpose2d", .f = conv_transpose2d_call, .n = 3,
      .x = {{4, {2, 4, 5, 5}}, {4, {4, 3, 2, 2}}, {2, {6, 1}}}, .attrs = {GROUPS(2)}},
     F3,
     FX_ERR_SHAPE,
     "conv_transpose2d: bias needs shape [6], one value a channel (x [2, 4, 5, 5], weight [4, 3, "
     "2, 2], bias [6, 1])"},
};

const case_family case_convolution = {
    convolution_rows,
    NULL,
    convolution_errors,
    CASE_COUNT(convolution_rows),
    0,
    CASE_COUNT(convolution_errors),
};
