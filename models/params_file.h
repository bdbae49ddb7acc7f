/* SPDX-License-Identifier: MIT */
/* Arrays of an archive against the parameters they shall become. source begins an error message. */
#ifndef FLUXION_MODELS_PARAMS_FILE_H
#define FLUXION_MODELS_PARAMS_FILE_H

#include "fluxion/archive.h"
#include "fluxion/params.h"

/* Whether the archive has an array of that name, dtype and shape; false after the error. */
bool fx__array_fits(fx_context *cx, fx_status status, const char *source, const fx_archive *archive,
                    const char *name, fx_dtype dtype, fx_shape shape);

/* fx_params_read, for an archive of that name. */
fx_status fx__params_read(fx_params *params, const fx_archive *archive, const char *source);

#endif
