/* SPDX-License-Identifier: MIT */
/* A tensor as text, for people: nested brackets as NumPy writes them, in columns. Of a large tensor
 * the edges are shown. An odometer over what is shown walks any rank without recursion. */
#include "number.h"
#include "params.h"
#include "text.h"

enum { PRINT_DIGITS = 6, PRINT_MOST = 1000, PRINT_EDGE = 3, PRINT_COLUMNS = 80 };

/* What is printed, and how much of it: of an axis that is cut, edge elements at each end. */
typedef struct print_page {
    fx__text *text;
    const void *data;
    const fx__layout *ly;
    int dtype;
    int64_t shown[FX_MAX_RANK], edge;
    size_t width, line; /* of the widest element; where the line begins */
} print_page;

static int64_t print_count(const print_page *p) {
    int64_t count = 1;
    for (int d = 0; d < p->ly->rank; d++) count *= p->shown[d];
    return count;
}

/* As many at the edges, up to PRINT_EDGE, as leave no more than PRINT_MOST in all: 2^8 at least. */
static void print_choose(print_page *p) {
    for (p->edge = PRINT_EDGE;; p->edge--) {
        for (int d = 0; d < p->ly->rank; d++) {
            const int64_t size = fx__dims(p->ly)[d];
            const bool cut = p->ly->numel > PRINT_MOST && size > 2 * p->edge;
            p->shown[d] = cut ? 2 * p->edge : size;
        }
        if (print_count(p) <= PRINT_MOST) return;
    }
}

/* The element at a place among those shown. */
static size_t print_element(const print_page *p, const int64_t *at, char out[FX__NUMBER_BYTES]) {
    int64_t i = 0;
    for (int d = 0; d < p->ly->rank; d++) {
        const int64_t hidden = at[d] < p->edge ? 0 : fx__dims(p->ly)[d] - p->shown[d];
        i += (at[d] + hidden) * fx__strides(p->ly)[d];
    }
    fx__text t = fx__text_in(out, FX__NUMBER_BYTES);
    switch (p->dtype) {
    case FX_F32:
        return fx__number_write(out, (double)((const float *)p->data)[i], PRINT_DIGITS);
    case FX_F64:
        return fx__number_write(out, ((const double *)p->data)[i], PRINT_DIGITS);
    case FX_I64:
        fx__put_int(&t, ((const int64_t *)p->data)[i]);
        break;
    default:
        fx__put(&t, ((const unsigned char *)p->data)[i] ? "true" : "false");
    }
    return t.length;
}

/* The next place; how many axes began anew, or rank + 1 behind the last. */
static int print_next(const print_page *p, int64_t *at) {
    int d = p->ly->rank - 1;
    while (d >= 0 && ++at[d] == p->shown[d]) at[d--] = 0;
    return d < 0 ? p->ly->rank + 1 : p->ly->rank - 1 - d;
}

static void print_measure(print_page *p) {
    int64_t at[FX_MAX_RANK] = {0};
    char element[FX__NUMBER_BYTES];
    do {
        const size_t width = print_element(p, at, element);
        if (width > p->width) p->width = width;
    } while (print_next(p, at) <= p->ly->rank);
}

static void print_repeat(fx__text *t, const char *s, int64_t times) {
    for (int64_t i = 0; i < times; i++) fx__put(t, s);
}

/* A new line, or several, below the bracket of that depth. */
static void print_line(print_page *p, int lines, int depth) {
    print_repeat(p->text, "\n", lines);
    p->line = p->text->length;
    print_repeat(p->text, " ", depth);
}

/* From one element of a row to the next, which has that width. */
static void print_space(print_page *p, size_t width) {
    if (p->text->length - p->line + 1 + width + 1 > PRINT_COLUMNS)
        print_line(p, 1, p->ly->rank);
    else
        fx__put(p->text, " ");
}

/* What stands between two places, of which the second is at: of so many axes a new row begins. */
static void print_between(print_page *p, const int64_t *at, int rows) {
    const int axis = p->ly->rank - 1 - rows;
    const bool gap = at[axis] == p->edge && p->shown[axis] < fx__dims(p->ly)[axis];
    print_repeat(p->text, "]", rows);
    fx__put(p->text, ",");
    for (int part = gap ? 0 : 1; part < 2; part++) {
        if (rows)
            print_line(p, rows, axis + 1);
        else
            print_space(p, part ? p->width : 3);
        if (!part) fx__put(p->text, "...,");
    }
    print_repeat(p->text, "[", rows);
}

static void print_values(print_page *p) {
    int64_t at[FX_MAX_RANK] = {0};
    char element[FX__NUMBER_BYTES];
    const int rank = p->ly->rank;
    print_choose(p);
    print_measure(p);
    print_line(p, 1, 0);
    print_repeat(p->text, "[", rank);
    for (int rows = 0; rows <= rank;) {
        const size_t width = print_element(p, at, element);
        print_repeat(p->text, " ", (int64_t)(p->width - width));
        fx__put_bytes(p->text, element, width);
        rows = print_next(p, at);
        if (rows <= rank) print_between(p, at, rows);
    }
    print_repeat(p->text, "]", rank);
}

static void print_tensor(print_page *p, const char *name) {
    fx__put_format(p->text, "%s ", fx_dtype_name((fx_dtype)p->dtype));
    fx__put_dims(p->text, p->ly->rank, fx__dims(p->ly));
    if (name) fx__put_format(p->text, " '%s'", name);
    if (p->ly->numel)
        print_values(p);
    else
        fx__put(p->text, "\n[]");
}

static void print_node(fx__text *t, const fx_graph *g, fx_tensor tensor) {
    if (tensor.as.at.index == FX__NO_NODE) {
        fx__put(t, "(the result of an op that failed)");
    } else if (!fx__in_graph(g, tensor)) {
        fx__put(t, "(a tensor of a step that is over)");
    } else {
        const fx__node *node = fx__node_at(g, tensor.as.at.index);
        const char *name = fx__node_name(g, tensor.as.at.index);
        print_page page = {
            .text = t, .data = fx__node_data(node), .ly = node->ly, .dtype = node->dtype};
        if (fx__storage_changed(node->st))
            fx__put_format(t, "(the parameter%s%s as it was before it was changed)",
                           name ? " " : "", name ? name : "");
        else
            print_tensor(&page, name);
    }
}

static void print_param(fx__text *t, fx_tensor tensor) {
    const fx_params *params = tensor.owner;
    const fx__param *e = fx__param_of(tensor);
    if (e) {
        print_page page = {
            .text = t, .data = fx__param_data(params, e), .ly = e->ly, .dtype = (int)params->dtype};
        print_tensor(&page, e->name);
    } else {
        fx__put(t, tensor.as.at.index == FX__NO_NODE ? "(a parameter that could not be made)"
                                                     : "(a parameter of a set that was freed)");
    }
}

size_t fx_tensor_text(fx_tensor tensor, char *out, size_t size) {
    fx__text t = fx__text_in(out, out ? size : 0);
    const fx__head *head = fx__head_of(tensor);
    if (head && head->kind == FX__GRAPH)
        print_node(&t, (const fx_graph *)head, tensor);
    else if (head)
        print_param(&t, tensor);
    else if (fx__is(tensor, FX_OWNER_NUMBER))
        fx__put_format(&t, "number\n%.6g", tensor.as.number);
    else if (fx__is(tensor, FX_OWNER_HOMELESS))
        fx__put_format(&t, "(the result of %s, which found no graph)",
                       ((const fx_op *)tensor.as.op)->name);
    else
        fx__put(&t, fx__is(tensor, FX_OWNER_NONE) ? "(left out)" : "(unset)");
    return t.length;
}
