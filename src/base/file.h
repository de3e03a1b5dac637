/* file.h - files read whole and written so that a reader never sees half of one. */
#ifndef DPDM_BASE_FILE_H
#define DPDM_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "dpdm/status.h"

/* Reads at most `limit` bytes (more is DPDM_EFORMAT); *data is malloc'ed, with a zero byte after the end. */
dpdm_status dpdm_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, dpdm_error *err);

/* A file being written beside its final name. Begin, write to `stream`, then commit (flush, fsync, rename, fsync of the
 * folder) or abandon (remove). Commit and every write error give DPDM_EIO and leave the final name as it was. */
typedef struct {
    FILE *stream;
    char path[1024], temporary[1100];
} dpdm_file_writer;

/* mode: permission bits, e.g. 0644 or 0600. DPDM_EEXIST if path exists and overwrite is 0. */
dpdm_status dpdm_file_begin(dpdm_file_writer *writer, const char *path, int overwrite, unsigned mode, dpdm_error *err);
dpdm_status dpdm_file_commit(dpdm_file_writer *writer, dpdm_error *err);
void dpdm_file_abandon(dpdm_file_writer *writer);
/* All three in one. */
dpdm_status dpdm_file_write(const char *path, const void *data, size_t size, int overwrite, unsigned mode,
                            dpdm_error *err);
/* Creates a folder and its parents; an existing folder is fine. */
dpdm_status dpdm_folder_create(const char *path, dpdm_error *err);

#endif
