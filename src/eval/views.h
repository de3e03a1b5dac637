/* views.h - what a classifier sees of its training images: moved, turned, partly hidden and mixed, with softened labels.
 *
 * Every image of an update has its own stream, so its view does not depend on how the update is split over threads. */
#ifndef DPDM_EVAL_VIEWS_H
#define DPDM_EVAL_VIEWS_H

#include "dpdm/classifier.h"
#include "dpdm/rng.h"

/* DPDM_EUSAGE naming the value out of its range (classifier.h). */
dpdm_status dpdm_views_check(const dpdm_views *views, dpdm_error *err);
/* view [height, width, channels] = a view of image `record`. Without any change it is the image, bit for bit. */
void dpdm_view_draw(const dpdm_views *views, const dpdm_dataset *data, uint64_t record, dpdm_stream *stream,
                    float *view);
/* The view and its target [classes] of image list[at] of an update of `count` images; where it is mixed, the partner is
 * another of them. scratch: room for one image. */
void dpdm_view_mix(const dpdm_views *views, const dpdm_dataset *data, const uint64_t *list, uint64_t count, uint64_t at,
                   dpdm_stream *stream, float *scratch, float *view, float *target);

#endif
