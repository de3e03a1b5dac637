/* print.h - printf and strtod with a point in every locale.
 *
 * A program that uses the library may have set a locale that writes "1,5". Whatever the library writes or reads with a
 * fraction goes through these; they are thread-safe and leave the locale as it was. */
#ifndef DPDM_BASE_PRINT_H
#define DPDM_BASE_PRINT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* As snprintf, vsnprintf, fprintf and strtod. */
int dpdm_print_text(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int dpdm_print_list(char *text, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
int dpdm_print_file(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
double dpdm_print_read(const char *text, char **end);

#endif
