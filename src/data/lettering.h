/* lettering.h - words in pictures, in small letters of 5 x 7 points. */
#ifndef DPDM_DATA_LETTERING_H
#define DPDM_DATA_LETTERING_H

#include <stddef.h>
#include <stdint.h>

#define DPDM_LETTER_WIDTH 6  /* points from letter to letter */
#define DPDM_LETTER_HEIGHT 7 /* points of a line, without space around it */

/* Writes as much of `text` (UTF-8) as fits into `width` pixels onto one plane of a picture, from its upper left corner `canvas`;
 * rows are `row` bytes apart, a point is scale x scale pixels of value `ink`. What is no ASCII letter, digit or common sign is
 * shown as '?'. */
void dpdm_lettering_draw(const char *text, size_t width, size_t scale, uint8_t ink, uint8_t *canvas, size_t row);

#endif
