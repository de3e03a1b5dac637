/* unit_published.c - catches real data sets that come out other than published: MNIST, CIFAR-10 and PneumoniaMNIST,
 * where they lie in $DPDM_SHARED/data or in ../shared/data beside the source. */
#include "support.h"

#include <unistd.h>

static int shared_data(const char *name, char folder[1024])
{
    char path[2048];
    const char *shared = getenv("DPDM_SHARED");
    snprintf(folder, 1024, "%s/data", shared && *shared ? shared : DPDM_TEST_SOURCE "/../shared");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, R_OK) == 0)
        return 1;
    print_message("%s is not there: skipped\n", path);
    return 0;
}

static double mean_of(const dpdm_dataset *data, int channel)
{
    uint64_t sum = 0;
    size_t n = (size_t)data->count * dpdm_dataset_image_bytes(data), step = (size_t)data->channels;
    for (size_t i = (size_t)channel; i < n; i += step)
        sum += data->pixels[i];
    return (double)sum / (double)(n / step) / 255.0;
}

static void mnist(void **state)
{
    (void)state;
    static const int first[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4},
                     per_class[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
    char folder[1024];
    dpdm_proposal proposal;
    dpdm_dataset data;
    dpdm_error err;
    if (!shared_data("mnist", folder))
        skip();
    assert_int_equal(dpdm_dataset_open("mnist", folder, DPDM_SPLIT_TRAIN, NULL, &data, &err), DPDM_OK);
    assert_float_equal(mean_of(&data, 0), 0.1307, 0.00005);
    for (int i = 0; i < 10; i++)
        assert_int_equal(data.labels[i], first[i]);
    dpdm_dataset_destroy(&data);
    assert_int_equal(dpdm_dataset_propose("mnist", folder, DPDM_SPLIT_TRAIN, NULL, &proposal, &err), DPDM_OK);
    for (int i = 0; i < 10; i++)
        assert_int_equal(proposal.per_class[i], per_class[i]);
    assert_true(proposal.count == 60000 && proposal.facts.classes == 10 && proposal.facts.height == 28);
    dpdm_proposal_destroy(&proposal);
}

/* The first batch only: unpacking xz takes seconds a file. */
static void cifar10(void **state)
{
    (void)state;
    static const int first[] = {6, 9, 9, 4, 1, 1, 2, 7, 8, 3};
    char folder[1024], path[2048];
    dpdm_dataset data;
    dpdm_error err;
    if (!shared_data("cifar10/data_batch_1.bin.xz", folder))
        skip();
    snprintf(path, sizeof path, "%s/cifar10/data_batch_1.bin.xz", folder);
    dpdm_status status = dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &data, &err);
    if (status == DPDM_EUNSUPPORTED) {
        print_message("%s: skipped\n", err.message);
        skip();
    }
    assert_int_equal(status, DPDM_OK);
    assert_true(data.count == 10000 && data.classes == 10);
    assert_float_equal(mean_of(&data, 0), 0.4914, 0.003); /* the published means are of all five batches */
    assert_float_equal(mean_of(&data, 1), 0.4822, 0.003);
    assert_float_equal(mean_of(&data, 2), 0.4465, 0.003);
    for (int i = 0; i < 10; i++)
        assert_int_equal(data.labels[i], first[i]);
    int frogs = 0;
    for (int i = 0; i < 10000; i++)
        frogs += data.labels[i] == 6;
    assert_int_equal(frogs, 1030);
    dpdm_dataset_destroy(&data);
}

static void pneumoniamnist(void **state)
{
    (void)state;
    char folder[1024], npz[2048];
    dpdm_dataset a, b;
    dpdm_error err;
    if (!shared_data("pneumoniamnist", folder))
        skip();
    snprintf(npz, sizeof npz, "%s/pneumoniamnist/pneumoniamnist.npz", folder);
    for (int split = DPDM_SPLIT_TRAIN; split <= DPDM_SPLIT_VAL;
         split++) { /* IDX by name, and the .npz: the same images */
        assert_int_equal(dpdm_dataset_open("pneumoniamnist", folder, (dpdm_split)split, NULL, &a, &err), DPDM_OK);
        assert_int_equal(dpdm_dataset_open(npz, NULL, (dpdm_split)split, NULL, &b, &err), DPDM_OK);
        support_same(&a, &b);
        if (split == DPDM_SPLIT_TRAIN)
            assert_float_equal(mean_of(&a, 0), 0.5719, 0.0001);
        dpdm_dataset_destroy(&a);
        dpdm_dataset_destroy(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mnist),
        cmocka_unit_test(cifar10),
        cmocka_unit_test(pneumoniamnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
