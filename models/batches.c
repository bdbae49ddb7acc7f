/* SPDX-License-Identifier: MIT */
/* Batches of a data set. In the rows' own order a batch is a view of the data. Shuffled, its rows
 * are gathered into memory that the data set keeps, and copied into the graph from there, so that
 * the batches of two graphs do not disturb each other. The order is kept beside them: a function of
 * (seed, epoch), computed again only when it is another run's that stands there. */
#include <string.h>

#include "data.h"
#include "fluxion/random.h"

/* What the shuffled runs through a data set share: one block of memory, made at the first batch. */
struct fx__batch_room {
    fx_data *data;
    int64_t rows; /* a batch has at most so many */
    bool ordered; /* order holds the permutation of seed and epoch */
    uint64_t seed;
    int64_t epoch;
    int64_t *order;
    char *x, *y;
};

fx_batch fx_batches(const fx_data *data, int64_t size, bool shuffle, uint64_t seed) {
    fx_batch batch = {.data = data, .size = size, .seed = seed, .shuffle = shuffle};
    if (size >= 1) return batch;
    batch.data = NULL;
    fx_fail(fx_data_context(data), FX_ERR_ARGUMENT,
            "fx_batches: size is %lld; a batch has a row at least (FX_FULL_BATCH: all rows)",
            (long long)size);
    return batch;
}

static void batch_room_release(void *object) {
    fx__batch_room *room = object;
    room->data->room = NULL;
}

/* Bytes of that many items, rounded up. The data set holds as much, so nothing overflows. */
static size_t batch_part(int64_t n, int64_t m, size_t item) {
    return ((size_t)n * (size_t)m * item + 63) / 64 * 64;
}

/* The room of a data set, made larger if need be; the old one stays if there is no memory. */
static fx__batch_room *batch_room(const fx_data *data, int64_t size) {
    const fx_data_view *v = &data->view;
    const int64_t rows = size < v->rows ? size : v->rows;
    if (data->room && data->room->rows >= rows) return data->room;
    const size_t item = fx_dtype_size(v->dtype);
    const size_t order = batch_part(1, 1, sizeof(fx__batch_room));
    const size_t x = order + batch_part(v->rows, 1, sizeof(int64_t));
    const size_t y = x + batch_part(rows, v->inputs, item);
    char *block = fx_new(data->cx, y + batch_part(rows, v->outputs, item), batch_room_release);
    if (!block) return NULL;
    fx_delete(data->room);
    fx__batch_room *room = (fx__batch_room *)(void *)block;
    room->data = data->self;
    room->rows = rows;
    room->order = (int64_t *)(void *)(block + order);
    room->x = block + x;
    room->y = block + y;
    data->self->room = room;
    return room;
}

static void batch_order(fx__batch_room *room, uint64_t seed, int64_t epoch) {
    if (room->ordered && room->seed == seed && room->epoch == epoch) return;
    const fx_stream stream = {seed, (uint64_t)epoch, fx_purpose("batches")};
    fx_permutation(stream, room->data->view.rows, room->order);
    room->ordered = true;
    room->seed = seed;
    room->epoch = epoch;
}

static void batch_gather(char *to, const char *from, size_t row, int64_t n, const int64_t *rows) {
    for (int64_t i = 0; i < n; i++, to += row) memcpy(to, from + (size_t)rows[i] * row, row);
}

/* The next rows of a shuffled run, gathered. NULL after FX_ERR_MEMORY. */
static const fx__batch_room *batch_gathered(const fx_batch *batch, int64_t rows) {
    fx__batch_room *room = batch_room(batch->data, batch->size);
    if (!room) return NULL;
    batch_order(room, batch->seed, batch->epoch);
    const fx_data_view *v = &batch->data->view;
    const size_t item = fx_dtype_size(v->dtype);
    const int64_t *order = room->order + batch->at;
    batch_gather(room->x, v->x, (size_t)v->inputs * item, rows, order);
    batch_gather(room->y, v->y, (size_t)v->outputs * item, rows, order);
    return room;
}

/* A batch of one part: a copy of what was gathered, or a view of the rows from first on. */
static fx_tensor batch_leaf(fx_graph *graph, fx_dtype dtype, fx_shape shape, const void *gathered,
                            const void *part, int64_t first) {
    const size_t row = (size_t)shape.dims[1] * fx_dtype_size(dtype);
    if (!gathered)
        return fx_input_view(graph, dtype, shape, NULL, (const char *)part + (size_t)first * row);
    return dtype == FX_F32 ? fx_input_f32(graph, shape, gathered)
                           : fx_input_f64(graph, shape, gathered);
}

/* Whether there is something to make batches from, and a graph for them. */
static bool batch_ready(const fx_batch *batch, fx_graph *graph) {
    const fx_data *data = batch ? batch->data : NULL;
    fx_context *cx = graph ? fx_graph_context(graph) : fx_data_context(data);
    const char *wrong = NULL;
    if (!batch)
        wrong = "the batch is NULL";
    else if (!graph)
        wrong = "the graph is NULL";
    else if (!data)
        wrong = "the batch has no data set; make it with fx_batches";
    else if (data->cx != cx)
        wrong = "graph and data set belong to two contexts";
    if (wrong) fx_fail(cx, FX_ERR_ARGUMENT, "fx_next: %s", wrong);
    return !fx_error(cx);
}

bool fx_next(fx_batch *batch, fx_graph *graph) {
    if (!batch_ready(batch, graph)) return false;
    const fx_data_view *v = &batch->data->view;
    const int64_t at = batch->at, rest = v->rows - at;
    if (rest <= 0) {
        batch->epoch++;
        batch->at = 0;
        return false;
    }
    const int64_t rows = batch->size < rest ? batch->size : rest;
    const fx__batch_room *room = batch->shuffle ? batch_gathered(batch, rows) : NULL;
    if (batch->shuffle && !room) return false;
    fx_context *cx = fx_graph_context(graph);
    if (fx_graph_reset(graph) != FX_OK) return false;
    const fx_shape inputs = fx_shape2(rows, v->inputs), outputs = fx_shape2(rows, v->outputs);
    const fx_tensor x = batch_leaf(graph, v->dtype, inputs, room ? room->x : NULL, v->x, at);
    const fx_tensor y = batch_leaf(graph, v->dtype, outputs, room ? room->y : NULL, v->y, at);
    fx_name(x, "x");
    fx_name(y, "y");
    if (fx_error(cx)) return false;
    batch->x = x;
    batch->y = y;
    batch->rows = rows;
    batch->at += rows;
    return true;
}
