/* SPDX-License-Identifier: MIT */
/* Numbers out of tensors: of a graph, of parameters, or plain. */
#include <math.h>
#include <string.h>

#include "fluxion/kernel.h"
#include "params.h"
#include "text.h"

/* What can be read: memory with a layout. */
typedef struct fx__source {
    const void *data;
    const fx__layout *ly;
    int dtype;
} fx__source;

static bool read_open(fx_tensor t, const char *what, double *number, fx__source *s) {
    *s = (fx__source){number, &fx__scalar_layout, FX_F64};
    if (fx__is(t, FX_OWNER_NUMBER)) {
        *number = t.as.number;
        return true;
    }
    const fx__param *e = fx__param_of(t);
    if (e) {
        const fx_params *p = (const fx_params *)t.owner;
        *s = (fx__source){fx__param_data(p, e), e->ly, (int)p->dtype};
        return true;
    }
    const fx_graph *g = fx_tensor_graph(t);
    if (g && fx__in_graph(g, t)) {
        const fx__node *node = fx__node_at(g, t.as.at.index);
        if (!fx__storage_changed(node->st)) {
            *s = (fx__source){fx__node_data(node), node->ly, node->dtype};
            return true;
        }
    }
    char text[FX__DESCRIBE_BYTES];
    fx__text out = fx__text_in(text, sizeof text);
    fx__put_format(&out, "%s: the tensor", what);
    fx__unusable(fx_tensor_context(t), NULL, t, text);
    return false;
}

static fx_status read_failed(fx_tensor t) {
    const fx_status status = fx_error(fx_tensor_context(t));
    return status == FX_OK ? FX_ERR_ARGUMENT : status;
}

static void put_dims_of(const fx__layout *ly, char *out, size_t size) {
    fx__text t = fx__text_in(out, size);
    fx__put_dims(&t, ly->rank, fx__dims(ly));
}

double fx_item(fx_tensor t) {
    double number;
    fx__source s;
    if (!read_open(t, "fx_item", &number, &s)) return NAN;
    if (s.ly->numel != 1) {
        char dims[FX__DESCRIBE_BYTES];
        put_dims_of(s.ly, dims, sizeof dims);
        fx_fail(fx_tensor_context(t), FX_ERR_SHAPE,
                "fx_item: the tensor has shape %s, not one element; read it with fx_read_f64",
                dims);
        return NAN;
    }
    float f32;
    int64_t i64;
    switch (s.dtype) {
    case FX_F32:
        return memcpy(&f32, s.data, sizeof f32), (double)f32;
    case FX_I64:
        return memcpy(&i64, s.data, sizeof i64), (double)i64;
    case FX_BOOL:
        return *(const unsigned char *)s.data;
    default:
        return memcpy(&number, s.data, sizeof number), number;
    }
}

static fx_status read_check(fx_tensor t, const fx__source *s, int64_t n, unsigned dtypes,
                            const char *what) {
    fx_context *cx = fx_tensor_context(t);
    if (!(dtypes & FX_DTYPE_BIT(s->dtype)))
        return fx_fail(cx, FX_ERR_DTYPE, "%s: the tensor is %s; read it with fx_read_%s", what,
                       fx_dtype_name((fx_dtype)s->dtype), fx_dtype_name((fx_dtype)s->dtype));
    if (n == s->ly->numel) return FX_OK;
    char dims[FX__DESCRIBE_BYTES];
    put_dims_of(s->ly, dims, sizeof dims);
    return fx_fail(cx, FX_ERR_SHAPE, "%s: the tensor has %lld elements (shape %s), not %lld", what,
                   (long long)s->ly->numel, dims, (long long)n);
}

/* Copies n values of item bytes, converting between f32 and f64 where the source is of the other
 * size. */
static void read_values(const fx__source *s, int64_t n, size_t item, void *out) {
    if (fx__item_size(s->dtype) == item) {
        fx_copy_strided(fx__layout_shape(s->ly), item, s->data, fx__strides(s->ly), out);
        return;
    }
    const int64_t *strides = fx__strides(s->ly);
    fx_walk w;
    int64_t done = 0;
    for (bool more = fx_walk_begin(&w, fx__layout_shape(s->ly), 1, &strides); more && done < n;
         more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++, done++) {
            const int64_t at = w.offset[0] + i * w.step[0];
            if (item == sizeof(float))
                ((float *)out)[done] = (float)((const double *)s->data)[at];
            else
                ((double *)out)[done] = ((const float *)s->data)[at];
        }
}

static fx_status read_into(fx_tensor t, int64_t n, unsigned dtypes, size_t item, const char *what,
                           void *out) {
    if (!out || n < 0)
        return fx_fail(fx_tensor_context(t), FX_ERR_ARGUMENT, "%s: out is NULL or n is negative",
                       what);
    double number;
    fx__source s;
    fx_status status =
        read_open(t, what, &number, &s) ? read_check(t, &s, n, dtypes, what) : read_failed(t);
    if (status == FX_OK)
        read_values(&s, n, item, out);
    else
        memset(out, 0, (size_t)n * item);
    return status;
}

fx_status fx_read_f32(fx_tensor t, int64_t n, float *out) {
    return read_into(t, n, FX_FLOATS, sizeof *out, "fx_read_f32", out);
}

fx_status fx_read_f64(fx_tensor t, int64_t n, double *out) {
    return read_into(t, n, FX_FLOATS, sizeof *out, "fx_read_f64", out);
}

fx_status fx_read_i64(fx_tensor t, int64_t n, int64_t *out) {
    return read_into(t, n, FX_DTYPE_BIT(FX_I64), sizeof *out, "fx_read_i64", out);
}

fx_status fx_read_bool(fx_tensor t, int64_t n, bool *out) {
    return read_into(t, n, FX_DTYPE_BIT(FX_BOOL), sizeof *out, "fx_read_bool", out);
}

fx__storage *fx__dense_copy(fx_context *cx, const fx__node *node) {
    const size_t item = fx__item_size(node->dtype);
    fx__storage *st = fx__storage_new(cx, (size_t)node->ly->numel * item);
    if (st)
        fx_copy_strided(fx__layout_shape(node->ly), item, fx__node_data(node),
                        fx__strides(node->ly), st->data);
    return st;
}
