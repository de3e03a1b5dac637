/* yaml.c - flat YAML. */
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct {
    yaml_parser_t parser;
    const char *name;
    dpdm_yaml_fn visit;
    void *context;
    dpdm_error *err;
    size_t keys;
    char *key[DPDM_YAML_KEYS];
    size_t line[DPDM_YAML_KEYS];
    char value[DPDM_YAML_VALUE];
} reader;

static dpdm_status refuse(const reader *r, size_t line, const char *what)
{
    return dpdm_error_set(r->err, DPDM_EUSAGE, "%s:%zu: %s", r->name, line, what);
}

static size_t line_of(const yaml_event_t *event)
{
    return event->start_mark.line + 1;
}

/* Takes the next event, which the caller deletes unless this fails. */
static dpdm_status event_next(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return DPDM_OK;
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return dpdm_error_set(r->err, DPDM_ENOMEM, "%s: out of memory", r->name);
    size_t line = p->error == YAML_READER_ERROR ? p->mark.line : p->problem_mark.line;
    return dpdm_error_set(r->err, DPDM_EUSAGE, "%s:%zu: is not YAML here: %s", r->name, line + 1,
                          p->problem ? p->problem : "cannot be read");
}

/* Copies a plain, clean scalar behind value[*used]; refuses what flat files have no use for. */
static dpdm_status scalar_take(reader *r, const yaml_event_t *event, char *value, size_t size, size_t *used)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (event->data.scalar.anchor)
        return refuse(r, line_of(event), "anchors (&name) are not supported");
    if (event->data.scalar.tag)
        return refuse(r, line_of(event), "tags (!name) are not supported");
    int clean = event->start_mark.line == event->end_mark.line;
    for (size_t i = 0; i < length; i++)
        clean = clean && (unsigned char)text[i] >= ' ' && text[i] != 127;
    if (!clean)
        return refuse(r, line_of(event), "a value must be on one line, without control characters");
    if (length >= size - *used)
        return refuse(r, line_of(event), "the value is too long");
    memcpy(value + *used, text, length);
    *used += length;
    value[*used] = '\0';
    return DPDM_OK;
}

static dpdm_status list_entry_take(reader *r, const yaml_event_t *event, size_t *used, size_t count)
{
    if (event->type == YAML_ALIAS_EVENT)
        return refuse(r, line_of(event), "aliases (*name) are not supported");
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(r, line_of(event), "lists inside lists and sections inside lists are not supported");
    if (memchr(event->data.scalar.value, ',', event->data.scalar.length))
        return refuse(r, line_of(event), "an entry of a list must not hold a comma");
    if (count && *used + 1 < sizeof r->value)
        r->value[(*used)++] = ',';
    return scalar_take(r, event, r->value, sizeof r->value, used);
}

/* Reads the entries of a list up to its end. */
static dpdm_status list_read(reader *r, const yaml_event_t *start)
{
    if (start->data.sequence_start.anchor || start->data.sequence_start.tag)
        return refuse(r, line_of(start), "anchors and tags are not supported");
    size_t used = 0;
    r->value[0] = '\0';
    for (size_t count = 0;; count++) {
        yaml_event_t event;
        dpdm_status status = event_next(r, &event);
        if (status)
            return status;
        int end = event.type == YAML_SEQUENCE_END_EVENT;
        if (!end)
            status = list_entry_take(r, &event, &used, count);
        yaml_event_delete(&event);
        if (end || status)
            return status;
    }
}

static dpdm_status value_read(reader *r, dpdm_yaml_entry *entry)
{
    yaml_event_t event;
    dpdm_status status = event_next(r, &event);
    if (status)
        return status;
    size_t used = 0;
    entry->value = r->value;
    switch (event.type) {
    case YAML_SCALAR_EVENT:
        status = scalar_take(r, &event, r->value, sizeof r->value, &used);
        entry->is_quoted = event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        break;
    case YAML_SEQUENCE_START_EVENT:
        entry->is_list = 1;
        status = list_read(r, &event);
        break;
    case YAML_ALIAS_EVENT:
        status = refuse(r, line_of(&event), "aliases (*name) are not supported");
        break;
    default:
        status = refuse(r, line_of(&event), "sections are not supported: write every key at the left margin");
        break;
    }
    yaml_event_delete(&event);
    return status;
}

static int keys_equal(const char *a, const char *b)
{
    while (*a && (*a == '_' ? '-' : *a) == (*b == '_' ? '-' : *b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

/* Remembers a key, refusing one that was there before. */
static dpdm_status key_remember(reader *r, const char *key, size_t line)
{
    for (size_t i = 0; i < r->keys; i++)
        if (keys_equal(r->key[i], key))
            return dpdm_error_set(r->err, DPDM_EUSAGE,
                                  "%s:%zu: key '%.60s' is given twice; it stands in line %zu already", r->name, line,
                                  key, r->line[i]);
    if (r->keys == DPDM_YAML_KEYS)
        return refuse(r, line, "too many keys");
    size_t size = strlen(key) + 1;
    char *copy = malloc(size);
    if (!copy)
        return dpdm_error_set(r->err, DPDM_ENOMEM, "%s: out of memory", r->name);
    memcpy(copy, key, size);
    r->line[r->keys] = line;
    r->key[r->keys++] = copy;
    return DPDM_OK;
}

static dpdm_status pair_read(reader *r, const yaml_event_t *event)
{
    if (event->type == YAML_ALIAS_EVENT)
        return refuse(r, line_of(event), "aliases (*name) are not supported");
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(r, line_of(event), "a key must be a plain word");
    char key[200];
    size_t used = 0;
    dpdm_yaml_entry entry = {.key = key, .line = line_of(event)};
    dpdm_status status = scalar_take(r, event, key, sizeof key, &used);
    if (!status)
        status = key_remember(r, key, entry.line);
    if (!status)
        status = value_read(r, &entry);
    if (status)
        return status;
    if (!entry.is_list && !entry.is_quoted &&
        (!*entry.value || !strcmp(entry.value, "~") || !strcmp(entry.value, "null")))
        return dpdm_error_set(r->err, DPDM_EUSAGE, "%s:%zu: %s has no value; leave the line out to keep the default",
                              r->name, entry.line, key);
    status = r->visit(r->context, &entry, r->err);
    return status ? dpdm_error_prefix(r->err, status, "%s:%zu", r->name, entry.line) : DPDM_OK;
}

static dpdm_status mapping_read(reader *r, const yaml_event_t *start)
{
    if (start->data.mapping_start.anchor || start->data.mapping_start.tag)
        return refuse(r, line_of(start), "anchors and tags are not supported");
    for (;;) {
        yaml_event_t event;
        dpdm_status status = event_next(r, &event);
        if (status)
            return status;
        int end = event.type == YAML_MAPPING_END_EVENT;
        if (!end)
            status = pair_read(r, &event);
        yaml_event_delete(&event);
        if (end || status)
            return status;
    }
}

/* What stands at the top: the mapping, or nothing. */
static dpdm_status top_read(reader *r, const yaml_event_t *event, int *documents)
{
    switch (event->type) {
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_STREAM_END_EVENT:
        return DPDM_OK;
    case YAML_DOCUMENT_START_EVENT:
        return ++*documents == 1 ? DPDM_OK
                                 : refuse(r, line_of(event), "several documents in one file are not supported");
    case YAML_MAPPING_START_EVENT:
        return mapping_read(r, event);
    case YAML_SCALAR_EVENT:
        if (!event->data.scalar.length && !event->data.scalar.anchor && !event->data.scalar.tag)
            return DPDM_OK; /* a file of comments only */
        return refuse(r, line_of(event), "expected lines of the form 'key: value'");
    default:
        return refuse(r, line_of(event), "expected lines of the form 'key: value'");
    }
}

static dpdm_status stream_read(reader *r)
{
    int documents = 0;
    for (;;) {
        yaml_event_t event;
        dpdm_status status = event_next(r, &event);
        if (status)
            return status;
        int end = event.type == YAML_STREAM_END_EVENT;
        status = top_read(r, &event, &documents);
        yaml_event_delete(&event);
        if (end || status)
            return status;
    }
}

dpdm_status dpdm_yaml_read(const char *text, size_t size, const char *name, dpdm_yaml_fn visit, void *context,
                           dpdm_error *err)
{
    if (size > DPDM_YAML_LIMIT)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s: is larger than the %zu bytes a config may have", name,
                              DPDM_YAML_LIMIT);
    reader *r = calloc(1, sizeof *r);
    if (!r || !yaml_parser_initialize(&r->parser)) {
        free(r);
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: out of memory", name);
    }
    r->name = name;
    r->visit = visit;
    r->context = context;
    r->err = err;
    if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) { /* the mark of UTF-8 that some editors put first */
        text += 3;
        size -= 3;
    }
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, size);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    dpdm_status status = stream_read(r);
    for (size_t i = 0; i < r->keys; i++)
        free(r->key[i]);
    yaml_parser_delete(&r->parser);
    free(r);
    return status;
}
