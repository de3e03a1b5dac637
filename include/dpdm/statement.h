/* statement.h - the privacy statement of a release: what is promised, to whom, under what assumptions.
 *
 * It holds public constants and proven bounds only. JSON, one object; docs/privacy/statement.md lists its keys. */
#ifndef DPDM_STATEMENT_H
#define DPDM_STATEMENT_H

#include "dpdm/accountant.h"
#include "dpdm/gaussian.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const dpdm_event *events; /* everything that was computed from the private data, composed */
    const char *const *names; /* [count], what each event is, for people; NULL: not said */
    size_t count;
    double delta;
    dpdm_accountant accountant; /* whose bound is the claim; the other one stands beside it */
    dpdm_grid grid;
    double batch;       /* the public divisor */
    int records_public; /* the number of records was stated as a public fact */
    int seeded;         /* the key came from a seed: no claim is made */
} dpdm_statement;

/* Writes the statement as JSON; *json is malloc'ed. DPDM_ERANGE where the claimed bound cannot be proven. */
DPDM_API dpdm_status dpdm_statement_write(const dpdm_statement *statement, char **json, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
