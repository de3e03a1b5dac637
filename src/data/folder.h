/* folder.h - folders listed in a fixed order, and written so that a reader never sees half of one. */
#ifndef DPDM_DATA_FOLDER_H
#define DPDM_DATA_FOLDER_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#define DPDM_FOLDER_PATH 4096

typedef enum { DPDM_FOLDER_FILES, DPDM_FOLDER_FOLDERS } dpdm_folder_kind;

/* What other systems leave in folders (__MACOSX, @eaDir, Thumbs.db, ...), and every name that starts with a dot: never
 * data, wherever it lies. Upper and lower case are the same. */
int dpdm_folder_is_litter(const char *name);

/* Names in a folder, without litter. Sorted: by number if all are decimal numbers ("2" before "10"), else by bytes. */
typedef struct {
    char **names;
    size_t count;
} dpdm_folder_list;

dpdm_status dpdm_folder_read(const char *path, dpdm_folder_kind kind, dpdm_folder_list *list, dpdm_error *err);
void dpdm_folder_list_free(dpdm_folder_list *list);
/* folder/name in path; DPDM_EIO if it is too long. */
dpdm_status dpdm_folder_join(const char *folder, const char *name, char path[DPDM_FOLDER_PATH], dpdm_error *err);
int dpdm_folder_exists(const char *path);

/* A folder being built beside its final name. Begin, add sub-folders and files, then commit (rename) or abandon
 * (remove). An existing folder is replaced only with overwrite, and only if it holds nothing but what dpdm writes: PNG
 * and IDX files and owners.csv, at most one level down. Replacing takes two renames: a process killed just between them leaves the old
 * folder, whole, under the name with ".old-" and six letters added. */
typedef struct {
    char path[1024], target[4096], temporary[4112];
    unsigned mode; /* permission bits of folders */
} dpdm_folder_writer;

/* Refuses before the work what dpdm_folder_begin would refuse after it, or a place where nothing can be made. */
dpdm_status dpdm_folder_check(const char *path, int overwrite, dpdm_error *err);
/* flags: DPDM_WRITE_OVERWRITE, DPDM_WRITE_PRIVATE (dpdm/dataset.h). A symbolic link to a folder is followed. */
dpdm_status dpdm_folder_begin(dpdm_folder_writer *writer, const char *path, unsigned flags, dpdm_error *err);
/* name: relative, e.g. "03" or "03/000017.png". */
dpdm_status dpdm_folder_add_folder(dpdm_folder_writer *writer, const char *name, dpdm_error *err);
dpdm_status dpdm_folder_add_file(dpdm_folder_writer *writer, const char *name, const void *bytes, size_t size,
                                 dpdm_error *err);
dpdm_status dpdm_folder_commit(dpdm_folder_writer *writer, dpdm_error *err);
void dpdm_folder_abandon(dpdm_folder_writer *writer);

#endif
