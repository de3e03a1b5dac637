/* place.c - first-fit placement of blocks with known lives: the largest block first, each at the lowest offset where no
 * block that lives at the same time is in the way. */
#include "nn/plan.h"

#include <stdlib.h>

static int place_by_size(const void *a, const void *b);
static int place_by_offset(const void *a, const void *b);
static size_t place_one(dpdm_plan_block *block, dpdm_plan_block *const *placed, int count,
                        const dpdm_plan_block **rivals);
static size_t place_round(size_t bytes);

size_t dpdm_plan_place(dpdm_plan_block *blocks, int count, int reuse)
{
    size_t total = 0;
    dpdm_plan_block **order = malloc((count + 1) * sizeof *order);
    const dpdm_plan_block **rivals = malloc((count + 1) * sizeof *rivals);
    if (!order || !rivals) {
        free(order);
        free(rivals);
        return SIZE_MAX;
    }
    for (int i = 0; i < count; i++)
        order[i] = &blocks[i];
    qsort(order, count, sizeof *order, place_by_size);
    for (int i = 0; i < count; i++) {
        order[i]->offset = reuse ? place_one(order[i], order, i, rivals) : total;
        const size_t end = order[i]->offset + place_round(order[i]->bytes);
        total = end > total ? end : total;
    }
    free(order);
    free(rivals);
    return total;
}

static size_t place_one(dpdm_plan_block *block, dpdm_plan_block *const *placed, int count,
                        const dpdm_plan_block **rivals)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        if (placed[i]->first <= block->last && block->first <= placed[i]->last)
            rivals[found++] = placed[i];
    qsort(rivals, found, sizeof *rivals, place_by_offset);
    size_t offset = 0;
    for (int i = 0; i < found; i++) {
        if (offset + block->bytes <= rivals[i]->offset)
            break;
        const size_t end = rivals[i]->offset + place_round(rivals[i]->bytes);
        offset = end > offset ? end : offset;
    }
    return offset;
}

static size_t place_round(size_t bytes)
{
    return (bytes + DPDM_PLAN_ALIGN - 1) / DPDM_PLAN_ALIGN * DPDM_PLAN_ALIGN;
}

/* Largest first; equal sizes in the order of the array, so that plans do not depend on the sort. */
static int place_by_size(const void *a, const void *b)
{
    const dpdm_plan_block *x = *(dpdm_plan_block *const *)a, *y = *(dpdm_plan_block *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int place_by_offset(const void *a, const void *b)
{
    const dpdm_plan_block *x = *(const dpdm_plan_block *const *)a, *y = *(const dpdm_plan_block *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}
