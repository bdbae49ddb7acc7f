/* SPDX-License-Identifier: MIT */
/* An optimizer: a rule for fx_update, its states, and the number of its steps. Every check comes
 * before the first write, so that a step happens whole or not at all. The learning rate and other
 * numbers are operands, which change from step to step; attributes do not. */
#include <math.h>
#include <stdalign.h>
#include <string.h>

#include "fluxion/kernel.h"
#include "fluxion/op.h"
#include "fluxion/optim.h"

enum { OPTIMIZER_STATES = FX_MAX_RESULTS - 1, OPTIMIZER_NUMBERS = FX_WALK_OPERANDS - 2 };

struct fx_optimizer {
    fx_context *cx;
    fx_params *params;
    fx_tensor witness; /* the first parameter: no longer valid once the set was freed */
    const fx_op *op;
    fx_params *states[OPTIMIZER_STATES];
    int n_states, n_numbers;
    fx_tensor numbers[OPTIMIZER_NUMBERS]; /* the learning rate, then the rule's own */
    int64_t steps;
    const fx_graph *graph; /* of the last fx_minimize, never followed, */
    uint32_t epoch;        /* and how often it had been reset then */
    alignas(max_align_t) unsigned char attrs[];
};

static void optimizer_release(void *object) {
    fx_optimizer *o = object;
    for (int i = 0; i < o->n_states; i++) fx_params_free(o->states[i]);
}

static bool optimizer_lr_ok(fx_context *cx, const char *what, double lr) {
    if (lr > 0 && isfinite(lr)) return true;
    fx_fail(cx, FX_ERR_ARGUMENT, "%s: the learning rate is %g; it must be positive and finite",
            what, lr);
    return false;
}

static fx_status optimizer_check(const fx_params *params, const fx_op *op, const void *attrs,
                                 int n_states, int n_scalars, const double *scalars) {
    fx_context *cx = fx_params_context(params);
    if (!op) return fx_fail(cx, FX_ERR_ARGUMENT, "optimizer: op is NULL");
    const int results = op->results ? op->results : 1;
    if (n_states < 0 || n_states > OPTIMIZER_STATES || n_scalars < 0 ||
        n_scalars >= OPTIMIZER_NUMBERS || op->max != 3 + n_states + n_scalars ||
        op->max > FX_WALK_OPERANDS || results != 1 + n_states)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "optimizer: %s takes %d operands and gives %d results, which are not "
                       "weight, gradient, %d states, learning rate, %d numbers and weight, states",
                       op->name, op->max, results, n_states, n_scalars);
    if ((n_scalars > 0 && !scalars) || (op->attrs_size > 0 && !attrs))
        return fx_fail(cx, FX_ERR_ARGUMENT, "optimizer: %s is NULL, which %s needs",
                       n_scalars > 0 && !scalars ? "scalars" : "attrs", op->name);
    if (fx_params_count(params) == 0)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "optimizer: there are no parameters; add them (fx_param) before "
                       "their optimizer is made");
    return FX_OK;
}

/* Their memory comes before the optimizer's, so that a context frees them after it. */
static bool optimizer_states(fx_params *params, int n, fx_params **states) {
    for (int i = 0; i < n; i++) {
        states[i] = fx_params_like(params);
        if (states[i]) continue;
        while (i > 0) fx_params_free(states[--i]);
        return false;
    }
    return true;
}

fx_optimizer *fx_optimizer_new(fx_params *params, const fx_op *op, const void *attrs, int n_states,
                               double lr, int n_scalars, const double *scalars) {
    fx_context *cx = fx_params_context(params);
    fx_params *states[OPTIMIZER_STATES];
    if (fx_error(cx) != FX_OK ||
        optimizer_check(params, op, attrs, n_states, n_scalars, scalars) != FX_OK ||
        !optimizer_lr_ok(cx, "optimizer", lr) || !optimizer_states(params, n_states, states))
        return NULL;
    fx_optimizer *o = fx_new(cx, sizeof *o + op->attrs_size, optimizer_release);
    if (!o) {
        for (int i = 0; i < n_states; i++) fx_params_free(states[i]);
        return NULL;
    }
    o->cx = cx;
    o->params = params;
    o->witness = fx_params_at(params, 0).tensor;
    o->op = op;
    o->n_states = n_states;
    o->n_numbers = 1 + n_scalars;
    o->numbers[0] = fx_num(lr);
    for (int i = 0; i < n_scalars; i++) o->numbers[1 + i] = fx_num(scalars[i]);
    for (int i = 0; i < n_states; i++) o->states[i] = states[i];
    if (op->attrs_size) memcpy(o->attrs, attrs, op->attrs_size);
    return o;
}

void fx_optimizer_free(fx_optimizer *o) { fx_delete(o); }

fx_status fx_set_lr(fx_optimizer *o, double lr) {
    if (!o) return FX_ERR_ARGUMENT;
    if (fx_error(o->cx) != FX_OK) return fx_error(o->cx);
    if (!optimizer_lr_ok(o->cx, "fx_set_lr", lr)) return FX_ERR_ARGUMENT;
    o->numbers[0] = fx_num(lr);
    return FX_OK;
}

double fx_lr(const fx_optimizer *o) { return o ? fx_item(o->numbers[0]) : NAN; }

fx_params *fx_optimizer_params(const fx_optimizer *o) { return o ? o->params : NULL; }

int64_t fx_steps(const fx_optimizer *o) { return o ? o->steps : 0; }

/* Whether a step can be made at all. */
static fx_status optimizer_ready(const fx_optimizer *o, const char *what) {
    if (fx_error(o->cx) != FX_OK) return fx_error(o->cx);
    if (fx_tensor_valid(o->witness)) return FX_OK;
    return fx_fail(o->cx, FX_ERR_STATE, "%s: the parameters of this optimizer were freed", what);
}

static fx_status optimizer_update(fx_optimizer *o) {
    const fx_status status = fx_update(fx_params_gradients(o->params), o->op, o->attrs, o->n_states,
                                       o->states, o->n_numbers, o->numbers);
    if (status == FX_OK) o->steps++;
    return status;
}

fx_status fx_step(fx_optimizer *o) {
    if (!o) return FX_ERR_ARGUMENT;
    const fx_status status = optimizer_ready(o, "fx_step");
    return status == FX_OK ? optimizer_update(o) : status;
}

static fx_status minimize_check(const fx_optimizer *o, fx_tensor loss) {
    const fx_graph *graph = fx_tensor_graph(loss);
    if (fx_tensor_context(loss) != o->cx)
        return fx_fail(o->cx, FX_ERR_ARGUMENT,
                       "fx_minimize: the loss is not of a graph in the optimizer's context; fx_use "
                       "puts parameters and numbers into a graph");
    if (graph && graph == o->graph && fx_graph_mark(graph).epoch == o->epoch)
        return fx_fail(o->cx, FX_ERR_STATE,
                       "fx_minimize: the graph was not reset since the last step; call "
                       "fx_graph_reset or fx_next before each step's forward pass");
    if (fx_gradients_state_of(fx_params_gradients(o->params)) == FX_GRADIENTS_READY)
        return fx_fail(o->cx, FX_ERR_STATE,
                       "fx_minimize: gradients of an earlier fx_backward are waiting; apply them "
                       "with fx_step or drop them with fx_zero");
    if (fx_tensor_numel(loss) != 1) return FX_OK; /* fx_backward says why not */
    const double value = fx_item(loss);
    if (fx_error(o->cx) != FX_OK || isfinite(value)) return fx_error(o->cx);
    if (o->steps == 0)
        return fx_fail(o->cx, FX_ERR_NAN,
                       "fx_minimize: the loss is %g before the first step; other first weights, or "
                       "scaled data, may keep it finite",
                       value);
    return fx_fail(o->cx, FX_ERR_NAN,
                   "fx_minimize: the loss is %g after %lld steps; a learning rate below %g, or "
                   "scaled data, may keep it finite",
                   value, (long long)o->steps, fx_lr(o));
}

fx_status fx_minimize(fx_optimizer *o, fx_tensor loss) {
    fx_context *cx = fx_tensor_context(loss);
    if (!o) return fx_fail(cx, FX_ERR_ARGUMENT, "fx_minimize: the optimizer is NULL");
    fx_status status = optimizer_ready(o, "fx_minimize");
    if (status == FX_OK) status = minimize_check(o, loss);
    if (status != FX_OK) return status;
    fx_gradients *gradients = fx_params_gradients(o->params);
    fx_zero(gradients); /* a backward of the user's that failed may have left them broken */
    status = fx_backward_to(loss, gradients);
    if (status == FX_OK) status = optimizer_update(o);
    if (status != FX_OK) {
        fx_zero(gradients);
        return status;
    }
    o->graph = fx_tensor_graph(loss);
    o->epoch = fx_graph_mark(o->graph).epoch;
    return FX_OK;
}
