/* network_dump.c - runs one network forward and backward on fixed random data and writes everything that another
 * implementation needs to do the same: network_dump NETWORK KERNELS BATCH FILE.
 *
 * FILE: one line "name d0 d1 ..." a tensor, an empty line, then all values as fp32 in the same order. First the
 * parameters "p:NAME", then the inputs "i:NAME", the labels "labels" and of each output "y:NAME" and "dy:NAME", and the
 * gradients "g:NAME" of what is trained. */
#include "nn/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nn/workspace.h"

/* The first pass writes names and shapes, the second values. */
typedef struct {
    FILE *file;
    int header;
} dump;

static void dump_tensor(const dump *d, const char *prefix, const char *name, const int *shape, int rank,
                        const float *values, size_t size)
{
    if (!d->header) {
        fwrite(values, sizeof(float), size, d->file);
        return;
    }
    fprintf(d->file, "%s%s", prefix, name);
    for (int i = 0; i < rank; i++)
        fprintf(d->file, " %d", shape[i]);
    fputc('\n', d->file);
}

static void dump_port(const dump *d, const dpdm_network *net, int batch, const char *prefix, const dpdm_port *port,
                      const float *values)
{
    const dpdm_dims dims = net->nodes[port->node].out;
    const int shape[] = {batch, dims.height, dims.width, dims.channels};
    dump_tensor(d, prefix, port->name, shape, 4, values, (size_t)batch * dpdm_dims_floats(dims));
}

static void dump_all(const dump *d, dpdm_workspace *work, const float *values, const float *labels,
                     const float *gradient)
{
    const dpdm_network *net = work->weights->network;
    const int batch = dpdm_workspace_batch(work);
    for (size_t i = 0; i < dpdm_network_tensors(net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(net, i);
        dump_tensor(d, "p:", info.name, info.shape, info.rank, values + info.offset, info.size);
    }
    for (int i = 0; i < net->input_count; i++)
        dump_port(d, net, batch, "i:", &net->inputs[i], dpdm_workspace_input_named(work, net->inputs[i].name));
    dump_tensor(d, "", "labels", &batch, 1, labels, (size_t)batch);
    for (int i = 0; i < net->output_count; i++) {
        const char *name = net->outputs[i].name;
        dump_port(d, net, batch, "y:", &net->outputs[i], dpdm_workspace_output_named(work, name));
        dump_port(d, net, batch, "dy:", &net->outputs[i], dpdm_workspace_output_gradient_named(work, name));
    }
    for (size_t i = 0; i < dpdm_network_tensors(net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(net, i);
        if (info.trained)
            dump_tensor(d, "g:", info.name, info.shape, info.rank, gradient + info.coordinate, info.size);
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
        dpdm_workspace_create_planned(weights, 0, &work, &err)) { /* so that dy is still there at the end */
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    float *values = malloc(dpdm_network_parameters(net) * sizeof *values), labels[64] = {0};
    float *gradient = malloc(dpdm_network_trained(net) * sizeof *values);
    preset_values(net, values);
    dpdm_weights_load(weights, values);
    preset_inputs(p, work, 0, batch);
    dpdm_workspace_forward(work);
    preset_output_gradient(p, work, 0, batch);
    dpdm_workspace_backward(work);
    dpdm_workspace_gradient(work, gradient);
    for (int i = 0; dpdm_workspace_labels(work) && i < batch; i++)
        labels[i] = (float)dpdm_workspace_labels(work)[i];

    FILE *file = fopen(argv[4], "wb");
    if (!file)
        return 1;
    dump_all(&(dump){file, 1}, work, values, labels, gradient);
    fputc('\n', file);
    dump_all(&(dump){file, 0}, work, values, labels, gradient);
    const int failed = fclose(file) != 0;
    dpdm_workspace_destroy(work);
    dpdm_weights_destroy(weights);
    dpdm_network_destroy(net);
    free(values);
    free(gradient);
    return failed;
}
