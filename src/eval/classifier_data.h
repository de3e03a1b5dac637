/* classifier_data.h - which images train a classifier, which choose its epoch, and in what order. */
#ifndef DPDM_EVAL_CLASSIFIER_DATA_H
#define DPDM_EVAL_CLASSIFIER_DATA_H

#include "dpdm/dataset.h"
#include "dpdm/rng.h"

typedef struct {
    uint64_t *train, *held_out; /* indices of images */
    uint64_t train_count, held_out_count;
} classifier_split;

/* Puts a random `share` of the images aside (none if share is 0; else at least one, and at least one is left). */
dpdm_status classifier_split_create(const dpdm_dataset *data, double share, const dpdm_key *key,
                                    classifier_split *split, dpdm_error *err);
void classifier_split_destroy(classifier_split *split);
/* A new random order of the training images, decided by (key, epoch) and the order before. */
void classifier_split_shuffle(classifier_split *split, const dpdm_key *key, uint64_t epoch);

#endif
