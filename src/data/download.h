/* download.h - files over the network by the system's own programs, checked before they are used. */
#ifndef DPDM_DATA_DOWNLOAD_H
#define DPDM_DATA_DOWNLOAD_H

#include "dpdm/fetch.h"

#define DPDM_DOWNLOAD_PLACES 2
#define DPDM_DOWNLOAD_FILES 4

typedef struct {
    const char *name; /* of the file, in the folder of the set and at the end of its URL */
    uint64_t bytes;
    const char *sha256; /* 64 hexadecimal digits */
} dpdm_download;

/* The files of one data set. unpack: they are .tar.gz archives, whose contents, without their top folder, take their
 * place. */
typedef struct {
    const char *name;
    const char *places[DPDM_DOWNLOAD_PLACES]; /* URLs up to the file's name, tried in turn; NULL: no more */
    int unpack;
    dpdm_download files[DPDM_DOWNLOAD_FILES]; /* name NULL: no more */
} dpdm_download_set;

/* Downloads a set to folder data_dir/set->name, which must not be there. DPDM_EIO with the words of the download
 * program, DPDM_EFORMAT if a size or checksum is wrong; then nothing is left. */
dpdm_status dpdm_download_folder(const dpdm_download_set *set, const char *data_dir, dpdm_fetch_fn progress,
                                 void *context, dpdm_error *err);

/* Runs a program of $PATH and waits; DPDM_ENOENT if there is none of that name, DPDM_EIO with what it wrote to standard
 * error if it fails. Its standard output is dropped. */
dpdm_status dpdm_program_run(const char *const *argv, dpdm_error *err);

#endif
