/* SPDX-License-Identifier: MIT */
/* Command lines from a table of options: --name VALUE, --name=VALUE, -x VALUE, -xVALUE, in any
 * place; after -- all words are operands. No abbreviations: a script that uses one breaks when an
 * option is added. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

static bool misused(fx_context *cx, const char *command, const char *about, const char *what) {
    fx_fail(cx, FX_ERR_ARGUMENT, "%s: %s%s (fluxion %s --help)", command, about, what, command);
    return false;
}

static const option *options_find(const option *options, const char *name, size_t n) {
    for (; options->name; options++)
        if (strlen(options->name) == n && memcmp(options->name, name, n) == 0) return options;
    return NULL;
}

static const option *options_find_letter(const option *options, char letter) {
    for (; options->name; options++)
        if (options->letter == letter) return options;
    return NULL;
}

static const char *options_nearest(const option *options, const char *word) {
    const char *names[64] = {"help"};
    int n = 1;
    for (; options->name && n < 64; options++) names[n++] = options->name;
    return fx_nearest(word, n, names);
}

static void options_unknown(fx_context *cx, const char *command, const option *options,
                            const char *word) {
    char name[64] = "";
    if (word[1] == '-') snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *near = options_nearest(options, name);
    if (near)
        fx_fail(cx, FX_ERR_ARGUMENT, "%s: no option %s; did you mean --%s?", command, word, near);
    else
        fx_fail(cx, FX_ERR_ARGUMENT, "%s: no option %s (fluxion %s --help)", command, word,
                command);
}

/* What a word says: its option, and the value if it stands in the same word. */
static const option *option_of(const option *options, char *word, const char **value) {
    *value = NULL;
    if (word[1] != '-') {
        if (word[2]) *value = word + 2;
        return options_find_letter(options, word[1]);
    }
    size_t n = strcspn(word + 2, "=");
    if (word[2 + n]) *value = word + 3 + n;
    return options_find(options, word + 2, n);
}

/* Takes the option that begins at *i, and its value with it. */
static bool option_take(fx_context *cx, const char *command, const option *options, int n,
                        char **words, int *i) {
    char *word = words[*i];
    const char *value;
    const option *found = option_of(options, word, &value);
    if (!found) return options_unknown(cx, command, options, word), false;
    if (!found->type->wants) {
        if (value) return misused(cx, command, word, ": this option takes no value");
        return found->type->read("", found->value);
    }
    if (!value && *i + 1 == n) return misused(cx, command, word, " needs a value");
    if (!value) value = words[++*i];
    if (found->type->read(value, found->value)) return true;
    fx_fail(cx, FX_ERR_ARGUMENT, "%s: --%s takes %s, not '%s'", command, found->name,
            found->type->wants, value);
    return false;
}

int options_parse(fx_context *cx, const char *command, const option *options, int n, char **words) {
    int operands = 0;
    bool all = false;
    for (int i = 0; i < n; i++) {
        if (!all && strcmp(words[i], "--") == 0)
            all = true;
        else if (all || words[i][0] != '-' || !words[i][1])
            words[operands++] = words[i];
        else if (!option_take(cx, command, options, n, words, &i))
            return -1;
    }
    return operands;
}

bool options_help(int n, char **words) {
    for (int i = 0; i < n && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) return true;
    return false;
}

void options_describe(FILE *to, const option *options) {
    for (; options->name; options++) {
        char room[OPTION_ROOM], names[80];
        if (options->letter)
            snprintf(names, sizeof names, "-%c, --%s", options->letter, options->name);
        else
            snprintf(names, sizeof names, "    --%s", options->name);
        if (options->shape) {
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, " %s", options->shape);
        }
        const char *preset = options->type->show(options->value, 0, room);
        fprintf(to, "  %-26s %s", names, options->help);
        fprintf(to, preset ? " (default %s)\n" : "\n", preset);
    }
    fprintf(to, "  -h, --help                 this text\n");
}

/* A word as a shell reads it back. */
static void line_word(FILE *to, const char *word) {
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        fprintf(to, " %s", word);
        return;
    }
    fputs(" '", to);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", to);
        else
            fputc(*word, to);
    }
    fputc('\'', to);
}

static void line_option(FILE *to, const option *o) {
    char room[OPTION_ROOM];
    const char *text;
    for (int i = 0; (text = o->type->show(o->value, i, room)); i++) {
        fprintf(to, " --%s", o->name);
        if (o->type->wants) line_word(to, text);
    }
}

char *options_line(fx_context *cx, const char *command, const char *operand,
                   const option *options) {
    char *line = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&line, &size);
    if (to) {
        fprintf(to, "fluxion %s", command);
        line_word(to, operand);
        for (; options->name; options++)
            if (!options->aside) line_option(to, options);
        if (fclose(to) == 0) return line;
    }
    free(line);
    fx_fail(cx, FX_ERR_MEMORY, "%s: no memory for the line that repeats this run", command);
    return NULL;
}
