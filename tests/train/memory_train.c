/* memory_train.c - peak memory of training the published 28 x 28 network on 60,000 images at B = 4096, and that it does not
 * depend on the batch. Few images are drawn (the rate is small), so that it is quick; all memory is taken before the
 * first step, for any batch. Each training runs in a process of its own, whose peak the system reports. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "train/tiny_run.h"

enum { RECORDS = 60000, SIDE = 28, LIMIT_MB = 400 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static void write_data(const char *path)
{
    dpdm_dataset data;
    assert_int_equal(dpdm_dataset_create(RECORDS, SIDE, SIDE, 1, 10, &data, NULL), DPDM_OK);
    for (size_t i = 0; i < (size_t)RECORDS * SIDE * SIDE; i++)
        data.pixels[i] = (uint8_t)(i * 7);
    for (int i = 0; i < RECORDS; i++)
        data.labels[i] = i % 10;
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 1, NULL), DPDM_OK);
    dpdm_dataset_destroy(&data);
}

static dpdm_train_config published_config(const tiny_place *place, double batch, double images)
{
    dpdm_train_config config = dpdm_train_config_default();
    snprintf(config.data, sizeof config.data, "%s", place->data);
    snprintf(config.out, sizeof config.out, "%s", place->run);
    config.height = config.width = SIDE;
    config.channels = 1;
    config.classes = 10;
    config.batch = batch;
    config.sampling_rate = images / RECORDS;
    config.steps = 2;
    config.noise_multiplier = 2;
    config.delta = 1e-5;
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.threads = 2;
    config.multiplicity = 8; /* one chunk; 32 draws would be four of the same */
    config.preview_every = 2;
    config.overwrite = 1;
    return config;
}

/* Peak resident memory of a training, in MB. */
static double peak(const dpdm_train_config *config)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dpdm_error err = {0};
        dpdm_status status = dpdm_train_run(config, NULL, NULL, &err);
        if (status)
            fprintf(stderr, "%s\n", err.message);
        _exit(status ? 1 : 0);
    }
    int status;
    struct rusage usage;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return (double)usage.ru_maxrss / 1024;
}

static void the_batch_does_not_show_in_memory(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    tiny_place place;
    tiny_place_create(&place);
    if (fork() == 0) { /* so that the memory of this process, which children inherit, stays small */
        write_data(place.data);
        _exit(0);
    }
    int status;
    assert_true(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    dpdm_train_config large = published_config(&place, 4096, 12), small = published_config(&place, 64, 2);
    dpdm_train_plan plan;
    double most = peak(&large), least = peak(&small);
    large.records = RECORDS; /* what memory they take is known where their number is public */
    large.batch = 0;
    assert_int_equal(dpdm_train_plan_make(&large, &plan, NULL), DPDM_OK);
    print_message("peak %.0f MB at B = 4096, %.0f MB at B = 64; planned %.0f MB\n", most, least,
                  (double)plan.memory_bytes / 1048576);
    assert_int_equal(plan.parameters, 1753345);
    assert_true(most < LIMIT_MB);
    assert_true(most - least < 16);
    assert_true(fabs(most - (double)plan.memory_bytes / 1048576) < 0.15 * most); /* the plan can be believed */
    tiny_place_destroy(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_batch_does_not_show_in_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
