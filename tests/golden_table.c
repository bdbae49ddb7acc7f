/* SPDX-License-Identifier: MIT */
/* Reads the golden table. A line is cut into words in place; numbers are read by strtod, which the
 * tests may use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_calls.h"
#include "support.h"

enum { TABLE_TENSORS = 4096 };

struct golden_table {
    char *text, *rest; /* the file; what was not read yet */
    int line;
    fx_context *cx;
    golden_value *tensors[TABLE_TENSORS];
};

static void table_release(void *object) { free(((golden_table *)object)->text); }

golden_table *golden_open(fx_context *cx, const char *path) {
    golden_table *table = fx_new(cx, sizeof *table, table_release);
    FILE *file = fopen(path, "rb");
    CHECK_THAT(table && file, "%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    table->text = size > 0 ? malloc((size_t)size + 1) : NULL;
    const bool whole = table->text && fread(table->text, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    CHECK_THAT(whole, "%s cannot be read", path);
    table->text[size] = 0;
    table->rest = table->text;
    table->cx = cx;
    return table;
}

/* The next word of the rest of a line; NULL at its end. */
static char *table_word(char **rest) {
    char *word = *rest + strspn(*rest, " ");
    if (!*word) return NULL;
    char *end = word + strcspn(word, " ");
    *rest = *end ? end + 1 : end;
    *end = 0;
    return word;
}

static fx_dtype table_dtype(const golden_table *table, const char *word) {
    for (int d = FX_F32; d <= FX_BOOL; d++) {
        const char *name = fx_dtype_name((fx_dtype)d);
        if (strncmp(word, name, strlen(name)) == 0 && word[strlen(name)] == '[') return (fx_dtype)d;
    }
    test_fail(__FILE__, __LINE__, "line %d: '%s' is no dtype", table->line, word);
}

/* What the word says, as "f64[2,3]", and the numbers after it: 1.5, or 1.5*4 for four of them. */
static void table_value(const golden_table *table, char *word, char **rest, golden_value *value) {
    value->dtype = table_dtype(table, word);
    value->shape = fx_shape0();
    value->n = 1;
    for (char *p = strchr(word, '[') + 1; *p && *p != ']'; p += *p == ',') {
        CHECK(value->shape.rank < FX_MAX_RANK);
        value->shape.dims[value->shape.rank] = strtol(p, &p, 10);
        value->n *= value->shape.dims[value->shape.rank++];
    }
    CHECK_THAT(value->n <= GOLDEN_ELEMENTS, "line %d: too many elements", table->line);
    for (int64_t i = 0; i < value->n;) {
        char *end = table_word(rest);
        CHECK_THAT(end && *end != '=', "line %d: %lld values are missing", table->line,
                   (long long)(value->n - i));
        const double v = strtod(end, &end);
        const long times = *end == '*' ? strtol(end + 1, &end, 10) : 1;
        CHECK_THAT(!*end && times > 0 && i + times <= value->n, "line %d: '%s'", table->line, end);
        for (long k = 0; k < times; k++) value->v[i++] = v;
    }
}

/* A line that defines a tensor: t12 = f64[2,3] 1 2 3 4 5 6. */
static void table_define(golden_table *table, const char *name, char *rest) {
    const long at = strtol(name + 1, NULL, 10);
    char *equals = table_word(&rest), *word = table_word(&rest);
    CHECK_THAT(at >= 0 && at < TABLE_TENSORS && equals && word, "line %d: no tensor", table->line);
    golden_value *value = fx_new(table->cx, sizeof *value, NULL);
    CHECK(value);
    table_value(table, word, &rest, value);
    table->tensors[at] = value;
}

static void table_attr(char *word, golden_attr *attr) {
    attr->text = word;
    attr->n = 0;
    for (char *p = word, *end; attr->n < GOLDEN_LIST; p = end + 1) {
        attr->v[attr->n] = strtod(p, &end);
        if (end == p) return;
        attr->n++;
        if (*end != ',') return;
    }
}

static golden_operand table_operand(const golden_table *table, const char *word) {
    golden_operand operand = {NULL, 0, strcmp(word, "none") == 0};
    if (operand.none) return operand;
    const long at = strtol(word + 1, NULL, 10);
    if (*word == '#') {
        operand.number = strtod(word + 1, NULL);
        return operand;
    }
    CHECK_THAT(*word == 't' && at >= 0 && at < TABLE_TENSORS && table->tensors[at],
               "line %d: operand '%s'", table->line, word);
    operand.value = table->tensors[at];
    return operand;
}

static void table_results(const golden_table *table, char *rest, golden_line *line) {
    for (char *word; (word = table_word(&rest));) {
        if (*word == '=') continue;
        CHECK_THAT(line->results < GOLDEN_LIST, "line %d: too many results", table->line);
        line->refused = line->refused || strcmp(word, "refused") == 0;
        line->wanted[line->results] = *word != '-' && !line->refused;
        if (line->wanted[line->results])
            table_value(table, word, &rest, &line->result[line->results]);
        line->results++;
    }
}

/* op attr.. : operand.. = result.. */
static void table_call(const golden_table *table, char *word, char *rest, golden_line *line) {
    line->number = table->line;
    line->attrs = line->operands = line->results = 0;
    line->refused = false;
    line->differs = *word == '!' ? word + 1 : NULL;
    line->op = line->differs ? table_word(&rest) : word;
    CHECK_THAT(line->op, "line %d: no op", table->line);
    char *suffix = strchr(line->op, ':');
    line->grad = suffix != NULL;
    if (suffix) *suffix = 0;
    while ((word = table_word(&rest)) && *word != ':') {
        CHECK(line->attrs < GOLDEN_LIST);
        table_attr(word, &line->attr[line->attrs++]);
    }
    while (word && (word = table_word(&rest)) && *word != '=') {
        CHECK(line->operands < GOLDEN_LIST);
        line->operand[line->operands++] = table_operand(table, word);
    }
    CHECK_THAT(word, "line %d: no result", table->line);
    table_results(table, rest, line);
}

bool golden_next(golden_table *table, golden_line *line) {
    while (*table->rest) {
        char *rest = table->rest, *end = strchr(rest, '\n');
        table->rest = end ? end + 1 : rest + strlen(rest);
        if (end) *end = 0;
        table->line++;
        char *word = table_word(&rest);
        if (!word || *word == '#') continue;
        if (*word == 't' && word[1] >= '0' && word[1] <= '9') {
            table_define(table, word, rest);
            continue;
        }
        table_call(table, word, rest, line);
        return true;
    }
    return false;
}
