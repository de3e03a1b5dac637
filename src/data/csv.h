/* csv.h - records of comma-separated text as RFC 4180 has them, and as spreadsheets write them: fields in quotes, with
 * separators, line ends and doubled quotes inside; comma, semicolon or tab between fields; a byte order mark and a line
 * "sep=;" first; lines that end in \n, \r\n or \r. */
#ifndef DPDM_DATA_CSV_H
#define DPDM_DATA_CSV_H

#include "data/readers.h"

#define DPDM_CSV_FIELDS 256

typedef struct {
    const char *text;
    size_t length;
} dpdm_csv_field;

typedef struct {
    const char *name; /* of the file, for messages */
    char *text;       /* [size], the caller's; fields are unquoted in place */
    size_t size, at;
    uint64_t line; /* where the last record began, from 1 */
    uint64_t next; /* where the next one begins */
    char separator;
    dpdm_csv_field fields[DPDM_CSV_FIELDS]; /* of the last record */
    int count;
} dpdm_csv;

/* Starts at the first record and chooses the separator from it. DPDM_EFORMAT: empty, UTF-16 or with zero bytes. */
dpdm_status dpdm_csv_start(dpdm_csv *csv, const char *name, char *text, size_t size, dpdm_error *err);
/* Reads the next record that is not an empty line; csv->count is 0 at the end. DPDM_EFORMAT with file and line. */
dpdm_status dpdm_csv_next(dpdm_csv *csv, dpdm_error *err);
/* The field of the last record that is `name` but for upper and lower case, or -1. */
int dpdm_csv_find(const dpdm_csv *csv, const char *name);

#endif
