/* outer.c - see outer.h. */
#include "train/outer.h"

#include <math.h>

/* Pixels come in steps of 2/255: less is below what images resolve. */
static const double least_variance = 1e-4;

size_t outer_size(size_t n)
{
    return n * (n + 1) / 2;
}

void outer_fold(const float *r, size_t n, float *vector)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        float twice = sqrtf(2) * r[i];
        vector[at++] = r[i] * r[i];
        for (size_t j = i + 1; j < n; j++)
            vector[at++] = twice * r[j];
    }
}

void outer_unfold(const float *vector, double count, size_t n, double *matrix)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        matrix[i * n + i] = (double)vector[at++] / count;
        for (size_t j = i + 1; j < n; j++)
            matrix[i * n + j] = matrix[j * n + i] = (double)vector[at++] / (sqrt(2) * count);
    }
}

double outer_floor(double variance)
{
    return variance > least_variance ? variance : least_variance;
}
