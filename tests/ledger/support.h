/* support.h - a ledger in a folder of its own, and requests that cost little to account for. */
#ifndef DPDM_TESTS_LEDGER_SUPPORT_H
#define DPDM_TESTS_LEDGER_SUPPORT_H

#include "cmocka_all.h"
#include "dpdm/ledger.h"

typedef struct {
    char folder[200], path[256];
} support_place;

void support_place_make(support_place *place);
/* Removes the ledger and the files beside it. */
void support_place_clear(const support_place *place);
void support_place_remove(const support_place *place);

/* cmocka setup and teardown: *state is a support_place. */
int support_setup(void **state);
int support_teardown(void **state);

dpdm_ledger *support_open(const support_place *place, dpdm_ledger_mode mode);
/* A data set of accountant rdp, which is quick. */
dpdm_ledger_data_set support_data_set(const char *name, double epsilon);
/* A new ledger with one data set "faces"; left open. */
dpdm_ledger *support_create(const support_place *place, double epsilon);

/* One release of a plain Gaussian with noise multiplier 10: epsilon about 0.5 at delta 1e-5. */
extern const dpdm_event support_event;
/* Run number n asks for that on "faces". */
dpdm_ledger_request support_request(unsigned n);
/* How many such runs, at most, a budget allows. */
unsigned support_fitting(double epsilon);

/* Asserts that a call failed with `status` and a message that holds each of the words (ended by NULL). */
void support_refused(dpdm_status found, const dpdm_error *err, dpdm_status status, ...);
#define SUPPORT_GOOD(call) assert_int_equal(call, DPDM_OK)

/* Runs SQL on the file as anyone with the sqlite3 shell could. */
void support_sql(const support_place *place, const char *statements);

#endif
