/* SPDX-License-Identifier: MIT */
/* What the commands share: exit codes, the shape of a command, CSV files, data for a model, and
 * scores. */
#ifndef FLUXION_TOOLS_TOOL_H
#define FLUXION_TOOLS_TOOL_H

#include "options.h"
#include "output.h"

/* What the program ends with. */
enum {
    TOOL_OK = 0,
    TOOL_FAILED = 1,  /* at run time: a file, the data, memory */
    TOOL_MISUSED = 2, /* the command line */
    TOOL_DIVERGED = 3,
    TOOL_INTERRUPTED = 130,
};

/* A command. run gets the operands and gives back an exit code; what went wrong stands in the
 * context (fx_fail), and main prints it. */
typedef struct command {
    const char *name, *summary;
    const char *operands; /* as the help shows them: "FILE.csv" */
    const char *examples; /* lines, each with its line break */
    int min, max;         /* how many operands */
    const option *options;
    int (*run)(fx_context *cx, int n, char **operands);
} command;

extern const command command_train, command_predict, command_evaluate, command_graph, command_info,
    command_ops;

/* error_add
 * Puts a cure in words of the command line behind the error that stands. */
void error_add(fx_context *cx, const char *cure);

/* How a CSV file is to be read, the options that say so, and what helps if all of it seems to be
 * one column. */
typedef struct csv_given {
    fx_missing missing;
    char separator;
    bool no_header;
} csv_given;

/* clang-format off */
#define CSV_OPTIONS(given) \
    {"missing", 0, &option_missing, &(given).missing, "WORD", \
     "a row in which a value is missing: error or drop", false}, \
    {"separator", 0, &option_separator, &(given).separator, "C", \
     "between values; found by itself if it is , ; or tab", false}, \
    {"no-header", 0, &option_flag, &(given).no_header, NULL, \
     "the first line is data; columns are called c1, c2, ...", false}
/* clang-format on */
#define CSV_ONE_COLUMN "--separator C tells what stands between values"

/* csv_table, csv_data
 * Reads a CSV file, with a warning if its header looks like data; fx_data_from_table. Unless rows
 * are dropped, what is missing in a column that is not used does not matter. NULL after an error.
 */
fx_table *csv_table(fx_context *cx, const char *path, const csv_given *given);
fx_data *csv_data(const fx_table *table, const char *target, int64_t n, const char *const *names,
                  fx_dtype dtype);

/* model_load
 * fx_model_load for commands with a second file, which may have been meant. */
fx_model model_load(fx_context *cx, const char *path);

/* model_inputs, model_outputs
 * How many columns go into a network and come out of it. */
int64_t model_inputs(const fx_model *model);
int64_t model_outputs(const fx_model *model);

/* model_data
 * Reads a CSV file and picks the columns that the model was trained on, by name; a model without
 * names takes all columns as they stand, the last one as its target.
 *
 *   with_target   the target too
 *   ->            NULL after an error
 */
fx_data *model_data(const fx_model *model, const char *path, const csv_given *given,
                    bool with_target);

/* score_print
 * The lines MAE, R2, and last MSE. R2 compares with the targets' mean: where all are equal, there
 * is none. score_json writes them as members of the open object. */
void score_print(fx_score score);
void score_json(json *j, fx_score score);

#endif
