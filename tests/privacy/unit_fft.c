/* unit_fft.c - the Fourier transform against its definition, and within its own component-wise bound. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "privacy/fft.h"

enum { SIZE_MAX_TESTED = 1024 };

/* An input of few large and many tiny values, so that a bound on the norm would not do. */
static void fft_input(size_t size, double *re, double *im)
{
    uint64_t x = 88172645463325252u;
    for (size_t n = 0; n < size; n++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        double value = (double)(x >> 11) * 0x1p-53;
        re[n] = (n % 97 == 3 ? 1 : 1e-12) * value;
        im[n] = (n % 89 == 5 ? 1 : 1e-12) * (value - 0.5);
    }
}

static void definition_agrees(void **state)
{
    (void)state;
    const long double pi = 3.14159265358979323846264338327950288L;
    static double re[SIZE_MAX_TESTED], im[SIZE_MAX_TESTED], x[SIZE_MAX_TESTED], y[SIZE_MAX_TESTED];
    for (size_t size = 2; size <= SIZE_MAX_TESTED; size *= 2) {
        dpdm_fft plan;
        assert_int_equal(dpdm_fft_create(size, &plan, NULL), DPDM_OK);
        fft_input(size, re, im);
        fft_input(size, x, y);
        dpdm_fft_run(&plan, x, y);
        long double total = 0;
        for (size_t n = 0; n < size; n++)
            total += hypotl(re[n], im[n]);
        for (size_t k = 0; k < size; k++) {
            long double a = 0, b = 0;
            for (size_t n = 0; n < size; n++) {
                long double angle = 2 * pi * (long double)(k * n % size) / (long double)size;
                a += re[n] * cosl(angle) - im[n] * sinl(angle);
                b += re[n] * sinl(angle) + im[n] * cosl(angle);
            }
            assert_true(hypotl(a - x[k], b - y[k]) <= dpdm_fft_error(&plan) * total + 1e-17L * total);
        }
        assert_true(dpdm_fft_error(&plan) < 1e-13);
        dpdm_fft_free(&plan);
    }
}

static void sizes_are_checked(void **state)
{
    (void)state;
    static const size_t bad[] = {0, 1, 3, 100, (size_t)1 << 27};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dpdm_fft plan;
        assert_int_equal(dpdm_fft_create(bad[i], &plan, NULL), DPDM_EINTERNAL);
        dpdm_fft_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(definition_agrees), cmocka_unit_test(sizes_are_checked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
