/* tiny_fixture.h - one place for all trainings of a test program (tiny_run.h), made before its first test and gone after its
 * last: cmocka_run_group_tests(tests, tiny_setup, tiny_teardown). */
#ifndef DPDM_TESTS_TINY_FIXTURE_H
#define DPDM_TESTS_TINY_FIXTURE_H

#include "train/tiny_run.h"

extern tiny_place tiny_here;

int tiny_setup(void **state);
int tiny_teardown(void **state);
/* Class means, a covariance, one of each class, then steps. */
dpdm_train_config tiny_prior_config(void);
/* Trains, and looks at nothing but that it goes well. */
void tiny_run(const dpdm_train_config *config);

#endif
