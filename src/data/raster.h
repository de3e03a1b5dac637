/* raster.h - one decoded image file, whatever its format, and its pixels in the channels that are asked for.
 *
 * The bytes say what a file is, never its name. Nothing is lost or guessed on reading: grey of 1, 2 and 4 bits is spread over
 * 0..255, 16 bits are rounded to 8, palettes become colours; colour profiles and gamma are not applied. */
#ifndef DPDM_DATA_RASTER_H
#define DPDM_DATA_RASTER_H

#include <pthread.h>
#include "data/readers.h"

#define DPDM_RASTER_SIDE 16384
#define DPDM_RASTER_PIXELS ((uint64_t)1 << 25)
#define DPDM_RASTER_FILE ((size_t)64 << 20) /* bytes of a file */

/* Lets large pictures pass, of up to DPDM_RASTER_SIDE and DPDM_RASTER_PIXELS, which are made smaller afterwards; those of more
 * than DPDM_RASTER_HEAVY pixels one at a time, so that memory does not grow with the threads. The caller makes the lock. */
#define DPDM_RASTER_HEAVY ((uint64_t)1 << 22)
typedef struct {
    pthread_mutex_t lock;
} dpdm_raster_gate;

typedef struct {
    uint32_t height, width;   /* as stored: not yet turned */
    int channels;             /* what the file holds: 1 grey, 2 grey + alpha, 3 colour, 4 colour + alpha */
    int orientation;          /* of EXIF: 1 upright, or not said; 2..8 */
    uint8_t *rgba;            /* [height, width, 4] */
    int wide;                 /* the file has 16 bits a value */
    int wide_highest;         /* then the highest of its colours, 0..65535, before the rounding to 8 bits */
    dpdm_raster_gate *inside; /* the gate that waits for dpdm_raster_destroy, or NULL */
} dpdm_raster;

/* PNG or JPEG. gate: NULL where sides of up to DPDM_IMAGE_SIDE are read. DPDM_EFORMAT: neither format, damaged, cut short, too large, or a
 * kind that is refused (jpeg.h). Sizes are checked before memory is taken. Thread-safe. */
dpdm_status dpdm_raster_decode(const dpdm_blob *file, dpdm_raster_gate *gate, dpdm_raster *picture, dpdm_error *err);
void dpdm_raster_destroy(dpdm_raster *picture);

/* For decoders, before they take memory: refuses what is too large, and waits at the gate. */
dpdm_status dpdm_raster_enter(dpdm_raster *picture, const char *name, uint64_t height, uint64_t width,
                              dpdm_raster_gate *gate, dpdm_error *err);

/* Writes [height, width, channels] to out, which may be the picture's own rgba. 1 needs equal red, green and blue in every
 * pixel, unless `grey` asks for their luma (ITU-R BT.601); 1 and 3 need full opacity; 2 and 4 keep the alpha channel. Grey
 * becomes three equal channels where 3 or 4 are asked for. */
dpdm_status dpdm_raster_convert(const dpdm_raster *picture, const char *name, int channels, int grey, uint8_t *out,
                                dpdm_error *err);

#endif
