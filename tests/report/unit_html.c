/* unit_html.c - nothing that is put into a template becomes markup; broken and misleading characters are replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/html.h"

/* What a writer wrote, as a string of the caller's. */
typedef void (*writer)(FILE *out, const void *context);

static char *written(writer write, const void *context)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    write(out, context);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static void write_text(FILE *out, const void *text)
{
    dpdm_html_text(out, text);
}

#define BAD "\xEF\xBF\xBD"

static void escapes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain text, ε ≤ 10 \xF0\x9F\x94\x92", "plain text, ε ≤ 10 \xF0\x9F\x94\x92"},
        {"<script>alert(\"1\")</script>", "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"},
        {"' onload='x' & &lt;", "&#39; onload=&#39;x&#39; &amp; &amp;lt;"},
        {"a\tb\nc", "a\tb\nc"},
        {"\x01\x1B[31m\x7F", BAD BAD "[31m" BAD},
        {"\xC2\x85", BAD},          /* a control character of Latin-1 */
        {"\x80 \xBF", BAD " " BAD}, /* continuations without a start */
        {"\xC0\xBC"
         "script",
         BAD BAD "script"},                    /* '<' in two bytes */
        {"\xE0\x80\xBC", BAD BAD BAD},         /* '<' in three */
        {"\xF0\x80\x80\xBC", BAD BAD BAD BAD}, /* '<' in four */
        {"\xED\xA0\x80", BAD BAD BAD},         /* a surrogate */
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD}, /* beyond Unicode */
        {"\xE2\x82", BAD BAD},                 /* cut short */
        {"\xE2\x82<", BAD BAD "&lt;"},         /* cut short before a character that matters */
        {"\xF5\xFF", BAD BAD},
        {"safe \xE2\x80\xAE"
         "elif",
         "safe " BAD "elif"},  /* right-to-left override */
        {"\xEF\xBF\xBF", BAD}, /* no character */
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = written(write_text, cases[i][0]);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

static void write_template(FILE *out, const void *text)
{
    dpdm_html_put(out, "<p title=\"%s\">%d %% of %s</p>", (const char *)text, -7, (const char *)text);
}

static void templates(void **state)
{
    (void)state;
    char *text = written(write_template, "\"><%s%d&");
    assert_string_equal(text, "<p title=\"&quot;&gt;&lt;%s%d&amp;\">-7 % of &quot;&gt;&lt;%s%d&amp;</p>");
    free(text);
    text = written(write_text, NULL);
    assert_string_equal(text, "");
    free(text);
}

typedef struct {
    uint8_t bytes[3 * 1024 + 2];
    size_t size;
} blob;

static void write_uri(FILE *out, const void *context)
{
    const blob *b = context;
    dpdm_html_data_uri(out, "image/png", b->bytes, b->size);
}

static void data_uris(void **state)
{
    (void)state;
    blob b = {.bytes = "light w", .size = 7};
    char *text = written(write_uri, &b);
    assert_string_equal(text, "data:image/png;base64,bGlnaHQgdw==");
    free(text);
    /* Over the border between chunks: padding at the end only. */
    memset(b.bytes, 0xFF, sizeof b.bytes);
    b.size = sizeof b.bytes;
    text = written(write_uri, &b);
    size_t length = strlen("data:image/png;base64,") + (b.size + 2) / 3 * 4;
    assert_int_equal(strlen(text), length);
    assert_ptr_equal(strchr(text, '='), text + length - 1);
    assert_int_equal(strspn(text + 22, "/"), length - 22 - 2);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(escapes), cmocka_unit_test(templates),
                                       cmocka_unit_test(data_uris)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
