/* html.h - text into HTML: the only place where characters are escaped.
 *
 * Markup is written by templates, and whatever is put into a template is text: it cannot become markup, neither in
 * content nor in an attribute in double quotes. Errors of the stream are left to its owner (ferror). */
#ifndef DPDM_REPORT_HTML_H
#define DPDM_REPORT_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Writes `text` with & < > " ' escaped. Bytes that are not UTF-8, control characters and characters that turn the
 * direction of writing become U+FFFD, so that a text cannot show itself as another one. NULL is an empty text. */
void dpdm_html_text(FILE *out, const char *text);

/* Writes a template: markup, in which %s stands for a text (escaped as above), %d for an int and %% for a per cent
 * sign; nothing else is known. Templates are literals, never data. */
void dpdm_html_put(FILE *out, const char *markup, ...) __attribute__((format(printf, 2, 3)));

/* Writes bytes as a data: URI, for an attribute in double quotes. type: a literal such as "image/png". */
void dpdm_html_data_uri(FILE *out, const char *type, const uint8_t *bytes, size_t size);

#endif
