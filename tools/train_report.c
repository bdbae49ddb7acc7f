/* SPDX-License-Identifier: MIT */
/* What fluxion train tells: the scores on standard output, all else on standard error; with --json
 * both for machines. */
#include <math.h>

#include "train.h"

void train_tell(const training *t) {
    if (train_given.quiet) return;
    fprintf(stderr, "%s\n", t->line);
    fprintf(stderr, "rows: %lld for training, ", (long long)fx_data_look(t->train).rows);
    if (t->validation)
        fprintf(stderr, "%lld for validation, ", (long long)fx_data_look(t->validation).rows);
    fprintf(stderr, "%lld held out%s\n", (long long)fx_data_look(t->test).rows,
            train_given.no_scale ? "" : "; losses are in standardised units");
}

static void train_json_epoch(const fx_epoch *e) {
    json j = {stdout, false, 0};
    json_begin(&j, '{');
    json_key(&j, "epoch"), json_whole(&j, e->epoch);
    json_key(&j, "loss"), json_number(&j, e->loss);
    if (!isnan(e->validation)) json_key(&j, "validation"), json_number(&j, e->validation);
    json_end(&j, '}');
    fflush(stdout);
}

void train_tell_epoch(training *t, const fx_epoch *epoch) {
    if (train_given.json)
        train_json_epoch(epoch);
    else if (!train_given.quiet)
        progress_show(&t->progress, epoch);
}

static void train_json_end(const training *t, fx_score score, bool written) {
    json j = {stdout, false, 0};
    json_begin(&j, '{');
    json_key(&j, "command"), json_text(&j, t->line);
    json_key(&j, "epochs"), json_whole(&j, t->epochs);
    json_key(&j, "interrupted"), json_bool(&j, t->interrupted);
    json_key(&j, "weights_of_epoch"), json_whole(&j, t->interrupted ? t->best_epoch : t->epochs);
    json_key(&j, "model"), json_text(&j, written ? train_given.output : NULL);
    json_key(&j, "training_rows"), json_whole(&j, fx_data_look(t->train).rows);
    json_key(&j, "validation_rows"), json_whole(&j, fx_data_look(t->validation).rows);
    json_key(&j, "held_out_rows"), json_whole(&j, score.rows);
    score_json(&j, score);
    json_end(&j, '}');
}

static void train_tell_interrupted(const training *t) {
    char loss[32];
    fx_write_number(loss, sizeof loss, t->best_loss, 5);
    fprintf(stderr, "stopped after epoch %lld of %lld; kept the weights of epoch %lld, %s %s%s\n",
            (long long)t->epochs, (long long)train_given.epochs, (long long)t->best_epoch,
            t->validation ? "validation loss" : "loss", loss,
            train_given.output ? "" : " (not in a file: no -o)");
}

void train_tell_end(const training *t, fx_score score, bool written) {
    if (t->interrupted && !train_given.quiet) train_tell_interrupted(t);
    if (written && !train_given.quiet) fprintf(stderr, "wrote %s\n", train_given.output);
    if (train_given.json)
        train_json_end(t, score, written);
    else
        score_print(score);
}
