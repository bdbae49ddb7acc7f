/* SPDX-License-Identifier: MIT */
#include "fluxion/ops.h"
