/* eval_parts.h - groups of the test images beside their classes, such as hospitals or devices: a text file with a line for
 * each test image, in their order, that names its group. */
#ifndef DPDM_EVAL_EVAL_PARTS_H
#define DPDM_EVAL_EVAL_PARTS_H

#include "dpdm/classifier.h"

enum { EVAL_PARTS = 1000, EVAL_PART_NAME = 60 };

typedef struct {
    int count; /* 0: there are none */
    char (
        *names)[EVAL_PART_NAME]; /* in the order of their first images; characters that steer a terminal are replaced */
    int *of;                     /* [images] */
} eval_parts;

/* DPDM_EFORMAT naming the line: not as many lines as images, more than EVAL_PARTS groups, an empty or too long name. */
dpdm_status eval_parts_read(const char *path, uint64_t images, eval_parts *parts, dpdm_error *err);
void eval_parts_destroy(eval_parts *parts);

/* groups[0..count), judged, from probabilities [test->count, classes]; NULL: only the images are counted. */
void eval_parts_judge(const eval_parts *parts, const dpdm_dataset *test, const float *probabilities,
                      dpdm_group *groups);

#endif
