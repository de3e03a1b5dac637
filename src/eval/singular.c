/* singular.c - see singular.h.
 *
 * Step k takes a reflection of the rows that clears column k below the diagonal, then one of the columns that clears row k
 * right of the first superdiagonal. Their effect on the rest, M -= v w^T + z u^T, is carried out by the next step's first
 * sweep over M, which multiplies by that step's v on the way: two sweeps a step instead of four. */
#include "eval/singular.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256 /* rows or columns of a task */, SMALL = 128 /* below, threads cost more than they save */ };

/* Rows and columns from `first` on are left to do. */
typedef struct {
    double *matrix;
    size_t m, n, first;
    double *v, *w, *z, *u; /* the update that is due: v, z [m]; w, u [n] */
    double *next_v, *next_w;
    double factor; /* of next_w */
    double along;  /* w.u */
} bidiagonal;

static double singular_dot(const double *a, const double *b, size_t n)
{
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t l = 0; l < 8; l++)
            sums[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        sums[0] += a[i] * b[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/* Turns x[0..n) into v with (I - factor v v^T) x = (result, 0, ...); returns the result. */
static double singular_reflect(double *x, size_t n, double *factor)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    *factor = 0;
    if (largest == 0)
        return 0;
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += x[i] / largest * (x[i] / largest);
    const double norm = largest * sqrt(square), result = x[0] > 0 ? -norm : norm;
    const double head = x[0] - result; /* no cancellation: opposite signs */
    for (size_t i = 1; i < n; i++)
        x[i] /= head;
    x[0] = 1;
    *factor = -head / result;
    return result;
}

/* Columns of one chunk: the update that is due, and next_w = factor M^T next_v. */
static void bidiagonal_columns(void *context, int worker, uint64_t index)
{
    bidiagonal *b = context;
    const size_t from = b->first + index * CHUNK, to = from + CHUNK < b->n ? from + CHUNK : b->n;
    (void)worker;
    memset(b->next_w + from, 0, (to - from) * sizeof *b->next_w);
    for (size_t i = b->first; i < b->m; i++) {
        double *row = b->matrix + i * b->n;
        const double v = b->v[i], z = b->z[i], next = b->next_v[i];
        for (size_t c = from; c < to; c++) {
            row[c] -= v * b->w[c] + z * b->u[c];
            b->next_w[c] += next * row[c];
        }
    }
    for (size_t c = from; c < to; c++)
        b->next_w[c] *= b->factor;
}

/* Rows of one chunk: z = factor (M - v w^T) u, over the columns after the first. */
static void bidiagonal_rows(void *context, int worker, uint64_t index)
{
    bidiagonal *b = context;
    const size_t from = b->first + 1 + index * CHUNK, to = from + CHUNK < b->m ? from + CHUNK : b->m;
    const size_t right = b->first + 1;
    (void)worker;
    for (size_t i = from; i < to; i++) {
        const double product = singular_dot(b->matrix + i * b->n + right, b->u + right, b->n - right);
        b->z[i] = b->factor * (product - b->v[i] * b->along);
    }
}

static void bidiagonal_run(bidiagonal *b, dpdm_pool *pool, size_t count, dpdm_task_fn task)
{
    const uint64_t tasks = (count + CHUNK - 1) / CHUNK;
    if (count >= SMALL && tasks > 1) {
        dpdm_pool_run(pool, tasks, task, b);
        return;
    }
    for (uint64_t i = 0; i < tasks; i++)
        task(b, 0, i);
}

/* One step: the diagonal element, and the one right of it (0 in the last column). */
static void bidiagonal_step(bidiagonal *b, dpdm_pool *pool, double *diagonal, double *right)
{
    const size_t k = b->first, n = b->n;
    for (size_t i = k; i < b->m; i++) /* column k as it is after the update that is due */
        b->next_v[i] = b->matrix[i * n + k] - (b->v[i] * b->w[k] + b->z[i] * b->u[k]);
    *diagonal = singular_reflect(b->next_v + k, b->m - k, &b->factor);
    *right = 0;
    if (k + 1 == n)
        return;
    bidiagonal_run(b, pool, n - k, bidiagonal_columns);
    double *swap = b->v;
    b->v = b->next_v;
    b->next_v = swap;
    swap = b->w;
    b->w = b->next_w;
    b->next_w = swap;
    for (size_t c = k + 1; c < n; c++) /* row k after the reflection of rows */
        b->u[c] = b->matrix[k * n + c] - b->v[k] * b->w[c];
    *right = singular_reflect(b->u + k + 1, n - k - 1, &b->factor);
    b->along = singular_dot(b->w + k + 1, b->u + k + 1, n - k - 1);
    if (k + 1 < b->m)
        bidiagonal_run(b, pool, b->m - k - 1, bidiagonal_rows);
}

/* The eigenvalues of a symmetric tridiagonal matrix, in d [n], e [n - 1] its off-diagonal (used up, and one more). Returns
 * 0 if one does not converge. */
static int singular_tridiagonal(double *d, double *e, size_t n)
{
    double size = 0;
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(d[i]) + fabs(e[i]));
    for (size_t l = 0; l < n; l++)
        for (int round = 0;; round++) {
            size_t m = l;
            while (m + 1 < n && fabs(e[m]) > DBL_EPSILON * size)
                m++;
            if (m == l)
                break;
            if (round == 100)
                return 0;
            double g = (d[l + 1] - d[l]) / (2 * e[l]);
            g = d[m] - d[l] + e[l] / (g + copysign(hypot(g, 1), g));
            double s = 1, c = 1, p = 0;
            size_t i = m;
            while (i-- > l) {
                const double f = s * e[i], h = c * e[i], r = hypot(f, g);
                e[i + 1] = r;
                if (r == 0)
                    break;
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                const double t = (d[i] - g) * s + 2 * c * h;
                p = s * t;
                d[i + 1] = g + p;
                g = c * t - h;
            }
            if (i + 1 > l) { /* split before the end: the rest waits for the next round */
                d[i + 1] -= p;
                e[m] = 0;
                continue;
            }
            d[l] -= p;
            e[l] = g;
            e[m] = 0;
        }
    return 1;
}

static void singular_transpose(const double *from, size_t m, size_t n, double *to)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            to[j * m + i] = from[i * n + j];
}

/* memory: 3 m + 7 n doubles of zeros. m >= n. */
static dpdm_status singular_tall(double *matrix, size_t m, size_t n, dpdm_pool *pool, double *memory, double *sum,
                                 dpdm_error *err)
{
    bidiagonal b = {.matrix = matrix, .m = m, .n = n};
    b.v = memory;
    b.z = b.v + m;
    b.next_v = b.z + m;
    b.w = b.next_v + m;
    b.u = b.w + n;
    b.next_w = b.u + n;
    double *values = b.next_w + n, *off = values + 2 * n;
    for (b.first = 0; b.first < n; b.first++)
        bidiagonal_step(&b, pool, &off[2 * b.first], &off[2 * b.first + 1]);
    if (!singular_tridiagonal(values, off, 2 * n))
        return dpdm_error_set(err, DPDM_EINTERNAL, "the singular values of a %zu x %zu matrix do not converge", m, n);
    *sum = 0;
    for (size_t i = 0; i < 2 * n; i++) /* they come in pairs, one positive and one negative */
        *sum += fabs(values[i]) / 2;
    return DPDM_OK;
}

dpdm_status singular_sum(double *matrix, size_t m, size_t n, dpdm_pool *pool, double *sum, dpdm_error *err)
{
    *sum = 0;
    if (m == 0 || n == 0)
        return DPDM_OK;
    const size_t tall = m > n ? m : n, wide = m > n ? n : m;
    double *memory = calloc(3 * tall + 7 * wide, sizeof *memory);
    double *turned = m < n ? malloc(m * n * sizeof *turned) : NULL;
    dpdm_status status = DPDM_OK;
    if (!memory || (m < n && !turned))
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the singular values of a %zu x %zu matrix", m, n);
    if (!status && turned)
        singular_transpose(matrix, m, n, turned);
    if (!status)
        status = singular_tall(turned ? turned : matrix, tall, wide, pool, memory, sum, err);
    free(memory);
    free(turned);
    return status;
}
