/* starts.h - the public starts that come with the library: the files of starts/, embedded. All are made of procedural images
 * alone; docs/procedural.md says how each was made. */
#ifndef DPDM_TRAIN_STARTS_H
#define DPDM_TRAIN_STARTS_H

/* A file's bytes, [bytes, end). */
typedef struct {
    const char *name;
    const unsigned char *bytes, *end;
} dpdm_shipped_start;

/* Sorted by name; ends with a NULL name. */
extern const dpdm_shipped_start dpdm_shipped_starts[];

#endif
