/* SPDX-License-Identifier: MIT */
/* fluxion, the command-line tool: finds the command, reads its options, runs it, and turns the
 * first error of the context into one line and an exit code. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tool.h"

static const command *const commands[] = {&command_train, &command_predict, &command_evaluate,
                                          &command_graph, &command_info,    &command_ops};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help_all(FILE *to) {
    fputs("fluxion train data/boston.csv --target medv -o boston.safetensors\n"
          "fluxion predict boston.safetensors data/boston.csv\n"
          "\nCommands (fluxion COMMAND --help tells more):\n",
          to);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nResults go to standard output, all else to standard error. Exit codes: 0 done,\n"
          "1 failed, 2 wrong command line, 3 training diverged, 130 stopped by Ctrl-C.\n",
          to);
}

static void help_command(const command *c) {
    printf("%s\nfluxion %s [OPTION...] %s\n%s.\n\n", c->examples, c->name, c->operands, c->summary);
    options_describe(stdout, c->options);
}

static const command *command_find(const char *name) {
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static int command_unknown(const char *word) {
    const char *names[COMMANDS + 2] = {"--help", "--version"};
    for (int i = 0; i < COMMANDS; i++) names[i + 2] = commands[i]->name;
    const char *near = fx_nearest(word, COMMANDS + 2, names);
    if (near)
        say("no command '%s'; did you mean %s?", word, near);
    else
        say("no command '%s' (fluxion --help lists them)", word);
    return TOOL_MISUSED;
}

static int command_run(const command *c, fx_context *cx, int argc, char **argv) {
    int n = options_parse(cx, c->name, c->options, argc, argv);
    if (n < 0) return TOOL_MISUSED;
    if (n >= c->min && n <= c->max) return c->run(cx, n, argv);
    if (n < c->min)
        fx_fail(cx, FX_ERR_ARGUMENT, "%s: needs %s (fluxion %s --help)", c->name, c->operands,
                c->name);
    else
        fx_fail(cx, FX_ERR_ARGUMENT, "%s: '%s' is one word too many (fluxion %s --help)", c->name,
                argv[c->max], c->name);
    return TOOL_MISUSED;
}

static int command_report(const command *c, int argc, char **argv) {
    fx_context *cx = fx_context_new(NULL);
    int code = cx ? command_run(c, cx, argc, argv) : TOOL_FAILED;
    if (fx_error(cx) != FX_OK) {
        say("%s", fx_error_text(cx));
        if (code == TOOL_OK) code = TOOL_FAILED;
    }
    fx_context_free(cx);
    return code;
}

static int run(int argc, char **argv) {
    if (argc < 2) return help_all(stderr), TOOL_MISUSED;
    bool help = strcmp(argv[1], "help") == 0;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (help && argc == 2))
        return help_all(stdout), TOOL_OK;
    if (strcmp(argv[1], "--version") == 0) return printf("fluxion %s\n", fx_version()), TOOL_OK;
    const command *found = command_find(argv[1 + help]);
    if (!found) return command_unknown(argv[1 + help]);
    if (help || options_help(argc - 2, argv + 2)) return help_command(found), TOOL_OK;
    return command_report(found, argc - 2, argv + 2);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_DFL); /* a reader that has left ends the tool, without a word */
    int code = run(argc, argv);
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    say(errno ? "cannot write standard output: %s" : "cannot write standard output",
        strerror(errno));
    return code == TOOL_OK ? TOOL_FAILED : code;
}
