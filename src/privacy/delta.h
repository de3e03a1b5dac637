/* delta.h - deltas that promise nothing: what is refused, and what is warned of.
 *
 * A mechanism that publishes one record drawn at random is (0, 1 / N)-differentially private: a delta of 1 / N or more
 * allows it. docs/privacy/neighbours.md. */
#ifndef DPDM_PRIVACY_DELTA_H
#define DPDM_PRIVACY_DELTA_H

#include "dpdm/accountant.h"

#define DPDM_DELTA_MOST 0.1
enum { DPDM_DELTA_TEXT = 400 };

/* DPDM_EUSAGE for a delta outside (0, 1), and for one of DPDM_DELTA_MOST or more unless `accepted`; `option` names the
 * setting that accepts it; NULL: there is none. */
dpdm_status dpdm_delta_check(double delta, int accepted, const char *option, dpdm_error *err);

/* Returns whether delta is 1 / records or more, and then says so in text. records: N where it is public; else 0, and batch
 * / rate, which the public constants give, stands in its place. */
int dpdm_delta_warning(double delta, uint64_t records, double batch, double rate, char text[DPDM_DELTA_TEXT]);

#endif
