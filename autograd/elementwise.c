/* SPDX-License-Identifier: MIT */
/* Elementwise ops of any layout, from rows that know only contiguous memory: a strided or repeated
 * operand is gathered into a small buffer first. So the bits do not depend on the layout. */
#include <string.h>

#include "call.h"

enum { ROW_CHUNK = 256, ROW_OPERANDS = FX_WALK_OPERANDS };

static void row_map(const fx_op *op, int dtype, int64_t n, const void *attrs, const void *const *x,
                    void *const *y) {
    double in[ROW_OPERANDS], out[FX_MAX_RESULTS];
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < op->max; j++)
            in[j] = dtype == FX_F32 ? (double)((const float *)x[j])[i] : ((const double *)x[j])[i];
        op->map(attrs, in, out);
        for (int j = 0; j < fx__results(op); j++) {
            if (dtype == FX_F32)
                ((float *)y[j])[i] = (float)out[j];
            else
                ((double *)y[j])[i] = out[j];
        }
    }
}

void fx__row_own(const fx_op *op, int dtype, int64_t n, const void *attrs, const void *const *x,
                 void *const *y) {
    if (op->row[dtype])
        op->row[dtype](n, attrs, x, y);
    else
        row_map(op, dtype, n, attrs, x, y);
}

/* n elements of an operand, contiguous: where they are, or gathered into the buffer. */
static const void *row_gather(const fx_view *x, int64_t offset, int64_t step, int64_t n,
                              double *buffer) {
    const size_t item = fx__item_size((int)x->dtype);
    const unsigned char *from = (const unsigned char *)x->data + offset * (int64_t)item;
    if (step == 1) return from;
    for (int64_t i = 0; i < n; i++)
        if (item == sizeof(float))
            ((float *)(void *)buffer)[i] = ((const float *)(const void *)from)[i * step];
        else
            buffer[i] = ((const double *)(const void *)from)[i * step];
    return buffer;
}

void fx__row_repeated(const fx_op *op, const fx_kernels *kernels, int dtype, int64_t n,
                      const void *attrs, unsigned repeated, const void *const *x, void *y) {
    double buffers[ROW_OPERANDS][ROW_CHUNK];
    const int64_t item = (int64_t)fx__item_size(dtype), most = n < ROW_CHUNK ? n : ROW_CHUNK;
    for (int j = 0; j < op->max; j++) {
        const fx_view one = {.data = (void *)(uintptr_t)x[j], .dtype = (fx_dtype)dtype};
        if (repeated >> j & 1) row_gather(&one, 0, 0, most, buffers[j]);
    }
    for (int64_t i = 0; i < n; i += ROW_CHUNK) {
        const void *at[ROW_OPERANDS];
        for (int j = 0; j < op->max; j++)
            at[j] = repeated >> j & 1 ? (const void *)buffers[j]
                                      : (const unsigned char *)x[j] + i * item;
        void *to = (unsigned char *)y + i * item;
        fx__row(op, kernels, dtype, n - i < ROW_CHUNK ? n - i : ROW_CHUNK, attrs, at, &to);
    }
}

/* One row of the walk, chunk by chunk. */
static void elementwise_row(const fx_call *call, const fx_walk *w, int64_t done) {
    double buffers[ROW_OPERANDS][ROW_CHUNK];
    const int dtype = (int)call->y[0].dtype;
    const int64_t item = (int64_t)fx__item_size(dtype);
    bool direct = true;
    for (int j = 0; j < call->n; j++) direct = direct && w->step[j] == 1;
    const int64_t chunk = direct ? w->length : ROW_CHUNK;
    for (int64_t i = 0; i < w->length; i += chunk) {
        const int64_t n = w->length - i < chunk ? w->length - i : chunk;
        const void *x[ROW_OPERANDS];
        void *y[FX_MAX_RESULTS];
        for (int j = 0; j < call->n; j++)
            x[j] =
                row_gather(&call->x[j], w->offset[j] + i * w->step[j], w->step[j], n, buffers[j]);
        for (int j = 0; j < call->results; j++)
            y[j] = (unsigned char *)call->y[j].data + (done + i) * item;
        fx__row(call->op, call->kernels, dtype, n, call->attrs, x, y);
    }
}

fx_status fx__elementwise(const fx_call *call) {
    const fx_view *y = &call->y[0];
    int64_t strides[ROW_OPERANDS][FX_MAX_RANK];
    const int64_t *each[ROW_OPERANDS];
    for (int j = 0; j < call->n; j++) {
        fx__broadcast_strides(&call->x[j], y->rank, y->dims, strides[j]);
        each[j] = strides[j];
    }
    fx_walk w;
    int64_t done = 0;
    for (bool more = fx_walk_begin(&w, fx_view_shape(y), call->n, each); more;
         more = fx_walk_next(&w)) {
        elementwise_row(call, &w, done);
        done += w.length;
    }
    return FX_OK;
}
