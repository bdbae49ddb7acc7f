/* SPDX-License-Identifier: MIT */
/* Names and sizes of the words in fluxion/base.h. Values that no enumerator has come from C casts
 * and from files; they get an answer too. */
#include "fluxion/base.h"

#define BASE_TEXT(x)    #x
#define BASE_NUMBER(x)  BASE_TEXT(x)
#define BASE_VERSION                                                                               \
    BASE_NUMBER(FX_VERSION_MAJOR) "." BASE_NUMBER(FX_VERSION_MINOR) "." BASE_NUMBER(FX_VERSION_PATCH)

const char *fx_status_name(fx_status status) {
    switch (status) {
    case FX_OK: return "ok";
    case FX_ERR_ARGUMENT: return "argument";
    case FX_ERR_SHAPE: return "shape";
    case FX_ERR_DTYPE: return "dtype";
    case FX_ERR_STATE: return "state";
    case FX_ERR_DATA: return "data";
    case FX_ERR_MEMORY: return "memory";
    case FX_ERR_IO: return "io";
    case FX_ERR_FORMAT: return "format";
    case FX_ERR_NAN: return "nan";
    }
    return "unknown";
}

const char *fx_version(void) { return BASE_VERSION; }

const char *fx_dtype_name(fx_dtype dtype) {
    switch (dtype) {
    case FX_F32: return "f32";
    case FX_F64: return "f64";
    case FX_I64: return "i64";
    case FX_BOOL: return "bool";
    }
    return "?";
}

size_t fx_dtype_size(fx_dtype dtype) {
    switch (dtype) {
    case FX_F32: return 4;
    case FX_F64: return 8;
    case FX_I64: return 8;
    case FX_BOOL: return 1;
    }
    return 0;
}
