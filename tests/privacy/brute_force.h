/* brute_force.h - delta(epsilon) of up to three steps by nested numerical integration in long double: independent of the
 * library (no transforms, no tilting), for tests.
 *
 * remove: E_Q[(exp(S) - exp(eps))_+]; add: E_Q[(1 - exp(eps + S))_+]; the innermost step in closed form by erfc. */
#ifndef DPDM_TEST_BRUTE_FORCE_H
#define DPDM_TEST_BRUTE_FORCE_H

#include <math.h>
#include <stddef.h>

typedef struct {
    long double rate, sigma;
    int group; /* 1 or 2 */
} brute_step;

static long double brute_upper(long double u)
{
    return erfcl(u * 0.70710678118654752440084436210484904L) / 2;
}

/* log likelihood ratio at node u (u ~ N(0, 1) without the unit). */
static long double brute_loss(const brute_step *s, long double u)
{
    long double q = s->rate, e = expm1l(u / s->sigma - 1 / (2 * s->sigma * s->sigma));
    if (s->group == 1)
        return log1pl(q * e);
    long double f = expm1l(2 * u / s->sigma - 2 / (s->sigma * s->sigma));
    return log1pl(2 * q * (1 - q) * e + q * q * f);
}

/* The node at which the loss is x, in closed form; -infinity where it is larger everywhere. */
static long double brute_node(const brute_step *s, long double x)
{
    long double q = s->rate, half = 1 / (2 * s->sigma * s->sigma), rise = expm1l(x) + q, z = rise / q * expl(half);
    if (s->group == 2) {
        /* q^2 e^(-4 half) z^2 + 2 q (1 - q) e^(-half) z = e^x - (1 - q)^2, z = exp(u / sigma) */
        long double a = q * q * expl(-4 * half), b = 2 * q * (1 - q) * expl(-half);
        rise = expm1l(x) + 2 * q - q * q;
        z = 2 * rise / (b + sqrtl(b * b + 4 * a * fmaxl(rise, 0)));
    }
    return rise > 0 ? s->sigma * logl(z) : -INFINITY;
}

/* Probability of a node above u with the unit. */
static long double brute_upper_with(const brute_step *s, long double u)
{
    long double q = s->rate;
    if (s->group == 1)
        return (1 - q) * brute_upper(u) + q * brute_upper(u - 1 / s->sigma);
    return (1 - q) * (1 - q) * brute_upper(u) + 2 * q * (1 - q) * brute_upper(u - 1 / s->sigma) +
           q * q * brute_upper(u - 2 / s->sigma);
}

/* width: of the integration's cells; the result is good to about what halving it changes. */
static long double brute_delta(const brute_step *steps, size_t count, int add, long double epsilon, long double width)
{
    const brute_step *s = &steps[0];
    if (count == 1) {
        long double u = brute_node(s, add ? -epsilon : epsilon);
        if (!add)
            return brute_upper_with(s, u) - expl(epsilon) * brute_upper(u);
        if (isinf(u))
            return 0;
        return brute_upper(-u) - expl(epsilon) * (1 - brute_upper_with(s, u));
    }
    long double right = 10 + (add ? 0 : s->group / s->sigma), sum = 0;
    for (long double u = -10; u < right; u += width) {
        long double loss = brute_loss(s, u), weight = expl(-u * u / 2 + (add ? 0 : loss));
        sum += weight * brute_delta(steps + 1, count - 1, add, add ? epsilon + loss : epsilon - loss, width);
    }
    return sum * width / sqrtl(2 * 3.14159265358979323846264338327950288L);
}

/* The larger of both directions. */
static long double brute_worst(const brute_step *steps, size_t count, long double epsilon, long double width)
{
    return fmaxl(brute_delta(steps, count, 0, epsilon, width), brute_delta(steps, count, 1, epsilon, width));
}

#endif
