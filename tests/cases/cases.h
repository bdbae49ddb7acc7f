/* SPDX-License-Identifier: MIT */
/* Cases: what each op must be, in numbers. A row says how an op is called, on which operands, and
 * by which function it is judged; the generic tests (test_op_*.c) walk all rows and hold every law
 * on each. To add an op, add its rows to the file of its family; a test fails until it has one. */
#ifndef FLUXION_TESTS_CASES_H
#define FLUXION_TESTS_CASES_H

#include <complex.h>

#include "fluxion/grad.h"
#include "fluxion/ops.h"

enum { CASE_OPERANDS = 3, CASE_ELEMENTS = 64, CASE_LONG = 1500, CASE_ATTRS = 5 };
enum { CASE_ORDER = 3 }; /* of derivatives: all of them up to it are checked */

/* References are written for complex numbers in more digits than what they judge: the real part is
 * the value, and a step along the imaginary axis gives the derivative without cancellation
 * (Squire and Trapp, SIAM Review 40, 1998). */
typedef long double complex case_number;

/* An attribute of an op that has no function of its own. */
typedef struct case_attr {
    const char *name;
    double value;
    fx_shape shape;
} case_attr;

#define CASE_ATTR(attr_name, attr_value)                                                           \
    { .name = (attr_name), .value = (double)(attr_value) }

typedef struct case_row case_row;
struct case_row {
    const char *op;   /* its name in fx_ops_at */
    const char *what; /* which row of that op, or NULL */
    fx_function *f;   /* the call; user is the row */
    int n;
    fx_shape x[CASE_OPERANDS], y;                   /* y: the shape f must give */
    double low[CASE_OPERANDS], high[CASE_OPERANDS]; /* of the operands; 0, 0: -2 to 2 */
    const double *values[CASE_OPERANDS];            /* or all of them; not for rows with at */
    unsigned either;                                /* bit i: operand i has a random sign */
    unsigned whole;                                 /* bit i: operand i is i64, a constant */
    unsigned mask;                                  /* bit i: it is bool: whether above 0 */
    bool flat;                                      /* without a slope: bool, i64, or steps */
    bool made;                                      /* f makes operands by other ops */
    case_number (*at)(const case_row *row, const case_number *z); /* one element of the result, */
    void (*of)(const case_row *row, const case_number *const *x, case_number *y); /* or all */
    double ulps; /* most error, in units of the last place of the result; if sums, of */
    bool sums;   /*   what the reference makes of the operands' absolute values */
    double step; /* of fx_gradcheck, or 0 for its own */
    case_attr attrs[CASE_ATTRS]; /* for case_apply, */
    fx_shape shape;              /* and what f and the reference want to know */
    int64_t axis, start, stop, stride;
    bool keep;
};

/* At a kink, an edge, a NaN: a derivative of a scalar call, exact in both dtypes. by lists the
 * operands to differentiate by, one after another: "" is the value, "01" is d2/dx0 dx1. */
typedef struct case_point {
    const char *op, *what;
    double x[CASE_OPERANDS];
    const char *by;
    double value;
} case_point;

/* A call that must fail, with what it says. Operands are of dtype; their values are 1, or given. */
typedef struct case_error {
    case_row row;
    fx_dtype dtype[CASE_OPERANDS];
    fx_status status;
    const char *text;
} case_error;

typedef struct case_family {
    const case_row *rows;
    const case_point *points;
    const case_error *errors;
    int n_rows, n_points, n_errors;
} case_family;

extern const case_family case_arithmetic, case_smooth, case_pieces, case_linear, case_reductions,
    case_shapes, case_joins, case_slices, case_losses, case_trigonometric, case_exponential,
    case_special, case_pairs, case_compare, case_activations, case_softmax, case_class_losses,
    case_more_losses, case_extrema, case_scans, case_statistics, case_sorts, case_index, case_pads,
    case_tiles, case_create, case_solve, case_factor, case_einsum, case_windows, case_pooling,
    case_convolution, case_normalization, case_attention, case_draws;

#define CASE_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* All rows, points and errors; NULL outside. */
const case_row *case_at(int i);
const case_point *case_point_at(int i);
const case_error *case_error_at(int i);

/* The row of that op and what; NULL if there is none. */
const case_row *case_find(const char *op, const char *what);

/* "matmul (NT)"; valid until the next call. */
const char *case_title(const case_row *row);

/* Runs fx_ops_find(row->op) with row->attrs: for ops that only rules use. */
fx_tensor case_apply(void *row, const fx_tensor *xs);

int64_t case_numel(fx_shape shape);

/* The dtype of operand i where the others have the given one; whether it has a derivative. */
int case_dtype(const case_row *row, int i, int dtype);
bool case_varies(const case_row *row, int i);

/* The operands that have: their numbers are put into of, if there is one; how many there are. */
int case_vary(const case_row *row, const fx_tensor *xs, fx_tensor *vary, int *of);

/* Whether the op has an error row that refuses an empty first operand. */
bool case_refuses_nothing(const char *op);

/* The values of operand i, as the dtype has them; the values of the cotangent. */
void case_values(const case_row *row, int i, int dtype, double *out);
void case_seed(int64_t n, uint64_t which, int dtype, double *out);

/* Where a dense element stands in an operand that broadcasts to y. */
int64_t case_broadcast(fx_shape x, fx_shape y, int64_t element);

/* The reference: all elements of the result. */
void case_reference(const case_row *row, const case_number x[][CASE_ELEMENTS], case_number *y);

/* How an operand lies in memory. All but the first are borrowed, with NaN in the gaps. */
enum { CASE_DENSE, CASE_COLUMNS, CASE_GAPS, CASE_REVERSED, CASE_REPEATED, CASE_LAYOUTS };
enum { CASE_ROOM = 4 * CASE_ELEMENTS };
extern const char *const case_layouts[CASE_LAYOUTS];

/* A leaf with these values. CASE_REPEATED reads the first element along the first dimension that
 * has several; case_repeat makes a dense operand the same. room outlives the graph's step. */
fx_tensor case_input(fx_graph *g, int dtype, fx_shape shape, const double *values, int layout,
                     double *room);
void case_repeat(fx_shape shape, double *values);

/* Operands of a row: dense leaves. */
void case_inputs(fx_graph *g, const case_row *row, int dtype, fx_tensor *xs);

/* The values of a tensor of any dtype, at most CASE_LONG. */
fx_status case_read(fx_tensor t, int64_t n, double *out);

/* Element e of plain memory of any dtype; NaN, which i64 has not, is INT64_MIN. */
void case_put(int dtype, void *room, int64_t e, double value);

/* What a call gives: values, and the gradients under the seed; 0 where the row is flat. */
typedef struct case_result {
    fx_shape shape;
    double y[CASE_ELEMENTS], dx[CASE_OPERANDS][CASE_ELEMENTS];
} case_result;

/* Runs the row on xs and differentiates it; seed is of y's shape, FX_NONE: case_seed 0. */
fx_status case_run(fx_graph *g, const case_row *row, const fx_tensor *xs, fx_tensor seed,
                   case_result *out);

/* Whether two results have the same bits (one NaN is as good as another). */
bool case_same(const case_row *row, const case_result *a, const case_result *b);

#endif
