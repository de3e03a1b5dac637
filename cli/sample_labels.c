/* sample_labels.c - see sample_labels.h. */
#include "sample_labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_IMAGES ((uint64_t)1000000000)

/* Digits alone, up to `most`; -1 for anything else. */
static int64_t number(const char *text, size_t length, uint64_t most)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (uint64_t)(text[i] - '0');
        if (value > most)
            return -1;
    }
    return length ? (int64_t)value : -1;
}

static dpdm_status counts_parse(const dpdm_model *model, const char *counts, uint64_t *left, uint64_t *total,
                                dpdm_error *err)
{
    for (const char *text = counts; *text;) {
        const size_t length = strcspn(text, ",");
        size_t name = length;
        while (name && text[name - 1] != ':')
            name--;
        const int64_t images = name ? number(text + name, length - name, SAMPLE_IMAGES) : -1;
        int label;
        if (images < 0)
            return dpdm_error_set(
                err, DPDM_EUSAGE,
                "--counts: '%.*s' is not CLASS:N: give a class, by name or number, and how many images, "
                "such as 0:500,1:3000",
                (int)length, text);
        char class[256];
        snprintf(class, sizeof class, "%.*s", (int)(name - 1 < sizeof class ? name - 1 : sizeof class), text);
        dpdm_status status = dpdm_class_find(class, model->class_names, model->description.classes, &label, err);
        if (status)
            return dpdm_error_prefix(err, status, "--counts");
        if (left[label] != UINT64_MAX)
            return dpdm_error_set(err, DPDM_EUSAGE, "--counts: class %.*s stands there twice", (int)(name - 1), text);
        left[label] = (uint64_t)images;
        *total += (uint64_t)images;
        text += length + (text[length] == ',');
    }
    if (!*total || *total > SAMPLE_IMAGES)
        return dpdm_error_set(err, DPDM_EUSAGE, "--counts asks for %llu images; 1 to %llu can be drawn",
                              (unsigned long long)*total, (unsigned long long)SAMPLE_IMAGES);
    return DPDM_OK;
}

dpdm_status sample_counts(const dpdm_model *model, const char *counts, int32_t **labels, uint64_t *count,
                          dpdm_error *err)
{
    const size_t classes = (size_t)model->description.classes;
    uint64_t *left = malloc(classes * sizeof *left); /* UINT64_MAX: not named */
    *labels = NULL;
    *count = 0;
    dpdm_status status = left ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu classes", classes);
    for (size_t c = 0; left && c < classes; c++)
        left[c] = UINT64_MAX;
    if (!status)
        status = counts_parse(model, counts, left, count, err);
    if (!status && !(*labels = malloc(*count * sizeof **labels)))
        status =
            dpdm_error_set(err, DPDM_ENOMEM, "no memory for the labels of %llu images", (unsigned long long)*count);
    for (uint64_t i = 0; !status && i < *count;)
        for (size_t c = 0; c < classes; c++)
            if (left[c] != UINT64_MAX && left[c]) {
                (*labels)[i++] = (int32_t)c;
                left[c]--;
            }
    free(left);
    return status;
}
