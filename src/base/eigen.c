/* eigen.c - subspace iteration with Rayleigh-Ritz steps. */
#include "base/eigen.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { EXTRA = 8, ROUNDS = 40, SWEEPS = 30 };

static double eigen_dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i]; /* NOLINT: every row is filled before; the analyzer gives up on the loops that do it */
    return sum;
}

/* Rows that are not special in any way: the fractional parts of multiples of the golden ratio. */
static void eigen_start(double *rows, size_t count, size_t n)
{
    for (size_t i = 0; i < count * n; i++) {
        double x = 0.61803398874989485 * (double)(i + 1);
        rows[i] = x - floor(x) - 0.5;
    }
}

/* Gram and Schmidt, twice for accuracy. A row that is lost becomes a unit vector before its second pass. */
static void eigen_orthonormalise(double *rows, size_t count, size_t n)
{
    for (size_t r = 0; r < count; r++) {
        double *row = rows + r * n;
        for (int pass = 0; pass < 2; pass++) {
            for (size_t s = 0; s < r; s++) {
                double along = eigen_dot(row, rows + s * n, n);
                for (size_t i = 0; i < n; i++)
                    row[i] -= along * rows[s * n + i];
            }
            double norm = sqrt(eigen_dot(row, row, n));
            if (!(norm > 1e-150)) {
                memset(row, 0, n * sizeof *row);
                row[r % n] = norm = 1;
            }
            for (size_t i = 0; i < n; i++)
                row[i] /= norm;
        }
    }
}

/* out = rows matrix. */
static void eigen_multiply(const double *matrix, const double *rows, size_t count, size_t n, double *out)
{
    memset(out, 0, count * n * sizeof *out);
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                out[r * n + j] += rows[r * n + i] * matrix[i * n + j];
}

/* One plane rotation of Jacobi's method on the symmetric small [m, m], accumulated in rotation [m, m] (rows). */
static void eigen_rotate(double *small, double *rotation, size_t m, size_t p, size_t q)
{
    double apq = small[p * m + q];
    if (apq == 0)
        return;
    double theta = (small[q * m + q] - small[p * m + p]) / (2 * apq);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
    for (size_t k = 0; k < m; k++) {
        double a = small[k * m + p], b = small[k * m + q];
        small[k * m + p] = c * a - s * b;
        small[k * m + q] = s * a + c * b;
    }
    for (size_t k = 0; k < m; k++) {
        double a = small[p * m + k], b = small[q * m + k];
        small[p * m + k] = c * a - s * b;
        small[q * m + k] = s * a + c * b;
        a = rotation[p * m + k];
        b = rotation[q * m + k];
        rotation[p * m + k] = c * a - s * b;
        rotation[q * m + k] = s * a + c * b;
    }
}

static void eigen_jacobi(double *small, double *rotation, size_t m)
{
    memset(rotation, 0, m * m * sizeof *rotation);
    for (size_t i = 0; i < m; i++)
        rotation[i * m + i] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t p = 0; p + 1 < m; p++)
            for (size_t q = p + 1; q < m; q++)
                eigen_rotate(small, rotation, m, p, q);
}

/* Writes the `rank` rows of (rotation rows) with the largest values on small's diagonal, which is used up. */
static void eigen_select(double *small, const double *rotation, const double *rows, size_t m, size_t n, size_t rank,
                         double *vectors, double *values)
{
    for (size_t r = 0; r < rank; r++) {
        size_t best = 0;
        for (size_t i = 1; i < m; i++)
            if (small[i * m + i] > small[best * m + best])
                best = i;
        values[r] = small[best * m + best];
        small[best * m + best] = -INFINITY;
        memset(vectors + r * n, 0, n * sizeof *vectors);
        for (size_t k = 0; k < m; k++)
            for (size_t i = 0; i < n; i++)
                vectors[r * n + i] += rotation[best * m + k] * rows[k * n + i];
    }
}

dpdm_status dpdm_eigen_leading(const double *matrix, size_t n, size_t rank, double *vectors, double *values,
                               dpdm_error *err)
{
    if (n == 0 || rank > n)
        return dpdm_error_set(err, DPDM_EUSAGE, "a matrix of size %zu has no %zu eigenvalues", n, rank);
    size_t m = n - rank > EXTRA ? rank + EXTRA : n;
    double *rows = malloc(m * n * sizeof *rows), *next = malloc(m * n * sizeof *next);
    double *small = malloc(2 * m * m * sizeof *small);
    dpdm_status status = DPDM_OK;
    if (!rows || !next || !small)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu eigenvectors", rank);
    if (!status) {
        eigen_start(rows, m, n);
        for (int round = 0; round < ROUNDS; round++) {
            eigen_orthonormalise(rows, m, n);
            eigen_multiply(matrix, rows, m, n, next);
            memcpy(rows, next, m * n * sizeof *rows);
        }
        eigen_orthonormalise(rows, m, n);
        eigen_multiply(matrix, rows, m, n, next);
        for (size_t a = 0; a < m; a++)
            for (size_t b = 0; b < m; b++)
                small[a * m + b] = eigen_dot(rows + (a < b ? a : b) * n, next + (a < b ? b : a) * n, n);
        eigen_jacobi(small, small + m * m, m);
        eigen_select(small, small + m * m, rows, m, n, rank, vectors, values);
    }
    free(rows);
    free(next);
    free(small);
    return status;
}
