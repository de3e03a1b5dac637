/* fuzz_picture.c - pictures of any format through the decoder and the rule: JPEG files, their EXIF data, PNG files by their first bytes. */
#include "fuzz.h"
#include "data/rule.h"

#include <stdlib.h>
#include <string.h>

static void apply(const dpdm_raster *raster, const dpdm_image_rule *rule, const dpdm_facts *facts)
{
    uint8_t out[20 * 12 * 3];
    dpdm_error err;
    dpdm_shape shape;
    dpdm_raster copy = *raster;
    const size_t bytes = 4 * (size_t)raster->height * raster->width;
    copy.inside = NULL;
    copy.rgba = malloc(bytes);
    fuzz_assert(copy.rgba);
    memcpy(copy.rgba, raster->rgba, bytes);
    dpdm_status status = dpdm_rule_shape(rule, facts, &copy, "image", &shape, &err);
    if (!status)
        status = dpdm_rule_apply(&shape, &copy, "image", out, &err);
    if (status)
        fuzz_check_error(status, &err);
    free(copy.rgba);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const dpdm_image_rule rules[] = {
        {.resize = "20x12", .crop = DPDM_CROP_CENTRE, .grey = 1, .orientation = DPDM_ORIENTATION_EXIF},
        {.resize = "20x12",
         .crop = DPDM_CROP_PAD,
         .filter = DPDM_FILTER_LANCZOS,
         .orientation = DPDM_ORIENTATION_IGNORE},
        {.resize = "20x12", .filter = DPDM_FILTER_BOX}};
    const dpdm_facts facts = {0};
    const dpdm_blob file = {"image", bytes, size};
    dpdm_raster_gate gate = {PTHREAD_MUTEX_INITIALIZER};
    dpdm_raster raster;
    dpdm_error err;
    dpdm_status status = dpdm_raster_decode(&file, &gate, &raster, &err);
    if (status) {
        fuzz_check_error(status, &err);
        fuzz_assert(!raster.rgba && !raster.inside);
        return 0;
    }
    fuzz_assert(raster.height >= 1 && raster.height <= DPDM_RASTER_SIDE && raster.width >= 1 &&
                raster.width <= DPDM_RASTER_SIDE);
    fuzz_assert(raster.channels >= 1 && raster.channels <= 4 && raster.orientation >= 1 && raster.orientation <= 8);
    if ((uint64_t)raster.height * raster.width <= 1 << 16)
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
            apply(&raster, &rules[i], &facts);
    dpdm_raster_destroy(&raster);
    fuzz_assert(pthread_mutex_trylock(&gate.lock) == 0);
    pthread_mutex_unlock(&gate.lock);
    return 0;
}
