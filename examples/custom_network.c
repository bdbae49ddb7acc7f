/* SPDX-License-Identifier: MIT */
/* A network of one's own: a plain struct of parameters and a plain function. Its state goes through
 * the same cell until it settles, so the number of layers depends on the data. First a training
 * loop by hand, then the same network given to fx_fit; its picture is written to network.dot. */
#include <fluxion/fluxion.h>
#include <fluxion/stdio.h>

typedef struct network {
    fx_dense enter, cell, leave;
} network;

static fx_tensor forward(void *user, fx_tensor x) {
    const network *net = user;
    const fx_tensor enter = fx_linear(x, net->enter.weight, net->enter.bias);
    fx_tensor state = fx_tanh(enter);
    for (int i = 0; i < 8; i++) {
        const fx_tensor turn = fx_linear(state, net->cell.weight, net->cell.bias);
        const fx_tensor next = fx_tanh(fx_add(turn, enter));
        const double change = fx_item(fx_mse_loss(next, state));
        state = next;
        if (!(change > 1e-3)) break;
    }
    return fx_linear(state, net->leave.weight, net->leave.bias);
}

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_data *rows = fx_data_from_table(fx_csv_read(cx, "data/diabetes.csv", NULL), "progression", 0,
                                       NULL, FX_F32);
    fx_data *train, *test;
    fx_train_test_split(rows, 0.2, 42, &train, &test);
    fx_scaler *scaler = fx_scaler_fit(train);

    fx_params *params = fx_params_new(cx, FX_F32, 0);
    network net = {fx_dense_new(params, "enter", 10, 8, "xavier"),
                   fx_dense_new(params, "cell", 8, 8, "xavier"),
                   fx_dense_new(params, "leave", 8, 1, "xavier")};

    fx_graph *graph = fx_graph_new(cx);
    fx_optimizer *sgd = fx_sgd(params, 0.01, NULL);
    fx_batch batch = fx_batches(fx_scaler_apply(scaler, train), 32, true, 0);
    for (int epoch = 0; epoch < 20; epoch++)
        while (fx_next(&batch, graph))
            fx_minimize(sgd, fx_mse_loss(forward(&net, batch.x), batch.y));
    fx_graph_write_dot(fx_mse_loss(forward(&net, batch.x), batch.y), NULL, "network.dot");

    const fx_model model = {params, forward, &net, scaler, NULL, NULL};
    printf("by hand: MSE %.1f\n", fx_evaluate(&model, test).mse);
    fx_fit(&model, train, NULL);
    printf("fx_fit:  MSE %.1f\n", fx_evaluate(&model, test).mse);
    const int code = fx_report(cx);
    fx_context_free(cx);
    return code;
}
