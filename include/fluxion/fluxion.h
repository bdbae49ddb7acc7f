/* SPDX-License-Identifier: MIT */
/* All of Fluxion. Programs that print include fluxion/stdio.h too. */
#ifndef FLUXION_FLUXION_H
#define FLUXION_FLUXION_H

#include "fluxion/archive.h"
#include "fluxion/context.h"
#include "fluxion/data.h"
#include "fluxion/grad.h"
#include "fluxion/kernel.h"
#include "fluxion/model.h"
#include "fluxion/observe.h"
#include "fluxion/op.h"
#include "fluxion/ops.h"
#include "fluxion/optim.h"
#include "fluxion/params.h"
#include "fluxion/random.h"
#include "fluxion/table.h"
#include "fluxion/tensor.h"
#include "fluxion/text.h"

#endif
