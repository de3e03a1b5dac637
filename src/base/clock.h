/* clock.h - time that passes, for progress and measurements. */
#ifndef DPDM_BASE_CLOCK_H
#define DPDM_BASE_CLOCK_H

/* Seconds since some moment; never goes back. */
double dpdm_clock_seconds(void);

#endif
