/* owners_hint.c - what seems to say who owns the images but is not read. */
#include "data/owners.h"
#include "base/file.h"
#include "data/csv.h"
#include "data/folder.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HINT_HEAD ((size_t)1 << 16) /* bytes of a table in which its first line must end */

static int hint_word(const char *word, size_t length);
static int hint_is_table(const char *name, int *text);
static dpdm_status hint_column(const char *path, char column[80]);

/* Words are letters between other characters, and begin with capitals too: patient_id, PatientID, "Patient ID". */
int dpdm_owners_named(const char *name)
{
    for (const char *at = name; *at;) {
        size_t length = 0;
        while (isalpha((unsigned char)at[length]) &&
               !(length && isupper((unsigned char)at[length]) && islower((unsigned char)at[length - 1])))
            length++;
        if (length && hint_word(at, length))
            return 1;
        at += length ? length : 1;
    }
    return 0;
}

dpdm_status dpdm_owners_check_folder(const char *folder, dpdm_error *err)
{
    dpdm_folder_list files;
    dpdm_status status = dpdm_folder_read(folder, DPDM_FOLDER_FILES, &files, err);
    for (size_t i = 0; !status && i < files.count; i++) {
        const char *name = files.names[i];
        char path[DPDM_FOLDER_PATH], column[80] = "";
        int text = 0;
        if (!strcmp(name, DPDM_OWNERS_FILE) || !hint_is_table(name, &text))
            continue;
        status = dpdm_folder_join(folder, name, path, err);
        if (!status && text && hint_column(path, column))
            status = dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to look at it", path);
        if (!status && (column[0] || dpdm_owners_named(name)))
            status =
                dpdm_error_set(err, DPDM_EFORMAT,
                               "%s: seems to say who owns the images%s%s%s, and is not read: call it " DPDM_OWNERS_FILE
                               ", with the columns " DPDM_OWNERS_HEAD
                               ", to protect people, or move it elsewhere if each image is of another person",
                               path, column[0] ? " (column " : "", column, column[0] ? ")" : "");
    }
    dpdm_folder_list_free(&files);
    return status;
}

static int hint_word(const char *word, size_t length)
{
    static const char *const words[] = {"owner",      "patient", "subject", "person",    "people",    "participant",
                                        "individual", "donor",   "user",    "customer",  "client",    "writer",
                                        "speaker",    "mrn",     "pid",     "patientid", "subjectid", "personid",
                                        "userid",     "ownerid", "patid",   "proband"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if ((length == n || (length == n + 1 && (word[n] | 32) == 's')) && !strncasecmp(word, words[i], n))
            return 1;
    }
    return 0;
}

static int hint_is_table(const char *name, int *text)
{
    static const char *const ends[] = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".parquet"};
    const char *end = strrchr(name, '.');
    for (size_t i = 0; end && i < sizeof ends / sizeof *ends; i++)
        if (!strcasecmp(end, ends[i])) {
            *text = i < 2;
            return 1;
        }
    return 0;
}

/* The first column that is called like an owner; "" where there is none, or where the file is no table. */
static dpdm_status hint_column(const char *path, char column[80])
{
    char *head = malloc(HINT_HEAD + 1);
    dpdm_csv *csv = malloc(sizeof *csv);
    FILE *file = fopen(path, "rb");
    dpdm_status status = head && csv ? DPDM_OK : DPDM_ENOMEM;
    size_t size = !status && file ? fread(head, 1, HINT_HEAD, file) : 0;
    if (file)
        fclose(file);
    if (size && !dpdm_csv_start(csv, path, head, size, NULL) && !dpdm_csv_next(csv, NULL))
        for (int i = 0; i < csv->count && !column[0]; i++) {
            snprintf(column, 80, "%.*s", csv->fields[i].length < 79 ? (int)csv->fields[i].length : 79,
                     csv->fields[i].text);
            if (!dpdm_owners_named(column))
                column[0] = '\0';
        }
    free(csv);
    free(head);
    return status;
}
