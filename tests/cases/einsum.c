/* SPDX-License-Identifier: MIT */
/* einsum by its definition, a loop over all letters; the small products of vectors. */
#include <string.h>

#include "cases.h"

static fx_tensor einsum_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_einsum(row->what, row->n, x);
}

static fx_tensor dot_call(void *row, const fx_tensor *x) { return (void)row, fx_dot(x[0], x[1]); }

static fx_tensor outer_call(void *row, const fx_tensor *x) {
    return (void)row, fx_outer(x[0], x[1]);
}

static fx_tensor trace_call(void *row, const fx_tensor *x) { return (void)row, fx_trace(x[0]); }

static fx_tensor bilinear_call(void *user, const fx_tensor *x) {
    const case_row *row = user; /* a fourth operand is a constant */
    const double b[] = {0.5, -1.25, 2};
    const fx_tensor bias = row->keep ? case_input(fx_tensor_graph(x[0]), (int)fx_tensor_dtype(x[0]),
                                                  fx_shape1(row->x[2].dims[0]), b, CASE_DENSE, NULL)
                                     : FX_NONE;
    return fx_bilinear(x[0], x[1], x[2], bias);
}

/* ---- references ---- */

/* Where an operand's element stands when each letter has its value; its text ends at , or -. */
static const char *einsum_place(const char *text, fx_shape shape, const int64_t *value,
                                int64_t *place) {
    *place = 0;
    for (int d = 0; *text && *text != ',' && *text != '-'; text++)
        if (*text != ' ') *place = *place * shape.dims[d++] + value[(unsigned char)*text];
    return text;
}

static int einsum_letters(const case_row *row, int64_t *sizes, char *letters) {
    int n = 0;
    const char *at = row->what;
    for (int i = 0; i < row->n; i++, at++)
        for (int d = 0; *at != ',' && *at != '-'; at++) {
            if (*at == ' ') continue;
            sizes[(unsigned char)*at] = row->x[i].dims[d++];
            if (!memchr(letters, *at, (size_t)n)) letters[n++] = *at;
        }
    return n;
}

static void einsum_of(const case_row *row, const case_number *const *x, case_number *y) {
    char letters[16];
    int64_t sizes[128] = {0}, value[128], place, total = 1;
    const int n = einsum_letters(row, sizes, letters);
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int k = 0; k < n; k++) total *= sizes[(unsigned char)letters[k]];
    for (int64_t e = 0; e < total; e++) {
        int64_t left = e;
        case_number product = 1;
        const char *at = row->what;
        for (int k = 0; k < n; k++) {
            value[(unsigned char)letters[k]] = left % sizes[(unsigned char)letters[k]];
            left /= sizes[(unsigned char)letters[k]];
        }
        for (int i = 0; i < row->n; i++, at++) {
            at = einsum_place(at, row->x[i], value, &place);
            product *= x[i][place];
        }
        einsum_place(at + 1, row->y, value, &place);
        y[place] += product;
    }
}

static void dot_of(const case_row *row, const case_number *const *x, case_number *y) {
    y[0] = 0;
    for (int64_t e = 0; e < case_numel(row->x[0]); e++) y[0] += x[0][e] * x[1][e];
}

static void outer_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[1].dims[0];
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][e / n] * x[1][e % n];
}

static void trace_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t m = row->x[0].dims[row->x[0].rank - 2], n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t s = 0; s < case_numel(row->y); s++) {
        y[s] = 0;
        for (int64_t i = 0; i < m && i < n; i++) y[s] += x[0][(s * m + i) * n + i];
    }
}

static void bilinear_of(const case_row *row, const case_number *const *x, case_number *y) {
    static const long double b[] = {0.5L, -1.25L, 2};
    const int64_t out = row->x[2].dims[0], m = row->x[2].dims[1], n = row->x[2].dims[2];
    fx_shape lead = row->y, of_x = row->x[0], of_z = row->x[1];
    lead.rank--, of_x.rank--, of_z.rank--;
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t o = e % out;
        y[e] = row->keep ? b[o] : 0;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++)
                y[e] += x[0][case_broadcast(of_x, lead, e / out) * m + i] *
                        x[1][case_broadcast(of_z, lead, e / out) * n + j] *
                        x[2][(o * m + i) * n + j];
    }
}

#define SUM   .f = einsum_call, .of = einsum_of, .ulps = 8, .sums = true, .made = true
#define DOT   .f = dot_call, .n = 2, .of = dot_of, .ulps = 4, .sums = true, .made = true
#define OUTER .f = outer_call, .n = 2, .of = outer_of, .ulps = 1, .made = true
#define TRACE .f = trace_call, .n = 1, .of = trace_of, .ulps = 3, .sums = true, .made = true
#define BILINEAR                                                                                   \
    .f = bilinear_call, .n = 3, .of = bilinear_of, .ulps = 8, .sums = true, .made = true

static const case_row einsum_rows[] = {
    {"einsum", "ij,jk->ik", SUM, .n = 2, .x = {{2, {3, 4}}, {2, {4, 2}}}, .y = {2, {3, 2}}},
    {"einsum", "bij,bjk->bik", SUM, .n = 2, .x = {{3, {2, 3, 2}}, {3, {2, 2, 3}}},
     .y = {3, {2, 3, 3}}},
    {"einsum", "ij,kj->ki", SUM, .n = 2, .x = {{2, {3, 4}}, {2, {2, 4}}}, .y = {2, {2, 3}}},
    {"einsum", "ji,kj->ik", SUM, .n = 2, .x = {{2, {4, 3}}, {2, {2, 4}}}, .y = {2, {3, 2}}},
    {"einsum", "i,j->ij", SUM, .n = 2, .x = {{1, {3}}, {1, {4}}}, .y = {2, {3, 4}}},
    {"einsum", "i,i->", SUM, .n = 2, .x = {{1, {4}}, {1, {4}}}, .y = {0, {0}}},
    {"einsum", "ij,ij->", SUM, .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {0, {0}}},
    {"einsum", "ij,ij->ij", SUM, .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}}},
    {"einsum", "ij,ij->j", SUM, .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {1, {4}}},
    {"einsum", "bi,bjik,k->bj", SUM, .n = 3, .x = {{2, {2, 3}}, {4, {2, 2, 3, 2}}, {1, {2}}},
     .y = {2, {2, 2}}},
    {"einsum", "bi,bij->bj", SUM, .n = 2, .x = {{2, {2, 3}}, {3, {2, 3, 2}}}, .y = {2, {2, 2}}},
    {"einsum", "bij,bj->bi", SUM, .n = 2, .x = {{3, {2, 3, 2}}, {2, {2, 2}}}, .y = {2, {2, 3}}},
    {"einsum", "bi,bj->bij", SUM, .n = 2, .x = {{2, {2, 3}}, {2, {2, 2}}}, .y = {3, {2, 3, 2}}},
    {"einsum", "i,oij,j->o", SUM, .n = 3, .x = {{1, {3}}, {3, {2, 3, 4}}, {1, {4}}}, .y = {1, {2}}},
    {"einsum", "aBc,cB->Ba", SUM, .n = 2, .x = {{3, {2, 3, 2}}, {2, {2, 3}}}, .y = {2, {3, 2}}},
    {"einsum", " ab , bc -> ac ", SUM, .n = 2, .x = {{2, {2, 3}}, {2, {3, 2}}}, .y = {2, {2, 2}}},
    {"einsum", "ijk->ki", SUM, .n = 1, .x = {{3, {2, 3, 4}}}, .y = {2, {4, 2}}},
    {"einsum", "ij->ji", SUM, .n = 1, .x = {{2, {3, 4}}}, .y = {2, {4, 3}}},
    {"einsum", "ii->i", SUM, .n = 1, .x = {{2, {3, 3}}}, .y = {1, {3}}},
    {"einsum", "ii->", SUM, .n = 1, .x = {{2, {3, 3}}}, .y = {0, {0}}},
    {"einsum", "iji->j", SUM, .n = 1, .x = {{3, {3, 2, 3}}}, .y = {1, {2}}},
    {"einsum", "iii->i", SUM, .n = 1, .x = {{3, {3, 3, 3}}}, .y = {1, {3}}},
    {"einsum", "ijij->ij", SUM, .n = 1, .x = {{4, {2, 3, 2, 3}}}, .y = {2, {2, 3}}},
    {"einsum", "ii,ij->j", SUM, .n = 2, .x = {{2, {3, 3}}, {2, {3, 2}}}, .y = {1, {2}}},
    {"einsum", "ij,->ji", SUM, .n = 2, .x = {{2, {3, 2}}, {0, {0}}}, .y = {2, {2, 3}}},
    {"einsum", ",ij->j", SUM, .n = 2, .x = {{0, {0}}, {2, {3, 2}}}, .y = {1, {2}}},
    {"einsum", "->", SUM, .n = 1, .x = {{0, {0}}}, .y = {0, {0}}},
    {"einsum", "abcdefgh,abcdefgh->hgfedcba", SUM, .n = 2,
     .x = {{8, {1, 2, 1, 2, 1, 1, 3, 1}}, {8, {1, 2, 1, 2, 1, 1, 3, 1}}},
     .y = {8, {1, 3, 1, 1, 2, 1, 2, 1}}},
    {"einsum", "xy,yz->xz", SUM, .n = 2, .x = {{2, {3, 0}}, {2, {0, 2}}}, .y = {2, {3, 2}}},
    {"einsum", "xx->x", SUM, .n = 1, .x = {{2, {0, 0}}}, .y = {1, {0}}},
    {"dot", NULL, DOT, .x = {{1, {5}}, {1, {5}}}, .y = {0, {0}}},
    {"dot", "nothing", DOT, .x = {{1, {0}}, {1, {0}}}, .y = {0, {0}}},
    {"dot", "one", DOT, .x = {{1, {1}}, {1, {1}}}, .y = {0, {0}}},
    {"outer", NULL, OUTER, .x = {{1, {3}}, {1, {4}}}, .y = {2, {3, 4}}},
    {"outer", "nothing", OUTER, .x = {{1, {0}}, {1, {4}}}, .y = {2, {0, 4}}},
    {"outer", "one", OUTER, .x = {{1, {1}}, {1, {1}}}, .y = {2, {1, 1}}},
    {"bilinear", NULL, BILINEAR, .x = {{2, {2, 3}}, {2, {2, 2}}, {3, {3, 3, 2}}}, .y = {2, {2, 3}},
     .keep = true},
    {"bilinear", "no bias", BILINEAR, .x = {{2, {2, 3}}, {2, {2, 2}}, {3, {2, 3, 2}}},
     .y = {2, {2, 2}}},
    {"bilinear", "vectors", BILINEAR, .x = {{1, {3}}, {1, {2}}, {3, {2, 3, 2}}}, .y = {1, {2}}},
    {"bilinear", "repeated", BILINEAR, .x = {{3, {2, 1, 2}}, {2, {3, 2}}, {3, {2, 2, 2}}},
     .y = {3, {2, 3, 2}}},
    {"bilinear", "nothing", BILINEAR, .x = {{2, {0, 3}}, {2, {0, 2}}, {3, {2, 3, 2}}},
     .y = {2, {0, 2}}},
    {"bilinear", "one", BILINEAR, .x = {{1, {1}}, {1, {1}}, {3, {1, 1, 1}}}, .y = {1, {1}}},
    {"trace", NULL, TRACE, .x = {{2, {3, 3}}}, .y = {0, {0}}},
    {"trace", "stack", TRACE, .x = {{3, {2, 3, 3}}}, .y = {1, {2}}},
    {"trace", "high", TRACE, .x = {{2, {4, 2}}}, .y = {0, {0}}},
    {"trace", "wide", TRACE, .x = {{3, {2, 2, 3}}}, .y = {1, {2}}},
    {"trace", "nothing", TRACE, .x = {{2, {0, 0}}}, .y = {0, {0}}},
    {"trace", "empty stack", TRACE, .x = {{3, {0, 2, 2}}}, .y = {1, {0}}},
    {"trace", "one", TRACE, .x = {{2, {1, 1}}}, .y = {0, {0}}},
};

#define BAD(text, count, ...)                                                                      \
    {.op = "einsum", .what = (text), .f = einsum_call, .n = (count), .x = __VA_ARGS__}, {          \
        FX_F64, FX_F64                                                                             \
    }

#define SQUARES                                                                                    \
    {                                                                                              \
        {2, {3, 3}}, {                                                                             \
            2, { 3, 3 }                                                                            \
        }                                                                                          \
    }

static const case_error einsum_errors[] = {
    {BAD(NULL, 1, {{1, {3}}}), FX_ERR_ARGUMENT, "einsum: the text is NULL"},
    {BAD("", 1, {{1, {3}}}), FX_ERR_ARGUMENT, "einsum: \"\" at 0: expected a letter, ',' or '->'"},
    {BAD("ij,jk", 2, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"ij,jk\" at 5: expected a letter, ',' or '->'"},
    {BAD("ij;jk->ik", 2, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"ij;jk->ik\" at 2: expected a letter, ',' or '->'"},
    {BAD("ij,jk-ik", 2, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"ij,jk-ik\" at 5: expected a letter, ',' or '->'"},
    {BAD("...i->i", 1, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"...i->i\" at 0: expected a letter, ',' or '->'"},
    {BAD("i1->i", 1, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"i1->i\" at 1: expected a letter, ',' or '->'"},
    {BAD("ij->i,", 1, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"ij->i,\" at 5: expected a letter or the end"},
    {BAD("ij->ik", 1, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"ij->ik\" at 5: this letter stands in no operand"},
    {BAD("ij->ii", 1, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"ij->ii\" at 5: the result has this letter already"},
    {BAD("abcdefghi->a", 1, SQUARES), FX_ERR_ARGUMENT,
     "einsum: \"abcdefghi->a\" at 8: more letters than a tensor has dimensions, 8"},
    {BAD("abcde,fghij->abcdefghij", 2, {{5, {1, 1, 1, 1, 1}}, {5, {1, 1, 1, 1, 1}}}),
     FX_ERR_ARGUMENT,
     "einsum: \"abcde,fghij->abcdefghij\" at 21: more letters than a tensor has dimensions, 8"},
    {BAD("ij,jk->ik", 1, SQUARES), FX_ERR_SHAPE,
     "einsum: \"ij,jk->ik\" has letters for 2 operands, 1 are given"},
    {BAD("ij->ij", 2, SQUARES), FX_ERR_SHAPE,
     "einsum: \"ij->ij\" has letters for 1 operands, 2 are given"},
    {BAD("ij,k->ik", 2, SQUARES), FX_ERR_SHAPE,
     "einsum: \"ij,k->ik\": operand 1 has 1 letters and rank 2"},
    {BAD("ij,jk->ik", 2, {{2, {3, 4}}, {2, {5, 2}}}), FX_ERR_SHAPE,
     "einsum: \"ij,jk->ik\": letter j is 5 in operand 1 and 4 before"},
    {BAD("ii->i", 1, {{2, {3, 4}}}), FX_ERR_SHAPE,
     "einsum: \"ii->i\": letter i is 4 in operand 0 and 3 before"},
    {BAD("ij,jk->ik", 2, {{2, {3, 1}}, {2, {5, 2}}}), FX_ERR_SHAPE,
     "einsum: \"ij,jk->ik\": letter j is 5 in operand 1 and 1 before"},
    {{.op = "einsum",
      .what = "abcde,fghij,abcdefghij->a",
      .f = einsum_call,
      .n = 3,
      .x = {{5, {1, 1, 1, 1, 1}}, {5, {1, 1, 1, 1, 1}}, {1, {1}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_ARGUMENT,
     "einsum: \"abcde,fghij,abcdefghij->a\" at 20: more letters than a tensor has dimensions, 8"},
    {{.op = "einsum",
      .what = "abcde,fghij,aj,bf->a",
      .f = einsum_call,
      .n = 3,
      .x = {{5, {1, 1, 1, 1, 1}}, {5, {1, 1, 1, 1, 1}}, {2, {1, 1}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "einsum: \"abcde,fghij,aj,bf->a\" has letters for 4 operands, 3 are given"},
    {{.op = "einsum",
      .what = "abcde,fghij,abfghi->cdej",
      .f = einsum_call,
      .n = 3,
      .x = {{5, {1, 1, 1, 1, 1}}, {5, {1, 1, 1, 1, 1}}, {6, {1, 1, 1, 1, 1, 1}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "einsum: a product of two operands has more than 8 letters; give the operands in another "
     "order"},
    {{.op = "dot", .f = dot_call, .n = 2, .x = {{1, {3}}, {1, {4}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "dot: a has 3 elements, b has 4 (a [3], b [4])"},
    {{.op = "dot", .f = dot_call, .n = 2, .x = {{2, {3, 3}}, {1, {3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "dot: operands of rank 2 and 1; both are vectors (a [3, 3], b [3])"},
    {{.op = "outer", .f = outer_call, .n = 2, .x = {{1, {3}}, {0, {0}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "outer: operands of rank 1 and 0; both are vectors (a [3], b [])"},
    {{.op = "trace", .f = trace_call, .n = 1, .x = {{1, {3}}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "trace: A has rank 1; it needs at least 2, [.., n, n] (A [3])"},
    {{.op = "bilinear", .f = bilinear_call, .n = 3, .x = {{1, {3}}, {0, {0}}, {3, {2, 3, 1}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "bilinear: x and z need at least rank 1 and weight rank 3, [out, in, in] (x [3], z [], weight "
     "[2, 3, 1], bias left out)"},
    {{.op = "bilinear", .f = bilinear_call, .n = 3, .x = {{1, {3}}, {1, {2}}, {3, {2, 3, 4}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "bilinear: expected 3 and 4 input features, got 3 and 2 (x [3], z [2], weight [2, 3, 4], bias "
     "left out)"},
};

const case_family case_einsum = {
    einsum_rows, NULL, einsum_errors, CASE_COUNT(einsum_rows), 0, CASE_COUNT(einsum_errors),
};
