/* SPDX-License-Identifier: MIT */
/* Data sets made from memory and from tables. Every value is finite in the data's dtype: what would
 * spoil a training run is named here, with its row and column, and not met as a NaN loss later. */
#include "data.h"

#include <math.h>
#include <string.h>

#include "fluxion/text.h"

enum { DATA_ALIGN = 64, DATA_NAME_BYTES = 24 };

static void data_release(void *object) {
    fx_data *data = object;
    fx_delete(data->room);
}

static size_t data_up(size_t bytes) { return (bytes + DATA_ALIGN - 1) / DATA_ALIGN * DATA_ALIGN; }

/* Whether sizes computed from the shape cannot overflow. */
static bool data_fits(const fx_data_view *shape) {
    const int64_t most = PTRDIFF_MAX / DATA_ALIGN;
    if (shape->inputs > most || shape->outputs > most) return false;
    return shape->rows <= most / (shape->inputs + shape->outputs);
}

/* A data set of that shape, with room for text bytes of names. */
static fx_data *data_block(fx_context *cx, fx_data_view shape, size_t text) {
    if (!data_fits(&shape)) return fx_new(cx, SIZE_MAX, NULL); /* reports that there is no room */
    const size_t row = (size_t)shape.rows * fx_dtype_size(shape.dtype);
    const size_t columns = (size_t)(shape.inputs + shape.outputs);
    const size_t x = data_up(sizeof(fx_data)), y = x + data_up(row * (size_t)shape.inputs);
    const size_t names = y + data_up(row * (size_t)shape.outputs);
    const size_t text_at = names + columns * sizeof(char *);
    char *block = fx_new(cx, text_at + text, data_release);
    if (!block) return NULL;
    fx_data *data = (fx_data *)(void *)block;
    *data = (fx_data){.view = shape, .cx = cx, .self = data};
    data->view.x = data->x = block + x;
    data->view.y = data->y = block + y;
    data->view.names = data->names = (const char **)(void *)(block + names);
    data->text = block + text_at;
    return data;
}

static void data_name(fx_data *data, int64_t column, const char *name) {
    const size_t bytes = strlen(name) + 1;
    data->names[column] = memcpy(data->text, name, bytes);
    data->text += bytes;
}

fx_data *fx__data_like(const fx_data *data, int64_t rows) {
    const fx_data_view *v = &data->view;
    const int64_t columns = v->inputs + v->outputs;
    size_t text = 0;
    for (int64_t c = 0; c < columns; c++) text += strlen(v->names[c]) + 1;
    const fx_data_view shape = {rows, v->inputs, v->outputs, v->dtype, NULL, NULL, NULL};
    fx_data *like = data_block(data->cx, shape, text);
    for (int64_t c = 0; like && c < columns; c++) data_name(like, c, v->names[c]);
    return like;
}

/* Where a value of any column stands: sets *part to x or y, gives the index in it. */
static int64_t data_place(const fx_data *data, int64_t row, int64_t column, void **part) {
    const int64_t inputs = data->view.inputs;
    *part = column < inputs ? data->x : data->y;
    return column < inputs ? row * inputs + column : row * data->view.outputs + column - inputs;
}

double fx__data_get(const fx_data *data, int64_t row, int64_t column) {
    void *part;
    const int64_t at = data_place(data, row, column, &part);
    return data->view.dtype == FX_F32 ? (double)((const float *)part)[at]
                                      : ((const double *)part)[at];
}

/* Enters a value; false if it is not finite in the data's dtype. */
static bool data_put(fx_data *data, int64_t row, int64_t column, double value) {
    void *part;
    const int64_t at = data_place(data, row, column, &part);
    const bool narrow = data->view.dtype == FX_F32;
    if (narrow)
        ((float *)part)[at] = (float)value;
    else
        ((double *)part)[at] = value;
    return narrow ? isfinite((float)value) : isfinite(value);
}

bool fx__data_set(fx_data *data, const char *what, int64_t row, int64_t column, double value) {
    if (data_put(data, row, column, value)) return true;
    fx_fail(data->cx, FX_ERR_NAN,
            "%s: row %lld (counted from 0) of column %.60s is %g, not a finite %s", what,
            (long long)row, data->names[column], value, fx_dtype_name(data->view.dtype));
    return false;
}

static bool data_dtype(fx_context *cx, const char *what, fx_dtype dtype) {
    if (dtype == FX_F32 || dtype == FX_F64) return true;
    fx_fail(cx, FX_ERR_DTYPE, "%s: data sets are f32 or f64, not %s", what, fx_dtype_name(dtype));
    return false;
}

/* ------------------------------------------------------------------------- from memory */

static bool data_arguments(fx_context *cx, const fx_data_view *shape, const double *x,
                           const double *y) {
    if (shape->rows < 1 || shape->inputs < 1 || shape->outputs < 0) {
        fx_fail(cx, FX_ERR_ARGUMENT,
                "fx_data_new: %lld rows of %lld inputs and %lld outputs; there must be a row and "
                "an input",
                (long long)shape->rows, (long long)shape->inputs, (long long)shape->outputs);
        return false;
    }
    if (x && (y || shape->outputs == 0)) return true;
    fx_fail(cx, FX_ERR_ARGUMENT, "fx_data_new: %s is NULL", x ? "y" : "x");
    return false;
}

/* x1, x2, ... and y1, y2, ... */
static void data_number_columns(fx_data *data) {
    const int64_t inputs = data->view.inputs, columns = inputs + data->view.outputs;
    for (int64_t c = 0; c < columns; c++) {
        char name[DATA_NAME_BYTES] = {c < inputs ? 'x' : 'y'};
        const int64_t number = c < inputs ? c + 1 : c - inputs + 1;
        fx_write_number(name + 1, sizeof name - 1, (double)number, 17);
        data_name(data, c, name);
    }
}

static bool data_fill(fx_data *data, const double *x, const double *y) {
    const int64_t inputs = data->view.inputs, outputs = data->view.outputs;
    for (int64_t r = 0; r < data->view.rows; r++) {
        for (int64_t c = 0; c < inputs; c++)
            if (!fx__data_set(data, "fx_data_new", r, c, x[r * inputs + c])) return false;
        for (int64_t c = 0; c < outputs; c++)
            if (!fx__data_set(data, "fx_data_new", r, inputs + c, y[r * outputs + c])) return false;
    }
    return true;
}

fx_data *fx_data_new(fx_context *cx, fx_dtype dtype, int64_t rows, int64_t inputs, const double *x,
                     int64_t outputs, const double *y) {
    const fx_data_view shape = {rows, inputs, outputs, dtype, NULL, NULL, NULL};
    if (fx_error(cx) || !data_dtype(cx, "fx_data_new", dtype)) return NULL;
    if (!data_arguments(cx, &shape, x, y)) return NULL;
    fx_data *data = data_block(cx, shape, ((size_t)inputs + (size_t)outputs) * DATA_NAME_BYTES);
    if (!data) return NULL;
    data_number_columns(data);
    if (data_fill(data, x, y)) return data;
    fx_data_free(data);
    return NULL;
}

void fx_data_free(fx_data *data) { fx_delete(data); }

fx_context *fx_data_context(const fx_data *data) { return data ? data->cx : NULL; }

fx_data_view fx_data_look(const fx_data *data) { return data ? data->view : (fx_data_view){0}; }

/* ------------------------------------------------------------------------ from a table */

/* The columns of a table that become a data set: their numbers, inputs first. */
typedef struct data_choice {
    const fx_table *table;
    fx_context *cx;
    int64_t inputs, outputs;
    int64_t *columns;
} data_choice;

/* Adds a column, as the i-th, if it is there, holds numbers and is not among the first i. */
static bool data_choose(data_choice *choice, int64_t i, const char *name) {
    if (!name) {
        fx_fail(choice->cx, FX_ERR_ARGUMENT, "fx_data_from_table: the name of feature %lld is NULL",
                (long long)i);
        return false;
    }
    const int64_t column = fx_table_need(choice->table, name);
    if (column < 0) return false;
    for (int64_t j = 0; j < i; j++) {
        if (choice->columns[j] != column) continue;
        fx_fail(choice->cx, FX_ERR_ARGUMENT,
                "fx_data_from_table: column \"%.60s\" is named twice; target and features are "
                "different columns",
                name);
        return false;
    }
    choice->columns[i] = column;
    return fx_table_column(choice->table, column) != NULL;
}

/* All columns but the target, which stands behind them. */
static bool data_choose_others(data_choice *choice) {
    int64_t next = 0;
    for (int64_t c = 0; next < choice->inputs; c++) {
        if (choice->outputs && c == choice->columns[choice->inputs]) continue;
        if (!fx_table_column(choice->table, c)) return false;
        choice->columns[next++] = c;
    }
    return true;
}

static bool data_choose_all(data_choice *choice, const char *target, int64_t n,
                            const char *const *names) {
    for (int64_t i = 0; i < n; i++)
        if (!data_choose(choice, i, names[i])) return false;
    if (n > 0) return !target || data_choose(choice, n, target);
    if (target) {
        data_choice alone = *choice; /* the target first, since the others are known by it */
        alone.columns += choice->inputs;
        if (!data_choose(&alone, 0, target)) return false;
    }
    return data_choose_others(choice);
}

static bool data_fill_column(fx_data *data, int64_t column, const fx_table *table,
                             const double *values) {
    int64_t r = 0;
    while (r < data->view.rows && data_put(data, r, column, values[r])) r++;
    if (r == data->view.rows) return true;
    const char *source = fx_table_source(table), *name = data->names[column];
    const long long line = fx_table_line(table, r);
    if (isnan(values[r])) /* which a table holds only where a missing value was kept */
        fx_fail(data->cx, FX_ERR_NAN, "%s:%lld: value is missing (column \"%.60s\")", source, line,
                name);
    else
        fx_fail(data->cx, FX_ERR_NAN, "%s:%lld: %g is not a finite %s (column \"%.60s\")", source,
                line, values[r], fx_dtype_name(data->view.dtype), name);
    return false;
}

static fx_data *data_of_choice(const data_choice *choice, fx_dtype dtype) {
    const int64_t columns = choice->inputs + choice->outputs;
    size_t text = 0;
    for (int64_t i = 0; i < columns; i++)
        text += strlen(fx_table_name(choice->table, choice->columns[i])) + 1;
    const fx_data_view shape = {
        fx_table_rows(choice->table), choice->inputs, choice->outputs, dtype, NULL, NULL, NULL};
    fx_data *data = data_block(choice->cx, shape, text);
    if (!data) return NULL;
    for (int64_t i = 0; i < columns; i++) {
        data_name(data, i, fx_table_name(choice->table, choice->columns[i]));
        const double *values = fx_table_column(choice->table, choice->columns[i]);
        if (data_fill_column(data, i, choice->table, values)) continue;
        fx_data_free(data);
        return NULL;
    }
    return data;
}

fx_data *fx_data_from_table(const fx_table *table, const char *target, int64_t n,
                            const char *const *names, fx_dtype dtype) {
    fx_context *cx = fx_table_context(table);
    if (fx_error(cx) || !data_dtype(cx, "fx_data_from_table", dtype)) return NULL;
    const int64_t columns = fx_table_columns(table), outputs = target != NULL;
    if (n < 0 || n > columns || (n > 0 && !names) || columns - outputs < 1) {
        fx_fail(cx, FX_ERR_ARGUMENT,
                "fx_data_from_table: %lld features%s of a table with %lld columns%s", (long long)n,
                n > 0 && !names ? ", named by NULL," : "", (long long)columns,
                outputs ? ", one of them the target" : "");
        return NULL;
    }
    data_choice choice = {table, cx, n ? n : columns - outputs, outputs, NULL};
    choice.columns = fx_new(cx, (size_t)(choice.inputs + 1) * sizeof *choice.columns, NULL);
    if (!choice.columns) return NULL;
    fx_data *data =
        data_choose_all(&choice, target, n, names) ? data_of_choice(&choice, dtype) : NULL;
    fx_delete(choice.columns);
    return data;
}
