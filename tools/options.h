/* SPDX-License-Identifier: MIT */
/* The options of a command as one table, from which all else follows: parsing, the help text, what
 * was probably meant by a misspelled one, and the command line that repeats a run. */
#ifndef FLUXION_TOOLS_OPTIONS_H
#define FLUXION_TOOLS_OPTIONS_H

#include <stdio.h>

#include "fluxion/fluxion.h"

enum { OPTION_ROOM = 40 };

/* How values of a kind are read and shown. */
typedef struct option_type {
    const char *wants; /* "a number above 0"; NULL: the option is a flag and takes no value */
    bool (*read)(const char *text, void *value); /* false if text is not what it wants */
    /* The i-th value given, from 0, as text of its own or in room; NULL: there is none. */
    const char *(*show)(const void *value, int i, char room[OPTION_ROOM]);
} option_type;

extern const option_type option_flag;       /* bool */
extern const option_type option_text;       /* const char * */
extern const option_type option_list;       /* text_list: each use adds one */
extern const option_type option_count;      /* int64_t, from 1 */
extern const option_type option_batch;      /* the same, or FX_FULL_BATCH */
extern const option_type option_seed;       /* uint64_t */
extern const option_type option_split_seed; /* uint32_t */
extern const option_type option_positive;   /* double > 0 */
extern const option_type option_weight;     /* double >= 0 */
extern const option_type option_momentum;   /* double in [0, 1) */
extern const option_type option_fraction;   /* double in (0, 1); 0: not given */
extern const option_type option_dtype;      /* fx_dtype */
extern const option_type option_missing;    /* fx_missing */
extern const option_type option_separator;  /* char; 0: not given */

typedef struct text_list {
    int n;
    const char **at;
} text_list;

/* One option. The table ends with a row whose name is NULL. */
typedef struct option {
    const char *name;
    char letter; /* 0: none */
    const option_type *type;
    void *value;       /* where it goes; what stands there before is the default */
    const char *shape; /* of the value in the help: "FILE"; NULL for a flag */
    const char *help;
    bool aside; /* says how to report, not what to compute */
} option;

/* options_parse
 * Reads the options of a command line wherever they stand, and moves the operands to the front.
 *
 *   command   its name, for messages
 *   ->        how many operands; -1 after an error
 */
int options_parse(fx_context *cx, const char *command, const option *options, int n, char **words);

/* options_help
 * Whether the words ask for help. */
bool options_help(int n, char **words);

/* options_describe
 * A line of help for each option, with its default. */
void options_describe(FILE *to, const option *options);

/* options_line
 * The command line that gives the same result: all values but those set aside.
 *
 *   ->   to be freed; NULL after an error
 */
char *options_line(fx_context *cx, const char *command, const char *operand, const option *options);

#endif
