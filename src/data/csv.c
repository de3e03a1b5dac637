/* csv.c - see csv.h. */
#include "data/csv.h"

#include <string.h>
#include <strings.h>

static dpdm_status csv_field(dpdm_csv *csv, int *last, dpdm_error *err);
static dpdm_status csv_quoted(dpdm_csv *csv, dpdm_csv_field *field, dpdm_error *err);
static void csv_plain(dpdm_csv *csv, dpdm_csv_field *field);
static char csv_separator(const dpdm_csv *csv);

dpdm_status dpdm_csv_start(dpdm_csv *csv, const char *name, char *text, size_t size, dpdm_error *err)
{
    static const char mark[] = "\xef\xbb\xbf", told[] = "sep=";
    *csv = (dpdm_csv){.name = name, .text = text, .size = size, .line = 1, .next = 1};
    if (!size)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is empty", name);
    if (size > 1 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is UTF-16 text: save it as CSV in UTF-8", name);
    if (memchr(text, '\0', size))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: holds a zero byte, so it is no text", name);
    csv->at = size >= 3 && !memcmp(text, mark, 3) ? 3 : 0;
    csv->separator = csv_separator(csv);
    if (size - csv->at > 5 && !memcmp(text + csv->at, told, 4) && strchr(",;\t", text[csv->at + 4]) &&
        strchr("\r\n", text[csv->at + 5])) {
        csv->separator = text[csv->at + 4];
        csv->at += 5;
    }
    return DPDM_OK;
}

dpdm_status dpdm_csv_next(dpdm_csv *csv, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    do {
        int last = 0;
        csv->count = 0;
        csv->line = csv->next;
        while (!status && !last && csv->at < csv->size)
            status = csv_field(csv, &last, err);
    } while (!status && csv->at < csv->size && csv->count == 1 && !csv->fields[0].length);
    if (csv->count == 1 && !csv->fields[0].length)
        csv->count = 0;
    return status;
}

int dpdm_csv_find(const dpdm_csv *csv, const char *name)
{
    for (int i = 0; i < csv->count; i++)
        if (csv->fields[i].length == strlen(name) && !strncasecmp(csv->fields[i].text, name, csv->fields[i].length))
            return i;
    return -1;
}

/* One field and the separator or line end after it; a separator at the end of the file has an empty field after it. */
static dpdm_status csv_field(dpdm_csv *csv, int *last, dpdm_error *err)
{
    if (csv->count == DPDM_CSV_FIELDS)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s:%llu: has more than %d fields", csv->name,
                              (unsigned long long)csv->line, DPDM_CSV_FIELDS);
    dpdm_csv_field *field = &csv->fields[csv->count++];
    size_t start = csv->at;
    while (start < csv->size && csv->text[start] == ' ')
        start++;
    if (start < csv->size && csv->text[start] == '"') {
        csv->at = start;
        dpdm_status status = csv_quoted(csv, field, err);
        if (status)
            return status;
    } else {
        csv_plain(csv, field);
    }
    *last = csv->at == csv->size || csv->text[csv->at] != csv->separator;
    if (!*last && ++csv->at == csv->size && csv->count < DPDM_CSV_FIELDS) {
        csv->fields[csv->count++] = (dpdm_csv_field){csv->text + csv->size, 0};
        *last = 1;
    } else if (*last && csv->at < csv->size) {
        csv->next++;
        csv->at += csv->text[csv->at] == '\r' && csv->at + 1 < csv->size && csv->text[csv->at + 1] == '\n' ? 2 : 1;
    }
    return DPDM_OK;
}

static int csv_ends(const dpdm_csv *csv, size_t at)
{
    return at == csv->size || csv->text[at] == csv->separator || csv->text[at] == '\n' || csv->text[at] == '\r';
}

/* at stands on the quote. Doubled quotes become one, in place. */
static dpdm_status csv_quoted(dpdm_csv *csv, dpdm_csv_field *field, dpdm_error *err)
{
    uint64_t began = csv->next;
    size_t in = csv->at + 1, out = in;
    field->text = csv->text + in;
    for (; in < csv->size; in++) {
        if (csv->text[in] == '"' && !(in + 1 < csv->size && csv->text[in + 1] == '"'))
            break;
        in += csv->text[in] == '"';
        csv->next += csv->text[in] == '\n';
        csv->text[out++] = csv->text[in];
    }
    if (in >= csv->size)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s:%llu: a quote is opened and never closed", csv->name,
                              (unsigned long long)began);
    field->length = out - (size_t)(field->text - csv->text);
    for (in++; in < csv->size && csv->text[in] == ' ' && csv->separator != ' '; in++)
        continue;
    if (!csv_ends(csv, in))
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s:%llu: has text after a closing quote: a quote inside a field is written twice",
                              csv->name, (unsigned long long)csv->next);
    csv->at = in;
    return DPDM_OK;
}

/* Blanks stay: "A " and "A" are for the caller to tell apart. */
static void csv_plain(dpdm_csv *csv, dpdm_csv_field *field)
{
    field->text = csv->text + csv->at;
    while (!csv_ends(csv, csv->at))
        csv->at++;
    field->length = (size_t)(csv->text + csv->at - field->text);
}

/* The one that the first line has most of, outside quotes. */
static char csv_separator(const dpdm_csv *csv)
{
    static const char separators[] = ",;\t";
    size_t counts[3] = {0};
    int quoted = 0, best = 0;
    for (size_t i = csv->at; i < csv->size && (quoted || !strchr("\r\n", csv->text[i])); i++) {
        quoted ^= csv->text[i] == '"';
        for (int s = 0; s < 3 && !quoted; s++)
            counts[s] += csv->text[i] == separators[s];
    }
    for (int s = 1; s < 3; s++)
        best = counts[s] > counts[best] ? s : best;
    return separators[best];
}
