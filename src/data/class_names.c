/* class_names.c - see class_names.h and dataset.h. */
#include "data/class_names.h"
#include "data/alike.h"
#include "data/folder.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_LONGEST 200
#define NAMES_SHOWN 250 /* bytes of a list in a message */

static int names_find(char *const *names, int n, const char *name);
static int names_are_numbers(char *const *names, int n);
static dpdm_status names_map(char *const *names, int n, const char *whose, dpdm_dataset *data, const char *name,
                             dpdm_error *err);
static dpdm_status names_by_number(char *const *names, int n, const char *whose, dpdm_dataset *data, const char *name,
                                   dpdm_error *err);

/* ---- lists ---- */

dpdm_status dpdm_class_names_copy(const char *const *names, size_t n, char ***copy, dpdm_error *err)
{
    *copy = calloc(n + 1, sizeof **copy);
    for (size_t i = 0; *copy && i < n; i++)
        if (!((*copy)[i] = strdup(names[i]))) {
            dpdm_class_names_free(*copy, (int)i);
            *copy = NULL;
        }
    return *copy ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %zu classes", n);
}

dpdm_status dpdm_class_find(const char *text, const char *class_names, int classes, int *label, dpdm_error *err)
{
    static const char prefix[] = "number:";
    char **names = NULL, list[400];
    int n = 0, named = -1;
    int64_t number;
    const size_t skip = strncmp(text, prefix, sizeof prefix - 1) ? 0 : sizeof prefix - 1;
    dpdm_status status = DPDM_OK;
    if (class_names && *class_names)
        status = dpdm_class_names_parse(class_names, classes, &names, &n, err);
    if (status)
        return status;
    const int counted = dpdm_number_i64(text + skip, strlen(text + skip), &number) && number >= 0 && number < classes;
    if (!skip)
        named = names_find(names, n, text);
    dpdm_class_names_list(names, n, list, sizeof list);
    *label = named >= 0 ? named : counted ? (int)number : -1;
    if (names && named >= 0 && counted && named != number)
        status = dpdm_error_set(err, DPDM_EUSAGE,
                                "label %.80s is the name of class %d and the number of another, '%.80s': say number:%d "
                                "or number:%d",
                                text, named, names[number], named, (int)number);
    else if (*label < 0)
        status = dpdm_error_set(
            err, DPDM_EUSAGE, "label %.80s: no class has that name or number; their names: %s; their numbers: 0 to %d",
            text, n ? list : "none", classes - 1);
    dpdm_class_names_free(names, n);
    return status;
}

void dpdm_class_names_free(char **names, int n)
{
    for (int i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

dpdm_status dpdm_class_names_parse(const char *text, int classes, char ***names, int *n, dpdm_error *err)
{
    size_t length = strlen(text), count = 1;
    *names = NULL;
    *n = 0;
    if (length >= DPDM_CLASS_NAMES)
        return dpdm_error_set(err, DPDM_EUSAGE, "class names are longer than %d bytes: shorten them", DPDM_CLASS_NAMES);
    for (size_t i = 0; i < length; i++)
        count += text[i] == ',';
    if (classes && count != (size_t)classes)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "class names are %zu ('%.200s'), but there are %d classes: give one name a class, in the "
                              "order of labels, with commas between",
                              count, text, classes);
    char **made = calloc(count + 1, sizeof *made);
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %zu classes", count);
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < count; i++) {
        size_t end = strcspn(text, ",");
        while (end && *text == ' ') { /* "normal, pneumonia" */
            text++;
            end--;
        }
        made[i] = strndup(text, end);
        if (!made[i])
            status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %zu classes", count);
        text += end + (text[end] == ',');
    }
    if (!status)
        status = dpdm_class_names_check_list(made, (int)count, err);
    if (status) {
        dpdm_class_names_free(made, (int)count);
        return status;
    }
    *names = made;
    *n = (int)count;
    return DPDM_OK;
}

dpdm_status dpdm_class_names_check(const char *text, int classes, dpdm_error *err)
{
    char **names;
    int n;
    if (!text || !*text)
        return DPDM_OK;
    dpdm_status status = dpdm_class_names_parse(text, classes, &names, &n, err);
    dpdm_class_names_free(names, n);
    return status;
}

void dpdm_class_names_list(char *const *names, int n, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%.60s", i ? ", " : "", names[i]);
    if (used >= size && size > 4)
        memcpy(text + size - 4, "...", 4);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
}

dpdm_status dpdm_class_names_check_list(char *const *names, int n, dpdm_error *err)
{
    const char **sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    dpdm_status status =
        sorted ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %d classes", n);
    for (int i = 0; !status && i < n; i++) {
        const char *flaw = dpdm_alike_flaw(names[i], strlen(names[i]));
        if (!flaw)
            flaw = strlen(names[i]) > NAMES_LONGEST  ? "is too long"
                   : strchr(names[i], ',')           ? "holds a comma, which separates names"
                   : strchr(names[i], '/')           ? "holds '/', which no folder's name can"
                   : dpdm_folder_is_litter(names[i]) ? "is a name of folders that are no data"
                                                     : NULL;
        if (flaw)
            status = dpdm_error_set(err, DPDM_EUSAGE, "class name '%.100s' %s: choose another", names[i], flaw);
        sorted[i] = names[i];
    }
    if (!status)
        qsort(sorted, (size_t)n, sizeof *sorted, dpdm_alike_compare);
    for (int i = 1; !status && i < n; i++)
        if (!dpdm_alike_compare(&sorted[i - 1], &sorted[i]))
            status =
                dpdm_error_set(err, DPDM_EUSAGE,
                               "the class names '%.100s' and '%.100s' look the same: give each class a name of its "
                               "own",
                               sorted[i - 1], sorted[i]);
    free(sorted);
    return status;
}

static int names_find(char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

/* 0, 1, ..., n - 1, with or without leading zeros: numbers in their own place, which name nothing. */
static int names_are_numbers(char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t value;
        if (names[i][0] == ' ' || !dpdm_number_u64(names[i], strlen(names[i]), &value) || value != (uint64_t)i)
            return 0;
    }
    return 1;
}

/* ---- names of data ---- */

dpdm_status dpdm_dataset_name_classes(dpdm_dataset *data, const char *text, dpdm_error *err)
{
    char **names = NULL;
    int n;
    if (text && *text) {
        dpdm_status status = dpdm_class_names_parse(text, data->classes, &names, &n, err);
        if (status)
            return status;
    }
    dpdm_class_names_free(data->class_names, data->classes);
    data->class_names = names;
    data->labels_by_folder = 0;
    return DPDM_OK;
}

dpdm_status dpdm_dataset_class_names(const dpdm_dataset *data, char **text, dpdm_error *err)
{
    size_t size = 1;
    int commas = 0;
    for (int i = 0; data->class_names && i < data->classes; i++) {
        size += strlen(data->class_names[i]) + 1;
        commas |= strchr(data->class_names[i], ',') != NULL;
    }
    *text = calloc(size, 1);
    if (!*text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %d classes", data->classes);
    char *at = *text;
    for (int i = 0; data->class_names && !commas && i < data->classes; i++)
        at += sprintf(at, "%s%s", i ? "," : "", data->class_names[i]);
    return DPDM_OK;
}

dpdm_status dpdm_class_names_settle(const dpdm_facts *facts, const char *name, dpdm_dataset *data, dpdm_error *err)
{
    char **stated = NULL;
    int n = 0;
    if (!facts->class_names || !*facts->class_names) {
        if (data->class_names && names_are_numbers(data->class_names, data->classes))
            dpdm_dataset_name_classes(data, NULL, NULL);
        return DPDM_OK;
    }
    dpdm_status status = dpdm_class_names_parse(facts->class_names, facts->classes, &stated, &n, err);
    if (status)
        return status;
    int known = data->class_names != NULL, numbers = known && names_are_numbers(data->class_names, data->classes);
    for (int i = 0; numbers && known && i < data->classes; i++)
        known = names_find(stated, n, data->class_names[i]) >= 0;
    status = known ? names_map(stated, n, "the config", data, name, err)
                   : names_by_number(stated, n, "the config", data, name, err);
    if (!status) {
        dpdm_class_names_free(data->class_names, data->classes);
        data->class_names = stated;
        data->classes = n;
        data->labels_by_folder = 0;
        return DPDM_OK;
    }
    dpdm_class_names_free(stated, n);
    return status;
}

/* Labels become the places of their classes' names in names[0..n). */
static dpdm_status names_map(char *const *names, int n, const char *whose, dpdm_dataset *data, const char *name,
                             dpdm_error *err)
{
    int32_t *place = malloc(((size_t)data->classes + 1) * sizeof *place);
    dpdm_status status =
        place ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the names of %d classes", data->classes);
    for (int i = 0; !status && i < data->classes; i++) {
        place[i] = names_find(names, n, data->class_names[i]);
        if (place[i] < 0) {
            char theirs[NAMES_SHOWN], ours[NAMES_SHOWN];
            dpdm_class_names_list(names, n, theirs, sizeof theirs);
            dpdm_class_names_list(data->class_names, data->classes, ours, sizeof ours);
            status =
                dpdm_error_set(err, DPDM_EFORMAT,
                               "%s: has the classes %s, but %s has %s: classes are matched by name, so give each the "
                               "same name, letter for letter",
                               name, ours, whose, theirs);
        }
    }
    for (uint64_t i = 0; !status && i < data->count; i++)
        data->labels[i] = place[data->labels[i]];
    free(place);
    return status;
}

/* Data that know numbers: each must be a label. */
static dpdm_status names_by_number(char *const *names, int n, const char *whose, dpdm_dataset *data, const char *name,
                                   dpdm_error *err)
{
    if (data->class_names && data->classes != n) {
        char theirs[NAMES_SHOWN];
        dpdm_class_names_list(names, n, theirs, sizeof theirs);
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: has %d class folders, called by numbers, but %s has %d classes: %s", name,
                              data->classes, whose, n, theirs);
    }
    for (uint64_t i = 0; i < data->count; i++)
        if (data->labels[i] >= n)
            return dpdm_error_set(err, DPDM_EFORMAT,
                                  "%s: an image has label %d, but %s has %d classes: labels are 0 to %d", name,
                                  (int)data->labels[i], whose, n, n - 1);
    return DPDM_OK;
}

/* ---- two sets ---- */

static dpdm_status names_refuse(const dpdm_dataset *named, const char *named_spec, const char *numbered_spec,
                                dpdm_error *err)
{
    char list[NAMES_SHOWN], *text = NULL;
    dpdm_class_names_list(named->class_names, named->classes, list, sizeof list);
    dpdm_status status = dpdm_dataset_class_names(named, &text, err);
    if (!status)
        status =
            dpdm_error_set(err, DPDM_EFORMAT,
                           "'%.200s' has the classes %s, but '%.200s' knows its classes by number alone, and nothing "
                           "says which number is which class: state the names in the order of labels, for example "
                           "class-names %.250s",
                           named_spec, list, numbered_spec, text);
    free(text);
    return status;
}

dpdm_status dpdm_dataset_expect_names(const dpdm_dataset *data, const char *spec, const char *class_names,
                                      const char *whose, dpdm_error *err)
{
    return data->class_names && !(class_names && *class_names) ? names_refuse(data, spec, whose, err) : DPDM_OK;
}

dpdm_status dpdm_dataset_match(const dpdm_dataset *reference, const char *reference_spec, dpdm_dataset *data,
                               const char *spec, dpdm_error *err)
{
    if (!reference->class_names && !data->class_names)
        return DPDM_OK;
    if (!reference->class_names || (!data->class_names && reference->labels_by_folder))
        return data->class_names ? names_refuse(data, spec, reference_spec, err)
                                 : names_refuse(reference, reference_spec, spec, err);
    char whose[320];
    snprintf(whose, sizeof whose, "'%.300s'", reference_spec);
    dpdm_status status = data->class_names
                             ? names_map(reference->class_names, reference->classes, whose, data, spec, err)
                             : names_by_number(reference->class_names, reference->classes, whose, data, spec, err);
    char **names = NULL;
    if (!status)
        status =
            dpdm_class_names_copy((const char *const *)reference->class_names, (size_t)reference->classes, &names, err);
    if (status)
        return status;
    dpdm_class_names_free(data->class_names, data->classes);
    data->class_names = names;
    data->classes = reference->classes;
    data->labels_by_folder = reference->labels_by_folder;
    return DPDM_OK;
}
