/* owners.c - images in the order of their owners: counted, and capped. */
#include "data/owners.h"

#include <stdlib.h>
#include <string.h>

const char *const dpdm_owners_choices[] = {"auto", "folder", NULL};

typedef struct {
    uint64_t owner, record;
} owners_entry;

static int owners_compare(const void *a, const void *b)
{
    const owners_entry *x = a, *y = b;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* All images, those of one owner together, in the order of the data; NULL when out of memory. */
static owners_entry *owners_sort(const dpdm_dataset *data)
{
    owners_entry *entries = malloc(((size_t)data->count + 1) * sizeof *entries);
    for (uint64_t i = 0; entries && i < data->count; i++)
        entries[i] = (owners_entry){data->owners[i], i};
    if (entries)
        qsort(entries, (size_t)data->count, sizeof *entries, owners_compare);
    return entries;
}

dpdm_status dpdm_dataset_set_owners(dpdm_dataset *data, const uint64_t *owners, dpdm_error *err)
{
    uint64_t *copy = malloc(((size_t)data->count + 1) * sizeof *copy);
    if (!copy)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the owners of %llu images",
                              (unsigned long long)data->count);
    if (data->count)
        memcpy(copy, owners, (size_t)data->count * sizeof *copy);
    free(data->owners);
    data->owners = copy;
    return DPDM_OK;
}

dpdm_status dpdm_dataset_cap(dpdm_dataset *data, uint64_t cap, dpdm_error *err)
{
    if (!data->owners || !cap)
        return dpdm_error_set(err, DPDM_EUSAGE, "%s", cap ? "the data do not say who owns their images" : "a cap of 0");
    owners_entry *entries = owners_sort(data);
    uint8_t *left_out = calloc((size_t)data->count + 1, 1);
    if (!entries || !left_out) {
        free(entries);
        free(left_out);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to sort %llu images by their owners",
                              (unsigned long long)data->count);
    }
    uint64_t nth = 0;
    for (uint64_t i = 0; i < data->count; i++) {
        nth = i && entries[i].owner == entries[i - 1].owner ? nth + 1 : 1;
        left_out[entries[i].record] = nth > cap;
    }
    free(entries);
    free(data->left_out);
    data->left_out = left_out;
    return DPDM_OK;
}

dpdm_status dpdm_owners_count(const dpdm_dataset *data, uint64_t *owners, uint64_t *most, dpdm_error *err)
{
    owners_entry *entries = owners_sort(data);
    uint64_t nth = 0;
    *owners = *most = 0;
    if (!entries)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to count the owners of %llu images",
                              (unsigned long long)data->count);
    for (uint64_t i = 0; i < data->count; i++) {
        nth = i && entries[i].owner == entries[i - 1].owner ? nth + 1 : 1;
        *owners += nth == 1;
        *most = nth > *most ? nth : *most;
    }
    free(entries);
    return DPDM_OK;
}
