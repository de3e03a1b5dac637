/* network_dump.c - runs one network forward and backward on fixed random data and writes everything that another
 * implementation needs to do the same: network_dump NETWORK KERNELS BATCH FILE.
 *
 * FILE: one line "name d0 d1 ..." a tensor, an empty line, then all values as fp32 in the same order. First the
 * parameters "p:NAME", then "x", "noise", "labels", "dy", "y" and the gradients "g:NAME". */
#include "nn/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dump_parameters(FILE *file, const dpdm_network *net, const char *prefix, const float *values, int header)
{
    for (size_t i = 0; i < dpdm_network_tensors(net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(net, i);
        if (!header) {
            fwrite(values + info.offset, sizeof(float), info.size, file);
            continue;
        }
        fprintf(file, "%s:%s", prefix, info.name);
        for (int d = 0; d < info.rank; d++)
            fprintf(file, " %d", info.shape[d]);
        fputc('\n', file);
    }
}

int main(int argc, char **argv)
{
    dpdm_error err;
    const preset *p = argc == 5 ? preset_find(argv[1]) : NULL;
    if (!p) {
        fprintf(stderr, "usage: network_dump NETWORK KERNELS BATCH FILE\n");
        return 2;
    }
    dpdm_network *net;
    dpdm_weights *weights;
    dpdm_workspace *work;
    const int batch = atoi(argv[3]);
    if (preset_create(p, &net, &err) || dpdm_weights_create(net, batch, 1, argv[2], &weights, &err) ||
        dpdm_workspace_create(weights, &work, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const size_t params = dpdm_network_parameters(net), outputs = (size_t)batch * p->outputs,
                 inputs = (size_t)batch * p->height * p->width * p->channels;
    float *values = malloc(params * sizeof *values), *gradient = malloc(params * sizeof *values);
    preset_values(net, values);
    dpdm_weights_load(weights, values);
    preset_inputs(p, work, 0, batch);
    float *y = malloc(outputs * sizeof *y), labels[64] = {0}, *noise = dpdm_workspace_noise(work);
    memcpy(y, dpdm_workspace_forward(work), outputs * sizeof *y);
    preset_output_gradient(p, work, 0, batch);
    float *dy = malloc(outputs * sizeof *dy);
    memcpy(dy, dpdm_workspace_output_gradient(work), outputs * sizeof *dy);
    dpdm_workspace_backward(work);
    dpdm_workspace_gradient(work, gradient);

    FILE *file = fopen(argv[4], "wb");
    if (!file)
        return 1;
    dump_parameters(file, net, "p", values, 1);
    fprintf(file, "x %d %d %d %d\n", batch, p->height, p->width, p->channels);
    fprintf(file, "noise %d\nlabels %d\ndy %d %d\ny %d %d\n", batch, batch, batch, p->outputs, batch, p->outputs);
    dump_parameters(file, net, "g", gradient, 1);
    fputc('\n', file);
    for (int i = 0; noise && i < batch; i++)
        labels[i] = (float)dpdm_workspace_labels(work)[i];
    dump_parameters(file, net, "p", values, 0);
    fwrite(dpdm_workspace_x(work), sizeof(float), inputs, file);
    fwrite(noise ? noise : labels, sizeof(float), batch, file);
    fwrite(labels, sizeof(float), batch, file);
    fwrite(dy, sizeof(float), outputs, file);
    fwrite(y, sizeof(float), outputs, file);
    dump_parameters(file, net, "g", gradient, 0);
    const int failed = fclose(file) != 0;
    dpdm_workspace_destroy(work);
    dpdm_weights_destroy(weights);
    dpdm_network_destroy(net);
    free(values);
    free(gradient);
    free(y);
    free(dy);
    return failed;
}
