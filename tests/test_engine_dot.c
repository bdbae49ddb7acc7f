/* SPDX-License-Identifier: MIT */
/* Pictures: what is drawn, how, and that Graphviz takes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/fluxion.h"
#include "support.h"

/* The 13-10-1 network of the README, forward and loss. */
static fx_tensor dot_network(fx_context *cx) {
    static const float zeros[32 * 13] = {0};
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F32, 0);
    const fx_init init = fx_constant(0);
    const fx_tensor x = fx_name(fx_input_f32(g, fx_shape2(32, 13), zeros), "x");
    const fx_tensor target = fx_name(fx_input_f32(g, fx_shape2(32, 1), zeros), "y");
    fx_scope_begin(g, "hidden 1");
    fx_tensor h = fx_linear(x, fx_param(p, "0.weight", fx_shape2(10, 13), init),
                            fx_param(p, "0.bias", fx_shape1(10), init));
    h = fx_relu(h);
    fx_scope_end(g);
    fx_scope_begin(g, "output");
    h = fx_linear(h, fx_param(p, "2.weight", fx_shape2(1, 10), init),
                  fx_param(p, "2.bias", fx_shape1(1), init));
    fx_scope_end(g);
    return fx_name(fx_mse_loss(h, target), "loss");
}

FX_TEST(dot, the_same_network_gives_the_same_bytes) {
    char once[8192], twice[8192];
    const size_t n = fx_graph_dot(dot_network(test_context()), NULL, once, sizeof once);
    fx_context *cx = test_context();
    fx_f64(fx_graph_new(cx), 1);
    CHECK(n > 0 && n < sizeof once);
    CHECK(fx_graph_dot(dot_network(cx), NULL, twice, sizeof twice) == n);
    CHECK_TEXT(once, twice);
}
