/* resample.h - a picture in another size, antialiased: each new pixel is a weighted mean of all old ones under its filter, which
 * grows with the factor by which the picture shrinks.
 *
 * Rows first, then columns, each rounded to 8 bits, with weights in steps of 2^-22: as Pillow's Image.resize does, pass by pass,
 * whose bytes these are (unit_resample); its later versions take columns first for some shapes. Weights of box, bilinear and
 * bicubic are exact rational functions, and those of lanczos use sin: the same on any machine up to a last bit of it. */
#ifndef DPDM_DATA_RESAMPLE_H
#define DPDM_DATA_RESAMPLE_H

#include "dpdm/dataset.h"

/* pixels [height, width, channels] -> out [to_height, to_width, channels]; sides from 1. In both, rows lie `stride` and
 * `out_stride` bytes apart, so that a part of a picture can be read and written. */
typedef struct {
    int height, width, to_height, to_width, channels;
    size_t stride, out_stride;
    dpdm_filter filter;
} dpdm_resample;
dpdm_status dpdm_resample_run(const dpdm_resample *resize, const uint8_t *pixels, uint8_t *out, dpdm_error *err);

/* How far a filter reaches, in pixels of the smaller picture, and its value at x. */
double dpdm_filter_reach(dpdm_filter filter);
double dpdm_filter_value(dpdm_filter filter, double x);

#endif
