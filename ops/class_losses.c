/* SPDX-License-Identifier: MIT */
/* Losses of classes. nll_loss takes the log-probability of each label, and its derivative puts it
 * back: both are linear, each the rule of the other. Cross-entropy is nll_loss of log_softmax;
 * weights and smoothing (Szegedy et al., 2016) are put on the log-probabilities before it. */
#include "loss.h"

enum { CLASS_NLL, CLASS_NLL_GRAD, CLASS_CROSS_ENTROPY, CLASS_CROSS_ENTROPY_SOFT };

typedef struct class_attrs {
    int64_t ignore, reduction, classes; /* classes: of nll_loss_grad */
} class_attrs;

static const fx_attr class_schema[] = {{"ignore", FX_ATTR_I64, offsetof(class_attrs, ignore)},
                                       {"reduction", FX_ATTR_I64, offsetof(class_attrs, reduction)},
                                       {"classes", FX_ATTR_I64, offsetof(class_attrs, classes)},
                                       {0}};

static fx_status class_check(fx_call *call) {
    const class_attrs *a = call->attrs;
    const fx_view *labels = &call->x[1];
    if (call->x[0].dtype > FX_F64)
        return fx_call_fail(call, FX_ERR_DTYPE, "the first operand must be f32 or f64");
    if (labels->dtype != FX_I64)
        return fx_call_fail(call, FX_ERR_DTYPE,
                            "labels are class numbers, i64; fx_cast(labels, FX_I64)");
    if (a->reduction < FX_REDUCE_MEAN || a->reduction > FX_REDUCE_NONE)
        return fx_call_fail(call, FX_ERR_ARGUMENT,
                            "there is no reduction %lld; choose FX_REDUCE_MEAN, _SUM or _NONE",
                            (long long)a->reduction);
    if (labels->numel == 0 && a->reduction == FX_REDUCE_MEAN)
        return fx_call_fail(call, FX_ERR_SHAPE, "no labels to take a mean of");
    return FX_OK;
}

static fx_status nll_infer(fx_call *call) {
    const fx_view *x = &call->x[0], *labels = &call->x[1];
    fx_status status = class_check(call);
    if (status != FX_OK) return status;
    fx_shape rows = fx_view_shape(x);
    if (x->rank < 1)
        return fx_call_fail(call, FX_ERR_SHAPE, "the last dimension must be that of the classes");
    rows.rank--;
    rows.dims[rows.rank] = 0;
    if (!fx_shape_equal(rows, fx_view_shape(labels)))
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "labels must have the shape of the first operand without its last "
                            "dimension, that of the classes");
    if (((const class_attrs *)call->attrs)->reduction == FX_REDUCE_NONE)
        return fx_result(call, 0, x->dtype, rows);
    status = fx_scratch(call, labels->numel, sizeof(double));
    return status == FX_OK ? fx_result(call, 0, x->dtype, fx_shape0()) : status;
}

/* The label of a row: -1 if it is ignored, -2 after the error if there is no such class. */
static int64_t class_label(fx_call *call, int64_t row, int64_t classes) {
    const int64_t label = ((const int64_t *)call->x[1].data)[row];
    if (label == ((const class_attrs *)call->attrs)->ignore) return -1;
    if (label >= 0 && label < classes) return label;
    fx_call_fail(call, FX_ERR_DATA,
                 "label %lld at position %lld; there are %lld classes, 0 to %lld", (long long)label,
                 (long long)row, (long long)classes, (long long)classes - 1);
    return -2;
}

/* How many rows are not ignored; -1 after an error. */
static int64_t class_count(fx_call *call, int64_t classes) {
    int64_t counted = 0;
    for (int64_t row = 0; row < call->x[1].numel; row++) {
        const int64_t label = class_label(call, row, classes);
        if (label < -1) return -1;
        counted += label >= 0;
    }
    return counted;
}

static void class_put(fx_dtype dtype, void *data, int64_t i, double value) {
    if (dtype == FX_F32)
        ((float *)data)[i] = (float)value;
    else
        ((double *)data)[i] = value;
}

static fx_status nll_forward(fx_call *call) {
    const fx_view *x = &call->x[0], *y = &call->y[0];
    const int64_t classes = x->dims[x->rank - 1], n = call->x[1].numel;
    const int64_t reduction = ((const class_attrs *)call->attrs)->reduction;
    void *each = reduction == FX_REDUCE_NONE ? y->data : call->scratch;
    const int64_t counted = class_count(call, classes);
    if (counted < 0) return FX_ERR_DATA;
    for (int64_t row = 0; row < n; row++) {
        const int64_t label = class_label(call, row, classes);
        class_put(x->dtype, each, row, label < 0 ? 0 : -fx__loss_at(x, row * classes + label));
    }
    if (reduction == FX_REDUCE_NONE) return FX_OK;
    const fx_sum_args sum = {1, n, each, n, 1, y->data};
    call->kernels->sum[x->dtype](&sum);
    if (reduction == FX_REDUCE_MEAN)
        class_put(x->dtype, y->data, 0, fx__loss_at(y, 0) / (double)counted);
    return FX_OK;
}

static fx_status nll_grad_infer(fx_call *call) {
    const class_attrs *a = call->attrs;
    const fx_status status = class_check(call);
    if (status != FX_OK) return status;
    fx_shape shape = fx_view_shape(&call->x[1]);
    const fx_shape g = a->reduction == FX_REDUCE_NONE ? shape : fx_shape0();
    if (!fx_shape_equal(g, fx_view_shape(&call->x[0])) || shape.rank == FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, "g does not have the shape of the loss");
    shape.dims[shape.rank++] = a->classes;
    return fx_result(call, 0, call->x[0].dtype, shape);
}

static fx_status nll_grad_forward(fx_call *call) {
    const class_attrs *a = call->attrs;
    const fx_view *y = &call->y[0];
    const int64_t counted = class_count(call, a->classes);
    if (counted < 0) return FX_ERR_DATA;
    const double down = a->reduction == FX_REDUCE_MEAN ? (double)counted : 1;
    for (int64_t row = 0; row < call->x[1].numel; row++) {
        const int64_t label = class_label(call, row, a->classes);
        const double g = fx__loss_at(&call->x[0], a->reduction == FX_REDUCE_NONE ? row : 0);
        for (int64_t k = 0; k < a->classes; k++)
            class_put(y->dtype, y->data, row * a->classes + k, k == label ? -g / down : 0);
    }
    return FX_OK;
}

static fx_tensor class_apply(int row, class_attrs attrs, fx_tensor x, fx_tensor labels) {
    const fx_tensor operands[] = {x, labels};
    return fx_apply(&fx__class_losses[row], &attrs, 2, operands);
}

static void nll_vjp(fx_vjp *v) {
    class_attrs attrs = *(const class_attrs *)v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    attrs.classes = shape.dims[shape.rank - 1];
    v->dx[0] = class_apply(CLASS_NLL_GRAD, attrs, v->g[0], v->x[1]);
    fx_vjp_zero(v, 1);
}

static void nll_grad_vjp(fx_vjp *v) {
    v->dx[0] = class_apply(CLASS_NLL, *(const class_attrs *)v->attrs, v->g[0], v->x[1]);
    fx_vjp_zero(v, 1);
}

#define CLASS(op_name, first, about, run, rule, text)                                              \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = first ", labels", .min = 2,       \
        .max = 2, .dtypes = FX_FLOATS | FX_DTYPE_BIT(FX_I64), .flags = FX_OP_LOSS,                 \
        .attrs = class_schema, .attrs_size = sizeof(class_attrs), .infer = (about),                \
        .forward = (run), .vjp = (rule), .formula = (text)                                         \
    }

const fx_op fx__class_losses[] = {
    [CLASS_NLL] = CLASS("nll_loss", "log_probs", nll_infer, nll_forward, nll_vjp,
                        "L = -sum over rows of log_probs[label] / N;  dlog_probs = -G / N at the "
                        "label of each row, else 0"),
    [CLASS_NLL_GRAD] = CLASS("nll_loss_grad", "g", nll_grad_infer, nll_grad_forward, nll_grad_vjp,
                             "y = -g / N at the label of each row, else 0;  dg = -sum over rows of "
                             "G[label] / N"),
    [CLASS_CROSS_ENTROPY] =
        {
            .version = FX_OP_VERSION,
            .name = "cross_entropy",
            .operands = "logits, labels",
            .min = 2,
            .max = 2,
            .formula = "L = -sum over rows of ln softmax(logits)[label] / N;  dlogits = "
                       "G (softmax(logits) - [label]) / N",
        },
    [CLASS_CROSS_ENTROPY_SOFT] =
        {
            .version = FX_OP_VERSION,
            .name = "cross_entropy_soft",
            .operands = "logits, targets",
            .min = 2,
            .max = 2,
            .formula = "L = -sum of targets ln softmax(logits) / N;  dlogits = G (softmax(logits) "
                       "sum targets - targets) / N, dtargets = -G ln softmax(logits) / N",
        },
    {0},
};

/* ------------------------------------------------------------------------- public calls */

static fx_cross_entropy_options class_options(const fx_op *op, fx_tensor x, fx_tensor labels,
                                              const fx_cross_entropy_options *given) {
    const fx_cross_entropy_options o = given ? *given : fx_cross_entropy_defaults();
    const fx_tensor both[] = {x, labels};
    const fx_shape shape = fx_tensor_shape(x), weights = fx_tensor_shape(o.weights);
    if (o.size != sizeof o) {
        fx_refuse(op, 2, both, FX_ERR_ARGUMENT, "options come from fx_cross_entropy_defaults()");
        return fx_cross_entropy_defaults();
    }
    if (!(o.label_smoothing >= 0 && o.label_smoothing <= 1))
        fx_refuse(op, 2, both, FX_ERR_ARGUMENT, "label_smoothing = %g; it is in [0, 1]",
                  o.label_smoothing);
    if (!fx_is_none(o.weights) && weights.rank >= 0 && shape.rank > 0 &&
        (weights.rank != 1 || weights.dims[0] != shape.dims[shape.rank - 1]))
        fx_refuse(op, 2, both, FX_ERR_SHAPE, "weights needs shape [%lld], one value a class",
                  (long long)shape.dims[shape.rank - 1]);
    return o;
}

static fx_tensor class_weigh(fx_tensor log_probs, const fx_cross_entropy_options *o) {
    return fx_is_none(o->weights) ? log_probs : fx_mul(log_probs, o->weights);
}

/* Weighted log-probabilities with smoothing: what the label picks is then the loss of its row,
 * since
 * -(1 - e) w l[label] - (e / C) sum w l is linear in l. */
static fx_tensor class_prepare(fx_tensor log_probs, const fx_cross_entropy_options *o) {
    const fx_shape shape = fx_tensor_shape(log_probs);
    const double e = o->label_smoothing;
    log_probs = class_weigh(log_probs, o);
    if (e == 0 || shape.rank < 1) return log_probs;
    const double share = e / (double)shape.dims[shape.rank - 1];
    const fx_tensor all = fx_sum_axes(log_probs, fx_axes1(-1), true);
    return fx_add(fx_mul(log_probs, fx_num(1 - e)), fx_mul(all, fx_num(share)));
}

/* Soft targets with smoothing: (1 - e) t + e / C. */
static fx_tensor class_smooth(fx_tensor targets, const fx_cross_entropy_options *o) {
    const fx_shape shape = fx_tensor_shape(targets);
    const double e = o->label_smoothing;
    if (e == 0 || shape.rank < 1) return targets;
    const fx_tensor share = fx_num(e / (double)shape.dims[shape.rank - 1]);
    return fx_add(fx_mul(targets, fx_num(1 - e)), share);
}

/* A weighted mean is divided by the weights of the labels. */
static fx_tensor class_loss(fx_tensor log_probs, fx_tensor labels,
                            const fx_cross_entropy_options *o) {
    const fx_tensor x = class_prepare(log_probs, o);
    const bool weighted =
        !fx_is_none(o->weights) && o->reduction == FX_REDUCE_MEAN && fx_tensor_numel(labels) != 0;
    class_attrs attrs = {o->ignore_index, (int64_t)o->reduction, 0};
    if (!weighted) return class_apply(CLASS_NLL, attrs, x, labels);
    attrs.reduction = FX_REDUCE_SUM;
    const fx_tensor weights =
        fx_broadcast_to(fx_use(fx_tensor_graph(x), o->weights), fx_tensor_shape(x));
    const fx_tensor sum = class_apply(CLASS_NLL, attrs, x, labels);
    return fx_neg(fx_div(sum, class_apply(CLASS_NLL, attrs, weights, labels)));
}

fx_tensor fx_nll_loss_with(fx_tensor log_probs, fx_tensor labels,
                           const fx_cross_entropy_options *options) {
    const fx_op *op = &fx__class_losses[CLASS_NLL];
    const fx_cross_entropy_options o = class_options(op, log_probs, labels, options);
    const fx_composition c = fx_compose(op, 2, (const fx_tensor[]){log_probs, labels});
    return fx_composed(c, class_loss(log_probs, labels, &o));
}

fx_tensor fx_nll_loss(fx_tensor log_probs, fx_tensor labels) {
    return fx_nll_loss_with(log_probs, labels, NULL);
}

fx_tensor fx_cross_entropy_with(fx_tensor logits, fx_tensor labels,
                                const fx_cross_entropy_options *options) {
    const fx_op *op = &fx__class_losses[CLASS_CROSS_ENTROPY];
    const fx_cross_entropy_options o = class_options(op, logits, labels, options);
    const fx_composition c = fx_compose(op, 2, (const fx_tensor[]){logits, labels});
    return fx_composed(c, class_loss(fx_log_softmax(logits, -1), labels, &o));
}

fx_tensor fx_cross_entropy(fx_tensor logits, fx_tensor labels) {
    return fx_cross_entropy_with(logits, labels, NULL);
}

fx_tensor fx_cross_entropy_soft_with(fx_tensor logits, fx_tensor targets,
                                     const fx_cross_entropy_options *options) {
    const fx_op *op = &fx__class_losses[CLASS_CROSS_ENTROPY_SOFT];
    const fx_cross_entropy_options o = class_options(op, logits, targets, options);
    const fx_composition c = fx_compose(op, 2, (const fx_tensor[]){logits, targets});
    const fx_tensor x = class_weigh(fx_log_softmax(logits, -1), &o);
    const fx_tensor t = class_smooth(targets, &o);
    const fx_tensor rows = fx_sum_axes(fx__target_term(x, t), fx_axes1(-1), false);
    return fx_composed(c, fx__loss_reduce("cross_entropy_soft", rows, o.reduction));
}

fx_tensor fx_cross_entropy_soft(fx_tensor logits, fx_tensor targets) {
    return fx_cross_entropy_soft_with(logits, targets, NULL);
}
