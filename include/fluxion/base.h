/* SPDX-License-Identifier: MIT */
/* The words every other header uses: export macro, version, status, dtype, shape. */
#ifndef FLUXION_BASE_H
#define FLUXION_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FX_API                 __attribute__((visibility("default")))
#define FX_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define FX_API
#define FX_PRINTF(text, first)
#endif

#define FX_VERSION_MAJOR 0
#define FX_VERSION_MINOR 1
#define FX_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* What a function that does returns. FX_OK is 0, everything else is a failure.
 * The numbers are fixed for good. */
typedef enum fx_status {
    FX_OK = 0,
    FX_ERR_ARGUMENT = 1, /* a value outside its range, NULL, an unset tensor */
    FX_ERR_SHAPE = 2,    /* shapes, ranks or axes that do not fit together */
    FX_ERR_DTYPE = 3,    /* a dtype that the op does not take, or a mixture */
    FX_ERR_STATE = 4,    /* the right call at the wrong moment: stale, not ready, changed */
    FX_ERR_DATA = 5,     /* numbers that an op or a data set cannot take */
    FX_ERR_MEMORY = 6,   /* an allocation failed or the cap was reached */
    FX_ERR_IO = 7,       /* the operating system refused to read or write */
    FX_ERR_FORMAT = 8,   /* a file that is not what it should be */
    FX_ERR_NAN = 9,      /* a NaN or infinity where it is not allowed */
} fx_status;

/* fx_status_name
 * The status as a word: "shape", "memory", "ok". Never NULL; static. */
FX_API const char *fx_status_name(fx_status status);

/* fx_version
 * The version of the library at run time, "0.1.0"; static. */
FX_API const char *fx_version(void);

/* Element types. FX_F32 and FX_F64 carry gradients; FX_I64 holds indices, FX_BOOL (one byte, 0
 * or 1) holds masks. */
typedef enum fx_dtype { FX_F32 = 0, FX_F64 = 1, FX_I64 = 2, FX_BOOL = 3 } fx_dtype;

/* fx_dtype_name, fx_dtype_size
 * "f32", "f64", "i64", "bool", and the bytes of one element; "?" and 0 for any other value. */
FX_API const char *fx_dtype_name(fx_dtype dtype);
FX_API size_t fx_dtype_size(fx_dtype dtype);

#define FX_MAX_RANK 8

/* A shape is a value: rank sizes, outermost first. Rank 0 is a single number. */
typedef struct fx_shape {
    int32_t rank;
    int64_t dims[FX_MAX_RANK];
} fx_shape;

/* fx_shape_n
 * The shape with the given sizes. A rank outside 0..FX_MAX_RANK is kept as it is, without sizes,
 * so that the call which receives the shape reports it. */
static inline fx_shape fx_shape_n(int32_t rank, const int64_t *dims) {
    fx_shape shape = {rank, {0}};
    for (int32_t i = 0; i < rank && rank <= FX_MAX_RANK; i++) shape.dims[i] = dims[i];
    return shape;
}

/* fx_shape0 .. fx_shape4
 * Shapes of rank 0 to 4, size by size. */
static inline fx_shape fx_shape0(void) { return fx_shape_n(0, NULL); }

static inline fx_shape fx_shape1(int64_t a) { return fx_shape_n(1, &a); }

static inline fx_shape fx_shape2(int64_t a, int64_t b) {
    const int64_t dims[] = {a, b};
    return fx_shape_n(2, dims);
}

static inline fx_shape fx_shape3(int64_t a, int64_t b, int64_t c) {
    const int64_t dims[] = {a, b, c};
    return fx_shape_n(3, dims);
}

static inline fx_shape fx_shape4(int64_t a, int64_t b, int64_t c, int64_t d) {
    const int64_t dims[] = {a, b, c, d};
    return fx_shape_n(4, dims);
}

/* fx_shape_equal
 * Whether rank and all sizes agree. */
static inline bool fx_shape_equal(fx_shape a, fx_shape b) {
    if (a.rank != b.rank) return false;
    for (int32_t i = 0; i < a.rank; i++)
        if (a.dims[i] != b.dims[i]) return false;
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
