/* SPDX-License-Identifier: MIT */
/* tanh, sigmoid, relu. Their derivatives are ops, computed from the input in forms without
 * cancellation (from the output, 1 - y^2 loses every digit where y is near 1), and have smooth
 * rules of their own, so that derivatives of any order are right. */
#include "families.h"

enum {
    ACTIVATION_TANH,
    ACTIVATION_TANH_GRAD,
    ACTIVATION_SIGMOID,
    ACTIVATION_SIGMOID_GRAD,
    ACTIVATION_RELU,
    ACTIVATION_RELU_GRAD,
};

static fx_tensor activation(int row, fx_tensor x) {
    return fx_apply(&fx__activations[row], NULL, 1, &x);
}

static fx_tensor activation_grad(int row, fx_tensor g, fx_tensor x) {
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__activations[row], NULL, 2, operands);
}

static void tanh_vjp(fx_vjp *v) {
    v->dx[0] = activation_grad(ACTIVATION_TANH_GRAD, v->g[0], v->x[0]);
}

/* (tanh')' = -2 tanh tanh' */
static void tanh_grad_vjp(fx_vjp *v) {
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = activation_grad(ACTIVATION_TANH_GRAD, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor slope = activation_grad(ACTIVATION_TANH_GRAD, fx_mul(v->g[0], g), x);
    v->dx[1] = fx_mul(fx_mul(fx_num(-2), fx_tanh(x)), slope);
}

static void sigmoid_vjp(fx_vjp *v) {
    v->dx[0] = activation_grad(ACTIVATION_SIGMOID_GRAD, v->g[0], v->x[0]);
}

/* s'' = s' (1 - 2 s) = -s' tanh(x/2), which does not cancel near 0. */
static void sigmoid_grad_vjp(fx_vjp *v) {
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = activation_grad(ACTIVATION_SIGMOID_GRAD, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor slope = activation_grad(ACTIVATION_SIGMOID_GRAD, fx_mul(v->g[0], g), x);
    v->dx[1] = fx_neg(fx_mul(fx_tanh(fx_mul(x, fx_num(0.5))), slope));
}

static void relu_vjp(fx_vjp *v) {
    v->dx[0] = activation_grad(ACTIVATION_RELU_GRAD, v->g[0], v->x[0]);
}

static void relu_grad_vjp(fx_vjp *v) {
    v->dx[0] = activation_grad(ACTIVATION_RELU_GRAD, v->g[0], v->x[1]);
    fx_vjp_zero(v, 1);
}

const fx_op fx__activations[] = {
    [ACTIVATION_TANH] = FX__ELEMENTWISE(FX_ROW_TANH, "tanh", "x", 1, tanh_vjp,
                                        "y = tanh x;  dx = G (1 - tanh^2 x)"),
    [ACTIVATION_TANH_GRAD] = FX__ELEMENTWISE(
        FX_ROW_TANH_GRAD, "tanh_grad", "g, x", 2, tanh_grad_vjp,
        "y = g (1 - tanh^2 x);  dg = G (1 - tanh^2 x), dx = -2 G g tanh x (1 - tanh^2 x)"),
    [ACTIVATION_SIGMOID] = FX__ELEMENTWISE(FX_ROW_SIGMOID, "sigmoid", "x", 1, sigmoid_vjp,
                                           "s = 1 / (1 + e^-x);  dx = G s (1 - s)"),
    [ACTIVATION_SIGMOID_GRAD] =
        FX__ELEMENTWISE(FX_ROW_SIGMOID_GRAD, "sigmoid_grad", "g, x", 2, sigmoid_grad_vjp,
                        "y = g s (1 - s);  dg = G s (1 - s), dx = -G g s (1 - s) tanh(x/2)"),
    [ACTIVATION_RELU] =
        FX__ELEMENTWISE(FX_ROW_RELU, "relu", "x", 1, relu_vjp, "y = max(x, 0);  dx = G [x > 0]"),
    [ACTIVATION_RELU_GRAD] =
        FX__ELEMENTWISE(FX_ROW_RELU_GRAD, "relu_grad", "g, x", 2, relu_grad_vjp,
                        "y = g [x > 0];  dg = G [x > 0], dx = 0"),
    {0},
};

fx_tensor fx_tanh(fx_tensor x) { return activation(ACTIVATION_TANH, x); }

fx_tensor fx_sigmoid(fx_tensor x) { return activation(ACTIVATION_SIGMOID, x); }

fx_tensor fx_relu(fx_tensor x) { return activation(ACTIVATION_RELU, x); }
