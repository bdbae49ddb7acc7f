/* SPDX-License-Identifier: MIT */
#include "fluxion/model.h"
