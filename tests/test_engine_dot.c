/* SPDX-License-Identifier: MIT */
/* Pictures: what is drawn, how, and that Graphviz takes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/fluxion.h"
#include "support.h"

enum { DOT_BYTES = 16384 };

/* The 13-10-1 network with its loss. */
static fx_tensor dot_network(fx_context *cx) {
    static const float zeros[32 * 13] = {0};
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F32, 0);
    const fx_init init = fx_constant(0);
    const fx_tensor x = fx_name(fx_input_f32(g, fx_shape2(32, 13), zeros), "x");
    const fx_tensor target = fx_name(fx_input_f32(g, fx_shape2(32, 1), zeros), "y");
    fx_scope_begin(g, "hidden 1");
    fx_tensor h = fx_linear(x, fx_param(p, "0.weight", fx_shape2(10, 13), init),
                            fx_param(p, "0.bias", fx_shape1(10), init));
    h = fx_relu(h);
    fx_scope_end(g);
    fx_scope_begin(g, "output");
    h = fx_linear(h, fx_param(p, "2.weight", fx_shape2(1, 10), init),
                  fx_param(p, "2.bias", fx_shape1(1), init));
    fx_scope_end(g);
    return fx_name(fx_mse_loss(h, target), "loss");
}

/* The line of the node whose label begins so; "" if there is none. Lives until the next call. */
static const char *dot_line(const char *dot, const char *label) {
    static char line[1024];
    char begin[256];
    snprintf(begin, sizeof begin, "label=\"%s", label);
    line[0] = '\0';
    const char *at = strstr(dot, begin);
    if (!at) return line;
    while (at > dot && at[-1] != '\n') at--;
    while (*at == ' ') at++;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

static int dot_count(const char *dot, const char *word) {
    int n = 0;
    while ((dot = strstr(dot, word))) n++, dot++;
    return n;
}

static const char *dot_of(fx_tensor t, const fx_dot_options *o, char *out) {
    const size_t n = fx_graph_dot(t, o, out, DOT_BYTES);
    CHECK(n > 0 && n < DOT_BYTES && strlen(out) == n);
    return out;
}

FX_TEST(dot, a_network_is_drawn_to_be_understood) {
    char dot[DOT_BYTES];
    fx_dot_options o = fx_dot_defaults();
    o.title = "13-10-1";
    dot_of(dot_network(test_context()), &o, dot);
    CHECK(strncmp(dot, "digraph fluxion {", 17) == 0 && strstr(dot, "label=\"13-10-1\""));
    const struct {
        const char *label, *shape, *fill;
    } looks[] = {
        {"x\\n(input)", "shape=parallelogram", "#eceff1"},
        {"0.weight\\n(parameter)", "shape=box", "#bbdefb"},
        {"relu\"", "shape=ellipse", "#fff9c4"},
        {"loss =\\nmse_loss\"", "shape=hexagon", "#ffcc80"},
    };
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        const char *line = dot_line(dot, looks[i].label);
        CHECK_THAT(strstr(line, looks[i].shape) && strstr(line, looks[i].fill), "%s: %s",
                   looks[i].label, line);
    }
    CHECK_TEXT(dot_line(dot, " [32, 13] "), "n0 -> n4 [label=\" [32, 13] \"];");
    CHECK_TEXT(dot_line(dot, " [1, 10] "), "n6 -> n8 [label=\" [1, 10] \"];");
    CHECK(dot_count(dot, "->") == 9 && dot_count(dot, "label=\" [32, 10] \"") == 2);
    const char *hidden = strstr(dot, "label=\"hidden 1\""), *output = strstr(dot, "\"output\"");
    CHECK(hidden && output && hidden < strstr(dot, "0.bias") && strstr(dot, "0.bias") < output);
    CHECK(output < strstr(dot, "2.bias") && dot_count(dot, "subgraph cluster_") == 2);
}

FX_TEST(dot, the_same_network_gives_the_same_bytes) {
    char once[DOT_BYTES], twice[DOT_BYTES];
    dot_of(dot_network(test_context()), NULL, once);
    fx_context *cx = test_context();
    fx_f64(fx_graph_new(cx), 1); /* other addresses */
    dot_of(dot_network(cx), NULL, twice);
    CHECK_TEXT(once, twice);
}

FX_TEST(dot, every_kind_of_leaf_has_its_word) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(2));
    const fx_tensor ice = fx_param(p, "ice", fx_shape0(), fx_constant(3));
    const fx_tensor mean = fx_buffer(p, "mean", fx_shape0(), fx_constant(4));
    CHECK(fx_freeze(p, "ice", true) == FX_OK);
    fx_tensor y = fx_mul(fx_mul(fx_detach(fx_f64(g, 5)), w), fx_mul(fx_use(g, ice), mean));
    y = fx_dropout(fx_mul(y, fx_num(0.25)), 0.5);
    char dot[DOT_BYTES];
    fx_dot_options o = fx_dot_defaults();
    o.values = true;
    dot_of(y, &o, dot);
    const char *const labels[] = {"constant\\n= 5\"",       "w\\n(parameter)\\n= 2\"",
                                  "ice\\n(frozen)\\n= 3\"", "mean\\n(buffer)\\n= 4\"",
                                  "random draw\"",          "0.25\"",
                                  "mul\\n= 120\"",          "dropout\\np 0.5\\n= "};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        CHECK_THAT(dot_line(dot, labels[i])[0], "%s\n%s", labels[i], dot);
    CHECK(strstr(dot_line(dot, "dropout"), "#c8e6c9")); /* the result */
    CHECK(dot_count(dot, "label=\" scalar \"") == 8);   /* numbers say themselves what they are */
}

FX_TEST(dot, attributes_stand_in_the_node) {
    fx_context *cx = test_context();
    const double data[] = {1, 2, 3};
    const fx_tensor x = fx_input_f64(fx_graph_new(cx), fx_shape1(3), data);
    char dot[DOT_BYTES];
    dot_of(fx_concat(2, (fx_tensor[]){x, x}, 0), NULL, dot);
    CHECK_THAT(dot_line(dot, "concat\\naxis 0\"")[0], "%s", dot);
    dot_of(fx_sum_axes(x, fx_axes1(0), true), NULL, dot);
    CHECK_THAT(dot_line(dot, "sum\\naxes [0]\\nkeep yes\"")[0], "%s", dot);
    dot_of(fx_slice(x, 0, 1, FX_ALL, 1), NULL, dot);
    CHECK_THAT(dot_line(dot, "slice\\naxis 0\\nstart 1\\nstop all\\nstep 1\"")[0], "%s", dot);
    dot_of(fx_mse_loss_as(x, x, FX_REDUCE_SUM), NULL, dot);
    CHECK_THAT(dot_line(dot, "mse_loss\\nreduction 1\"")[0], "%s", dot);
}

static void two_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = y[1] = x[0];
}

static const fx_op two_op = {.version = FX_OP_VERSION,
                             .name = "two",
                             .operands = "x",
                             .min = 1,
                             .max = 1,
                             .results = 2,
                             .map = two_map};

FX_TEST(dot, an_op_with_two_results_is_one_node) {
    fx_context *cx = test_context();
    const fx_tensor x = fx_f64(fx_graph_new(cx), 1);
    fx_tensor y[2];
    CHECK(fx_apply_all(&two_op, NULL, 1, &x, y) == FX_OK);
    char dot[DOT_BYTES];
    dot_of(fx_add(y[1], y[0]), NULL, dot);
    CHECK(dot_count(dot, "label=\"two\"") == 1);
    CHECK_TEXT(dot_line(dot, " result 0"), "n1 -> n3 [label=\" result 0: scalar \"];");
    CHECK_TEXT(dot_line(dot, " result 1"), "n1 -> n3 [label=\" result 1: scalar \"];");
    dot_of(y[1], NULL, dot);
    CHECK(dot_count(dot, "label=\"two\"") == 1 && dot_count(dot, "n0 -> n1") == 1);
}

FX_TEST(dot, boxes_without_content_are_not_drawn) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_f64(g, 1);
    fx_scope_begin(g, "empty");
    fx_scope_begin(g, "aside");
    fx_mul(x, x);
    fx_scope_end(g);
    fx_scope_end(g);
    fx_scope_begin(g, "around");
    fx_scope_begin(g, "inside");
    const fx_tensor y = fx_mul(x, x);
    fx_scope_end(g);
    fx_scope_end(g);
    char dot[DOT_BYTES];
    dot_of(y, NULL, dot);
    CHECK(!strstr(dot, "empty") && !strstr(dot, "aside"));
    CHECK(strstr(dot, "around") && strstr(dot, "around") < strstr(dot, "inside"));
    CHECK(dot_count(dot, "{") == dot_count(dot, "}"));
}

/* Whatever a name is made of, it stays inside its quotes. */
static const struct {
    const char *name, *label;
} dot_names[] = {
    {"a \"b\" c", "a \\\"b\\\" c"},
    {"back\\slash\\", "back\\\\slash\\\\"},
    {"{record|field} <port>", "{record|field} <port>"},
    {"two\nlines", "two\\nlines"},
    {"tab\tand \x01 bell\x7f", "tab and   bell "},
    {"R&D &lt;", "R&amp;D &amp;lt;"},
    {"\xc3\xbc\xe2\x86\x92\xf0\x9f\x8e\xb2", "\xc3\xbc\xe2\x86\x92\xf0\x9f\x8e\xb2"},
    {"cut \xc3", "cut ?"},
    {"no \xff\xfe utf", "no ?? utf"},
};

static fx_tensor dot_named(fx_graph *g, const char *name) {
    const fx_tensor x = fx_name(fx_f64(g, 2), name);
    fx_scope_begin(g, name);
    const fx_tensor y = fx_name(fx_mul(x, x), name);
    fx_scope_end(g);
    return y;
}

FX_TEST(dot, names_may_be_anything) {
    fx_graph *g = fx_graph_new(test_context());
    for (size_t i = 0; i < sizeof dot_names / sizeof dot_names[0]; i++) {
        char dot[DOT_BYTES], label[128];
        fx_dot_options o = fx_dot_defaults();
        o.title = dot_names[i].name;
        dot_of(dot_named(g, dot_names[i].name), &o, dot);
        snprintf(label, sizeof label, "label=\"%s", dot_names[i].label);
        CHECK_THAT(dot_count(dot, label) == 4, "%s\n%s", label, dot);
    }
}

/* Where Graphviz is installed, it must take all of them and draw every label. */
FX_TEST(dot, graphviz_takes_every_picture) {
    if (system("command -v dot >/dev/null 2>&1") != 0) return;
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const char *path = test_file();
    char command[256];
    snprintf(command, sizeof command, "test -z \"$(dot -Tcanon %s 2>&1 >/dev/null)\"", path);
    for (size_t i = 0; i <= sizeof dot_names / sizeof dot_names[0]; i++) {
        const bool last = i == sizeof dot_names / sizeof dot_names[0];
        const fx_tensor y = last ? dot_network(cx) : dot_named(g, dot_names[i].name);
        CHECK(fx_graph_write_dot(y, NULL, path) == FX_OK);
        const int status = system(command);
        CHECK_THAT(status == 0, "dot does not take picture %zu", i);
    }
}
