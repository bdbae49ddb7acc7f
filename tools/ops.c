/* SPDX-License-Identifier: MIT */
/* fluxion ops: the built-in ops as a table. */
#include <string.h>

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

/* To which order the tests check the derivatives: all that there are, to the second. A composition
 * has those of its parts. */
static int ops_order(const fx_op *op) {
    return op->vjp || (ops_composed(op) && *ops_formula(op).derivatives) ? 2 : 0;
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

static void ops_table(void) {
    int name = ops_width(false), operands = ops_width(true);
    printf("%-*s  %-*s  order  made of  value;  derivatives\n", name, "name", operands, "operands");
    for (int i = 0; i < fx_ops_count(); i++) {
        const fx_op *op = fx_ops_at(i);
        printf("%-*s  %-*s  %-5s  %-7s  %s\n", name, op->name, operands, op->operands,
               ops_order(op) ? "2" : "-", ops_composed(op) ? "ops" : "kernel",
               op->formula ? op->formula : "");
    }
}

static void ops_one(const fx_op *op) {
    formula f = ops_formula(op);
    printf("%s\n  operands     %s\n  value        %.*s\n", op->name, op->operands, f.n, f.value);
    printf("  derivatives  %s\n  order        %s\n  made of      %s\n",
           *f.derivatives ? f.derivatives : "-", ops_order(op) ? "2" : "-",
           ops_composed(op) ? "other ops" : "a kernel of its own");
}

static void ops_json(json *j, const fx_op *op) {
    formula f = ops_formula(op);
    char value[512];
    snprintf(value, sizeof value, "%.*s", f.n, f.value);
    json_begin(j, '{');
    json_key(j, "name"), json_text(j, op->name);
    json_key(j, "operands"), json_text(j, op->operands);
    json_key(j, "value"), json_text(j, value);
    json_key(j, "derivatives"), json_text(j, *f.derivatives ? f.derivatives : NULL);
    json_key(j, "composition"), json_bool(j, ops_composed(op));
    json_key(j, "order_checked");
    if (ops_order(op))
        json_whole(j, ops_order(op));
    else
        json_text(j, NULL);
    json_end(j, '}');
}

static void ops_all(void) {
    json j = {stdout, false, 0};
    if (!given.json) {
        ops_table();
        return;
    }
    json_begin(&j, '[');
    for (int i = 0; i < fx_ops_count(); i++) ops_json(&j, fx_ops_at(i));
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
    .summary = "Lists the built-in ops with their formulas and derivatives",
    .operands = "[NAME]",
    .examples = "fluxion ops\nfluxion ops matmul\nfluxion ops --json\n",
    .min = 0,
    .max = 1,
    .options = ops_options,
    .run = ops_run,
};
