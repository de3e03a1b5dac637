/* fuzz_png.c - PNG images. Checksums of chunks are mended first: else nearly every change would stop there. */
#include "fuzz.h"
#include "data/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void mend_checksums(uint8_t *bytes, size_t size)
{
    for (size_t at = 8; size >= 12 && at <= size - 12;) {
        uint32_t length = get_u32(bytes + at);
        if (length > size - at - 12)
            return;
        uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, length + 4);
        for (int b = 0; b < 4; b++)
            bytes[at + 8 + length + (size_t)b] = (uint8_t)(sum >> (24 - 8 * b));
        at += 12 + (size_t)length;
    }
}

static void decode(const uint8_t *bytes, size_t size)
{
    dpdm_raster png;
    dpdm_error err;
    dpdm_blob file = {"image", bytes, size};
    dpdm_status status = dpdm_png_decode(&file, NULL, &png, &err);
    if (status) {
        fuzz_check_error(status, &err);
        fuzz_assert(!png.rgba);
        return;
    }
    fuzz_assert(png.height >= 1 && png.height <= DPDM_IMAGE_SIDE && png.width >= 1 && png.width <= DPDM_IMAGE_SIDE);
    fuzz_assert(png.channels >= 1 && png.channels <= 4);
    for (int channels = 1; channels <= 4; channels++) {
        uint8_t *out = malloc((size_t)png.height * png.width * (size_t)channels);
        fuzz_assert(out);
        status = dpdm_raster_convert(&png, "image", channels, 0, out, &err);
        fuzz_assert(!status || channels < 4);
        if (status)
            fuzz_check_error(status, &err);
        free(out);
    }
    dpdm_raster_destroy(&png);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *mended = malloc(size ? size : 1);
    fuzz_assert(mended);
    memcpy(mended, bytes, size);
    mend_checksums(mended, size);
    decode(bytes, size);
    decode(mended, size);
    free(mended);
    return 0;
}
