/* SPDX-License-Identifier: MIT */
/* The table of one instruction set. */
#include "kernels.h"

#include "rows.h"

#define FX_F32_KERNEL(name) FX_KERNEL_OF(name, f32, FX_KERNEL_ISA)
#define FX_F64_KERNEL(name) FX_KERNEL_OF(name, f64, FX_KERNEL_ISA)

#define FX_TABLE_PROTOTYPE(id, name) extern fx_row FX_F32_KERNEL(name), FX_F64_KERNEL(name);
FX_ROW_LIST(FX_TABLE_PROTOTYPE)
extern fx_gemm_kernel FX_F32_KERNEL(gemm), FX_F64_KERNEL(gemm);
extern fx_sum_kernel FX_F32_KERNEL(sum), FX_F64_KERNEL(sum);

#define FX_TABLE_TEXT(isa)     #isa
#define FX_TABLE_TEXT_OF(isa)  FX_TABLE_TEXT(isa)
#define FX_TABLE_NAME(isa)     fx__kernels_##isa
#define FX_TABLE_NAME_OF(isa)  FX_TABLE_NAME(isa)
#define FX_TABLE_ROW(id, name) [id] = {FX_F32_KERNEL(name), FX_F64_KERNEL(name)},

const fx_kernels FX_TABLE_NAME_OF(FX_KERNEL_ISA) = {
    .isa = FX_TABLE_TEXT_OF(FX_KERNEL_ISA),
    .row = {FX_ROW_LIST(FX_TABLE_ROW)},
    .gemm = {FX_F32_KERNEL(gemm), FX_F64_KERNEL(gemm)},
    .sum = {FX_F32_KERNEL(sum), FX_F64_KERNEL(sum)},
};
