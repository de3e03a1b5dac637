/* pld_gaussian.h - the plain Gaussian mechanism in closed form (Balle and Wang 2018, theorem 8).
 *
 * T steps at rate 1 are one Gaussian mechanism of mu = sqrt(T) / sigma, for which, with Q the normal upper tail,
 *
 *     delta(eps) = Q(eps / mu - mu / 2) - exp(eps) Q(eps / mu + mu / 2),
 *
 * the same in both directions. */
#ifndef DPDM_PRIVACY_PLD_GAUSSIAN_H
#define DPDM_PRIVACY_PLD_GAUSSIAN_H

/* mu2 > 0: mu^2, to within relative error mu2_error < 1e-6. Bounds on log delta(epsilon), epsilon >= 0; the lower one
 * may be -infinity. */
void dpdm_pld_gaussian_log_delta(double mu2, double mu2_error, double epsilon, double *lower, double *upper);
/* Bounds on epsilon(delta), delta in (0, 1). */
void dpdm_pld_gaussian_epsilon(double mu2, double mu2_error, double delta, double *lower, double *upper);

#endif
