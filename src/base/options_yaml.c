/* options_yaml.c - options from YAML. */
#include "base/options.h"

#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/yaml.h"

typedef struct {
    const dpdm_option_table *table;
    void *object;
} target;

static dpdm_status entry_apply(void *context, const dpdm_yaml_entry *entry, dpdm_error *err)
{
    const target *t = context;
    const dpdm_option *option = dpdm_option_find(t->table, entry->key, strlen(entry->key));
    if (option && option->flags & DPDM_OPTION_NO_FILE)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s belongs on the command line, not in a file: --%s", entry->key,
                              option->name);
    if (!option) {
        const char *near = dpdm_option_nearest(t->table, entry->key);
        char key[64];
        if (!near)
            return dpdm_error_set(err, DPDM_EUSAGE, "unknown key '%.60s'", entry->key);
        dpdm_option_key(near, key, sizeof key);
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown key '%.60s'; did you mean '%s'?", entry->key, key);
    }
    if (entry->is_list && option->type != DPDM_OPTION_INT_LIST && !(option->flags & DPDM_OPTION_LIST))
        return dpdm_error_set(err, DPDM_EUSAGE, "%s takes one value, not a list", entry->key);
    return dpdm_option_set(option, t->object, entry->value, err);
}

dpdm_status dpdm_options_parse_yaml(const dpdm_option_table *table, void *object, const char *text, size_t size,
                                    const char *name, dpdm_error *err)
{
    target t = {table, object};
    return dpdm_yaml_read(text, size, name, entry_apply, &t, err);
}

dpdm_status dpdm_options_read_yaml(const dpdm_option_table *table, void *object, const char *path, dpdm_error *err)
{
    uint8_t *text;
    size_t size;
    dpdm_status status = dpdm_file_read(path, DPDM_YAML_LIMIT, &text, &size, err);
    if (status)
        return status;
    status = dpdm_options_parse_yaml(table, object, (const char *)text, size, path, err);
    free(text);
    return status;
}
