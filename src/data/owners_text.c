/* owners_text.c - owners named by texts: numbered, and refused where one person may stand under two names. */
#include "data/owners.h"
#include "data/alike.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const dpdm_owner_text *owner;
    const char *fold;
    size_t length;
} text_entry;

static dpdm_status texts_refuse_flaws(const dpdm_owner_text *texts, uint64_t count, const char *name, dpdm_error *err);
static const char *text_flaw(const dpdm_owner_text *text);
static int text_shown(const dpdm_owner_text *text);
static int texts_are_numbers(const dpdm_owner_text *texts, uint64_t count, uint64_t *owners);
static int compare_entries(const void *a, const void *b);
static int compare_bytes(const char *a, size_t m, const char *b, size_t n);
static const char *text_place(const dpdm_owner_text *text, const char *name, char place[400]);

dpdm_status dpdm_owners_number(const dpdm_owner_text *texts, uint64_t count, const char *name, uint64_t *owners,
                               dpdm_error *err)
{
    size_t bytes = 0;
    dpdm_status status = DPDM_OK;
    for (uint64_t i = 0; i < count; i++)
        bytes += texts[i].length;
    text_entry *entries = malloc(((size_t)count + 1) * sizeof *entries);
    char *folds = malloc(bytes + 1), *at = folds;
    if (!entries || !folds) {
        free(entries);
        free(folds);
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the owners of %llu images", name,
                              (unsigned long long)count);
    }
    for (uint64_t i = 0; i < count; i++) {
        entries[i] = (text_entry){&texts[i], at, dpdm_alike_fold(texts[i].text, texts[i].length, at)};
        at += entries[i].length;
    }
    qsort(entries, (size_t)count, sizeof *entries, compare_entries);
    int numbers = texts_are_numbers(texts, count, owners);
    for (uint64_t i = 0; !status && i < count; i++) {
        const text_entry *one = &entries[i], *before = i ? &entries[i - 1] : NULL;
        int alike = before && !compare_bytes(one->fold, one->length, before->fold, before->length);
        int same =
            alike && !compare_bytes(one->owner->text, one->owner->length, before->owner->text, before->owner->length);
        char a[400], b[400];
        if (alike && !same)
            status =
                dpdm_error_set(err, DPDM_EFORMAT,
                               "%s: owner '%.*s' looks like '%.*s' (%s): if they are one person, write one of them in "
                               "both places, else give them names that differ by more than case, blanks, accents or "
                               "zeros",
                               text_place(one->owner, name, a), text_shown(one->owner), one->owner->text,
                               text_shown(before->owner), before->owner->text, text_place(before->owner, name, b));
        if (!numbers) /* the number of the owner's first image */
            owners[one->owner->record] = same ? owners[before->owner->record] : one->owner->record;
    }
    free(entries);
    free(folds);
    return status ? status : texts_refuse_flaws(texts, count, name, err);
}

/* Bytes of a text that a message shows. */
static int text_shown(const dpdm_owner_text *text)
{
    return text->length < 100 ? (int)text->length : 100;
}

static const char *text_place(const dpdm_owner_text *text, const char *name, char place[400])
{
    if (text->line)
        snprintf(place, 400, "%.300s:%llu", name, (unsigned long long)text->line);
    else if (text->image)
        snprintf(place, 400, "%.190s/%.190s", name, text->image);
    else
        snprintf(place, 400, "%.300s, image %llu", name, (unsigned long long)text->record);
    return place;
}

static dpdm_status texts_refuse_flaws(const dpdm_owner_text *texts, uint64_t count, const char *name, dpdm_error *err)
{
    for (uint64_t i = 0; i < count; i++) {
        const char *flaw = text_flaw(&texts[i]);
        char place[400];
        if (flaw)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: owner '%.*s' %s", text_place(&texts[i], name, place),
                                  text_shown(&texts[i]), texts[i].text, flaw);
    }
    return DPDM_OK;
}

static const char *text_flaw(const dpdm_owner_text *text)
{
    static const char *const nobody[] = {"na",  "n/a", "#n/a", "nan", "null",    "none", "nil",
                                         "nat", "?",   "-",    "-1",  "unknown", "<na>", "missing"};
    const char *flaw = dpdm_alike_flaw(text->text, text->length);
    if (flaw)
        return flaw;
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++)
        if (text->length == strlen(nobody[i]) && !strncasecmp(text->text, nobody[i], text->length))
            return "stands for nobody: every image needs its owner";
    /* 1.23E+08: the digits that told people apart are gone. */
    size_t digits = strspn(text->text, "0123456789.");
    if (text->length > digits + 2 && digits && (text->text[digits] | 32) == 'e' && text->text[digits + 1] == '+')
        return "is a number that a spreadsheet has rounded: export it with all digits";
    return NULL;
}

/* Whole numbers as they would be printed. */
static int texts_are_numbers(const dpdm_owner_text *texts, uint64_t count, uint64_t *owners)
{
    for (uint64_t i = 0; i < count; i++) {
        char again[24];
        uint64_t *value = &owners[texts[i].record];
        if (!dpdm_number_u64(texts[i].text, texts[i].length, value))
            return 0;
        int length = snprintf(again, sizeof again, "%llu", (unsigned long long)*value);
        if ((size_t)length != texts[i].length || memcmp(again, texts[i].text, texts[i].length) != 0)
            return 0;
    }
    return 1;
}

static int compare_bytes(const char *a, size_t m, const char *b, size_t n)
{
    int order = memcmp(a, b, m < n ? m : n);
    return order ? order : (m > n) - (m < n);
}

static int compare_entries(const void *a, const void *b)
{
    const text_entry *x = a, *y = b;
    int order = compare_bytes(x->fold, x->length, y->fold, y->length);
    if (!order)
        order = compare_bytes(x->owner->text, x->owner->length, y->owner->text, y->owner->length);
    return order ? order : (x->owner->record > y->owner->record) - (x->owner->record < y->owner->record);
}
