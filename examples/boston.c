/* SPDX-License-Identifier: MIT */
/* The reference program: 13-10-1 on the Boston housing data, from the CSV file to the mean squared
 * error on rows that training has not seen. Run at the project's root. */
#include <fluxion/fluxion.h>
#include <fluxion/stdio.h>

static bool show(void *user, const fx_epoch *now) {
    (void)user;
    if (now->epoch % 10 == 0) printf("epoch %3d  loss %.4f\n", (int)now->epoch, now->loss);
    return true;
}

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_table *table = fx_csv_read(cx, "data/boston.csv", NULL);
    fx_data *all = fx_data_from_table(table, "medv", 0, NULL, FX_F32), *train, *test;
    fx_train_test_split(all, 0.2, 42, &train, &test);

    fx_model net = fx_mlp(fx_params_new(cx, FX_F32, 0), "13-10-1", "relu");
    net.scaler = fx_scaler_fit(train);
    fx_fit_options options = fx_fit_defaults();
    options.epochs = 100;
    options.batch = 32;
    options.lr = 0.01;
    options.on_epoch = show;
    fx_fit(&net, train, &options);

    const double mse = fx_evaluate(&net, test).mse;
    const int code = fx_report(cx);
    if (code == 0) printf("MSE: %.4f\n", mse);
    fx_context_free(cx);
    return code;
}
