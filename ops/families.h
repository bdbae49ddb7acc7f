/* SPDX-License-Identifier: MIT */
/* What the files of this room share: how an elementwise row is written, and the families that
 * list.c lists. A family is an array of ops that ends with one whose name is NULL. To add an op,
 * add it to its family; to add a family, add it here and in list.c. */
#ifndef FLUXION_OPS_FAMILIES_H
#define FLUXION_OPS_FAMILIES_H

#include "fluxion/ops.h"

extern const fx_op fx__arithmetic[];
extern const fx_op fx__powers[];
extern const fx_op fx__extremes[];
extern const fx_op fx__activations[];
extern const fx_op fx__dropouts[];
extern const fx_op fx__matmuls[];
extern const fx_op fx__linears[];
extern const fx_op fx__reductions[];
extern const fx_op fx__shapes[];
extern const fx_op fx__slices[];
extern const fx_op fx__joins[];
extern const fx_op fx__casts[];
extern const fx_op fx__losses[];

/* A row of an elementwise family: the kernel of that name computes it. */
#define FX__ELEMENTWISE(kernel_row, op_name, operand_names, n, rule, text)                         \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names), .min = (n),      \
        .max = (n), .kernel = (kernel_row), .vjp = (rule), .formula = (text)                       \
    }

/* The axis an op was asked for, 0 <= axis < rank; FX_ERR_SHAPE if it is outside. */
fx_status fx__axis(fx_call *call, int64_t asked, int32_t rank, int32_t *axis);

#endif
