/* kinds.h - one function a kind of procedural image.
 *
 * process: the stream of the class's parameters; image: the stream of this image. Both start fresh. The canvas is black. */
#ifndef DPDM_DATA_PROCEDURAL_KINDS_H
#define DPDM_DATA_PROCEDURAL_KINDS_H

#include "data/procedural/canvas.h"

typedef void (*procedural_draw_fn)(canvas *c, dpdm_stream *process, dpdm_stream *image);

void procedural_leaves(canvas *c, dpdm_stream *process, dpdm_stream *image);
void procedural_fields(canvas *c, dpdm_stream *process, dpdm_stream *image);
void procedural_strokes(canvas *c, dpdm_stream *process, dpdm_stream *image);
void procedural_silhouettes(canvas *c, dpdm_stream *process, dpdm_stream *image);
void procedural_shapes(canvas *c, dpdm_stream *process, dpdm_stream *image);

#endif
