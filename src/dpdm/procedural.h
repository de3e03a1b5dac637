/* procedural.h - images that the program makes itself: a public start without public data.
 *
 * An image is decided by (kind, seed, index), its shape and the number of classes, and by nothing else: not by threads, nor
 * by how many are made. Only the four operations and square roots are used, so the bytes are the same on every machine.
 * A class is a process: its parameters are drawn from (kind, seed, class), and images of the class vary around them.
 * docs/procedural.md shows them. */
#ifndef DPDM_PROCEDURAL_H
#define DPDM_PROCEDURAL_H

#include "dpdm/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    DPDM_PROCEDURAL_LEAVES =
        0,                   /* dead leaves: shapes of all sizes that hide each other (Lee, Mumford and Huang 2001) */
    DPDM_PROCEDURAL_FIELDS,  /* sums of octaves of smooth noise: spectra that fall as 1 / f^beta */
    DPDM_PROCEDURAL_STROKES, /* curves of a pen, with width, slant and corners, on a dark ground */
    DPDM_PROCEDURAL_SILHOUETTES, /* filled outlines with limbs, holes and texture, on a dark ground */
    DPDM_PROCEDURAL_SHAPES       /* ellipses and polygons with shading */
} dpdm_procedural_kind;
enum { DPDM_PROCEDURAL_KINDS = 5, DPDM_PROCEDURAL_SIDE_MAX = 1024 };

/* "leaves", "fields", "strokes", "silhouettes", "shapes"; "unknown" for no kind. */
DPDM_API const char *dpdm_procedural_name(dpdm_procedural_kind kind);

/* Which images: `count` of them, of the kinds of the list in turn (one image of each class of a kind, then the next
 * kind), classes in turn. Sides 8 to DPDM_PROCEDURAL_SIDE_MAX; channels 1 or 3; classes 1 to 65,536. */
typedef struct {
    dpdm_procedural_kind kinds[DPDM_PROCEDURAL_KINDS];
    int kind_count; /* 1 to DPDM_PROCEDURAL_KINDS, each kind once */
    int height, width, channels, classes;
    uint64_t seed;
} dpdm_procedural;

/* "strokes,leaves" to kinds and kind_count. DPDM_EUSAGE naming a word that is no kind, or is there twice. */
DPDM_API dpdm_status dpdm_procedural_parse(const char *list, dpdm_procedural *what, dpdm_error *err);
DPDM_API dpdm_status dpdm_procedural_check(const dpdm_procedural *what, dpdm_error *err);
/* Makes images first to first + count - 1 on `threads` threads (0: all) into *data, created here. */
DPDM_API dpdm_status dpdm_procedural_make(const dpdm_procedural *what, uint64_t first, uint64_t count, int threads,
                                          dpdm_dataset *data, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
