/* file.h - files read whole and written so that a reader never sees half of one. */
#ifndef DPDM_BASE_FILE_H
#define DPDM_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "dpdm/status.h"

/* Reads at most `limit` bytes (more is DPDM_EFORMAT); *data is malloc'ed, with a zero byte after the end. */
dpdm_status dpdm_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, dpdm_error *err);

/* Permission bits of what is written, before the umask of the process takes its part: DPDM_FILE_PRIVATE for what may show
 * private data. */
enum { DPDM_FILE_SHARED = 0666, DPDM_FILE_PRIVATE = 0600, DPDM_FOLDER_SHARED = 0777, DPDM_FOLDER_PRIVATE = 0700 };

/* A file being written beside its final name. Begin, write to `stream`, then commit (flush, fsync, rename, fsync of the
 * folder) or abandon (remove). Any write error is reported by commit, in the words of the system at the time it
 * happened, and leaves the final name as it was. Symbolic links are followed: the file they lead to is replaced, not the
 * link. Must stay where it is in memory between begin and commit. */
typedef struct {
    FILE *stream;
    char path[1024], target[4096], temporary[4112];
    int descriptor, overwrite, failure;
} dpdm_file_writer;

/* mode: DPDM_FILE_SHARED or DPDM_FILE_PRIVATE; a file that is replaced is never replaced by one open to more people.
 * DPDM_EEXIST if path exists and overwrite is 0 (also where it comes into being before commit), and if it is anything
 * but a regular file: devices, pipes and folders are never replaced. */
dpdm_status dpdm_file_begin(dpdm_file_writer *writer, const char *path, int overwrite, unsigned mode, dpdm_error *err);
dpdm_status dpdm_file_commit(dpdm_file_writer *writer, dpdm_error *err);
void dpdm_file_abandon(dpdm_file_writer *writer);
/* Writes at a place of the file, past the stream (do not use both); holes read as zeros. DPDM_EIO at the first failure, which
 * commit then reports too; it sets no error. */
dpdm_status dpdm_file_put_at(dpdm_file_writer *writer, const void *bytes, size_t size, uint64_t at);
/* All three in one. */
dpdm_status dpdm_file_write(const char *path, const void *data, size_t size, int overwrite, unsigned mode,
                            dpdm_error *err);
/* Creates a folder and its parents; an existing folder is fine. */
dpdm_status dpdm_folder_create(const char *path, dpdm_error *err);
/* The same; *made (0: none) is how many bytes of path name the first folder that was not there before. */
dpdm_status dpdm_folder_make(const char *path, size_t *made, dpdm_error *err);
/* Takes back what dpdm_folder_make made, from the deepest up, as far as it is empty. */
void dpdm_folder_unmake(const char *path, size_t made);

#endif
