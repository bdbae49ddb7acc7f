/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "support.h"

FX_TEST(base, names_every_status) {
    static const struct {
        fx_status status;
        int number;
        const char *name;
    } rows[] = {
        {FX_OK, 0, "ok"},
        {FX_ERR_ARGUMENT, 1, "argument"},
        {FX_ERR_SHAPE, 2, "shape"},
        {FX_ERR_DTYPE, 3, "dtype"},
        {FX_ERR_STATE, 4, "state"},
        {FX_ERR_DATA, 5, "data"},
        {FX_ERR_MEMORY, 6, "memory"},
        {FX_ERR_IO, 7, "io"},
        {FX_ERR_FORMAT, 8, "format"},
        {FX_ERR_NAN, 9, "nan"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK((int)rows[i].status == rows[i].number);
        CHECK_TEXT(fx_status_name(rows[i].status), rows[i].name);
    }
}

FX_TEST(base, names_what_is_no_status) {
    CHECK_TEXT(fx_status_name((fx_status)10), "unknown");
    CHECK_TEXT(fx_status_name((fx_status)-1), "unknown");
}

FX_TEST(base, version_is_that_of_the_header) {
    char expected[32];
    snprintf(expected, sizeof expected, "%d.%d.%d", FX_VERSION_MAJOR, FX_VERSION_MINOR,
             FX_VERSION_PATCH);
    CHECK_TEXT(fx_version(), expected);
}

FX_TEST(base, dtypes_have_names_and_sizes) {
    static const struct {
        int dtype;
        const char *name;
        size_t size;
    } rows[] = {{FX_F32, "f32", sizeof(float)},
                {FX_F64, "f64", sizeof(double)},
                {FX_I64, "i64", 8},
                {FX_BOOL, "bool", 1},
                {4, "?", 0},
                {-1, "?", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_TEXT(fx_dtype_name((fx_dtype)rows[i].dtype), rows[i].name);
        CHECK(fx_dtype_size((fx_dtype)rows[i].dtype) == rows[i].size);
    }
}

FX_TEST(base, shapes_are_values) {
    const int64_t dims[] = {2, 3, 4, 5};
    CHECK(fx_shape_equal(fx_shape0(), fx_shape_n(0, NULL)));
    CHECK(fx_shape_equal(fx_shape1(2), fx_shape_n(1, dims)));
    CHECK(fx_shape_equal(fx_shape2(2, 3), fx_shape_n(2, dims)));
    CHECK(fx_shape_equal(fx_shape3(2, 3, 4), fx_shape_n(3, dims)));
    CHECK(fx_shape_equal(fx_shape4(2, 3, 4, 5), fx_shape_n(4, dims)));
    CHECK(!fx_shape_equal(fx_shape1(2), fx_shape2(2, 3)));
    CHECK(!fx_shape_equal(fx_shape2(2, 3), fx_shape2(3, 2)));
}

FX_TEST(base, a_shape_keeps_a_bad_rank) {
    const int64_t dims[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    CHECK(fx_shape_n(9, dims).rank == 9);
    CHECK(fx_shape_n(9, dims).dims[0] == 0);
    CHECK(fx_shape_n(-1, dims).rank == -1);
}
