/* SPDX-License-Identifier: MIT */
/* What the commands share: exit codes, the shape of a command, data for a model, scores. */
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
fx_data *model_data(const fx_model *model, const char *path, const fx_csv_options *options,
                    bool with_target);

/* score_print
 * The lines MAE, R2, and last MSE. score_json writes them as members of the open object. */
void score_print(fx_score score);
void score_json(json *j, fx_score score);

#endif
