/* owners_csv.c - owners.csv. */
#include "data/owners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/number.h"
#include "data/folder.h"

#define CSV_LIMIT ((size_t)1 << 32)

/* A piece of the file. */
typedef struct {
    const char *text;
    size_t length;
} csv_text;

/* An image as the folder has it, and what the file says of it. */
typedef struct {
    const char *name;
    uint64_t record;
    csv_text owner; /* text NULL: not said yet */
} csv_image;

typedef struct {
    const dpdm_blob *file;
    csv_image *images; /* [count], sorted by name */
    uint64_t count;
    dpdm_error *err;
} csv_reader;

static dpdm_status csv_lines(const csv_reader *reader);
static void csv_number(const csv_reader *reader, uint64_t *owners);
static int csv_compare_names(const void *a, const void *b);

int dpdm_owners_in_folder(const char *folder)
{
    char path[DPDM_FOLDER_PATH];
    struct stat st;
    return dpdm_folder_join(folder, DPDM_OWNERS_FILE, path, NULL) == DPDM_OK && lstat(path, &st) == 0;
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
    csv_reader reader = {file, malloc(((size_t)count + 1) * sizeof *reader.images), count, err};
    if (!reader.images)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the owners of %llu images", file->name,
                              (unsigned long long)count);
    for (uint64_t i = 0; i < count; i++)
        reader.images[i] = (csv_image){names[i], i, {NULL, 0}};
    qsort(reader.images, (size_t)count, sizeof *reader.images, csv_compare_names);
    dpdm_status status = csv_lines(&reader);
    for (uint64_t i = 0; !status && i < count; i++)
        if (!reader.images[i].owner.text)
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s: image %.200s has no line: every image needs its owner",
                                    file->name, reader.images[i].name);
    if (!status)
        csv_number(&reader, owners);
    free(reader.images);
    return status;
}

static int csv_compare_names(const void *a, const void *b)
{
    return strcmp(((const csv_image *)a)->name, ((const csv_image *)b)->name);
}

/* ---- lines ---- */

/* Lines end with \n, \r\n or the file; *at moves on. */
static csv_text csv_line(const dpdm_blob *file, size_t *at)
{
    const char *start = (const char *)file->bytes + *at;
    const char *end = memchr(start, '\n', file->size - *at);
    csv_text line = {start, end ? (size_t)(end - start) : file->size - *at};
    *at += line.length + (end != NULL);
    line.length -= line.length && line.text[line.length - 1] == '\r';
    return line;
}

static csv_image *csv_find(const csv_reader *reader, csv_text name)
{
    uint64_t low = 0, high = reader->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        csv_image *image = &reader->images[middle];
        int order = strncmp(name.text, image->name, name.length);
        order = order ? order : image->name[name.length] ? -1 : 0;
        if (!order)
            return image;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static dpdm_status csv_entry(const csv_reader *reader, csv_text line, uint64_t number)
{
    const char *reason = NULL;
    size_t comma = line.length;
    while (comma > 0 && line.text[comma - 1] != ',')
        comma--;
    csv_text name = {line.text, comma ? comma - 1 : 0}, owner = {line.text + comma, line.length - comma};
    csv_image *image = NULL;
    if (memchr(line.text, '\0', line.length))
        reason = "holds a zero byte";
    else if (memchr(line.text, '"', line.length))
        reason = "holds quotes, which dpdm does not take: use names without quotes and commas";
    else if (!comma || !owner.length)
        reason = "has no owner: file,owner is expected";
    else if (!(image = csv_find(reader, name)))
        reason = "names an image that is not in the folder (CLASS/NAME.png, as seen from the folder)";
    else if (image->owner.text)
        reason = "names an image for the second time";
    if (reason)
        return dpdm_error_set(reader->err, DPDM_EFORMAT, "%s:%llu: %s", reader->file->name, (unsigned long long)number,
                              reason);
    image->owner = owner;
    return DPDM_OK;
}

static dpdm_status csv_lines(const csv_reader *reader)
{
    static const char head[] = DPDM_OWNERS_HEAD, mark[] = "\xef\xbb\xbf"; /* a byte order mark may come first */
    const dpdm_blob *file = reader->file;
    if (!file->size)
        return dpdm_error_set(reader->err, DPDM_EFORMAT, "%s: is empty", file->name);
    size_t at = file->size >= 3 && !memcmp(file->bytes, mark, 3) ? 3 : 0;
    csv_text line = csv_line(file, &at);
    if (line.length != strlen(head) || memcmp(line.text, head, line.length) != 0)
        return dpdm_error_set(reader->err, DPDM_EFORMAT, "%s:1: the first line must be %s", file->name, head);
    dpdm_status status = DPDM_OK;
    for (uint64_t number = 2; !status && at < file->size; number++) {
        line = csv_line(file, &at);
        if (line.length)
            status = csv_entry(reader, line, number);
    }
    return status;
}

/* ---- numbers ---- */

/* Is it a whole number as it would be printed? "7" and "07" are two texts and must not become one owner. */
static int csv_is_number(csv_text owner, uint64_t *value)
{
    char again[24];
    int length = dpdm_number_u64(owner.text, owner.length, value)
                     ? snprintf(again, sizeof again, "%llu", (unsigned long long)*value)
                     : -1;
    return length >= 0 && (size_t)length == owner.length && !memcmp(again, owner.text, owner.length);
}

static int csv_compare_texts(csv_text a, csv_text b)
{
    int order = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int csv_compare_owners(const void *a, const void *b)
{
    const csv_image *x = a, *y = b;
    int order = csv_compare_texts(x->owner, y->owner);
    return order ? order : (x->record > y->record) - (x->record < y->record);
}

static void csv_number(const csv_reader *reader, uint64_t *owners)
{
    csv_image *images = reader->images;
    int numbers = 1;
    for (uint64_t i = 0; numbers && i < reader->count; i++)
        numbers = csv_is_number(images[i].owner, &owners[images[i].record]);
    if (numbers)
        return;
    qsort(images, (size_t)reader->count, sizeof *images, csv_compare_owners);
    for (uint64_t i = 0; i < reader->count; i++) {
        int same = i && csv_compare_texts(images[i].owner, images[i - 1].owner) == 0;
        owners[images[i].record] = same ? owners[images[i - 1].record] : images[i].record;
    }
}
