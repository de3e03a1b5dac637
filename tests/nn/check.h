/* check.h - what the tests of nn include: cmocka and its needs. */
#ifndef TESTS_NN_CHECK_H
#define TESTS_NN_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dpdm/network.h"

/* Fails the test with the message of err unless status is DPDM_OK. */
static inline void check_ok(dpdm_status status, const dpdm_error *err)
{
    if (status)
        fail_msg("%s: %s", dpdm_status_name(status), err->message);
}

static inline void *check_alloc(size_t bytes)
{
    void *memory = calloc(1, bytes ? bytes : 1);
    assert_non_null(memory);
    return memory;
}

#endif
