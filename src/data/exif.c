/* exif.c - see exif.h. */
#include "data/exif.h"

enum { EXIF_ORIENTATION = 0x0112, EXIF_SHORT = 3, EXIF_ENTRY = 12 };

static uint32_t exif_number(const uint8_t *bytes, int width, int little)
{
    uint32_t value = 0;
    for (int i = 0; i < width; i++)
        value |= (uint32_t)bytes[i] << 8 * (little ? i : width - 1 - i);
    return value;
}

int dpdm_exif_orientation(const uint8_t *tiff, size_t size)
{
    if (size < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M'))
        return 1;
    const int little = tiff[0] == 'I';
    const size_t directory = exif_number(tiff + 4, 4, little);
    if (exif_number(tiff + 2, 2, little) != 42 || directory > size - 2)
        return 1;
    const size_t entries = exif_number(tiff + directory, 2, little), room = (size - 2 - directory) / EXIF_ENTRY;
    for (size_t i = 0; i < entries && i < room; i++) {
        const uint8_t *entry = tiff + directory + 2 + EXIF_ENTRY * i;
        if (exif_number(entry, 2, little) != EXIF_ORIENTATION)
            continue;
        const uint32_t value = exif_number(entry + 8, 2, little);
        const int plain = exif_number(entry + 2, 2, little) == EXIF_SHORT && exif_number(entry + 4, 4, little) == 1;
        return plain && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
