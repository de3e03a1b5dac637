/* print.c - printf and strtod in the C locale, for this thread and this call. */
#include "base/print.h"

#include <locale.h>
#include <stdlib.h>

/* The C locale is built in: newlocale takes no memory for it and cannot fail. */
typedef struct {
    locale_t plain, before;
} print_locale;

static print_locale print_enter(void)
{
    print_locale held = {.plain = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    held.before = uselocale(held.plain);
    return held;
}

static void print_leave(print_locale held)
{
    uselocale(held.before);
    if (held.plain)
        freelocale(held.plain);
}

int dpdm_print_list(char *text, size_t size, const char *format, va_list args)
{
    print_locale held = print_enter();
    int length = vsnprintf(text, size, format, args);
    print_leave(held);
    return length;
}

int dpdm_print_text(char *text, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = dpdm_print_list(text, size, format, args);
    va_end(args);
    return length;
}

int dpdm_print_file(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_locale held = print_enter();
    int length = vfprintf(out, format, args);
    print_leave(held);
    va_end(args);
    return length;
}

double dpdm_print_read(const char *text, char **end)
{
    print_locale held = print_enter();
    double value = strtod(text, end);
    print_leave(held);
    return value;
}
