/* SPDX-License-Identifier: MIT */
/* Sums of products by letters, and the small products of vectors. All are compositions: an einsum
 * is read from left to right, and each pair of operands becomes one product of stacked matrices,
 * over the letters that neither a later operand nor the result asks for. */
#include <string.h>

#include "families.h"

enum { EINSUM_LETTERS = 52 };

static const char einsum_alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* The letters of an operand, as places in the alphabet. */
typedef struct einsum_labels {
    int n, of[FX_MAX_RANK];
} einsum_labels;

static int einsum_letter(char c) {
    const char *at = memchr(einsum_alphabet, c, EINSUM_LETTERS);
    return at ? (int)(at - einsum_alphabet) : -1;
}

static uint64_t einsum_set(const einsum_labels *l) {
    uint64_t set = 0;
    for (int i = 0; i < l->n; i++) set |= UINT64_C(1) << l->of[i];
    return set;
}

static bool einsum_in(int letter, uint64_t set) { return set >> letter & 1; }

/* ---- the text ---- */

static bool einsum_wrong(fx_context *cx, const char *text, const char *at, const char *what) {
    fx_fail(cx, FX_ERR_ARGUMENT, "einsum: \"%s\" at %d: %s", text, (int)(at - text), what);
    return false;
}

static const char *einsum_blanks(const char *at) { return at + strspn(at, " "); }

/* Letters up to something else; false after more than a tensor can have. */
static bool einsum_read(const char **at, einsum_labels *out) {
    out->n = 0;
    for (*at = einsum_blanks(*at); einsum_letter(**at) >= 0; *at = einsum_blanks(*at + 1)) {
        if (out->n == FX_MAX_RANK) return false;
        out->of[out->n++] = einsum_letter(**at);
    }
    return true;
}

/* Letters of the result: each once, and of those that operands have. */
static bool einsum_check_result(fx_context *cx, const char *text, const char *at, uint64_t known) {
    uint64_t seen = 0;
    int n = 0;
    for (at = einsum_blanks(at); *at; at = einsum_blanks(at + 1)) {
        const int letter = einsum_letter(*at);
        if (letter < 0) return einsum_wrong(cx, text, at, "expected a letter or the end");
        if (!einsum_in(letter, known))
            return einsum_wrong(cx, text, at, "this letter stands in no operand");
        if (einsum_in(letter, seen))
            return einsum_wrong(cx, text, at, "the result has this letter already");
        if (n++ == FX_MAX_RANK)
            return einsum_wrong(cx, text, at, "more letters than a tensor has dimensions, 8");
        seen |= UINT64_C(1) << letter;
    }
    return true;
}

/* "ab,bc->ac" with as many operands as are given. */
static bool einsum_check(fx_context *cx, const char *text, int given, const fx_tensor *xs) {
    const char *at = text;
    uint64_t known = 0;
    int n = 0;
    for (bool more = true; more; n++) {
        einsum_labels labels;
        if (!einsum_read(&at, &labels))
            return einsum_wrong(cx, text, at, "more letters than a tensor has dimensions, 8");
        known |= einsum_set(&labels);
        more = *at == ',';
        if (!more && (at[0] != '-' || at[1] != '>'))
            return einsum_wrong(cx, text, at, "expected a letter, ',' or '->'");
        at += more ? 1 : 2;
    }
    if (!einsum_check_result(cx, text, at, known)) return false;
    for (int i = 1; i < given; i++)
        if (fx_is_none(xs[i])) {
            fx_fail(cx, FX_ERR_SHAPE, "einsum: \"%s\": operand %d is left out", text, i);
            return false;
        }
    if (n == given) return true;
    fx_fail(cx, FX_ERR_SHAPE, "einsum: \"%s\" has letters for %d operands, %d are given", text, n,
            given);
    return false;
}

/* ---- sizes ---- */

/* Letters of operand i against its shape, and sizes against those seen before. */
static bool einsum_sizes(fx_context *cx, const char *text, int i, const einsum_labels *l,
                         fx_tensor x, int64_t *sizes) {
    const fx_shape shape = fx_tensor_shape(x);
    if (shape.rank != l->n) {
        fx_fail(cx, FX_ERR_SHAPE, "einsum: \"%s\": operand %d has %d letters and rank %d", text, i,
                l->n, shape.rank);
        return false;
    }
    for (int k = 0; k < l->n; k++) {
        int64_t *size = &sizes[l->of[k]];
        if (*size >= 0 && *size != shape.dims[k]) {
            fx_fail(cx, FX_ERR_SHAPE,
                    "einsum: \"%s\": letter %.*s is %lld in operand %d and %lld before", text, 1,
                    einsum_alphabet + l->of[k], (long long)shape.dims[k], i, (long long)*size);
            return false;
        }
        *size = shape.dims[k];
    }
    return true;
}

/* ---- one operand ---- */

/* A letter that stands twice is a diagonal. */
static fx_tensor einsum_once(fx_tensor x, einsum_labels *l) {
    for (int q = l->n - 1; q > 0; q--)
        for (int p = 0; p < q; p++) {
            if (l->of[p] != l->of[q]) continue;
            einsum_labels rest = {0, {0}};
            fx_axes axes = {0, {0}};
            for (int k = 0; k < l->n; k++)
                if (k != p && k != q) {
                    axes.dims[axes.rank++] = k;
                    rest.of[rest.n++] = l->of[k];
                }
            axes.dims[axes.rank++] = p;
            axes.dims[axes.rank++] = q;
            rest.of[rest.n++] = l->of[q];
            x = fx_diagonal(fx_permute(x, axes), 0, -2, -1);
            *l = rest;
            q = l->n;
            break;
        }
    return x;
}

/* Sums over the letters that nobody wants. */
static fx_tensor einsum_reduce(fx_tensor x, einsum_labels *l, uint64_t keep) {
    fx_axes axes = {0, {0}};
    einsum_labels rest = {0, {0}};
    for (int k = 0; k < l->n; k++)
        if (einsum_in(l->of[k], keep))
            rest.of[rest.n++] = l->of[k];
        else
            axes.dims[axes.rank++] = k;
    *l = rest;
    return axes.rank ? fx_sum_axes(x, axes, false) : x;
}

/* ---- two operands ---- */

/* x with its letters in the order of groups; groups 1 and 2 are merged to one dimension each, and
 * so is group 0, if a matrix is not what they are. */
static fx_tensor einsum_arrange(fx_tensor x, const einsum_labels *l, const einsum_labels *groups,
                                bool merge) {
    const fx_shape shape = fx_tensor_shape(x);
    fx_axes axes = {0, {0}};
    fx_shape merged = {3, {1, 1, 1}};
    for (int g = 0; g < 3; g++)
        for (int i = 0; i < groups[g].n; i++)
            for (int k = 0; k < l->n; k++)
                if (l->of[k] == groups[g].of[i]) {
                    axes.dims[axes.rank++] = k;
                    merged.dims[g] *= shape.rank > k ? shape.dims[k] : 1;
                }
    x = fx_permute(x, axes);
    return merge ? fx_reshape(x, merged) : x;
}

/* Letters of a that are in one set and not in the other. */
static einsum_labels einsum_pick(const einsum_labels *a, uint64_t in, uint64_t out) {
    einsum_labels l = {0, {0}};
    for (int i = 0; i < a->n; i++)
        if (einsum_in(a->of[i], in) && !einsum_in(a->of[i], out)) l.of[l.n++] = a->of[i];
    return l;
}

static bool einsum_append(einsum_labels *l, const einsum_labels *more, const int64_t *sizes,
                          fx_shape *shape) {
    for (int i = 0; i < more->n; i++) {
        if (l->n == FX_MAX_RANK) return false;
        shape->dims[shape->rank++] = sizes[more->of[i]];
        l->of[l->n++] = more->of[i];
    }
    return true;
}

/* a, whose letters become those of the product, times b. */
static fx_tensor einsum_product(fx_context *cx, const int64_t *sizes, fx_tensor a,
                                einsum_labels *la, fx_tensor b, const einsum_labels *lb,
                                uint64_t keep) {
    const uint64_t of_a = einsum_set(la), of_b = einsum_set(lb);
    const einsum_labels batch = einsum_pick(la, of_b & keep, 0),
                        inner = einsum_pick(la, of_b, keep);
    const einsum_labels left = einsum_pick(la, of_a, of_b), right = einsum_pick(lb, of_b, of_a);
    const bool merge = left.n != 1 || inner.n != 1 || right.n != 1;
    const einsum_labels for_a[] = {batch, left, inner}, for_b[] = {batch, inner, right};
    a = einsum_arrange(a, la, for_a, merge);
    b = einsum_arrange(b, lb, for_b, merge);
    fx_shape shape = {0, {0}};
    la->n = 0;
    if (!einsum_append(la, &batch, sizes, &shape) || !einsum_append(la, &left, sizes, &shape) ||
        !einsum_append(la, &right, sizes, &shape)) {
        fx_fail(cx, FX_ERR_SHAPE,
                "einsum: a product of two operands has more than 8 letters; give the operands in "
                "another order");
        return fx_neg(a);
    }
    const fx_tensor product = fx_matmul(a, b);
    return merge ? fx_reshape(product, shape) : product;
}

/* Letters that operands from the one at `at` on and the result ask for. */
static uint64_t einsum_asked(const char *at) {
    uint64_t set = 0;
    for (; *at; at++)
        if (einsum_letter(*at) >= 0) set |= UINT64_C(1) << einsum_letter(*at);
    return set;
}

static fx_tensor einsum_run(fx_context *cx, fx_graph *graph, const char *text,
                            const fx_tensor *xs) {
    einsum_labels labels = {0, {0}}, next;
    int64_t sizes[EINSUM_LETTERS];
    fx_tensor y = FX_NONE;
    const char *at = text;
    for (int i = 0; i < EINSUM_LETTERS; i++) sizes[i] = -1;
    for (int i = 0; i == 0 || *at == ','; i++) {
        const char *first = i ? at + 1 : at;
        at = first;
        einsum_read(&at, &next);
        if (!einsum_sizes(cx, text, i, &next, xs[i], sizes)) return fx_use(graph, xs[0]);
        const uint64_t later = einsum_asked(at);
        const bool home = graph && next.n && !fx_tensor_graph(xs[i]);
        fx_tensor x = einsum_once(home ? fx_use(graph, xs[i]) : xs[i], &next);
        x = einsum_reduce(x, &next, later | (i ? einsum_set(&labels) : 0));
        if (i) y = einsum_reduce(y, &labels, later | einsum_set(&next));
        if (i && labels.n && next.n)
            y = einsum_product(cx, sizes, y, &labels, x, &next, later);
        else {
            y = i ? fx_mul(y, x) : x;
            if (next.n) labels = next;
        }
    }
    at += 2;
    einsum_read(&at, &next);
    y = einsum_reduce(y, &labels, einsum_set(&next));
    const einsum_labels order[3] = {next};
    return einsum_arrange(y, &labels, order, false);
}

/* ---- calls ---- */

enum { EINSUM_TEXT, EINSUM_DOT, EINSUM_OUTER, EINSUM_BILINEAR, EINSUM_TRACE };

#define EINSUM_COMPOSED(op_name, names, least, most, text)                                         \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (least),          \
        .max = (most), .formula = (text)                                                           \
    }

const fx_op fx__einsums[] = {
    [EINSUM_TEXT] = EINSUM_COMPOSED("einsum", "x...", 1, -1,
                                    "y = the product of all x, summed over the letters that y has "
                                    "not;  dxi = an einsum of G and the others"),
    [EINSUM_DOT] = EINSUM_COMPOSED("dot", "a, b", 2, 2, "y = a' b;  da = G b, db = G a"),
    [EINSUM_OUTER] = EINSUM_COMPOSED("outer", "a, b", 2, 2, "Y = a b';  da = G b, db = G' a"),
    [EINSUM_BILINEAR] =
        EINSUM_COMPOSED("bilinear", "x, z, weight, bias?", 3, 4,
                        "y_o = x' W_o z + b_o;  dx = sum G_o W_o z, dz = sum G_o W_o' x, "
                        "dW_o = G_o x z', db = G"),
    [EINSUM_TRACE] = EINSUM_COMPOSED("trace", "A", 1, 1, "y = sum of A_ii;  dA = G I"),
    {0},
};

/* Whether a composition can go on: no error stands, and there is a graph. */
static bool einsum_begun(fx_composition c) {
    return c.graph && fx_error(fx_graph_context(c.graph)) == FX_OK;
}

fx_tensor fx_einsum(const char *text, int n, const fx_tensor *operands) {
    const fx_composition c = fx_compose(&fx__einsums[EINSUM_TEXT], operands ? n : 0, operands);
    fx_context *cx = c.graph ? fx_graph_context(c.graph) : NULL;
    if (!einsum_begun(c)) return fx_composed(c, FX_NONE);
    if (!text) fx_fail(cx, FX_ERR_ARGUMENT, "einsum: the text is NULL");
    if (!text || !einsum_check(cx, text, n, operands)) return fx_composed(c, FX_NONE);
    return fx_composed(c, einsum_run(cx, c.graph, text, operands));
}

fx_tensor fx_trace(fx_tensor x) {
    const fx_op *op = &fx__einsums[EINSUM_TRACE];
    const int32_t rank = fx_tensor_shape(x).rank;
    if (rank < 2)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "A has rank %d; it needs at least 2, [.., n, n]",
                         rank);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_sum_axes(fx_diagonal(x, 0, -2, -1), fx_axes1(-1), false));
}

/* Whether both are vectors. */
static bool einsum_vectors(const fx_op *op, const fx_tensor *both) {
    const int32_t a = fx_tensor_shape(both[0]).rank, b = fx_tensor_shape(both[1]).rank;
    if (a == 1 && b == 1) return true;
    fx_refuse(op, 2, both, FX_ERR_SHAPE, "operands of rank %d and %d; both are vectors", a, b);
    return false;
}

fx_tensor fx_dot(fx_tensor a, fx_tensor b) {
    const fx_op *op = &fx__einsums[EINSUM_DOT];
    const fx_tensor both[] = {a, b};
    if (!einsum_vectors(op, both)) return fx_mul(a, b); /* invalid: an error stands */
    const int64_t m = fx_tensor_numel(a), n = fx_tensor_numel(b);
    if (m != n)
        return fx_refuse(op, 2, both, FX_ERR_SHAPE, "a has %lld elements, b has %lld", (long long)m,
                         (long long)n);
    const fx_composition c = fx_compose(op, 2, both);
    return fx_composed(c, fx_matmul(a, b));
}

fx_tensor fx_outer(fx_tensor a, fx_tensor b) {
    const fx_op *op = &fx__einsums[EINSUM_OUTER];
    const fx_tensor both[] = {a, b};
    if (!einsum_vectors(op, both)) return fx_mul(a, b); /* invalid: an error stands */
    const fx_composition c = fx_compose(op, 2, both);
    if (!einsum_begun(c)) return fx_composed(c, fx_mul(a, b));
    const fx_tensor column = fx_reshape(fx_use(c.graph, a), fx_shape2(-1, 1));
    return fx_composed(c, fx_mul(column, fx_reshape(fx_use(c.graph, b), fx_shape2(1, -1))));
}

/* Whether x [.., i] and z [.., j] fit weight [o, i, j]. */
static bool einsum_bilinear_fits(const fx_op *op, const fx_tensor *all, fx_shape x, fx_shape z,
                                 fx_shape weight) {
    if (x.rank < 1 || z.rank < 1 || weight.rank != 3) {
        fx_refuse(op, 4, all, FX_ERR_SHAPE,
                  "x and z need at least rank 1 and weight rank 3, [out, in, in]");
        return false;
    }
    if (x.rank == FX_MAX_RANK || z.rank == FX_MAX_RANK) {
        fx_refuse(op, 4, all, FX_ERR_SHAPE,
                  "rank %d leaves no room for the axis of pairs; fx_flatten the first axes",
                  FX_MAX_RANK);
        return false;
    }
    const int64_t i = x.dims[x.rank - 1], j = z.dims[z.rank - 1];
    if (i == weight.dims[1] && j == weight.dims[2]) return true;
    fx_refuse(op, 4, all, FX_ERR_SHAPE, "expected %lld and %lld input features, got %lld and %lld",
              (long long)weight.dims[1], (long long)weight.dims[2], (long long)i, (long long)j);
    return false;
}

/* The products of all pairs of features, [.., i j]. */
static fx_tensor einsum_pairs(fx_tensor x, fx_tensor z) {
    fx_shape of_x = fx_tensor_shape(x), of_z = fx_tensor_shape(z);
    const int64_t i = of_x.dims[of_x.rank - 1], j = of_z.dims[of_z.rank - 1];
    of_x.dims[of_x.rank++] = 1;
    of_z.dims[of_z.rank - 1] = 1;
    of_z.dims[of_z.rank++] = j;
    const fx_tensor pairs = fx_mul(fx_reshape(x, of_x), fx_reshape(z, of_z));
    fx_shape flat = fx_tensor_shape(pairs);
    if (flat.rank < 2) return pairs;
    flat.dims[--flat.rank - 1] = i * j;
    return fx_reshape(pairs, flat);
}

/* The pairs of features are the features of a linear layer. */
fx_tensor fx_bilinear(fx_tensor x, fx_tensor z, fx_tensor weight, fx_tensor bias) {
    const fx_op *op = &fx__einsums[EINSUM_BILINEAR];
    const fx_tensor all[] = {x, z, weight, bias};
    const fx_shape to = fx_tensor_shape(weight);
    if (!einsum_bilinear_fits(op, all, fx_tensor_shape(x), fx_tensor_shape(z), to))
        return fx_mul(x, z); /* invalid: an error stands */
    const fx_composition c = fx_compose(op, 4, all);
    if (!einsum_begun(c)) return fx_composed(c, fx_mul(x, z));
    const fx_tensor pairs = einsum_pairs(fx_use(c.graph, x), fx_use(c.graph, z));
    const fx_tensor flat =
        fx_reshape(fx_use(c.graph, weight), fx_shape2(to.dims[0], to.dims[1] * to.dims[2]));
    return fx_composed(c, fx_linear(pairs, flat, bias));
}
