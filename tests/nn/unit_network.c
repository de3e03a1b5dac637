/* unit_network.c - sizes, names, cost, first weights and refusals of the networks. */
#include "nn/check.h"
#include "nn/presets.h"
#include "nn/weights.h"

#include <math.h>
#include <stdio.h>

static dpdm_network *make(const char *name)
{
    dpdm_error err;
    dpdm_network *net;
    check_ok(preset_create(preset_find(name), &net, &err), &err);
    return net;
}

static void parameter_counts_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t parameters;
        double gflop;
    } known[] = {
        /* DPDM, MNIST and 32 x 32 colour; less what is saved by convolving a skip before up x2: 64 x 64 multiply-adds
         * at three of four pixels of the picture and of its half, three passes. */
        {"unet28", 1753345, 1.91 - 6 * 4096 * 0.75 * (784 + 196) * 1e-9},
        {"unet32", 1804803, 2.74 - 6 * 4096 * 0.75 * (1024 + 256) * 1e-9},
        {"logreg", 784 * 10 + 10, 784 * 10 * 4e-9},
        {"mlp", 784 * 100 + 100 + 100 * 10 + 10, (784 * 100 * 4 + 100 * 10 * 6) * 1e-9},
        {"cnn", 320 + 18496 + 73856 + 1152 * 10 + 10, 0.0443},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        dpdm_network *net = make(known[i].name);
        assert_int_equal(dpdm_network_parameters(net), known[i].parameters);
        assert_true(fabs(dpdm_network_flops(net) * 1e-9 / known[i].gflop - 1) < 3e-3);
        dpdm_network_destroy(net);
    }
}

static void check_tensors(const dpdm_network *net)
{
    size_t offset = 0;
    for (size_t i = 0; i < dpdm_network_tensors(net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(net, i);
        size_t size = 1;
        for (int d = 0; d < info.rank; d++)
            size *= (size_t)info.shape[d];
        assert_int_equal(info.size, size);
        assert_int_equal(info.offset, offset);
        assert_true(strlen(info.layer) > 0);
        offset += size;
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(info.name, dpdm_network_tensor(net, j).name);
    }
    assert_int_equal(offset, dpdm_network_parameters(net));
}

static void tensors_fill_the_buffer_under_distinct_names(void **state)
{
    (void)state;
    static const char *const names[] = {"unet28", "unet32", "small", "patch", "modulated",
                                        "logreg", "mlp",    "cnn",   "resnet"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        dpdm_network *net = make(names[i]);
        check_tensors(net);
        dpdm_network_destroy(net);
    }
}

/* Moments of a tensor's first weights against its distribution; 5 standard errors. */
static void check_uniform(dpdm_tensor_info info, const float *v, double scale)
{
    const double taps = info.rank == 4 ? (double)info.shape[2] * info.shape[3] : 1;
    const double variance = scale / (taps * (info.shape[0] + info.shape[1]) / 2), bound = sqrt(3 * variance);
    double square = 0, mean = 0;
    for (size_t i = 0; i < info.size; i++) {
        assert_true(fabs(v[i]) <= bound * (1 + 1e-6));
        square += (double)v[i] * v[i] / variance / info.size;
        mean += v[i] / sqrt(variance) / info.size;
    }
    assert_true(fabs(mean) < 5 / sqrt((double)info.size));
    assert_true(fabs(square - 1) < 5 / sqrt((double)info.size)); /* a uniform's square deviates by 0.9 */
}

static int ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static double start_scale(const char *name)
{
    if (ends_with(name, ".conv2.weight") || ends_with(name, ".out.weight") || strcmp(name, "output.conv.weight") == 0)
        return 1e-10;
    return ends_with(name, ".q.weight") || ends_with(name, ".k.weight") || ends_with(name, ".v.weight") ? 0.1 : 1;
}

static void first_weights_follow_their_distribution(void **state)
{
    (void)state;
    dpdm_network *net = make("unet28");
    float *values = check_alloc(dpdm_network_parameters(net) * sizeof *values);
    dpdm_key key;
    dpdm_key_from_seed(&key, 5);
    dpdm_network_init(net, &key, values);
    for (size_t i = 0; i < dpdm_network_tensors(net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(net, i);
        const float *v = values + info.offset;
        if (strcmp(info.name, "embedding.class.weight") == 0) {
            double square = 0;
            for (size_t j = 0; j < info.size; j++)
                square += (double)v[j] * v[j] / info.size;
            assert_true(fabs(square - 1) < 5 * sqrt(2.0 / info.size));
        } else if (info.rank > 1) {
            check_uniform(info, v, start_scale(info.name));
        } else {
            for (size_t j = 0; j < info.size; j++)
                assert_true(v[j] == (ends_with(info.name, ".weight") ? 1.0f : 0.0f));
        }
    }
    free(values);
    dpdm_network_destroy(net);
}

static void first_weights_depend_on_the_key_only(void **state)
{
    (void)state;
    dpdm_network *net = make("small");
    const size_t bytes = dpdm_network_parameters(net) * sizeof(float);
    float *a = check_alloc(bytes), *b = check_alloc(bytes);
    dpdm_key key, other;
    dpdm_key_from_seed(&key, 5);
    dpdm_key_from_seed(&other, 6);
    dpdm_network_init(net, &key, a);
    dpdm_network_init(net, &key, b);
    assert_memory_equal(a, b, bytes);
    dpdm_network_init(net, &other, b);
    assert_memory_not_equal(a, b, bytes);
    free(a);
    free(b);
    dpdm_network_destroy(net);
}

static const dpdm_network_description good = {
    .height = 28,
    .width = 28,
    .channels = 1,
    .classes = 10,
    .unet = {.width_base = 32, .levels = 3, .multipliers = {1, 2, 2}, .blocks = 2, .attention = {7}, .patch = 1}};

static void refuse(dpdm_network_description config, const char *word)
{
    dpdm_error err = {DPDM_OK, ""};
    dpdm_network *net = NULL;
    const dpdm_status status = dpdm_network_create(&config, &net, &err);
    assert_int_not_equal(status, DPDM_OK);
    assert_int_equal(status, err.status);
    assert_null(net);
    if (!strstr(err.message, word))
        fail_msg("message \"%s\" does not speak of \"%s\"", err.message, word);
    assert_int_equal(dpdm_network_create(&config, &net, NULL), status);
}

#define REFUSE(field, value, word)                                                                                     \
    do {                                                                                                               \
        dpdm_network_description c = good;                                                                             \
        c.field = value;                                                                                               \
        refuse(c, word);                                                                                               \
    } while (0)

static void impossible_unets_are_refused(void **state)
{
    (void)state;
    dpdm_network_description four = good; /* 28, 14, 7: cannot be halved */
    four.unet.levels = 4;
    four.unet.multipliers[3] = 2;
    refuse(four, "7 x 7 cannot be halved");
    REFUSE(height, 0, "each must be");
    REFUSE(width, -1, "each must be");
    REFUSE(channels, 1 << 30, "each must be");
    REFUSE(classes, 0, "classes");
    REFUSE(unet.width_base, 33, "even");
    REFUSE(unet.width_base, 2, "base width");
    REFUSE(unet.width_base, 1 << 30, "base width");
    REFUSE(unet.levels, 0, "levels");
    REFUSE(unet.levels, 7, "levels");
    REFUSE(unet.blocks, 0, "blocks");
    REFUSE(unet.blocks, 1 << 20, "blocks");
    REFUSE(unet.multipliers[1], 0, "multiplier");
    REFUSE(unet.multipliers[2], 1 << 28, "multiplier");
    REFUSE(unet.patch, 0, "patch");
    REFUSE(unet.patch, 3, "patch");
    REFUSE(unet.lora_rank, 65, "above the width of the layer");
    REFUSE(unet.adapter_rank, 33, "encoder.0.block.0.conv1, 32 channels");
    REFUSE(unet.lora_rank, -1, "additions of rank");
    dpdm_network_description nowhere = good;
    strcpy(nowhere.unet.added_from, "decoder.3");
    refuse(nowhere, "no block of the network is 'decoder.3'");
    strcpy(nowhere.unet.added_from, "encoder.0.bl"); /* a part of a name is no block */
    refuse(nowhere, "no block of the network is");
    REFUSE(unet.width_base, 36, "groups"); /* 72 + 72 channels cannot be cut into 32 groups */
}

static void impossible_classifiers_are_refused(void **state)
{
    (void)state;
    dpdm_error err;
    dpdm_network *net;
    assert_int_equal(dpdm_network_classifier((dpdm_classifier_kind)9, 28, 28, 1, 10, &net, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_network_classifier(DPDM_CLASSIFIER_CNN, 7, 28, 1, 10, &net, &err), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "max-pool"));
    assert_int_equal(dpdm_network_classifier(DPDM_CLASSIFIER_MLP, 28, 28, 1, 0, &net, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_network_classifier(DPDM_CLASSIFIER_MLP, 4096, 4096, 4096, 10, &net, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_network_classifier(DPDM_CLASSIFIER_LOGREG, -5, 28, 1, 10, &net, &err), DPDM_EUSAGE);
}

static void impossible_weights_are_refused(void **state)
{
    (void)state;
    dpdm_error err;
    dpdm_weights *weights;
    dpdm_network *net = make("logreg");
    assert_int_equal(dpdm_weights_create(net, 0, 1, "plain", &weights, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_weights_create(net, 1 << 30, 1, "plain", &weights, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_weights_create(net, 1, 1, "abacus", &weights, &err), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "abacus"));
    dpdm_network_destroy(net);
}

/* Neither crash nor leak, whatever the numbers (a hostile model file may hold any). */
static void random_configs_are_built_or_refused(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 7);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 2, 0);
    int built = 0;
    for (int round = 0; round < 3000; round++) {
        dpdm_network_description c = good;
        int *const fields[] = {&c.height,
                               &c.width,
                               &c.channels,
                               &c.classes,
                               &c.unet.width_base,
                               &c.unet.levels,
                               &c.unet.multipliers[0],
                               &c.unet.multipliers[1],
                               &c.unet.multipliers[2],
                               &c.unet.blocks,
                               &c.unet.patch,
                               &c.unet.attention[0]};
        for (int changes = 0; changes < 2; changes++)
            *fields[dpdm_stream_below(&stream, 12)] = (int)(dpdm_stream_u32(&stream) >> dpdm_stream_below(&stream, 32));
        dpdm_network *net = NULL;
        dpdm_error err;
        const dpdm_status status = dpdm_network_create(&c, &net, &err);
        assert_true((!status) == (net != NULL));
        built += net != NULL;
        dpdm_network_destroy(net);
    }
    assert_true(built > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameter_counts_are_the_published_ones),
        cmocka_unit_test(tensors_fill_the_buffer_under_distinct_names),
        cmocka_unit_test(first_weights_follow_their_distribution),
        cmocka_unit_test(first_weights_depend_on_the_key_only),
        cmocka_unit_test(impossible_unets_are_refused),
        cmocka_unit_test(impossible_classifiers_are_refused),
        cmocka_unit_test(impossible_weights_are_refused),
        cmocka_unit_test(random_configs_are_built_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
