/* agreement.c - accuracy, confusion matrix and calibration of predictions. */
#include "dpdm/classifier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "eval/auroc.h"

enum { BINS = 15 };

typedef struct {
    double confidence[BINS], right[BINS];
} agreement_bins;

static int agreement_best(const float *p, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

static void agreement_bin(agreement_bins *bins, double confidence, int right)
{
    int bin = (int)(confidence * BINS);
    if (bin >= BINS)
        bin = BINS - 1;
    bins->confidence[bin] += confidence;
    bins->right[bin] += right;
}

static void agreement_summarise(dpdm_agreement *a, const agreement_bins *bins)
{
    uint64_t right = 0, most = 0;
    double error = 0, balanced = 0;
    int present = 0;
    for (int c = 0; c < a->classes; c++) {
        const uint64_t *row = a->confusion + (size_t)c * (size_t)a->classes;
        uint64_t total = 0;
        for (int p = 0; p < a->classes; p++)
            total += row[p];
        right += row[c];
        a->class_accuracy[c] = total ? (double)row[c] / (double)total : NAN;
        balanced += total ? a->class_accuracy[c] : 0;
        present += total > 0;
        most = total > most ? total : most;
    }
    a->balanced_accuracy = balanced / present;
    a->base_rate = (double)most / (double)a->count;
    for (int b = 0; b < BINS; b++)
        error += fabs(bins->confidence[b] - bins->right[b]);
    a->accuracy = (double)right / (double)a->count;
    a->calibration_error = error / (double)a->count;
}

dpdm_status dpdm_agreement_measure(const dpdm_dataset *data, const float *probabilities, dpdm_agreement *agreement,
                                   dpdm_error *err)
{
    size_t classes = (size_t)data->classes;
    *agreement = (dpdm_agreement){.count = data->count,
                                  .classes = data->classes,
                                  .class_accuracy = calloc(classes, sizeof(double)),
                                  .confusion = calloc(classes * classes, sizeof(uint64_t))};
    if (!agreement->class_accuracy || !agreement->confusion) {
        dpdm_agreement_destroy(agreement);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a confusion matrix of %zu classes", classes);
    }
    agreement_bins bins = {0};
    for (uint64_t i = 0; i < data->count; i++) {
        const float *p = probabilities + i * classes;
        size_t best = (size_t)agreement_best(p, data->classes), truth = (size_t)data->labels[i];
        agreement->confusion[truth * classes + best]++;
        agreement_bin(&bins, (double)p[best], best == truth);
    }
    agreement_summarise(agreement, &bins);
    dpdm_status status = dpdm_auroc(data->labels, probabilities, data->count, data->classes, &agreement->auroc, err);
    if (status)
        dpdm_agreement_destroy(agreement);
    return status;
}

void dpdm_agreement_destroy(dpdm_agreement *agreement)
{
    free(agreement->class_accuracy);
    free(agreement->confusion);
    memset(agreement, 0, sizeof *agreement);
}
