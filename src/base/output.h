/* output.h - names that are going to be written: what may stand there, checked before the work and again at its end. */
#ifndef DPDM_BASE_OUTPUT_H
#define DPDM_BASE_OUTPUT_H

#include <stddef.h>
#include "dpdm/status.h"

#define DPDM_OUTPUT_PATH 4096

typedef enum {
    DPDM_OUTPUT_ANY,   /* a file or a folder: it is not known yet which */
    DPDM_OUTPUT_FILE,  /* replaced only where it is a regular file */
    DPDM_OUTPUT_FOLDER /* replaced only where it is a folder; what is in it is the writer's business */
} dpdm_output_kind;

/* Follows the symbolic links at the end of path, also to a place that does not exist yet: where the bytes will stand.
 * DPDM_EIO on a loop, DPDM_EUSAGE on an empty or too long name. */
dpdm_status dpdm_output_resolve(const char *path, char target[DPDM_OUTPUT_PATH], dpdm_error *err);

/* May path be written? Refuses what stands there already (unless overwrite), what is never replaced (devices, FIFOs,
 * sockets; a folder by a file and the other way round), and a place where nothing can be made: a file is made there and
 * taken away at once. For use before the work; the writers check again. */
dpdm_status dpdm_output_check(const char *path, dpdm_output_kind kind, int overwrite, dpdm_error *err);

/* The same without trying the place: what the writers use. target: as dpdm_output_resolve gives it. *mode (may be NULL):
 * permission bits of the file that is there, 0777 where there is none. */
dpdm_status dpdm_output_examine(const char *path, const char *target, dpdm_output_kind kind, int overwrite,
                                unsigned *mode, dpdm_error *err);

/* Do both names lead to one place? */
int dpdm_output_same(const char *a, const char *b);

/* Opens a new, empty file beside target (its name, ".tmp-", letters) with permission bits `mode` less the umask, for
 * writing; -1 and errno on failure. */
int dpdm_output_temporary(const char *target, unsigned mode, char *name, size_t size);

/* Makes the entries of the folder that holds target durable, where the file system can. */
void dpdm_output_sync(const char *target);

#endif
