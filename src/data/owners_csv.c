/* owners_csv.c - owners in a table beside class folders. */
#include "data/owners.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "data/csv.h"
#include "data/folder.h"

#define CSV_LIMIT ((size_t)1 << 32)

/* An image as the folder has it. */
typedef struct {
    const char *name;
    uint64_t record;
} csv_image;

typedef struct {
    dpdm_csv csv;
    csv_image *images;       /* [count], sorted by name */
    dpdm_owner_text *owners; /* [count], by record */
    uint64_t count;
    int file, owner, columns; /* places of the columns, and how many there are */
} csv_reader;

static dpdm_status csv_head(csv_reader *reader, dpdm_error *err);
static dpdm_status csv_line(csv_reader *reader, dpdm_error *err);
static csv_image *csv_find(const csv_reader *reader, dpdm_csv_field name);
static int csv_compare_names(const void *a, const void *b);

int dpdm_owners_in_folder(const char *folder)
{
    char path[DPDM_FOLDER_PATH];
    struct stat st;
    return !dpdm_folder_join(folder, DPDM_OWNERS_FILE, path, NULL) && lstat(path, &st) == 0;
}

dpdm_status dpdm_owners_read(const char *folder, const char *const *names, uint64_t count, uint64_t *owners,
                             dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    uint8_t *bytes;
    dpdm_blob file = {path, NULL, 0};
    dpdm_status status = dpdm_folder_join(folder, DPDM_OWNERS_FILE, path, err);
    if (!status)
        status = dpdm_file_read(path, CSV_LIMIT, &bytes, &file.size, err);
    if (status)
        return status;
    file.bytes = bytes;
    status = dpdm_owners_parse(&file, names, count, owners, err);
    free(bytes);
    return status;
}

dpdm_status dpdm_owners_parse(const dpdm_blob *file, const char *const *names, uint64_t count, uint64_t *owners,
                              dpdm_error *err)
{
    csv_reader *reader = calloc(1, sizeof *reader);
    csv_image *images = malloc(((size_t)count + 1) * sizeof *images);
    dpdm_owner_text *texts = calloc((size_t)count + 1, sizeof *texts);
    char *text = malloc(file->size + 1);
    dpdm_status status = DPDM_OK;
    if (!reader || !images || !texts || !text)
        status = dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the owners of %llu images", file->name,
                                (unsigned long long)count);
    if (!status) {
        reader->images = images;
        reader->owners = texts;
        reader->count = count;
        for (uint64_t i = 0; i < count; i++) {
            images[i] = (csv_image){names[i], i};
            texts[i].record = i;
        }
        qsort(images, (size_t)count, sizeof *images, csv_compare_names);
        if (file->size)
            memcpy(text, file->bytes, file->size);
        text[file->size] = '\0';
        status = dpdm_csv_start(&reader->csv, file->name, text, file->size, err);
    }
    if (!status)
        status = csv_head(reader, err);
    while (!status) {
        status = dpdm_csv_next(&reader->csv, err);
        if (status || !reader->csv.count)
            break;
        status = csv_line(reader, err);
    }
    for (uint64_t i = 0; !status && i < count; i++)
        if (!texts[i].text)
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s: image %.200s has no line: every image needs its owner",
                                    file->name, names[i]);
    if (!status)
        status = dpdm_owners_number(texts, count, file->name, owners, err);
    free(text);
    free(texts);
    free(images);
    free(reader);
    return status;
}

static dpdm_status csv_head(csv_reader *reader, dpdm_error *err)
{
    static const char *const files[] = {"file", "filename", "file_name", "path", "image"};
    dpdm_csv *csv = &reader->csv;
    dpdm_status status = dpdm_csv_next(csv, err);
    if (status)
        return status;
    reader->file = -1;
    for (size_t i = 0; reader->file < 0 && i < sizeof files / sizeof *files; i++)
        reader->file = dpdm_csv_find(csv, files[i]);
    reader->owner = dpdm_csv_find(csv, "owner");
    reader->columns = csv->count;
    if (reader->file < 0 || reader->owner < 0 || reader->file == reader->owner)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s:%llu: the first line must name the columns, among them " DPDM_OWNERS_HEAD, csv->name,
                              (unsigned long long)csv->line);
    return DPDM_OK;
}

static dpdm_status csv_line(csv_reader *reader, dpdm_error *err)
{
    const dpdm_csv *csv = &reader->csv;
    const char *reason = NULL;
    csv_image *image = NULL;
    dpdm_csv_field name = csv->fields[reader->file], owner = csv->fields[reader->owner];
    if (csv->count != reader->columns)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s:%llu: has %d fields, but the first line names %d columns: a field with a '%c' inside "
                              "stands in quotes",
                              csv->name, (unsigned long long)csv->line, csv->count, reader->columns,
                              csv->separator == '\t' ? ' ' : csv->separator);
    if (!owner.length)
        reason = "has no owner";
    else if (!(image = csv_find(reader, name)))
        reason = "names an image that is not in the folder (CLASS/NAME.png, as seen from the folder)";
    else if (reader->owners[image->record].text)
        reason = "names an image for the second time";
    if (reason)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s:%llu: %s", csv->name, (unsigned long long)csv->line, reason);
    dpdm_owner_text *text = &reader->owners[image->record];
    text->text = owner.text;
    text->length = owner.length;
    text->line = csv->line;
    return DPDM_OK;
}

/* Also as Windows (backslashes) and shells ("./" first) write paths. */
static csv_image *csv_find(const csv_reader *reader, dpdm_csv_field name)
{
    char key[DPDM_FOLDER_PATH];
    size_t skip = name.length > 2 && name.text[0] == '.' && (name.text[1] == '/' || name.text[1] == '\\') ? 2 : 0;
    if (name.length - skip >= sizeof key)
        return NULL;
    memcpy(key, name.text + skip, name.length - skip);
    key[name.length - skip] = '\0';
    csv_image wanted = {key, 0};
    csv_image *found = bsearch(&wanted, reader->images, (size_t)reader->count, sizeof wanted, csv_compare_names);
    for (char *c = key; !found && *c; c++)
        if (*c == '\\')
            *c = '/';
    return found ? found : bsearch(&wanted, reader->images, (size_t)reader->count, sizeof wanted, csv_compare_names);
}

static int csv_compare_names(const void *a, const void *b)
{
    return strcmp(((const csv_image *)a)->name, ((const csv_image *)b)->name);
}
