/* fuzz_classifier.c - released DP-SGD classifiers: an input is a list of edits of a good file, as in fuzz_model.c. */
#include "fuzz.h"
#include "base/file.h"
#include "dpdm/dp_classifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The bytes of a classifier of 4 x 4 images that took one step. */
static void make_classifier(uint8_t **bytes, size_t *size)
{
    char folder[] = "/tmp/dpdm-fuzz-XXXXXX", data[64], out[64];
    dpdm_train_config config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    dpdm_dp_classifier *classifier;
    dpdm_dataset images;
    fuzz_assert(mkdtemp(folder) != NULL);
    snprintf(data, sizeof data, "%s/data.npz", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    fuzz_assert(!dpdm_dataset_create(8, 4, 4, 1, 2, &images, NULL) && !dpdm_dataset_seal(&images, NULL));
    fuzz_assert(!dpdm_dataset_write(&images, DPDM_FORMAT_NPZ, data, 0, NULL));
    dpdm_dataset_destroy(&images);
    snprintf(config.data, sizeof config.data, "%s", data);
    config.height = config.width = 4;
    config.channels = 1;
    config.classes = 2;
    config.records = 8;
    config.classifier = DPDM_CLASSIFIER_LOGREG;
    config.batch = 4;
    config.steps = 1;
    config.noise_multiplier = 1;
    config.delta = 1e-3;
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.threads = 1;
    fuzz_assert(!dpdm_dp_classifier_train(&config, NULL, NULL, &classifier, NULL));
    fuzz_assert(!dpdm_dp_classifier_write(classifier, out, 0, NULL));
    dpdm_dp_classifier_destroy(classifier);
    fuzz_assert(!dpdm_file_read(out, (size_t)1 << 24, bytes, size, NULL));
    unlink(data);
    unlink(out);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t *good; /* kept for the life of the process */
    static size_t good_size;
    dpdm_dp_classifier *classifier;
    dpdm_error err;
    if (!good)
        make_classifier(&good, &good_size);
    size_t header = 8 + ((size_t)good[0] | (size_t)good[1] << 8 | (size_t)good[2] << 16), edited = good_size;
    uint8_t *copy = malloc(good_size);
    fuzz_assert(copy && header < good_size);
    memcpy(copy, good, good_size);
    for (; size >= 4; bytes += 4, size -= 4) {
        size_t at = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)(bytes[2] & 0x7f) << 16;
        copy[at % (bytes[2] & 0x80 ? good_size : header)] = bytes[3];
    }
    if (size)
        edited -= (size_t)bytes[0] * (size > 1 ? (size_t)bytes[1] + 1 : 1) % good_size;
    dpdm_status status = dpdm_dp_classifier_parse(copy, edited, "classifier", 1, &classifier, &err);
    if (status) {
        fuzz_check_error(status, &err);
    } else {
        fuzz_assert(edited == good_size && dpdm_dp_classifier_statement(classifier) != NULL);
        dpdm_dp_classifier_destroy(classifier);
    }
    free(copy);
    return 0;
}
