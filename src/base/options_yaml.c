/* options_yaml.c - options from YAML. */
#include "base/options.h"

#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/yaml.h"

typedef struct {
    const dpdm_option_binding *bindings;
    size_t count;
} target;

static dpdm_status entry_apply(void *context, const dpdm_yaml_entry *entry, dpdm_error *err)
{
    const target *t = context;
    const dpdm_option *option = NULL;
    const char *near = NULL;
    void *object = NULL;
    for (size_t i = 0; i < t->count && !option; i++) {
        option = dpdm_option_find(t->bindings[i].table, entry->key, strlen(entry->key));
        object = t->bindings[i].object;
        near = near ? near : dpdm_option_nearest(t->bindings[i].table, entry->key);
    }
    if (option && option->flags & DPDM_OPTION_NO_FILE)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s belongs on the command line, not in a file: --%s", entry->key,
                              option->name);
    if (!option) {
        char key[64];
        if (!near)
            return dpdm_error_set(err, DPDM_EUSAGE, "unknown key '%.60s'", entry->key);
        dpdm_option_key(near, key, sizeof key);
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown key '%.60s'; did you mean '%s'?", entry->key, key);
    }
    if (entry->is_list && option->type != DPDM_OPTION_INT_LIST && !(option->flags & DPDM_OPTION_LIST))
        return dpdm_error_set(err, DPDM_EUSAGE, "%s takes one value, not a list", entry->key);
    return dpdm_option_set(option, object, entry->value, err);
}

dpdm_status dpdm_options_parse_yaml_all(const dpdm_option_binding *bindings, size_t count, const char *text,
                                        size_t size, const char *name, dpdm_error *err)
{
    target t = {bindings, count};
    return dpdm_yaml_read(text, size, name, entry_apply, &t, err);
}

dpdm_status dpdm_options_read_yaml_all(const dpdm_option_binding *bindings, size_t count, const char *path,
                                       dpdm_error *err)
{
    uint8_t *text;
    size_t size;
    dpdm_status status = dpdm_file_read(path, DPDM_YAML_LIMIT, &text, &size, err);
    if (status)
        return status;
    status = dpdm_options_parse_yaml_all(bindings, count, (const char *)text, size, path, err);
    free(text);
    return status;
}

dpdm_status dpdm_options_parse_yaml(const dpdm_option_table *table, void *object, const char *text, size_t size,
                                    const char *name, dpdm_error *err)
{
    const dpdm_option_binding one = {table, object};
    return dpdm_options_parse_yaml_all(&one, 1, text, size, name, err);
}

dpdm_status dpdm_options_read_yaml(const dpdm_option_table *table, void *object, const char *path, dpdm_error *err)
{
    const dpdm_option_binding one = {table, object};
    return dpdm_options_read_yaml_all(&one, 1, path, err);
}
