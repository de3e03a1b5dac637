/* cmocka_all.h - cmocka with the headers it wants before it. */
#ifndef DPDM_TESTS_CMOCKA_ALL_H
#define DPDM_TESTS_CMOCKA_ALL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#endif
