/* eval_parts.c - groups of the test images beside their classes. */
#include "eval/eval_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"

#define PARTS_LIMIT ((size_t)1 << 30)

/* The name of a line, safe to print; 0 where it is empty or too long. */
static int part_name(const char *line, size_t length, char name[EVAL_PART_NAME])
{
    while (length && (line[length - 1] == '\r' || line[length - 1] == ' '))
        length--;
    if (!length || length >= EVAL_PART_NAME)
        return 0;
    for (size_t i = 0; i < length; i++)
        name[i] = (unsigned char)line[i] < ' ' || line[i] == 127 ? '?' : line[i];
    name[length] = '\0';
    return 1;
}

/* The number of a group by its name, which is taken up if it is new; -1 where there are too many. */
static int part_find(eval_parts *parts, const char *name)
{
    for (int i = 0; i < parts->count; i++)
        if (strcmp(parts->names[i], name) == 0)
            return i;
    if (parts->count == EVAL_PARTS)
        return -1;
    memcpy(parts->names[parts->count], name, strlen(name) + 1);
    return parts->count++;
}

static dpdm_status parts_parse(const char *text, const char *path, uint64_t images, eval_parts *parts, dpdm_error *err)
{
    uint64_t line = 0;
    for (; *text; line++) {
        char name[EVAL_PART_NAME];
        size_t length = strcspn(text, "\n");
        if (line == images)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: more lines than the %llu test images", path,
                                  (unsigned long long)images);
        if (!part_name(text, length, name))
            return dpdm_error_set(err, DPDM_EFORMAT, "%s:%llu: a group has a name of 1 to %d bytes", path,
                                  (unsigned long long)line + 1, EVAL_PART_NAME - 1);
        parts->of[line] = part_find(parts, name);
        if (parts->of[line] < 0)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s:%llu: more than %d groups", path, (unsigned long long)line + 1,
                                  EVAL_PARTS);
        text += length + (text[length] == '\n');
    }
    if (line < images)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: %llu lines, but there are %llu test images", path,
                              (unsigned long long)line, (unsigned long long)images);
    return DPDM_OK;
}

dpdm_status eval_parts_read(const char *path, uint64_t images, eval_parts *parts, dpdm_error *err)
{
    uint8_t *text;
    size_t size;
    *parts = (eval_parts){0};
    dpdm_status status = dpdm_file_read(path, PARTS_LIMIT, &text, &size, err);
    if (status)
        return status;
    parts->names = calloc(EVAL_PARTS, sizeof *parts->names);
    parts->of = calloc(images + 1, sizeof *parts->of);
    if (!parts->names || !parts->of)
        status =
            dpdm_error_set(err, DPDM_ENOMEM, "no memory for the groups of %llu images", (unsigned long long)images);
    else if (strlen((const char *)text) != size)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: not a text file", path);
    else /* behind the mark of UTF-8 that some editors put first */
        status = parts_parse((const char *)text + (strncmp((const char *)text, "\xef\xbb\xbf", 3) ? 0 : 3), path,
                             images, parts, err);
    free(text);
    if (status)
        eval_parts_destroy(parts);
    return status;
}

void eval_parts_destroy(eval_parts *parts)
{
    free(parts->names);
    free(parts->of);
    *parts = (eval_parts){0};
}

void eval_parts_judge(const eval_parts *parts, const dpdm_dataset *test, const float *probabilities, dpdm_group *groups)
{
    const size_t classes = (size_t)test->classes;
    for (int i = 0; i < parts->count; i++)
        groups[i] = (dpdm_group){.images = 0};
    for (uint64_t i = 0; i < test->count; i++) {
        dpdm_group *group = &groups[parts->of[i]];
        group->images++;
        if (!probabilities)
            continue;
        const float *p = probabilities + i * classes;
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            best = p[c] > p[best] ? c : best;
        group->right += best == (size_t)test->labels[i];
    }
    dpdm_groups_judge(groups, parts->count);
}
