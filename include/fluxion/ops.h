/* SPDX-License-Identifier: MIT */
/* The built-in ops. Each is recorded, differentiable any number of times, and takes f32 or f64
 * (never mixed; fx_cast converts) unless it says otherwise. Plain numbers (fx_num) and parameters
 * may stand for any operand. Elementwise ops broadcast: sizes are equal or 1, counted from the
 * last. An op that fails returns an invalid tensor and leaves its reason in the context.
 * Formulas: G is the cotangent of the result, ' transposes. `fluxion ops` prints them as a table.
 */
#ifndef FLUXION_OPS_H
#define FLUXION_OPS_H

#include "fluxion/ops_activation.h"
#include "fluxion/ops_attention.h"
#include "fluxion/ops_compare.h"
#include "fluxion/ops_convolution.h"
#include "fluxion/ops_derivative.h"
#include "fluxion/ops_elementwise.h"
#include "fluxion/ops_factor.h"
#include "fluxion/ops_index.h"
#include "fluxion/ops_linear.h"
#include "fluxion/ops_loss.h"
#include "fluxion/ops_math.h"
#include "fluxion/ops_normalization.h"
#include "fluxion/ops_random.h"
#include "fluxion/ops_reduce.h"
#include "fluxion/ops_shape.h"
#include "fluxion/ops_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_ops_count, fx_ops_at, fx_ops_find
 * The built-in ops, those that only rules use included; NULL for an index outside or an unknown
 * name. An op without infer, kernel, row and map is a composition of others. */
FX_API int fx_ops_count(void);
FX_API const fx_op *fx_ops_at(int i);
FX_API const fx_op *fx_ops_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif
