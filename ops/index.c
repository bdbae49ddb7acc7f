/* SPDX-License-Identifier: MIT */
/* Elements picked and placed along an axis by an index. What is indexed is the whole, what has the
 * index's shape is the part: gather moves from the whole to the part, scatter_add back with sums,
 * scatter back with the last one standing, in row-major order of the part. Each is linear and the
 * adjoints are among themselves; scatter_won, a gather of those that stand, is scatter's. */
#include <string.h>

#include "families.h"

typedef struct index_attrs {
    int64_t axis;
} index_attrs;

static const fx_attr index_schema[] = {{"axis", FX_ATTR_I64, offsetof(index_attrs, axis)}, {0}};

enum {
    INDEX_GATHER,
    INDEX_SCATTER,
    INDEX_SCATTER_ADD,
    INDEX_SCATTER_WON,
    INDEX_SELECT,
    INDEX_EMBEDDING,
    INDEX_ONE_HOT
};

/* One run of a walk over the part. Steps count elements. */
typedef struct index_run {
    int64_t length, first; /* the run begins with element first of the part, in row-major order */
    const int64_t *index;
    int64_t index_step;
    unsigned char *whole, *part;
    int64_t whole_step, part_step, axis_step;
    int64_t *winner; /* of each element of the whole, which lies dense: who stood there last */
    int64_t winner_first;
    size_t item;
    fx_dtype dtype;
} index_run;

typedef void index_move(const index_run *r);

/* The element of the whole that stands for element i of the run. */
static int64_t index_target(const index_run *r, int64_t i) {
    return i * r->whole_step + r->index[i * r->index_step] * r->axis_step;
}

static void index_copy(size_t item, const unsigned char *from, unsigned char *to) {
    if (item == 8)
        memcpy(to, from, 8);
    else if (item == 4)
        memcpy(to, from, 4);
    else
        memcpy(to, from, item);
}

static unsigned char *index_at(const index_run *r, unsigned char *base, int64_t element) {
    return base + element * (int64_t)r->item;
}

static void index_gather(const index_run *r) {
    if (r->index_step == 0 && r->whole_step == 1 && r->part_step == 1) {
        memcpy(r->part, index_at(r, r->whole, index_target(r, 0)), (size_t)r->length * r->item);
        return;
    }
    for (int64_t i = 0; i < r->length; i++)
        index_copy(r->item, index_at(r, r->whole, index_target(r, i)),
                   index_at(r, r->part, i * r->part_step));
}

static void index_scatter(const index_run *r) {
    for (int64_t i = 0; i < r->length; i++)
        index_copy(r->item, index_at(r, r->part, i * r->part_step),
                   index_at(r, r->whole, index_target(r, i)));
}

static void index_add(const index_run *r) {
    for (int64_t i = 0; i < r->length; i++) {
        void *to = index_at(r, r->whole, index_target(r, i));
        const void *from = index_at(r, r->part, i * r->part_step);
        if (r->dtype == FX_F32)
            *(float *)to += *(const float *)from;
        else if (r->dtype == FX_F64)
            *(double *)to += *(const double *)from;
        else
            *(uint64_t *)to += *(const uint64_t *)from; /* as i64, which wraps */
    }
}

static void index_race(const index_run *r) {
    for (int64_t i = 0; i < r->length; i++)
        r->winner[r->winner_first + index_target(r, i)] = r->first + i;
}

static void index_won(const index_run *r) {
    for (int64_t i = 0; i < r->length; i++) {
        const int64_t target = index_target(r, i);
        unsigned char *to = index_at(r, r->part, i * r->part_step);
        if (r->winner[r->winner_first + target] == r->first + i)
            index_copy(r->item, index_at(r, r->whole, target), to);
        else
            memset(to, 0, r->item);
    }
}

/* Names the first index that is outside, if there is one. */
static fx_status index_check(fx_call *call, const index_run *r, int64_t size) {
    const int64_t n = r->index_step || r->length == 0 ? r->length : 1;
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = r->index[i * r->index_step];
        if (k >= 0 && k < size) continue;
        if (size == 0)
            return fx_call_fail(call, FX_ERR_DATA, "index %lld at position %lld of an empty axis",
                                (long long)k, (long long)(r->first + i));
        return fx_call_fail(call, FX_ERR_DATA, "index %lld at position %lld is outside 0..%lld",
                            (long long)k, (long long)(r->first + i), (long long)(size - 1));
    }
    return FX_OK;
}

static int64_t index_asked(const void *attrs) { return ((const index_attrs *)attrs)->axis; }

/* The axis, which infer has checked. */
static int32_t index_axis(const fx_call *call, int32_t rank) {
    const int64_t axis = index_asked(call->attrs);
    return (int32_t)(axis < 0 ? axis + rank : axis);
}

/* Moves every element of the part in row-major order. part's strides are those under the index's
 * shape. */
static fx_status index_each(fx_call *call, const fx_view *whole, const fx_view *index,
                            const fx_view *part, int64_t *winner, index_move *move) {
    const int32_t axis = index_axis(call, whole->rank);
    int64_t besides[FX_MAX_RANK];
    for (int32_t d = 0; d < whole->rank; d++) besides[d] = d == axis ? 0 : whole->strides[d];
    const int64_t *strides[] = {index->strides, besides, part->strides};
    index_run r = {.item = fx_dtype_size(part->dtype), .dtype = part->dtype, .winner = winner};
    r.axis_step = whole->strides[axis];
    fx_walk w;
    for (bool more = fx_walk_begin(&w, fx_view_shape(index), 3, strides); more;
         more = fx_walk_next(&w)) {
        r.length = w.length;
        r.index = (const int64_t *)index->data + w.offset[0];
        r.index_step = w.step[0];
        r.winner_first = w.offset[1];
        r.whole = index_at(&r, whole->data, w.offset[1]);
        r.whole_step = w.step[1];
        r.part = index_at(&r, part->data, w.offset[2]);
        r.part_step = w.step[2];
        const fx_status status = index_check(call, &r, whole->dims[axis]);
        if (status != FX_OK) return status;
        move(&r);
        r.first += w.length;
    }
    return FX_OK;
}

/* ---- what infer checks ---- */

static fx_status index_is_index(fx_call *call, const fx_view *index) {
    if (index->dtype == FX_I64) return FX_OK;
    return fx_call_fail(call, FX_ERR_DTYPE, "index is %s; an index is i64",
                        fx_dtype_name(index->dtype));
}

/* Whether an index of whole's rank fits within it besides along the axis. */
static fx_status index_fits(fx_call *call, const fx_view *whole, const fx_view *index) {
    int32_t axis;
    fx_status status = index_is_index(call, index);
    if (status == FX_OK) status = fx__axis(call, index_asked(call->attrs), whole->rank, &axis);
    if (status != FX_OK) return status;
    if (index->rank != whole->rank)
        return fx_call_fail(call, FX_ERR_SHAPE, "an index of rank %d for a tensor of rank %d",
                            index->rank, whole->rank);
    for (int32_t d = 0; d < whole->rank; d++)
        if (d != axis && index->dims[d] > whole->dims[d])
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "index has %lld positions along axis %d, x only %lld",
                                (long long)index->dims[d], d, (long long)whole->dims[d]);
    return FX_OK;
}

/* ---- gather ---- */

static fx_status gather_infer(fx_call *call) {
    const fx_status status = index_fits(call, &call->x[0], &call->x[1]);
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[1]));
}

static fx_status gather_forward(fx_call *call) {
    return index_each(call, &call->x[0], &call->x[1], &call->y[0], NULL, index_gather);
}

static fx_tensor index_zeros(fx_vjp *v) {
    return fx_zeros(v->graph, fx_tensor_dtype(v->x[0]), fx_tensor_shape(v->x[0]));
}

static void gather_vjp(fx_vjp *v) {
    v->dx[0] = fx_scatter_add(index_zeros(v), (int)index_asked(v->attrs), v->x[1], v->g[0]);
    fx_vjp_zero(v, 1);
}

/* ---- scatter, scatter_add ---- */

static fx_status scatter_infer(fx_call *call) {
    const fx_view *x = &call->x[0], *source = &call->x[1], *index = &call->x[2];
    fx_shape both;
    const fx_status status = index_fits(call, x, index);
    if (status != FX_OK) return status;
    if (source->dtype != x->dtype)
        return fx_call_fail(call, FX_ERR_DTYPE, "source is %s where x is %s; fx_cast it",
                            fx_dtype_name(source->dtype), fx_dtype_name(x->dtype));
    const fx_shape shape = fx_view_shape(index);
    if (!fx_broadcast_shapes(fx_view_shape(source), shape, &both) || !fx_shape_equal(both, shape))
        return fx_call_fail(call, FX_ERR_SHAPE, "source has no element for each of index");
    return fx_result(call, 0, x->dtype, fx_view_shape(x));
}

/* Strides of a source under the shape of the index, to which it broadcasts. */
static void scatter_strides(const fx_view *source, int32_t rank, int64_t *strides) {
    for (int32_t d = 0; d < rank; d++) {
        const int32_t own = d - (rank - source->rank);
        strides[d] = own < 0 || source->dims[own] == 1 ? 0 : source->strides[own];
    }
}

static fx_status scatter_all(fx_call *call, index_move *move) {
    const fx_view *x = &call->x[0], *y = &call->y[0], *index = &call->x[2];
    int64_t strides[FX_MAX_RANK];
    fx_view source = call->x[1];
    scatter_strides(&source, index->rank, strides);
    source.strides = strides;
    fx_copy_strided(fx_view_shape(x), fx_dtype_size(x->dtype), x->data, x->strides, y->data);
    return index_each(call, y, index, &source, NULL, move);
}

static fx_status scatter_forward(fx_call *call) { return scatter_all(call, index_scatter); }

static fx_status scatter_add_forward(fx_call *call) { return scatter_all(call, index_add); }

static fx_tensor scatter_won(int axis, fx_tensor x, fx_tensor index) {
    const index_attrs attrs = {axis};
    return fx_apply(&fx__indexings[INDEX_SCATTER_WON], &attrs, 2, (fx_tensor[]){x, index});
}

static void scatter_vjp(fx_vjp *v) {
    const int axis = (int)index_asked(v->attrs);
    if (v->wants[0]) v->dx[0] = fx_scatter(v->g[0], axis, v->x[2], fx_num(0));
    if (v->wants[1]) v->dx[1] = scatter_won(axis, v->g[0], v->x[2]);
    fx_vjp_zero(v, 2);
}

static void scatter_add_vjp(fx_vjp *v) {
    v->dx[0] = v->g[0];
    if (v->wants[1]) v->dx[1] = fx_gather(v->g[0], (int)index_asked(v->attrs), v->x[2]);
    fx_vjp_zero(v, 2);
}

static fx_status scatter_won_infer(fx_call *call) {
    fx_status status = index_fits(call, &call->x[0], &call->x[1]);
    if (status == FX_OK) status = fx_scratch(call, call->x[0].numel, sizeof(int64_t));
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[1]));
}

static fx_status scatter_won_forward(fx_call *call) {
    const fx_view *x = &call->x[0], *index = &call->x[1], *y = &call->y[0];
    const fx_status status = index_each(call, x, index, y, call->scratch, index_race);
    return status == FX_OK ? index_each(call, x, index, y, call->scratch, index_won) : status;
}

static void scatter_won_vjp(fx_vjp *v) {
    v->dx[0] = fx_scatter(index_zeros(v), (int)index_asked(v->attrs), v->x[1], v->g[0]);
    fx_vjp_zero(v, 1);
}

/* ---- index_select ---- */

static fx_status index_select_infer(fx_call *call) {
    const fx_view *x = &call->x[0], *index = &call->x[1];
    int32_t axis;
    fx_status status = index_is_index(call, index);
    if (status == FX_OK) status = fx__axis(call, index_asked(call->attrs), x->rank, &axis);
    if (status != FX_OK) return status;
    if (index->rank != 1)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "an index of rank %d; fx_flatten it to a row of positions",
                            index->rank);
    fx_shape shape = fx_view_shape(x);
    shape.dims[axis] = index->dims[0];
    return fx_result(call, 0, x->dtype, shape);
}

/* The index repeated over the other axes is a gather's. */
static fx_status index_select_forward(fx_call *call) {
    const fx_view *x = &call->x[0], *y = &call->y[0], *index = &call->x[1];
    const int32_t axis = index_axis(call, x->rank);
    const index_run all = {
        .length = index->numel, .index = index->data, .index_step = index->strides[0]};
    int64_t strides[FX_MAX_RANK] = {0};
    strides[axis] = index->strides[0];
    fx_view repeated = *y;
    repeated.data = index->data;
    repeated.strides = strides;
    const fx_status status = index_check(call, &all, x->dims[axis]);
    return status == FX_OK ? index_each(call, x, &repeated, y, NULL, index_gather) : status;
}

static void index_select_vjp(fx_vjp *v) {
    const fx_shape shape = fx_tensor_shape(v->g[0]);
    const int64_t asked = index_asked(v->attrs), axis = asked < 0 ? asked + shape.rank : asked;
    fx_shape line = {shape.rank, {1, 1, 1, 1, 1, 1, 1, 1}};
    line.dims[axis] = shape.dims[axis];
    const fx_tensor index = fx_broadcast_to(fx_reshape(v->x[1], line), shape);
    if (v->wants[0]) v->dx[0] = fx_scatter_add(index_zeros(v), (int)axis, index, v->g[0]);
    fx_vjp_zero(v, 1);
}

#define INDEX_OP(op_name, operand_names, count, op_infer, op_forward, rule, text)                  \
    .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names), .min = (count),      \
    .max = (count), .attrs = index_schema, .attrs_size = sizeof(index_attrs), .infer = (op_infer), \
    .forward = (op_forward), .vjp = (rule), .formula = (text)

const fx_op fx__indexings[] = {
    [INDEX_GATHER] = {INDEX_OP("gather", "x, index", 2, gather_infer, gather_forward, gather_vjp,
                               "y[i] = x[index[i]] along axis;  dx = G added up at index"),
                      .dtypes = FX_ANY_DTYPE, .flags = FX_OP_STRIDED},
    [INDEX_SCATTER] = {INDEX_OP("scatter", "x, source, index", 3, scatter_infer, scatter_forward,
                                scatter_vjp,
                                "y = x but for y[index[i]] = source[i], the last i;  dx = G, 0 at "
                                "index, dsource[i] = G[index[i]] where i was the last"),
                       .dtypes = FX_ANY_DTYPE, .flags = FX_OP_STRIDED},
    [INDEX_SCATTER_ADD] = {INDEX_OP("scatter_add", "x, source, index", 3, scatter_infer,
                                    scatter_add_forward, scatter_add_vjp,
                                    "y = x, y[index[i]] += source[i] in order of i;  dx = G, "
                                    "dsource[i] = G[index[i]]"),
                           .dtypes = FX_FLOATS | FX_DTYPE_BIT(FX_I64), .flags = FX_OP_STRIDED},
    [INDEX_SCATTER_WON] = {INDEX_OP("scatter_won", "x, index", 2, scatter_won_infer,
                                    scatter_won_forward, scatter_won_vjp,
                                    "y[i] = x[index[i]] where i is the last with that index, "
                                    "else 0;  dx = 0 but for dx[index[i]] = G[i], the last i"),
                           .dtypes = FX_FLOATS | FX_DTYPE_BIT(FX_I64)},
    [INDEX_SELECT] = {INDEX_OP("index_select", "x, index", 2, index_select_infer,
                               index_select_forward, index_select_vjp,
                               "y[.., i, ..] = x[.., index[i], ..];  dx = G added up at index"),
                      .dtypes = FX_ANY_DTYPE, .flags = FX_OP_STRIDED},
    [INDEX_EMBEDDING] =
        {
            .version = FX_OP_VERSION,
            .name = "embedding",
            .operands = "weight, index",
            .min = 2,
            .max = 2,
            .formula = "y[i.., :] = weight[index[i..], :];  dweight = G added up at index",
        },
    [INDEX_ONE_HOT] =
        {
            .version = FX_OP_VERSION,
            .name = "one_hot",
            .operands = "index",
            .min = 1,
            .max = 1,
            .dtypes = FX_DTYPE_BIT(FX_I64),
            .formula = "y[i.., k] = 1 if index[i..] = k, else 0;  dindex = 0",
        },
    {0},
};

fx_tensor fx_gather(fx_tensor x, int axis, fx_tensor index) {
    const index_attrs attrs = {axis};
    return fx_apply(&fx__indexings[INDEX_GATHER], &attrs, 2, (fx_tensor[]){x, index});
}

/* A source that is larger than the index is read as far as that goes. */
static fx_tensor scatter_apply(int op, fx_tensor x, int axis, fx_tensor index, fx_tensor source) {
    const index_attrs attrs = {axis};
    const fx_shape shape = fx_tensor_shape(index), own = fx_tensor_shape(source);
    for (int32_t d = 0; d < own.rank && own.rank == shape.rank; d++) {
        if (own.dims[d] <= shape.dims[d]) continue;
        if (!fx_tensor_graph(source)) source = fx_use(fx_tensor_graph(index), source);
        source = fx_slice(source, d, 0, shape.dims[d], 1);
    }
    return fx_apply(&fx__indexings[op], &attrs, 3, (fx_tensor[]){x, source, index});
}

fx_tensor fx_scatter(fx_tensor x, int axis, fx_tensor index, fx_tensor source) {
    return scatter_apply(INDEX_SCATTER, x, axis, index, source);
}

fx_tensor fx_scatter_add(fx_tensor x, int axis, fx_tensor index, fx_tensor source) {
    return scatter_apply(INDEX_SCATTER_ADD, x, axis, index, source);
}

fx_tensor fx_index_select(fx_tensor x, int axis, fx_tensor index) {
    const index_attrs attrs = {axis};
    return fx_apply(&fx__indexings[INDEX_SELECT], &attrs, 2, (fx_tensor[]){x, index});
}

fx_tensor fx_embedding(fx_tensor index, fx_tensor weight) {
    const fx_op *op = &fx__indexings[INDEX_EMBEDDING];
    const fx_tensor operands[] = {weight, index};
    const fx_shape rows = fx_tensor_shape(weight);
    fx_shape shape = fx_tensor_shape(index);
    if (shape.rank + rows.rank - 1 > FX_MAX_RANK)
        return fx_refuse(op, 2, operands, FX_ERR_SHAPE,
                         "ranks %d of index and %d of weight give one of %d; at most %d is "
                         "possible",
                         shape.rank, rows.rank, shape.rank + rows.rank - 1, FX_MAX_RANK);
    const fx_composition c = fx_compose(op, 2, operands);
    if (shape.rank < 0 || rows.rank < 1) return fx_composed(c, fx_index_select(weight, 0, index));
    const fx_tensor row = fx_reshape(index, fx_shape1(-1));
    for (int32_t d = 1; d < rows.rank; d++) shape.dims[shape.rank++] = rows.dims[d];
    return fx_composed(c, fx_reshape(fx_index_select(weight, 0, row), shape));
}

fx_tensor fx_one_hot(fx_tensor index, int64_t classes, fx_dtype dtype) {
    fx_shape shape = fx_tensor_shape(index);
    const fx_composition c = fx_compose(&fx__indexings[INDEX_ONE_HOT], 1, &index);
    if (!c.graph || shape.rank < 0 || shape.rank == FX_MAX_RANK)
        return fx_composed(c, fx_unsqueeze(index, -1));
    shape.dims[shape.rank++] = classes;
    const fx_tensor zeros = fx_zeros(c.graph, dtype, shape);
    return fx_composed(c, fx_scatter(zeros, -1, fx_unsqueeze(index, -1), fx_num(1)));
}
