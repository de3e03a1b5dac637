/* alike.h - names that a person takes for the same although their bytes differ: "A", "A " and "a"; "65", "065" and "65.0";
 * "case 7", "case_07" and "Case-7".
 *
 * The fold of a text is equal for such texts: upper and lower case (Latin, Greek, Cyrillic) are one, full-width letters
 * and digits are plain ones, accents (written in one character or in two) and blanks at the ends, invisible characters and a leading apostrophe are left out, runs of
 * blanks, '-' and '_' are one '-', leading zeros of numbers are left out, and so is a fraction of zeros where the whole
 * text is a number. What is alike need not be the same: callers refuse, and never merge. */
#ifndef DPDM_DATA_ALIKE_H
#define DPDM_DATA_ALIKE_H

#include <stddef.h>

/* Writes the fold of text[0..length), UTF-8, to out[0..length) (never longer) and returns its length. Bytes that are no
 * UTF-8 stay as they are. */
size_t dpdm_alike_fold(const char *text, size_t length, char *out);
/* Orders strings (const char *const *) by their folds, for qsort: 0 where they look alike. Strings beyond 4096 bytes are
 * compared as they are. */
int dpdm_alike_compare(const void *a, const void *b);
/* Why a text cannot stand for a person or a class, in words that follow "it", or NULL: empty, blanks at the ends, control
 * or invisible characters. */
const char *dpdm_alike_flaw(const char *text, size_t length);

#endif
