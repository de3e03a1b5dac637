/* ledger_entry.c - entries to and from their canonical text, both by one table of fields for each kind. */
#include "ledger/ledger_entry.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "privacy/events_json.h"

typedef enum {
    FIELD_TEXT,        /* char[size], not empty */
    FIELD_BYTES,       /* uint8_t[size] */
    FIELD_BYTES_NULL,  /* the same, or null where the int at `given` is 0 */
    FIELD_WHOLE,       /* uint64_t */
    FIELD_NUMBER,      /* double */
    FIELD_NUMBER_NULL, /* the same, null for 0 */
    FIELD_KIND,
    FIELD_ACCOUNTANT,
    FIELD_EVENTS,
    FIELD_CONSTANT /* always `constant` */
} field_type;

typedef struct {
    const char *key;
    field_type type;
    size_t offset, size, given;
    const char *constant;
} entry_field;

#define AT(member) offsetof(dpdm_ledger_entry, member), sizeof(((dpdm_ledger_entry *)0)->member)
#define GIVEN(member) offsetof(dpdm_ledger_entry, member)

static const entry_field fields_common[] = {
    {.key = "sequence", FIELD_WHOLE, AT(sequence)},
    {.key = "time", FIELD_TEXT, AT(time)},
    {.key = "who", FIELD_TEXT, AT(who)},
    {.key = "version", FIELD_TEXT, AT(version)},
    {.key = "kind", FIELD_KIND, AT(kind)},
};
static const entry_field fields_ledger[] = {
    {.key = "format", FIELD_CONSTANT, .constant = DPDM_LEDGER_FORMAT},
    {.key = "id", FIELD_BYTES, AT(id)},
};
static const entry_field fields_data_set[] = {
    {.key = "name", FIELD_TEXT, AT(data_set.name)},
    {.key = "digest", FIELD_BYTES_NULL, AT(data_set.digest), GIVEN(data_set.has_digest)},
    {.key = "unit", FIELD_TEXT, AT(data_set.unit)},
    {.key = "group", FIELD_WHOLE, AT(data_set.group)},
    {.key = "neighbours", FIELD_CONSTANT, .constant = DPDM_LEDGER_NEIGHBOURS},
    {.key = "epsilon", FIELD_NUMBER, AT(data_set.epsilon)},
    {.key = "delta", FIELD_NUMBER, AT(data_set.delta)},
    {.key = "accountant", FIELD_ACCOUNTANT, AT(data_set.accountant)},
    {.key = "order", FIELD_NUMBER_NULL, AT(data_set.order)},
};
static const entry_field fields_reserve[] = {
    {.key = "data_set", FIELD_WHOLE, AT(subject)},
    {.key = "run", FIELD_BYTES, AT(run)},
    {.key = "config", FIELD_BYTES_NULL, AT(config), GIVEN(has_config)},
    {.key = "events", FIELD_EVENTS, AT(events)},
    {.key = "epsilon_after", FIELD_NUMBER, AT(epsilon_after)},
    {.key = "accountant", FIELD_ACCOUNTANT, AT(accountant)},
};
static const entry_field fields_run[] = {{.key = "reservation", FIELD_WHOLE, AT(subject)}};
static const entry_field fields_finish[] = {
    {.key = "reservation", FIELD_WHOLE, AT(subject)},
    {.key = "release", FIELD_BYTES, AT(release)},
};
static const entry_field fields_reason[] = {
    {.key = "reservation", FIELD_WHOLE, AT(subject)},
    {.key = "reason", FIELD_TEXT, AT(reason)},
};

#define FIELDS(array) (array), sizeof(array) / sizeof *(array)

/* By dpdm_ledger_kind. */
static const struct {
    const char *name;
    const entry_field *fields;
    size_t count;
} entry_kinds[] = {
    {"ledger", FIELDS(fields_ledger)}, {"data_set", FIELDS(fields_data_set)}, {"reserve", FIELDS(fields_reserve)},
    {"run", FIELDS(fields_run)},       {"finish", FIELDS(fields_finish)},     {"abandon", FIELDS(fields_reason)},
    {"cancel", FIELDS(fields_reason)},
};
enum { ENTRY_KINDS = sizeof entry_kinds / sizeof *entry_kinds };

static cJSON *field_write(const entry_field *field, const dpdm_ledger_entry *entry);
static int field_read(const entry_field *field, dpdm_ledger_entry *entry, const cJSON *item);

/* ---- to text ---- */

static int fields_write(const entry_field *fields, size_t count, const dpdm_ledger_entry *entry, cJSON *object)
{
    for (size_t i = 0; i < count; i++) {
        cJSON *item = field_write(&fields[i], entry);
        if (!item || !cJSON_AddItemToObject(object, fields[i].key, item)) {
            cJSON_Delete(item);
            return 0;
        }
    }
    return 1;
}

dpdm_status dpdm_ledger_entry_write(const dpdm_ledger_entry *entry, char **text, dpdm_error *err)
{
    cJSON *object = cJSON_CreateObject();
    int good = object && fields_write(FIELDS(fields_common), entry, object) &&
               fields_write(entry_kinds[entry->kind].fields, entry_kinds[entry->kind].count, entry, object);
    *text = good ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return *text ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for an entry of the ledger");
}

static cJSON *bytes_write(const uint8_t *bytes, size_t size)
{
    char digits[2 * 32 + 1];
    return cJSON_CreateString(sodium_bin2hex(digits, sizeof digits, bytes, size));
}

static cJSON *field_write(const entry_field *field, const dpdm_ledger_entry *entry)
{
    const char *at = (const char *)entry + field->offset;
    uint64_t whole;
    double number;
    int given;
    switch (field->type) {
    case FIELD_TEXT:
        return cJSON_CreateString(at);
    case FIELD_BYTES_NULL:
        memcpy(&given, (const char *)entry + field->given, sizeof given);
        return given ? bytes_write((const uint8_t *)at, field->size) : cJSON_CreateNull();
    case FIELD_BYTES:
        return bytes_write((const uint8_t *)at, field->size);
    case FIELD_WHOLE:
        memcpy(&whole, at, sizeof whole);
        return dpdm_json_u64(whole);
    case FIELD_NUMBER:
    case FIELD_NUMBER_NULL:
        memcpy(&number, at, sizeof number);
        return field->type == FIELD_NUMBER_NULL && number == 0 ? cJSON_CreateNull() : dpdm_json_double(number);
    case FIELD_KIND:
        return cJSON_CreateString(entry_kinds[entry->kind].name);
    case FIELD_ACCOUNTANT: {
        dpdm_accountant accountant;
        memcpy(&accountant, at, sizeof accountant);
        return cJSON_CreateString(dpdm_accountant_name(accountant));
    }
    case FIELD_EVENTS:
        return dpdm_events_to_json(entry->events, entry->event_count);
    case FIELD_CONSTANT:
        return cJSON_CreateString(field->constant);
    }
    return NULL;
}

/* ---- from text ---- */

/* Reads the fields from *item on, and moves it behind them. */
static dpdm_status fields_read(const entry_field *fields, size_t count, dpdm_ledger_entry *entry, const cJSON **item,
                               dpdm_error *err)
{
    for (size_t i = 0; i < count; i++, *item = (*item)->next) {
        if (!*item || strcmp((*item)->string, fields[i].key) != 0)
            return dpdm_error_set(err, DPDM_EFORMAT, "'%.60s' stands where '%s' should",
                                  *item ? (*item)->string : "nothing", fields[i].key);
        if (!field_read(&fields[i], entry, *item))
            return dpdm_error_set(err, DPDM_EFORMAT, "the value of '%s' is not one", fields[i].key);
    }
    return DPDM_OK;
}

static dpdm_status tree_read(const cJSON *json, dpdm_ledger_entry *entry, dpdm_error *err)
{
    if (!cJSON_IsObject(json))
        return dpdm_error_set(err, DPDM_EFORMAT, "the text is not a JSON object");
    const cJSON *item = json->child;
    dpdm_status status = fields_read(FIELDS(fields_common), entry, &item, err);
    if (!status)
        status = fields_read(entry_kinds[entry->kind].fields, entry_kinds[entry->kind].count, entry, &item, err);
    if (!status && item)
        status = dpdm_error_set(err, DPDM_EFORMAT, "'%.60s' does not belong in it", item->string);
    return status;
}

dpdm_status dpdm_ledger_entry_parse(const char *text, size_t size, dpdm_ledger_entry *entry, dpdm_error *err)
{
    cJSON *json;
    *entry = (dpdm_ledger_entry){0};
    dpdm_status status = dpdm_json_parse(text, size, "text", &json, err);
    if (!status) {
        status = tree_read(json, entry, err);
        cJSON_Delete(json);
    }
    if (status)
        dpdm_ledger_entry_free(entry);
    return status;
}

void dpdm_ledger_entry_free(dpdm_ledger_entry *entry)
{
    free(entry->events);
    entry->events = NULL;
    entry->event_count = 0;
}

static int text_read(const cJSON *item, char *text, size_t size)
{
    if (!cJSON_IsString(item) || !item->valuestring[0] || strlen(item->valuestring) >= size)
        return 0;
    memcpy(text, item->valuestring, strlen(item->valuestring) + 1);
    return 1;
}

static int bytes_read(const cJSON *item, uint8_t *bytes, size_t size)
{
    size_t length;
    const char *end;
    return cJSON_IsString(item) && strlen(item->valuestring) == 2 * size &&
           sodium_hex2bin(bytes, size, item->valuestring, 2 * size, NULL, &length, &end) == 0 && length == size;
}

static int whole_read(const cJSON *item, uint64_t *value)
{
    if (cJSON_IsString(item))
        return dpdm_number_u64(item->valuestring, strlen(item->valuestring), value);
    double number = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(number >= 0 && number <= 0x1p53 && number == floor(number)))
        return 0;
    *value = (uint64_t)number;
    return 1;
}

static int kind_read(const cJSON *item, dpdm_ledger_kind *kind)
{
    for (int i = 0; cJSON_IsString(item) && i < ENTRY_KINDS; i++) {
        *kind = (dpdm_ledger_kind)i;
        if (strcmp(item->valuestring, entry_kinds[i].name) == 0)
            return 1;
    }
    return 0;
}

static int accountant_read(const cJSON *item, void *at)
{
    dpdm_accountant accountant;
    if (!cJSON_IsString(item) || !dpdm_accountant_find(item->valuestring, &accountant))
        return 0;
    memcpy(at, &accountant, sizeof accountant);
    return 1;
}

static int field_read(const entry_field *field, dpdm_ledger_entry *entry, const cJSON *item)
{
    char *at = (char *)entry + field->offset;
    uint64_t whole;
    int given = !cJSON_IsNull(item);
    switch (field->type) {
    case FIELD_TEXT:
        return text_read(item, at, field->size);
    case FIELD_BYTES_NULL:
        memcpy((char *)entry + field->given, &given, sizeof given);
        return !given || bytes_read(item, (uint8_t *)at, field->size);
    case FIELD_BYTES:
        return bytes_read(item, (uint8_t *)at, field->size);
    case FIELD_WHOLE:
        if (!whole_read(item, &whole))
            return 0;
        memcpy(at, &whole, sizeof whole);
        return 1;
    case FIELD_NUMBER_NULL:
        if (!given)
            return 1;
        /* fall through */
    case FIELD_NUMBER:
        if (cJSON_IsNumber(item))
            memcpy(at, &item->valuedouble, sizeof item->valuedouble);
        return cJSON_IsNumber(item);
    case FIELD_KIND:
        return kind_read(item, &entry->kind);
    case FIELD_ACCOUNTANT:
        return accountant_read(item, at);
    case FIELD_EVENTS:
        return !dpdm_events_from_json(item, &entry->events, &entry->event_count, NULL);
    case FIELD_CONSTANT:
        return cJSON_IsString(item) && strcmp(item->valuestring, field->constant) == 0;
    }
    return 0;
}

void dpdm_ledger_entry_hash(uint8_t hash[32], const uint8_t previous[32], const char *text, size_t size)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, previous, 32);
    crypto_generichash_update(&state, (const unsigned char *)text, size);
    crypto_generichash_final(&state, hash, 32);
}
