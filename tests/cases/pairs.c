/* SPDX-License-Identifier: MIT */
/* Rounding, roots, and ops of two or three numbers: rows stay away from jumps and kinks, points
 * stand on them. */
#include <math.h>

#include "cases.h"

#define CALL_1(name)                                                                               \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0]);                                                         \
    }
#define CALL_2(name)                                                                               \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0], x[1]);                                                   \
    }
#define CALL_3(name)                                                                               \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0], x[1], x[2]);                                             \
    }
#define AT(name, value)                                                                            \
    static case_number name##_at(const case_row *row, const case_number *z) {                      \
        return (void)row, (value);                                                                 \
    }

CALL_1(sign)
CALL_1(floor)
CALL_1(ceil)
CALL_1(round)
CALL_1(trunc)
CALL_1(frac)
CALL_1(rsqrt)
CALL_1(cbrt)
CALL_1(reciprocal)
CALL_2(minimum)
CALL_2(fmod)
CALL_2(remainder)
CALL_2(atan2)
CALL_2(hypot)
CALL_2(logaddexp)
CALL_2(copysign)
CALL_3(lerp)
CALL_3(fma)

static fx_tensor clamp_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_clamp(x[0], row->attrs[0].value, row->attrs[1].value);
}

/* In f32, whatever the dtype. */
static fx_tensor narrow_fma_call(void *row, const fx_tensor *x) {
    fx_tensor f[3];
    for (int i = 0; i < 3; i++) f[i] = fx_cast(x[i], FX_F32);
    return (void)row, fx_detach(fx_cast(fx_fma(f[0], f[1], f[2]), fx_tensor_dtype(x[0])));
}

/* In f64, of numbers with fewer digits than usual. */
static fx_tensor tiny_cbrt_call(void *row, const fx_tensor *x) {
    const fx_tensor tiny = fx_mul(fx_cast(x[0], FX_F64), fx_num(0x1p-1047));
    const fx_tensor y = fx_mul(fx_cbrt(tiny), fx_num(0x1p349));
    return (void)row, fx_detach(fx_cast(y, fx_tensor_dtype(x[0])));
}

static const double tiny_values[12] = {0x1.8b4p0,  -0x1.234p0, 0x1.ffep1,  0x1.74cp-1,
                                       0x1.0a2p0,  0x1.e1ap1,  -0x1.3c4p1, 0x1.596p0,
                                       0x1.b0ep-1, 0x1.6dap1,  0x1.c84p0,  -0x1.02ep1};

/* In f64, where the length is beyond its numbers. */
static fx_tensor huge_slope_call(void *row, const fx_tensor *x) {
    fx_tensor z[3];
    for (int i = 0; i < 3; i++) z[i] = fx_cast(x[i], FX_F64);
    for (int i = 1; i < 3; i++) z[i] = fx_mul(z[i], fx_num(0x1p1023));
    const fx_tensor slope = fx_apply(fx_ops_find("hypot_grad"), NULL, 3, z);
    return (void)row, fx_detach(fx_cast(slope, fx_tensor_dtype(x[0])));
}

AT(sign, (creall(z[0]) > 0) - (creall(z[0]) < 0))
AT(floor, floorl(creall(z[0])))
AT(ceil, ceill(creall(z[0])))
AT(round, rintl(creall(z[0])))
AT(trunc, truncl(creall(z[0])))
AT(frac, z[0] - truncl(creall(z[0])))
AT(rsqrt, 1 / csqrtl(z[0]))
AT(reciprocal, 1 / z[0])
AT(minimum, creall(z[1]) < creall(z[0]) ? z[1] : z[0])
AT(fmod, z[0] - z[1] * truncl(creall(z[0]) / creall(z[1])))
AT(remainder, z[0] - z[1] * floorl(creall(z[0]) / creall(z[1])))
AT(atan2_grad, z[0] * z[2] / (z[1] * z[1] + z[2] * z[2]))
AT(hypot, csqrtl(z[0] * z[0] + z[1] * z[1]))
AT(hypot_grad, z[0] * z[1] / csqrtl(z[1] * z[1] + z[2] * z[2]))
AT(logaddexp, clogl(cexpl(z[0]) + cexpl(z[1])))
AT(logaddexp_grad, z[0] / (1 + cexpl(z[2] - z[1])))
AT(copysign, (creall(z[0]) < 0) == (creall(z[1]) < 0) ? z[0] : -z[0])
AT(lerp, z[0] + z[2] * (z[1] - z[0]))
AT(fma, z[0] * z[1] + z[2])

static case_number cbrt_at(const case_row *row, const case_number *z) {
    const long double sign = creall(z[0]) < 0 ? -1 : 1;
    return (void)row, sign * cpowl(sign * z[0], 1.0L / 3);
}

static void cbrt_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = cbrt_at(row, &x[0][e]);
}

/* By whichever of the two quotients is within 1. */
static case_number atan2_at(const case_row *row, const case_number *z) {
    const long double a = creall(z[0]), b = creall(z[1]), half = acosl(0);
    (void)row;
    if (fabsl(a) > fabsl(b)) return copysignl(half, a) - catanl(z[1] / z[0]);
    return catanl(z[0] / z[1]) + (b < 0 ? copysignl(2 * half, a) : 0);
}

static case_number clamp_at(const case_row *row, const case_number *z) {
    const double low = row->attrs[0].value, high = row->attrs[1].value;
    return creall(z[0]) < low ? low : creall(z[0]) > high ? high : z[0];
}

#define MATRIX                                                                                     \
    {                                                                                              \
        2, { 3, 4 }                                                                                \
    }
#define LINE                                                                                       \
    {                                                                                              \
        1, { 4 }                                                                                   \
    }
#define NUMBER                                                                                     \
    {                                                                                              \
        0, { 0 }                                                                                   \
    }
#define ONE   .n = 1, .x = {MATRIX}, .y = MATRIX
#define TWO   .n = 2, .x = {MATRIX, MATRIX}, .y = MATRIX
#define THREE .n = 3, .x = {MATRIX, MATRIX, MATRIX}, .y = MATRIX
#define STEP(op_name)                                                                              \
    { #op_name, NULL, op_name##_call, ONE, .flat = true, .at = op_name##_at }
#define BOUNDS(a, b) .attrs = {CASE_ATTR("low", a), CASE_ATTR("high", b)}

static const case_row pairs_rows[] = {
    STEP(sign),
    STEP(floor),
    STEP(ceil),
    STEP(round),
    STEP(trunc),
    {"round", "large", round_call, ONE, .low = {1e6}, .high = {3e6}, .either = 1, .flat = true,
     .at = round_at},
    {"frac", NULL, frac_call, ONE, .at = frac_at},
    {"clamp", NULL, clamp_call, ONE, .at = clamp_at, BOUNDS(-0.75, 1.25)},
    {"clamp", "tenths", clamp_call, 1, .x = {NUMBER}, .y = NUMBER, BOUNDS(-0.1, 0.1), .at = NULL},
    {"clamp", "below", clamp_call, ONE, .at = clamp_at, BOUNDS(-INFINITY, 0.5)},
    {"clamp", "to a number", clamp_call, ONE, .flat = true, .at = clamp_at, BOUNDS(0.5, 0.5)},

    {"rsqrt", NULL, rsqrt_call, ONE, .low = {0.2}, .high = {5}, .at = rsqrt_at, .ulps = 1.5},
    {"rsqrt", "far", rsqrt_call, ONE, .low = {1e10}, .high = {1e12}, .at = rsqrt_at, .ulps = 1.5,
     .made = false},
    {"cbrt", NULL, cbrt_call, ONE, .low = {0.2}, .high = {5}, .either = 1, .at = cbrt_at,
     .ulps = 0.51},
    {"cbrt", "tiny", tiny_cbrt_call, ONE, .values = {tiny_values}, .of = cbrt_of, .ulps = 0.51,
     .made = true, .flat = true},
    {"reciprocal", NULL, reciprocal_call, ONE, .low = {0.2}, .high = {5}, .either = 1,
     .at = reciprocal_at, .ulps = 0.51, .made = true},

    {"minimum", NULL, minimum_call, TWO, .low = {1, 0.1}, .high = {2, 0.8}, .either = 3,
     .at = minimum_at},
    {"minimum", "number", minimum_call, 2, .x = {MATRIX, NUMBER}, .y = MATRIX, .low = {1, 0.1},
     .high = {2, 0.8}, .either = 1, .at = minimum_at},
    {"fmod", NULL, fmod_call, TWO, .low = {0.1, 0.5}, .high = {9, 2}, .either = 3, .at = fmod_at},
    {"fmod", "column", fmod_call, 2, .x = {{2, {3, 1}}, LINE}, .y = MATRIX, .low = {0.1, 0.5},
     .high = {9, 2}, .either = 3, .at = fmod_at},
    {"remainder", NULL, remainder_call, TWO, .low = {0.1, 0.5}, .high = {9, 2}, .either = 3,
     .at = remainder_at, .ulps = 0.51},
    {"remainder", "number", remainder_call, 2, .x = {MATRIX, NUMBER}, .y = MATRIX,
     .low = {0.1, 0.5}, .high = {9, 2}, .either = 3, .at = remainder_at, .ulps = 0.51},
    {"atan2", NULL, atan2_call, TWO, .low = {0.1, 0.1}, .high = {2, 2}, .either = 3, .at = atan2_at,
     .ulps = 0.8},
    {"atan2", "line", atan2_call, 2, .x = {MATRIX, LINE}, .y = MATRIX, .low = {0.1, 0.1},
     .high = {2, 2}, .either = 3, .at = atan2_at, .ulps = 0.8},
    {"atan2_grad", "steep", case_apply, THREE, .low = {0, 1, 0.1}, .high = {0, 2, 0.7}, .either = 6,
     .at = atan2_grad_at, .ulps = 3},
    {"atan2_grad", NULL, case_apply, THREE, .low = {0, 0.1, 1}, .high = {0, 0.7, 2}, .either = 6,
     .at = atan2_grad_at, .ulps = 3},
    {"hypot", NULL, hypot_call, TWO, .low = {0.1, 0.1}, .high = {2, 2}, .either = 3, .at = hypot_at,
     .ulps = 1},
    {"hypot", "number", hypot_call, 2, .x = {MATRIX, NUMBER}, .y = MATRIX, .low = {0.1, 0.1},
     .high = {2, 2}, .either = 3, .at = hypot_at, .ulps = 1},
    {"hypot_grad", NULL, case_apply, THREE, .low = {0, 0.1, 0.1}, .high = {0, 2, 2}, .either = 6,
     .at = hypot_grad_at, .ulps = 3},
    {"hypot_grad", "huge", huge_slope_call, THREE, .low = {0, 1.5, 1.5}, .high = {0, 1.9, 1.9},
     .either = 6, .at = hypot_grad_at, .ulps = 3, .made = true, .flat = true},
    {"logaddexp", NULL, logaddexp_call, TWO, .low = {0.1, 0.1}, .high = {3, 3}, .at = logaddexp_at,
     .ulps = 1.5},
    {"logaddexp", "far", logaddexp_call, TWO, .low = {20, 2}, .high = {30, 9}, .at = logaddexp_at,
     .ulps = 1.5},
    {"logaddexp", "line", logaddexp_call, 2, .x = {MATRIX, LINE}, .y = MATRIX, .low = {0.1, 0.1},
     .high = {3, 3}, .at = logaddexp_at, .ulps = 1.5},
    {"logaddexp_grad", NULL, case_apply, THREE, .at = logaddexp_grad_at, .ulps = 3},
    {"logaddexp_grad", "tail", case_apply, THREE, .low = {0, -30, 2}, .high = {0, -20, 9},
     .at = logaddexp_grad_at, .ulps = 3},
    {"copysign", NULL, copysign_call, TWO, .low = {0.1, 0.1}, .high = {2, 2}, .either = 3,
     .at = copysign_at},
    {"lerp", NULL, lerp_call, THREE, .low = {0.5, 0.5}, .high = {3, 3, 1}, .at = lerp_at,
     .ulps = 1},
    {"lerp", "beyond", lerp_call, THREE, .low = {2, 4, 1}, .high = {3, 5, 2}, .at = lerp_at,
     .ulps = 1},
    {"lerp", "number", lerp_call, 3, .x = {LINE, NUMBER, NUMBER}, .y = LINE, .low = {0.5, 2},
     .high = {1, 3, 1}, .at = lerp_at, .ulps = 1},
    {"fma", NULL, fma_call, THREE, .at = fma_at, .ulps = 0.51},
    {"fma", "line", fma_call, 3, .x = {MATRIX, LINE, NUMBER}, .y = MATRIX, .at = fma_at,
     .ulps = 0.51},
    {"fma", "narrow", narrow_fma_call, THREE, .flat = true, .made = true},
};

static const case_point pairs_points[] = {
    {"sign", NULL, {-3}, "", -1},
    {"sign", NULL, {0}, "", 0},
    {"sign", NULL, {-INFINITY}, "", -1},
    {"sign", NULL, {NAN}, "", NAN},
    {"sign", NULL, {0}, "0", 0},
    {"sign", NULL, {0}, "000", 0},
    {"sign", NULL, {NAN}, "0", 0},
    {"floor", NULL, {-0.5}, "", -1},
    {"floor", NULL, {-0.0}, "", -0.0},
    {"floor", NULL, {2}, "", 2},
    {"floor", NULL, {2}, "0", 0},
    {"floor", NULL, {2}, "000", 0},
    {"floor", NULL, {INFINITY}, "", INFINITY},
    {"floor", NULL, {NAN}, "", NAN},
    {"ceil", NULL, {-0.5}, "", -0.0},
    {"ceil", NULL, {0.5}, "", 1},
    {"ceil", NULL, {NAN}, "", NAN},
    {"ceil", NULL, {1}, "0", 0},
    {"ceil", NULL, {1}, "000", 0},
    {"round", NULL, {0.5}, "", 0},
    {"round", NULL, {1.5}, "", 2},
    {"round", NULL, {2.5}, "", 2},
    {"round", NULL, {-0.5}, "", -0.0},
    {"round", NULL, {-1.5}, "", -2},
    {"round", NULL, {0x1.fffffep-2}, "", 0},
    {"round", NULL, {8388609}, "", 8388609},
    {"round", NULL, {NAN}, "", NAN},
    {"round", NULL, {0.5}, "0", 0},
    {"round", NULL, {0.5}, "000", 0},
    {"trunc", NULL, {-1.75}, "", -1},
    {"trunc", NULL, {-0.5}, "", -0.0},
    {"trunc", NULL, {INFINITY}, "", INFINITY},
    {"trunc", NULL, {1}, "0", 0},
    {"trunc", NULL, {1}, "000", 0},
    {"frac", NULL, {-1.75}, "", -0.75},
    {"frac", NULL, {3}, "", 0},
    {"frac", NULL, {3}, "0", 1},
    {"frac", NULL, {3}, "00", 0},
    {"frac", NULL, {INFINITY}, "", NAN},
    {"frac", NULL, {NAN}, "", NAN},
    {"clamp", NULL, {-3}, "", -0.75},
    {"clamp", NULL, {3}, "", 1.25},
    {"clamp", NULL, {-0.75}, "0", 1},
    {"clamp", NULL, {1.25}, "0", 1},
    {"clamp", NULL, {1.25}, "00", 0},
    {"clamp", NULL, {-3}, "0", 0},
    {"clamp", NULL, {INFINITY}, "", 1.25},
    {"clamp", NULL, {INFINITY}, "0", 0},
    {"clamp", NULL, {NAN}, "", NAN},
    {"clamp", NULL, {NAN}, "0", NAN},
    {"clamp", "tenths", {0.1}, "0", 1}, /* rounded to f32 it lies above 0.1 */
    {"clamp", "tenths", {-0.1}, "0", 1},
    {"clamp", "below", {-INFINITY}, "", -INFINITY},
    {"clamp", "below", {-INFINITY}, "0", 1},
    {"clamp", "to a number", {0.5}, "0", 1},

    {"rsqrt", NULL, {4}, "", 0.5},
    {"rsqrt", NULL, {4}, "0", -0.0625},
    {"rsqrt", NULL, {0}, "", INFINITY},
    {"rsqrt", NULL, {-0.0}, "", -INFINITY},
    {"rsqrt", NULL, {0}, "0", -INFINITY},
    {"rsqrt", NULL, {INFINITY}, "", 0},
    {"rsqrt", NULL, {INFINITY}, "0", 0},
    {"rsqrt", NULL, {-1}, "", NAN},
    {"rsqrt", NULL, {-1}, "0", NAN},
    {"cbrt", NULL, {-8}, "", -2},
    {"cbrt", NULL, {0x1p-120}, "", 0x1p-40},
    {"cbrt", "tiny", {-8}, "", -2},
    {"cbrt", NULL, {-0.0}, "", -0.0},
    {"cbrt", NULL, {0}, "0", INFINITY},
    {"cbrt", NULL, {-INFINITY}, "", -INFINITY},
    {"cbrt", NULL, {INFINITY}, "0", 0},
    {"cbrt", NULL, {NAN}, "", NAN},
    {"reciprocal", NULL, {-4}, "", -0.25},
    {"reciprocal", NULL, {4}, "0", -0.0625},
    {"reciprocal", NULL, {4}, "00", 0.03125},
    {"reciprocal", NULL, {-0.0}, "", -INFINITY},
    {"reciprocal", NULL, {0}, "0", -INFINITY},
    {"reciprocal", NULL, {INFINITY}, "0", 0},
    {"reciprocal", NULL, {NAN}, "", NAN},

    {"minimum", NULL, {1, 1}, "0", 0.5},
    {"minimum", NULL, {1, 1}, "1", 0.5},
    {"minimum", NULL, {0.0, -0.0}, "", -0.0},
    {"minimum", NULL, {-0.0, 0.0}, "", -0.0},
    {"minimum", NULL, {-INFINITY, -INFINITY}, "1", 0.5},
    {"minimum", NULL, {1, 2}, "0", 1},
    {"minimum", NULL, {1, 2}, "1", 0},
    {"minimum", NULL, {1, 2}, "00", 0},
    {"minimum", NULL, {NAN, 1}, "", NAN},
    {"minimum", NULL, {-INFINITY, NAN}, "", NAN},
    {"minimum", NULL, {1, NAN}, "0", NAN},
    {"minimum", NULL, {1, NAN}, "1", NAN},

    {"fmod", NULL, {-7, 3}, "", -1},
    {"fmod", NULL, {7, -3}, "", 1},
    {"fmod", NULL, {-7, 3}, "0", 1},
    {"fmod", NULL, {-7, 3}, "1", 2},
    {"fmod", NULL, {7, 3}, "11", 0},
    {"fmod", NULL, {6, 3}, "", 0},
    {"fmod", NULL, {-6, 3}, "", -0.0},
    {"fmod", NULL, {6, 3}, "1", -2},
    {"fmod", NULL, {0x1.800002p1, 0x1.000002p0}, "1", -2}, /* a / b is rounded up to 3 */
    {"fmod", NULL, {2, INFINITY}, "", 2},
    {"fmod", NULL, {2, INFINITY}, "1", 0},
    {"fmod", NULL, {2, 0}, "", NAN},
    {"fmod", NULL, {INFINITY, 2}, "", NAN},
    {"fmod", NULL, {NAN, 2}, "", NAN},
    {"remainder", NULL, {-7, 3}, "", 2},
    {"remainder", NULL, {7, -3}, "", -2},
    {"remainder", NULL, {7, 3}, "", 1},
    {"remainder", NULL, {-7, -3}, "", -1},
    {"remainder", NULL, {-7, 3}, "0", 1},
    {"remainder", NULL, {-7, 3}, "1", 3},
    {"remainder", NULL, {-7, 3}, "11", 0},
    {"remainder", NULL, {-6, 3}, "", 0},
    {"remainder", NULL, {6, -3}, "", -0.0},
    {"remainder", NULL, {0x1.800002p1, 0x1.000002p0}, "1", -2},
    {"remainder", NULL, {2, INFINITY}, "", 2},
    {"remainder", NULL, {-2, INFINITY}, "", INFINITY},
    {"remainder", NULL, {2, 0}, "", NAN},
    {"remainder", NULL, {NAN, 2}, "", NAN},

    {"atan2", NULL, {0, 0}, "", 0},
    {"atan2", NULL, {-0.0, 1}, "", -0.0},
    {"atan2", NULL, {0, 0}, "0", 0},
    {"atan2", NULL, {0, 0}, "1", 0},
    {"atan2", NULL, {0, 0}, "01", 0},
    {"atan2", NULL, {1, 1}, "0", 0.5},
    {"atan2", NULL, {1, 1}, "1", -0.5},
    {"atan2", NULL, {1, 1}, "00", -0.5},
    {"atan2", NULL, {1, 1}, "11", 0.5},
    {"atan2", NULL, {1, 1}, "01", 0},
    {"atan2", NULL, {0, -1}, "0", -1},
    {"atan2", NULL, {0x1p100, 0x1p100}, "0", 0x1p-101},
    {"atan2", NULL, {0x1p-100, 0x1p-100}, "1", -0x1p99},
    {"atan2", NULL, {1, INFINITY}, "0", 0},
    {"atan2", NULL, {INFINITY, 1}, "1", 0},
    {"atan2", NULL, {NAN, 0}, "", NAN},
    {"atan2", NULL, {NAN, 0}, "0", NAN},
    {"atan2", NULL, {0, NAN}, "1", NAN},
    {"atan2", NULL, {NAN, NAN}, "0", NAN},
    {"atan2_grad", NULL, {3, 0, 0}, "", 0},
    {"atan2_grad", NULL, {3, 0, 0}, "0", 0},
    {"atan2_grad", NULL, {3, 1, 1}, "1", -1.5},
    {"hypot", NULL, {3, -4}, "", 5},
    {"hypot", NULL, {0, 0}, "", 0},
    {"hypot", NULL, {0, 0}, "0", 0},
    {"hypot", NULL, {0, 0}, "1", 0},
    {"hypot", NULL, {0, 0}, "00", 0},
    {"hypot", NULL, {0, -2}, "1", -1},
    {"hypot", NULL, {0x1.8p100, 0x1p101}, "", 0x1.4p101},
    {"hypot", NULL, {0x1p-100, 0}, "0", 1},
    {"hypot", NULL, {INFINITY, NAN}, "", INFINITY},
    {"hypot", NULL, {2, INFINITY}, "0", 0},
    {"hypot", NULL, {1, NAN}, "", NAN},
    {"hypot", NULL, {1, NAN}, "0", NAN},
    {"hypot_grad", NULL, {3, 0, 0}, "", 0},
    {"hypot_grad", NULL, {5, 0, 2}, "1", 2.5},
    {"hypot_grad", NULL, {5, 0, 2}, "2", 0},

    {"logaddexp", NULL, {INFINITY, INFINITY}, "", INFINITY},
    {"logaddexp", NULL, {-INFINITY, -INFINITY}, "", -INFINITY},
    {"logaddexp", NULL, {-INFINITY, 2}, "", 2},
    {"logaddexp", NULL, {INFINITY, -INFINITY}, "", INFINITY},
    {"logaddexp", NULL, {2, 2}, "0", 0.5},
    {"logaddexp", NULL, {2, 2}, "00", 0.25},
    {"logaddexp", NULL, {2, 2}, "01", -0.25},
    {"logaddexp", NULL, {2, 2}, "000", 0},
    {"logaddexp", NULL, {INFINITY, INFINITY}, "0", 0.5},
    {"logaddexp", NULL, {-INFINITY, -INFINITY}, "1", 0.5},
    {"logaddexp", NULL, {-INFINITY, 2}, "0", 0},
    {"logaddexp", NULL, {-INFINITY, 2}, "1", 1},
    {"logaddexp", NULL, {INFINITY, -INFINITY}, "0", 1},
    {"logaddexp", NULL, {NAN, INFINITY}, "", NAN},
    {"logaddexp", NULL, {NAN, 2}, "1", NAN},
    {"logaddexp_grad", NULL, {3, 2, 2}, "", 1.5},
    {"logaddexp_grad", NULL, {3, INFINITY, INFINITY}, "", 1.5},

    {"copysign", NULL, {2, -0.0}, "", -2},
    {"copysign", NULL, {-2, 0.0}, "", 2},
    {"copysign", NULL, {0, -1}, "", -0.0},
    {"copysign", NULL, {-2, -3}, "0", 1},
    {"copysign", NULL, {2, -0.0}, "0", -1},
    {"copysign", NULL, {2, -3}, "0", -1},
    {"copysign", NULL, {0, -3}, "0", 0},
    {"copysign", NULL, {2, -3}, "1", 0},
    {"copysign", NULL, {2, -3}, "00", 0},
    {"copysign", NULL, {NAN, -3}, "0", NAN},
    {"lerp", NULL, {0x1.99999ap-4, 1e8, 0}, "", 0x1.99999ap-4},
    {"lerp", NULL, {1e8, -0x1.99999ap-4, 1}, "", -0x1.99999ap-4},
    {"lerp", NULL, {0x1.99999ap-4, 0x1.99999ap-4, 0.3}, "", 0x1.99999ap-4},
    {"lerp", NULL, {1, 3, 0.5}, "", 2},
    {"lerp", NULL, {1, 3, 0.25}, "0", 0.75},
    {"lerp", NULL, {1, 3, 0.25}, "1", 0.25},
    {"lerp", NULL, {1, 3, 0.25}, "2", 2},
    {"lerp", NULL, {1, 3, 0.25}, "12", 1},
    {"lerp", NULL, {1, NAN, 0}, "", NAN},
    {"fma", NULL, {1 + 0x1p-23, 1 - 0x1p-23, -1}, "", -0x1p-46},
    {"fma", "narrow", {1 + 0x1p-12, 1 + 0x1p-12, 0x1p-100}, "", 1 + 0x1p-11 + 0x1p-23},
    {"fma", NULL, {2, 3, 4}, "0", 3},
    {"fma", NULL, {2, 3, 4}, "1", 2},
    {"fma", NULL, {2, 3, 4}, "2", 1},
    {"fma", NULL, {2, 3, 4}, "01", 1},
    {"fma", NULL, {INFINITY, 0, 1}, "", NAN},
};

static const case_error pairs_errors[] = {
    {{"clamp", NULL, clamp_call, 1, .x = {LINE}, BOUNDS(2, 1)},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "clamp: low = 2 is not below high = 1; use an infinity for a bound that is not wanted (x "
     "[4])"},
    {{"clamp", NULL, clamp_call, 1, .x = {LINE}, BOUNDS(NAN, 1)},
     {FX_F32},
     FX_ERR_ARGUMENT,
     "clamp: low = nan is not below high = 1; use an infinity for a bound that is not wanted (x "
     "[4])"},
    {{"floor", NULL, floor_call, 1, .x = {LINE}},
     {FX_I64},
     FX_ERR_DTYPE,
     "floor: operand x is i64, which the op does not take"},
    {{"frac", NULL, frac_call, 1, .x = {LINE}},
     {FX_BOOL},
     FX_ERR_DTYPE,
     "frac: operand x is bool, which the op does not take"},
    {{"reciprocal", NULL, reciprocal_call, 1, .x = {LINE}},
     {FX_I64},
     FX_ERR_DTYPE,
     "reciprocal: operand b is i64, which the op does not take"},
    {{"hypot", NULL, hypot_call, 2, .x = {MATRIX, {1, {3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "hypot: shapes do not broadcast; sizes must be equal or 1, counted from the last (a [3, 4], "
     "b [3])"},
    {{"lerp", NULL, lerp_call, 3, .x = {MATRIX, LINE, {2, {2, 1}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "lerp: shapes do not broadcast; sizes must be equal or 1, counted from the last (a [3, 4], "
     "b [4], w [2, 1])"},
    {{"fma", NULL, fma_call, 3, .x = {LINE, LINE, LINE}},
     {FX_F64, FX_F64, FX_F32},
     FX_ERR_DTYPE,
     "fma: operand c is f32 where another is f64; write fx_cast(c, FX_F64)"},
};

const case_family case_pairs = {
    pairs_rows,
    pairs_points,
    pairs_errors,
    CASE_COUNT(pairs_rows),
    CASE_COUNT(pairs_points),
    CASE_COUNT(pairs_errors),
};
