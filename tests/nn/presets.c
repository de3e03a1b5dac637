/* presets.c - networks and data of the tests. */
#include "nn/presets.h"

#include <math.h>
#include <string.h>
#include "nn/adapted.h"
#include "nn/workspace.h"

#define UNET(...) .classifier = -1, .unet = {__VA_ARGS__}

static const preset presets[] = {
    {"unet28", 28, 28, 1, 10, 784,
     UNET(.width_base = 32, .levels = 3, .multipliers = {1, 2, 2}, .blocks = 2, .attention = {7}, .patch = 1)},
    {"unet32", 32, 32, 3, 10, 3072,
     UNET(.width_base = 32, .levels = 3, .multipliers = {1, 2, 2}, .blocks = 2, .attention = {8, 16}, .patch = 1)},
    {"small", 8, 12, 2, 3, 192,
     UNET(.width_base = 8, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1)},
    {"patch", 12, 8, 3, 4, 288,
     UNET(.width_base = 16, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {6}, .patch = 2)},
    {"modulated", 8, 12, 2, 3, 192,
     UNET(.width_base = 8, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1,
          .modulation = 1)},
    {"lora", 8, 12, 2, 3, 192,
     UNET(.width_base = 8, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1,
          .lora_rank = 3, .added_from = "middle")},
    {"adapter", 8, 12, 2, 3, 192,
     UNET(.width_base = 8, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1,
          .adapter_rank = 5)},
    {.name = "logreg", 28, 28, 1, 10, 10, .classifier = DPDM_CLASSIFIER_LOGREG},
    {.name = "mlp", 28, 28, 1, 10, 10, .classifier = DPDM_CLASSIFIER_MLP},
    {.name = "cnn", 28, 28, 1, 10, 10, .classifier = DPDM_CLASSIFIER_CNN},
    {.name = "resnet", 14, 15, 3, 7, 7, .classifier = DPDM_CLASSIFIER_RESNET},
    {.name = "frozen", 8, 12, 2, 1, 192, .classifier = -2},
    {.name = "unfrozen", 8, 12, 2, 1, 192, .classifier = -3},
};

static void preset_normals(int index, int kind, float *out, size_t n);

const preset *preset_find(const char *name)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

dpdm_status preset_create(const preset *p, dpdm_network **network, dpdm_error *err)
{
    if (p->classifier >= 0)
        return dpdm_network_classifier((dpdm_classifier_kind)p->classifier, p->height, p->width, p->channels,
                                       p->classes, network, err);
    if (p->classifier <= -2)
        return adapted_create(p->classifier == -2, network, err);
    const dpdm_network_description description = {
        .height = p->height, .width = p->width, .channels = p->channels, .classes = p->classes, .unet = p->unet};
    return dpdm_network_create(&description, network, err);
}

void preset_values(const dpdm_network *network, float *values)
{
    for (size_t i = 0; i < dpdm_network_tensors(network); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(network, i);
        float *v = values + info.offset, fan = 1;
        for (int d = 1; d < info.rank; d++)
            fan *= (float)info.shape[d];
        preset_normals((int)i, 0, v, info.size);
        const int gamma = strstr(info.layer, "group norm") && strstr(info.name, ".weight");
        for (size_t j = 0; j < info.size; j++)
            v[j] = info.rank > 1 ? v[j] / sqrtf(fan) : gamma ? 1 + 0.3f * v[j] : 0.3f * v[j];
    }
}

void preset_inputs(const preset *p, dpdm_workspace *work, int first, int count)
{
    const dpdm_network *net = work->weights->network;
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < net->input_count; k++) {
            const size_t floats = dpdm_dims_floats(net->nodes[net->inputs[k].node].out);
            float *values = dpdm_workspace_input_named(work, net->inputs[k].name);
            preset_normals(first + i, 1 + k, values + (size_t)i * floats, floats);
        }
        if (dpdm_workspace_labels(work))
            dpdm_workspace_labels(work)[i] = (first + i) * 7 % (p->classes + 1);
    }
}

void preset_output_gradient(const preset *p, dpdm_workspace *work, int first, int count)
{
    const dpdm_network *net = work->weights->network;
    (void)p;
    for (int k = 0; k < net->output_count; k++) {
        const size_t floats = dpdm_dims_floats(net->nodes[net->outputs[k].node].out);
        float *values = dpdm_workspace_output_gradient_named(work, net->outputs[k].name);
        for (int i = 0; i < count; i++)
            preset_normals(first + i, 3 + k, values + (size_t)i * floats, floats);
    }
}

static void preset_normals(int index, int kind, float *out, size_t n)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 1);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, kind, index);
    dpdm_stream_normals(&stream, out, n);
}
