/* status.h - how every function that can fail says so.
 *
 * A function that can fail returns a dpdm_status and takes a dpdm_error as its last argument. On failure the
 * error holds the same status and one sentence for a person: what went wrong, where (file, line, option), and
 * the way out. A message is valid UTF-8 without control characters but tab and new line, whatever names of files it
 * quotes. The library never prints, aborts or exits. err may be NULL where the message is not wanted. */
#ifndef DPDM_STATUS_H
#define DPDM_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(DPDM_BUILDING) || defined(__GNUC__)
#define DPDM_API __attribute__((visibility("default")))
#else
#define DPDM_API
#endif

typedef enum {
    DPDM_OK = 0,
    DPDM_EUSAGE,     /* a value the user gave is not acceptable (program exit code 2) */
    DPDM_ERANGE,     /* a number lies outside the range that is proven or supported */
    DPDM_EIO,        /* reading or writing failed (disk full, permission) */
    DPDM_EFORMAT,    /* a file is not what it claims to be, or is damaged */
    DPDM_ENOMEM,     /* memory could not be had */
    DPDM_EEXIST,     /* would overwrite something */
    DPDM_ENOENT,     /* a file, data set, verb or name was not found */
    DPDM_EBUDGET,    /* the privacy budget does not allow it */
    DPDM_ESTATE,     /* does not match the saved state (resume with another config or other data) */
    DPDM_ECANCELLED, /* stopped on request; progress was saved */
    DPDM_EUNSUPPORTED,
    DPDM_EINTERNAL /* a defect of dpdm */
} dpdm_status;

typedef struct {
    dpdm_status status;
    char message[1000];
} dpdm_error;

/* Fills *err (if not NULL) and returns status, so that a caller can write: return dpdm_error_set(err, DPDM_EIO, ...); */
DPDM_API dpdm_status dpdm_error_set(dpdm_error *err, dpdm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of the message of *err (if not NULL) and makes its status `status`; returns status. */
DPDM_API dpdm_status dpdm_error_prefix(dpdm_error *err, dpdm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of a status, e.g. "DPDM_EIO". Never NULL. */
DPDM_API const char *dpdm_status_name(dpdm_status status);

#ifdef __cplusplus
}
#endif
#endif
