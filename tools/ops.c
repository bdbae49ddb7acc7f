/* SPDX-License-Identifier: MIT */
/* fluxion ops: the built-in ops as a table, or all about one of them. */
#include <math.h>
#include <string.h>

#include "manual.h"
#include "tool.h"

static struct { bool json; } given;

static const option ops_options[] = {
    {"json", 0, &option_flag, &given.json, NULL, "a list of objects; of one op: an object", true},
    {NULL, 0, NULL, NULL, NULL, NULL, false}};

/* "value;  derivatives", cut in two. */
typedef struct formula {
    int n; /* of the value */
    const char *value, *derivatives;
} formula;

static formula ops_formula(const fx_op *op) {
    const char *text = op->formula ? op->formula : "";
    formula f = {(int)strcspn(text, ";"), text, ""};
    if (text[f.n]) f.derivatives = text + f.n + 1 + strspn(text + f.n + 1, " ");
    return f;
}

static bool ops_composed(const fx_op *op) {
    return !op->infer && !op->kernel && !op->row[0] && !op->map;
}

/* Ops that users call come first, then those that only rules use. */
static const fx_op *ops_next(int *i, bool *for_rules) {
    while (true) {
        const fx_op *op = fx_ops_at((*i)++);
        if (op && !manual_find(op->name)->calls == *for_rules) return op;
        if (op) continue;
        if (*for_rules) return NULL;
        *for_rules = true, *i = 0;
    }
}

static int ops_width(bool operands) {
    size_t width = 0;
    for (int i = 0; i < fx_ops_count(); i++) {
        const fx_op *op = fx_ops_at(i);
        size_t n = strlen(operands ? op->operands : op->name);
        if (n > width) width = n;
    }
    return (int)width;
}

static const char *ops_made(const fx_op *op) {
    if (ops_composed(op)) return "ops";
    return op->vjp ? "rule" : "kernel";
}

static void ops_order(const fx_op *op, char out[16]) {
    const int order = manual_find(op->name)->order;
    snprintf(out, 16, order ? "%d" : "-", order);
}

static void ops_table(void) {
    int name = ops_width(false), operands = ops_width(true), i = 0;
    bool for_rules = false, before = false;
    printf("%-*s  %-*s  order  made of  value;  derivatives\n", name, "name", operands, "operands");
    for (const fx_op *op; (op = ops_next(&i, &for_rules)); before = for_rules) {
        char order[16];
        ops_order(op, order);
        if (for_rules && !before) puts("\nonly rules use:");
        printf("%-*s  %-*s  %-5s  %-7s  %s\n", name, op->name, operands, op->operands, order,
               ops_made(op), op->formula ? op->formula : "");
    }
}

/* The first line stands behind a word, the others below it. */
static void ops_lines(const char *word, const char *text) {
    printf("  %-11s  ", word);
    for (; *text; text++) {
        putchar(*text);
        if (*text == '\n') printf("%*s", 15, "");
    }
    putchar('\n');
}

static void ops_error(const manual_entry *entry, int i) {
    static const char *const words[] = {"value f64 ", ", f32 ", "; gradient f64 ", ", f32 "};
    printf(entry->errors[i] < 0 ? "%s-" : "%s%.2f", words[i], entry->errors[i]);
}

static void ops_errors(const manual_entry *entry) {
    printf("  errors       ");
    for (int i = 0; i < 4; i++) ops_error(entry, i);
    puts(strcmp(entry->unit, "terms") ? " (ulp)" : " (ulp; of values: of the sum of terms)");
}

static void ops_one(const fx_op *op) {
    static const char *const made[] = {"a kernel of its own", "a kernel and a rule of its own",
                                       "other ops"};
    const formula f = ops_formula(op);
    const manual_entry *entry = manual_find(op->name);
    char order[16];
    ops_order(op, order);
    puts(op->name);
    ops_lines("call", entry->calls ? entry->calls : "- (only rules use it)");
    printf("  operands     %s\n  value        %.*s\n", op->operands, f.n, f.value);
    printf("  derivatives  %s\n  order        %s\n  made of      %s\n",
           *f.derivatives ? f.derivatives : "-", order,
           made[ops_composed(op) ? 2 : op->vjp != NULL]);
    ops_errors(entry);
    for (int i = 0; manual_text(entry, i); i++) printf("\n%s", manual_text(entry, i));
}

static void ops_json_errors(json *j, const manual_entry *entry) {
    static const char *const keys[] = {"value_f64", "value_f32", "gradient_f64", "gradient_f32"};
    json_begin(j, '{');
    for (int i = 0; i < 4; i++) {
        json_key(j, keys[i]);
        json_number(j, entry->errors[i] < 0 ? (double)NAN : entry->errors[i]);
    }
    json_key(j, "unit"), json_text(j, entry->unit);
    json_end(j, '}');
}

static void ops_json(json *j, const fx_op *op) {
    const formula f = ops_formula(op);
    const manual_entry *entry = manual_find(op->name);
    char value[512];
    snprintf(value, sizeof value, "%.*s", f.n, f.value);
    json_begin(j, '{');
    json_key(j, "name"), json_text(j, op->name);
    json_key(j, "call"), json_text(j, entry->calls);
    json_key(j, "operands"), json_text(j, op->operands);
    json_key(j, "value"), json_text(j, value);
    json_key(j, "derivatives"), json_text(j, *f.derivatives ? f.derivatives : NULL);
    json_key(j, "composition"), json_bool(j, ops_composed(op));
    json_key(j, "rule"), json_bool(j, op->vjp != NULL);
    json_key(j, "order_checked");
    if (entry->order)
        json_whole(j, entry->order);
    else
        json_text(j, NULL);
    json_key(j, "errors"), ops_json_errors(j, entry);
    json_key(j, "texts"), json_begin(j, '[');
    for (int i = 0; manual_text(entry, i); i++) json_text(j, manual_text(entry, i));
    json_end(j, ']');
    json_end(j, '}');
}

static void ops_all(void) {
    json j = {stdout, false, 0};
    int i = 0;
    bool for_rules = false;
    if (!given.json) {
        ops_table();
        return;
    }
    json_begin(&j, '[');
    for (const fx_op *op; (op = ops_next(&i, &for_rules));) ops_json(&j, op);
    json_end(&j, ']');
}

static int ops_unknown(fx_context *cx, const char *word) {
    const char *names[512];
    int n = fx_ops_count() < 512 ? fx_ops_count() : 512;
    for (int i = 0; i < n; i++) names[i] = fx_ops_at(i)->name;
    const char *near = fx_nearest(word, n, names);
    if (near)
        fx_fail(cx, FX_ERR_ARGUMENT, "ops: no op '%s'; did you mean %s?", word, near);
    else
        fx_fail(cx, FX_ERR_ARGUMENT, "ops: no op '%s' (fluxion ops lists them)", word);
    return TOOL_MISUSED;
}

static int ops_run(fx_context *cx, int n, char **operands) {
    if (n == 0) return ops_all(), TOOL_OK;
    const fx_op *op = fx_ops_find(operands[0]);
    if (!op) op = fx_ops_find(manual_op(operands[0]));
    if (!op) return ops_unknown(cx, operands[0]);
    json j = {stdout, false, 0};
    if (given.json)
        ops_json(&j, op);
    else
        ops_one(op);
    return TOOL_OK;
}

const command command_ops = {
    .name = "ops",
    .summary = "Lists the built-in ops, or says all of one: call, formula, derivatives, errors",
    .operands = "[NAME]",
    .examples = "fluxion ops\nfluxion ops matmul\nfluxion ops --json\n",
    .min = 0,
    .max = 1,
    .options = ops_options,
    .run = ops_run,
};
