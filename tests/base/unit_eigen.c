/* unit_eigen.c - catches eigenvalues in the wrong order, vectors that are not orthonormal, and lost directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/eigen.h"

enum { N = 60, RANK = 5 };

/* Householder reflections of a diagonal: known eigenvalues, no zero entries. */
static void make_matrix(const double *values, double *matrix)
{
    double u[N], square = 0;
    memset(matrix, 0, N * N * sizeof *matrix);
    for (int i = 0; i < N; i++) {
        u[i] = sin(1.0 + i * i);
        square += u[i] * u[i];
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++)
                matrix[i * N + j] +=
                    values[k] * ((i == k) - 2 * u[i] * u[k] / square) * ((j == k) - 2 * u[j] * u[k] / square);
}

static void finds_the_leading_pairs(void **state)
{
    (void)state;
    double values[N], vectors[RANK * N], found[RANK];
    static double matrix[N * N];
    for (int k = 0; k < N; k++)
        values[(k * 7) % N] = k < RANK ? 10.0 - k : 0.3 * cos(k); /* some are negative */
    make_matrix(values, matrix);
    assert_int_equal(dpdm_eigen_leading(matrix, N, RANK, vectors, found, NULL), DPDM_OK);
    for (int r = 0; r < RANK; r++) {
        assert_true(fabs(found[r] - (10.0 - r)) < 1e-9);
        for (int s = 0; s <= r; s++) {
            double dot = 0;
            for (int i = 0; i < N; i++)
                dot += vectors[r * N + i] * vectors[s * N + i];
            assert_true(fabs(dot - (r == s)) < 1e-12);
        }
        for (int i = 0; i < N; i++) {
            double image = 0;
            for (int j = 0; j < N; j++)
                image += matrix[i * N + j] * vectors[r * N + j];
            assert_true(fabs(image - found[r] * vectors[r * N + i]) < 1e-7);
        }
    }
}

static void survives_degenerate_matrices(void **state)
{
    (void)state;
    static double zero[N * N], vectors[N * N];
    double found[N], dot = 0;
    assert_int_equal(dpdm_eigen_leading(zero, N, N, vectors, found, NULL), DPDM_OK);
    for (int i = 0; i < N; i++) {
        assert_true(found[i] == 0);
        dot += vectors[i] * vectors[i];
    }
    assert_true(fabs(dot - 1) < 1e-12);
    assert_int_equal(dpdm_eigen_leading(zero, N, N + 1, vectors, found, NULL), DPDM_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_leading_pairs),
                                       cmocka_unit_test(survives_degenerate_matrices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
