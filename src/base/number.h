/* number.h - numbers from and to text, the same in every locale.
 *
 * Parsers take exactly text[0..length) (blanks at either end are allowed), return 1 and fill *value, or return 0 and
 * leave it alone. Thread-safe. */
#ifndef DPDM_BASE_NUMBER_H
#define DPDM_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Decimal digits with an optional sign. */
int dpdm_number_i64(const char *text, size_t length, int64_t *value);
/* Decimal digits. */
int dpdm_number_u64(const char *text, size_t length, uint64_t *value);
/* Decimal, with optional point and exponent. No NaN, no infinity, no hexadecimal; a number too large for a double, or
 * so small that it would become 0, is refused. */
int dpdm_number_double(const char *text, size_t length, double *value);
/* The shortest of 15, 16 or 17 digits that reads back to the same double; "nan" and "inf" for what is not finite. */
void dpdm_number_format(double value, char *text, size_t size);

#endif
