/* SPDX-License-Identifier: MIT */
/* fluxion graph: the picture of a network's loss for a batch of 32 rows, as a Graphviz digraph, or
 * as SVG by Graphviz's dot, which is run without a shell. */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tool.h"

enum { GRAPH_ROWS = 32 };

extern char **environ;

static struct { const char *layers, *activation, *output, *svg; } given;

static const option graph_options[] = {
    {"layers", 0, &option_text, &given.layers, "SIZES", "of a new network (default 13-10-1)",
     false},
    {"activation", 0, &option_text, &given.activation, "WORD",
     "of a new network: relu, tanh, gelu, ..., linear (default relu)", false},
    {"output", 'o', &option_text, &given.output, "FILE.dot", "write there instead of printing",
     true},
    {"svg", 0, &option_text, &given.svg, "FILE.svg", "draw the picture (needs Graphviz)", true},
    {NULL, 0, NULL, NULL, NULL, NULL, false}};

static fx_model graph_model(fx_context *cx, const char *path) {
    if (path) return fx_model_load(cx, path);
    return fx_mlp(fx_params_new(cx, FX_F32, 0), given.layers ? given.layers : "13-10-1",
                  given.activation ? given.activation : "relu");
}

static fx_tensor graph_input(fx_graph *graph, fx_dtype dtype, int64_t columns, const char *name) {
    fx_shape shape = fx_shape2(GRAPH_ROWS, columns);
    size_t bytes = fx_dtype_size(dtype) * GRAPH_ROWS * (size_t)columns;
    const void *zeros = fx_new(fx_graph_context(graph), bytes, NULL);
    return fx_name(fx_input_view(graph, dtype, shape, NULL, zeros), name);
}

static fx_tensor graph_loss(fx_context *cx, const fx_model *model) {
    fx_graph *graph = fx_graph_new(cx);
    fx_dtype dtype = fx_params_dtype(model->params);
    fx_tensor x = graph_input(graph, dtype, model_inputs(model), "x");
    fx_tensor y = graph_input(graph, dtype, model_outputs(model), "y");
    return fx_mse_loss(model->forward(model->user, x), y);
}

/* The text in memory of the context; NULL after an error. */
static char *graph_text(fx_context *cx, const fx_model *model) {
    fx_tensor loss = graph_loss(cx, model);
    char title[200];
    snprintf(title, sizeof title, "%s %s", model->layers, model->activation);
    fx_dot_options options = fx_dot_defaults();
    options.title = title;
    size_t n = fx_graph_dot(loss, &options, NULL, 0);
    char *text = n ? fx_new(cx, n + 1, NULL) : NULL;
    if (text) fx_graph_dot(loss, &options, text, n + 1);
    return text;
}

/* ----------------------------------------------------------------------------------- drawing */

static bool graph_no_dot(fx_context *cx) {
    fx_fail(cx, FX_ERR_IO,
            "graph: --svg runs dot, which is not there; install Graphviz "
            "(Debian, Ubuntu: apt install graphviz), or draw the text that -o writes elsewhere");
    return false;
}

/* Runs `dot -Tsvg` from one file into another. */
static bool graph_spawn(fx_context *cx, int in, int out) {
    static char program[] = "dot", format[] = "-Tsvg";
    char *words[] = {program, format, NULL};
    pid_t child;
    posix_spawn_file_actions_t actions;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason == 0) {
        reason = posix_spawn_file_actions_adddup2(&actions, in, 0);
        if (reason == 0) reason = posix_spawn_file_actions_adddup2(&actions, out, 1);
        if (reason == 0) reason = posix_spawnp(&child, program, &actions, NULL, words, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (reason == ENOENT) return graph_no_dot(cx);
    if (reason) return fx_fail(cx, FX_ERR_IO, "cannot run dot: %s", strerror(reason)), false;
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return graph_no_dot(cx);
    return fx_fail(cx, FX_ERR_IO, "graph: dot failed and drew nothing"), false;
}

static bool graph_draw(fx_context *cx, const char *text) {
    sink out;
    if (!sink_open(&out, cx, given.svg)) return false;
    FILE *in = tmpfile();
    bool drawn = in && fputs(text, in) >= 0 && fflush(in) == 0 && fseek(in, 0, SEEK_SET) == 0;
    if (drawn)
        drawn = graph_spawn(cx, fileno(in), fileno(out.to));
    else
        fx_fail(cx, FX_ERR_IO, "cannot write a temporary file: %s", strerror(errno));
    if (in) fclose(in);
    if (!drawn) return sink_drop(&out), false;
    if (!sink_close(&out, cx)) return false;
    if (out.to != stdout) fprintf(stderr, "drew %s\n", given.svg);
    return true;
}

static bool graph_write(fx_context *cx, const char *text) {
    sink out;
    if (!sink_open(&out, cx, given.output)) return false;
    fputs(text, out.to);
    if (!sink_close(&out, cx)) return false;
    if (out.to != stdout) fprintf(stderr, "wrote %s\n", given.output);
    return true;
}

static int graph_run(fx_context *cx, int n, char **operands) {
    if (n && (given.layers || given.activation)) {
        fx_fail(cx, FX_ERR_ARGUMENT, "graph: %s has its own layers and activation", operands[0]);
        return TOOL_MISUSED;
    }
    fx_model model = graph_model(cx, n ? operands[0] : NULL);
    if (!model.params) return fx_error(cx) == FX_ERR_ARGUMENT ? TOOL_MISUSED : TOOL_FAILED;
    const char *text = graph_text(cx, &model);
    if (!text) return TOOL_FAILED;
    if (given.svg && !graph_draw(cx, text)) return TOOL_FAILED;
    if ((given.output || !given.svg) && !graph_write(cx, text)) return TOOL_FAILED;
    return TOOL_OK;
}

const command command_graph = {
    .name = "graph",
    .summary = "Draws the graph of a network's loss",
    .operands = "[MODEL]",
    .examples = "fluxion graph --layers 13-10-1 --svg boston.svg\n"
                "fluxion graph boston.safetensors -o boston.dot\n"
                "fluxion graph | dot -Tpng > network.png\n",
    .min = 0,
    .max = 1,
    .options = graph_options,
    .run = graph_run,
};
