/* yaml.h - flat YAML: one mapping of keys to scalars or lists of scalars, with line numbers, over libyaml.
 *
 * Everything else that YAML can do is refused: sections, anchors and aliases, tags, merge keys, several documents. */
#ifndef DPDM_BASE_YAML_H
#define DPDM_BASE_YAML_H

#include <stddef.h>
#include "dpdm/status.h"

#define DPDM_YAML_LIMIT ((size_t)1 << 20) /* bytes of a file */
#define DPDM_YAML_KEYS 500
#define DPDM_YAML_VALUE 16384 /* bytes of a value, a whole list included */

/* One key with its value. A list comes as its entries joined by commas, with is_list set; an entry that holds a comma
 * is refused. Quoted: the scalar stood in quotes, so that "" is an empty string and not a missing value. Valid during
 * the call. */
typedef struct {
    const char *key, *value;
    size_t line; /* from 1 */
    int is_list, is_quoted;
} dpdm_yaml_entry;

/* Called for each key in order; a failure stops the reading and gets "name:line: " put in front of its message. */
typedef dpdm_status (*dpdm_yaml_fn)(void *context, const dpdm_yaml_entry *entry, dpdm_error *err);

/* Reads text[0..size); `name` stands for the file in messages. An empty text is an empty mapping. DPDM_EUSAGE for
 * whatever is refused, with name and line; a key that stands twice is refused too ('-' and '_' are the same). */
dpdm_status dpdm_yaml_read(const char *text, size_t size, const char *name, dpdm_yaml_fn visit, void *context,
                           dpdm_error *err);

#endif
