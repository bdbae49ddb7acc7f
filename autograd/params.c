/* SPDX-License-Identifier: MIT */
/* Parameter sets: named values in blocks that never move, so that a leaf may borrow them and a step
 * is a pass over a few contiguous runs. */
#include "params.h"

#include <string.h>

#include "fluxion/random.h"
#include "size.h"
#include "text.h"

void fx__shapes_drop(fx_context *cx, fx__shapes *shapes) {
    if (--shapes->refs > 0) return;
    fx__arena_free(&shapes->arena);
    fx__free(cx, shapes, sizeof *shapes);
}

static void params_release(fx_params *p) {
    fx_context *cx = p->head.cx;
    for (int64_t i = 0; i < p->blocks_count; i++) fx__storage_drop(cx, p->blocks[i].st);
    fx__free(cx, p->blocks, (size_t)p->blocks_capacity * sizeof *p->blocks);
    fx__free(cx, p->entries, (size_t)p->capacity * sizeof *p->entries);
    fx__shapes_drop(cx, p->shapes);
    const fx_params blank = {.head = p->head, .generation = p->generation};
    *p = blank;
}

static void params_destroy(fx_context *cx, fx__owned *self) {
    fx_params *p = (fx_params *)self;
    if (p->head.live) params_release(p);
    fx__free(cx, p, sizeof *p);
}

static fx_params *params_take(fx_context *cx, fx_dtype dtype) {
    fx__shapes *shapes = fx__alloc_zero(cx, sizeof *shapes);
    if (!shapes) return NULL;
    shapes->arena.cx = cx;
    shapes->refs = 1;
    fx_params *p = fx__head_take(cx, FX__PARAMS, sizeof(fx_params), params_destroy);
    if (!p) return fx__shapes_drop(cx, shapes), NULL;
    p->shapes = shapes;
    p->dtype = dtype;
    p->generation++;
    return p;
}

fx_params *fx_params_new(fx_context *cx, fx_dtype dtype, uint64_t seed) {
    if (!cx || cx->status != FX_OK || !fx__here(cx, "fx_params_new")) return NULL;
    if (dtype != FX_F32 && dtype != FX_F64) {
        fx_fail(cx, FX_ERR_DTYPE, "fx_params_new: parameters are f32 or f64, not %s",
                fx_dtype_name(dtype));
        return NULL;
    }
    fx_params *p = params_take(cx, dtype);
    if (!p) return NULL;
    p->seed = seed;
    if (fx_gradients_new(p)) return p;
    fx_params_free(p);
    return NULL;
}

bool fx__params_unheld(fx_params *p, const char *what) {
    bool held = p->held;
    for (const fx_gradients *gr = p->gradients; gr; gr = gr->next) held |= gr->values->held != 0;
    if (!held) return true;
    fx_fail(p->head.cx, FX_ERR_STATE, "%s inside a backward or an update of these parameters",
            what);
    return false;
}

void fx_params_free(fx_params *p) {
    if (!p || !p->head.live || !fx__params_unheld(p, "fx_params_free")) return;
    while (p->gradients) {
        fx_gradients *gr = p->gradients;
        p->gradients = gr->next;
        gr->params = NULL;
        fx_gradients_free(gr);
    }
    params_release(p);
    fx__head_idle(&p->head);
}

fx_context *fx_params_context(const fx_params *p) { return p ? p->head.cx : NULL; }

fx_dtype fx_params_dtype(const fx_params *p) { return p ? p->dtype : FX_F64; }

int64_t fx_params_count(const fx_params *p) { return p ? p->count : 0; }

fx_entry fx_params_at(const fx_params *p, int64_t i) {
    fx_entry entry = {0};
    if (!p || i < 0 || i >= p->count) return entry;
    const fx__param *e = &p->entries[i];
    entry.name = e->name;
    entry.tensor = fx__param_handle(p, i);
    entry.shape = fx__layout_shape(e->ly);
    entry.numel = e->ly->numel;
    entry.data = fx__param_data(p, e);
    entry.trainable = e->trainable;
    entry.buffer = e->buffer;
    return entry;
}

fx_entry fx_params_find(const fx_params *p, const char *name) {
    int64_t i = 0;
    while (p && name && i < p->count && strcmp(p->entries[i].name, name) != 0) i++;
    return fx_params_at(p, name ? i : -1);
}

/* How many values a new block holds: twice as many as the last if values have filled that one,
 * within bounds; a large entry stands alone, without waste. */
static int64_t params_capacity(const fx__block *last, int64_t numel) {
    int64_t capacity = FX__BLOCK_VALUES;
    if (last && last->used > last->capacity / 2) capacity = 2 * last->capacity;
    if (capacity > FX__BLOCK_MOST) capacity = FX__BLOCK_MOST;
    return numel > capacity / 2 ? numel : capacity;
}

/* A block with room for numel values at its end: the last one, or a new one. Its storage holds the
 * values, then the versions. */
static fx__block *params_block(fx_params *p, int64_t numel) {
    fx_context *cx = p->head.cx;
    fx__block *last = p->blocks_count ? &p->blocks[p->blocks_count - 1] : NULL;
    if (last && last->capacity - last->used >= numel && last->entries < FX__BLOCK_ENTRIES)
        return last;
    const int64_t capacity = params_capacity(last, numel);
    if (!fx__grow(cx, &p->blocks, &p->blocks_capacity, p->blocks_count + 1, sizeof *p->blocks))
        return NULL;
    size_t bytes;
    if (!fx__bytes(&bytes, FX__BLOCK_ENTRIES * sizeof(uint32_t), fx__item_size((int)p->dtype), 1,
                   &capacity, 64)) {
        fx__out_of_memory(cx, SIZE_MAX);
        return NULL;
    }
    fx__storage *st = fx__storage_new(cx, bytes);
    if (!st) return NULL;
    memset(st->data, 0, bytes);
    fx__block *block = &p->blocks[p->blocks_count++];
    *block = (fx__block){st, capacity, 0, 0};
    return block;
}

static uint32_t *block_version(const fx_params *p, const fx__block *block, int32_t entry) {
    unsigned char *values = block->st->data;
    return (uint32_t *)(void *)(values + (size_t)block->capacity * fx__item_size((int)p->dtype)) +
           entry;
}

static bool params_name_ok(fx_params *p, const char *name) {
    if (!name || !name[0]) {
        fx_fail(p->head.cx, FX_ERR_ARGUMENT, "fx_param: a parameter needs a name");
        return false;
    }
    if (!fx_params_find(p, name).name) return true;
    fx_fail(p->head.cx, FX_ERR_ARGUMENT, "fx_param: there is a parameter %s already", name);
    return false;
}

static fx__param *params_add(fx_params *p, const char *name, fx_shape shape) {
    fx_context *cx = p->head.cx;
    if (!fx__grow(cx, &p->entries, &p->capacity, p->count + 1, sizeof *p->entries)) return NULL;
    fx__param e = {0};
    e.ly = fx__layout_new(&p->shapes->arena, shape, NULL);
    e.name = e.ly ? fx__arena_text(&p->shapes->arena, name) : NULL;
    fx__block *block = e.name ? params_block(p, e.ly->numel) : NULL;
    if (!block) return NULL;
    e.off = block->used;
    e.block = (int32_t)(block - p->blocks);
    e.version = block_version(p, block, block->entries);
    block->used += e.ly->numel;
    block->entries++;
    p->entries[p->count] = e;
    return &p->entries[p->count++];
}

static void params_set(fx_params *p, fx__param *e, int64_t i, double value) {
    void *data = fx__param_data(p, e);
    if (p->dtype == FX_F32)
        ((float *)data)[i] = (float)value;
    else
        ((double *)data)[i] = value;
}

static void params_begin(fx_params *p, fx__param *e, fx_init init) {
    const fx_stream stream = {p->seed, 0, fx_purpose(e->name)};
    for (int64_t i = 0; i < e->ly->numel; i++) {
        double value = init.a;
        if (init.kind == FX_INIT_UNIFORM)
            value = init.a + (init.b - init.a) * fx_uniform(stream, (uint64_t)i);
        if (init.kind == FX_INIT_NORMAL) value = init.a + init.b * fx_normal(stream, (uint64_t)i);
        params_set(p, e, i, value);
    }
}

static fx_tensor params_unset(fx_params *p) {
    fx_tensor t;
    memset(&t, 0, sizeof t);
    if (p) t.owner = p, t.as.at.index = FX__NO_NODE;
    return t;
}

static fx_tensor params_enter(fx_params *p, const char *name, fx_shape shape, fx_init init,
                              bool buffer) {
    if (!fx__usable(p ? &p->head : NULL, "fx_param")) return params_unset(p);
    if (p->model) {
        fx_fail(p->head.cx, FX_ERR_STATE,
                "fx_param: the set was made by fx_params_like; add %s to the one that it follows",
                name ? name : "the parameter");
        return params_unset(p);
    }
    char what[FX__DESCRIBE_BYTES];
    fx__text t = fx__text_in(what, sizeof what);
    fx__put_format(&t, "parameter %s", name ? name : "");
    if (!params_name_ok(p, name) ||
        !fx__shape_check(p->head.cx, what, shape, fx__item_size((int)p->dtype), NULL))
        return params_unset(p);
    fx__param *e = params_add(p, name, shape);
    if (!e) return params_unset(p);
    e->buffer = buffer;
    e->trainable = !buffer;
    params_begin(p, e, init);
    return fx__param_handle(p, p->count - 1);
}

fx_tensor fx_param(fx_params *p, const char *name, fx_shape shape, fx_init init) {
    return params_enter(p, name, shape, init, false);
}

fx_tensor fx_buffer(fx_params *p, const char *name, fx_shape shape, fx_init init) {
    return params_enter(p, name, shape, init, true);
}

/* The entry to be written, n values long; NULL after an error. */
static fx__param *params_writable(fx_tensor t, int64_t n, const void *values, const char *what) {
    fx_context *cx = fx_tensor_context(t);
    const fx__param *e = fx__param_of(t);
    if (fx_error(cx) != FX_OK) return NULL;
    if (!e || !values) {
        fx_fail(cx, FX_ERR_ARGUMENT, "%s: %s", what,
                e ? "values is NULL" : "the tensor is not a parameter or buffer");
        return NULL;
    }
    if (n != e->ly->numel) {
        fx_fail(cx, FX_ERR_SHAPE, "%s: %s has %lld values, not %lld", what, e->name,
                (long long)e->ly->numel, (long long)n);
        return NULL;
    }
    ++*e->version;
    return &((fx_params *)(uintptr_t)t.owner)->entries[t.as.at.index];
}

fx_status fx_write_f32(fx_tensor t, int64_t n, const float *values) {
    fx__param *e = params_writable(t, n, values, "fx_write_f32");
    if (!e) return fx_error(fx_tensor_context(t));
    fx_params *p = (fx_params *)(uintptr_t)t.owner;
    for (int64_t i = 0; i < n; i++) params_set(p, e, i, values[i]);
    return FX_OK;
}

fx_status fx_write_f64(fx_tensor t, int64_t n, const double *values) {
    fx__param *e = params_writable(t, n, values, "fx_write_f64");
    if (!e) return fx_error(fx_tensor_context(t));
    fx_params *p = (fx_params *)(uintptr_t)t.owner;
    for (int64_t i = 0; i < n; i++) params_set(p, e, i, values[i]);
    return FX_OK;
}

/* Whether text matches a pattern in which * stands for any text: greedy, with one point to go back
 * to, so never slower than their product. */
static bool params_matches(const char *pattern, const char *text) {
    const char *star = NULL, *again = NULL;
    while (*text) {
        if (*pattern == '*')
            star = pattern++, again = text;
        else if (*pattern == *text)
            pattern++, text++;
        else if (star)
            pattern = star + 1, text = ++again;
        else
            return false;
    }
    while (*pattern == '*') pattern++;
    return *pattern == '\0';
}

fx_status fx_freeze(fx_params *p, const char *pattern, bool frozen) {
    if (!fx__usable(p ? &p->head : NULL, "fx_freeze")) return fx__refused(p ? &p->head : NULL);
    int64_t matched = 0;
    for (int64_t i = 0; i < p->count && pattern; i++) {
        fx__param *e = &p->entries[i];
        if (e->buffer || !params_matches(pattern, e->name)) continue;
        e->trainable = !frozen;
        matched++;
    }
    if (matched) return FX_OK;
    return fx_fail(p->head.cx, FX_ERR_ARGUMENT, "fx_freeze: no parameter matches '%s'%s%s",
                   pattern ? pattern : "", p->count ? "; the first one is called " : "",
                   p->count ? p->entries[0].name : "");
}

static bool params_twins(const fx_params *a, const fx_params *b) {
    if (a->count != b->count || a->dtype != b->dtype) return false;
    for (int64_t i = 0; i < a->count; i++)
        if (strcmp(a->entries[i].name, b->entries[i].name) != 0 ||
            !fx__same_shape(a->entries[i].ly, b->entries[i].ly))
            return false;
    return true;
}

fx_status fx_params_copy(fx_params *p, const fx_params *from) {
    if (!p || !from) return FX_ERR_ARGUMENT;
    if (p->head.cx->status != FX_OK || p == from) return p->head.cx->status;
    if (!params_twins(p, from))
        return fx_fail(p->head.cx, FX_ERR_ARGUMENT,
                       "fx_params_copy: the two sets differ in names, shapes or dtype");
    for (int64_t i = 0; i < p->count; i++) {
        const fx__param *e = &p->entries[i];
        const size_t bytes = (size_t)e->ly->numel * fx__item_size((int)p->dtype);
        if (bytes) memcpy(fx__param_data(p, e), fx__param_data(from, &from->entries[i]), bytes);
        ++*e->version;
    }
    return FX_OK;
}

fx_params *fx_params_like(fx_params *model) {
    if (!fx__usable(model ? &model->head : NULL, "fx_params_like")) return NULL;
    fx_params *p = params_take(model->head.cx, model->dtype);
    if (!p) return NULL;
    p->model = model;
    p->model_generation = model->generation;
    if (fx__params_follow(p)) return p;
    fx_params_free(p);
    return NULL;
}

bool fx__params_follow(fx_params *p) {
    const fx_params *model = p->model;
    if (!model || !model->head.live || model->generation != p->model_generation) return true;
    while (p->count < model->count) {
        const fx__param *e = &model->entries[p->count];
        fx__param *made = params_add(p, e->name, fx__layout_shape(e->ly));
        if (!made) return false;
        made->buffer = true;
    }
    return true;
}
