/* fft.c - radix-2 complex Fourier transform. */
#include "privacy/fft.h"

#include <math.h>
#include <stdlib.h>

static const double PI = 3.14159265358979323846;

static void fft_reverse(const dpdm_fft *plan, double *re, double *im);
static void fft_stage(const dpdm_fft *plan, size_t half, double *re, double *im);

dpdm_status dpdm_fft_create(size_t size, dpdm_fft *plan, dpdm_error *err)
{
    *plan = (dpdm_fft){.size = size};
    if (size < 2 || size > (size_t)1 << 26 || (size & (size - 1)))
        return dpdm_error_set(err, DPDM_EINTERNAL, "a transform of %zu points is not a power of two up to 2^26", size);
    plan->root_re = malloc(2 * size * sizeof *plan->root_re);
    if (!plan->root_re)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a transform of %zu points", size);
    plan->root_im = plan->root_re + size;
    plan->root_re[0] = plan->root_im[0] = 0;
    for (size_t half = size / 2; half >= 1; half /= 2) {
        plan->stages++;
        for (size_t j = 0; j < half; j++) {
            /* The widest stage holds all roots; the others are every second of the next. */
            int widest = half == size / 2;
            double angle = PI * (double)j / (double)half;
            plan->root_re[half + j] = widest ? cos(angle) : plan->root_re[2 * half + 2 * j];
            plan->root_im[half + j] = widest ? sin(angle) : plan->root_im[2 * half + 2 * j];
        }
    }
    return DPDM_OK;
}

void dpdm_fft_free(dpdm_fft *plan)
{
    free(plan->root_re);
    *plan = (dpdm_fft){0};
}

void dpdm_fft_run(const dpdm_fft *plan, double *re, double *im)
{
    fft_reverse(plan, re, im);
    for (size_t half = 1; half < plan->size; half *= 2)
        fft_stage(plan, half, re, im);
}

/* A stage: root off by 7.2 u (the angle by 4.4 u, sine and cosine by 2 u each), product by sqrt(5) u, sum by u: 12 u covers
 * it and the products of these. */
double dpdm_fft_error(const dpdm_fft *plan)
{
    return 12 * plan->stages * 0x1p-53;
}

static void fft_reverse(const dpdm_fft *plan, double *re, double *im)
{
    for (size_t i = 1, j = 0; i < plan->size; i++) {
        size_t bit = plan->size >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double a = re[i], b = im[i];
            re[i] = re[j];
            im[i] = im[j];
            re[j] = a;
            im[j] = b;
        }
    }
}

static void fft_stage(const dpdm_fft *plan, size_t half, double *re, double *im)
{
    const double *root_re = plan->root_re + half, *root_im = plan->root_im + half;
    for (size_t at = 0; at < plan->size; at += 2 * half) {
        double *restrict low_re = re + at, *restrict low_im = im + at;
        double *restrict high_re = re + at + half, *restrict high_im = im + at + half;
        for (size_t j = 0; j < half; j++) {
            double a = high_re[j] * root_re[j] - high_im[j] * root_im[j];
            double b = high_re[j] * root_im[j] + high_im[j] * root_re[j];
            high_re[j] = low_re[j] - a;
            high_im[j] = low_im[j] - b;
            low_re[j] += a;
            low_im[j] += b;
        }
    }
}
