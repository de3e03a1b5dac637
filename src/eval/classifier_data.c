/* classifier_data.c - random splits and orders. */
#include "eval/classifier_data.h"

#include <stdlib.h>
#include <string.h>

/* Fisher and Yates. */
static void split_shuffle(uint64_t *list, uint64_t n, dpdm_stream *stream)
{
    for (uint64_t i = n; i > 1; i--) {
        uint64_t j = dpdm_stream_below(stream, i), kept = list[i - 1];
        list[i - 1] = list[j];
        list[j] = kept;
    }
}

dpdm_status classifier_split_create(const dpdm_dataset *data, double share, const dpdm_key *key,
                                    classifier_split *split, dpdm_error *err)
{
    dpdm_stream stream;
    uint64_t n = data->count, aside = (uint64_t)(share * (double)n + 0.5);
    if (share > 0 && aside == 0)
        aside = 1;
    if (aside >= n)
        aside = n - 1;
    *split = (classifier_split){.train = malloc(n * sizeof *split->train), .train_count = n - aside};
    if (!split->train)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the order of %llu images", (unsigned long long)n);
    for (uint64_t i = 0; i < n; i++)
        split->train[i] = i;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_CLASSIFIER, 0, 0);
    split_shuffle(split->train, n, &stream);
    split->held_out = split->train + split->train_count;
    split->held_out_count = aside;
    return DPDM_OK;
}

void classifier_split_destroy(classifier_split *split)
{
    free(split->train); /* held_out is its tail */
    memset(split, 0, sizeof *split);
}

void classifier_split_shuffle(classifier_split *split, const dpdm_key *key, uint64_t epoch)
{
    dpdm_stream stream;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_CLASSIFIER, 0, epoch);
    split_shuffle(split->train, split->train_count, &stream);
}
