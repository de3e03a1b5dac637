/* fetch.h - gets the known public data sets.
 *
 * No network library is linked: downloads run the system's curl, or wget, with an argument vector (no shell). Every
 * file is checked against the SHA-256 built in here before it is moved into place, so a folder below data_dir is either
 * a whole, checked data set or not there. fashion-mnist comes with Debian's package dataset-fashion-mnist and is only
 * looked for. */
#ifndef DPDM_FETCH_H
#define DPDM_FETCH_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Called before each download; a non-zero answer stops with DPDM_ECANCELLED. */
typedef int (*dpdm_fetch_fn)(void *context, const char *url, uint64_t bytes);

/* Makes the known data set `name` available and writes where it lies to path[0..size). One that is there already, in
 * data_dir or a usual place (see dpdm_dataset_open), is used as it is; else it is downloaded to data_dir/name, where
 * data_dir NULL stands for $DPDM_DATA_DIR, $XDG_DATA_HOME/dpdm or ~/.local/share/dpdm, the first that is set.
 * DPDM_ENOENT: no such name, or a package that is not installed; DPDM_EIO: download or disk failed; DPDM_EFORMAT: wrong
 * checksum. Nothing is left behind on failure. */
DPDM_API dpdm_status dpdm_fetch(const char *name, const char *data_dir, dpdm_fetch_fn progress, void *context,
                                char *path, size_t size, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
