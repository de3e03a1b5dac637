/* accountant_minimise.h - the search for the best of a family of bounds.
 *
 * Every value of the function is a valid bound, so that nothing rests on the search but how good the result is. */
#ifndef DPDM_PRIVACY_ACCOUNTANT_MINIMISE_H
#define DPDM_PRIVACY_ACCOUNTANT_MINIMISE_H

typedef double (*dpdm_bound_fn)(void *context, double x);

/* The least value met in [lowest, highest], and *at, where it was; infinite values are passed over. From start outward in
 * strides of 1 while the function falls, then golden section to a width of `precision`. */
double dpdm_bound_minimise(dpdm_bound_fn function, void *context, double start, double lowest, double highest,
                           double precision, double *at);

#endif
