/* raster_decode.c - which decoder a picture is for: its first bytes say. */
#include "data/jpeg.h"
#include "data/png.h"

#include <string.h>

static int starts_with(const dpdm_blob *file, size_t at, const char *bytes, size_t size)
{
    return file->size >= at + size && !memcmp(file->bytes + at, bytes, size);
}

/* What people are likely to have beside PNG and JPEG; NULL: nothing known. */
static const char *other_format(const dpdm_blob *file)
{
    static const struct {
        const char *name;
        size_t at;
        const char *bytes;
        size_t size;
    } others[] = {{"a GIF image", 0, "GIF8", 4},
                  {"a WebP image", 8, "WEBP", 4},
                  {"a TIFF image", 0, "II*\0", 4},
                  {"a TIFF image", 0, "MM\0*", 4},
                  {"a HEIC image", 4, "ftyphei", 7},
                  {"an AVIF image", 4, "ftypavif", 8},
                  {"a JPEG XL image", 0, "\xff\x0a", 2},
                  {"a JPEG 2000 image", 4, "jP  \r\n", 6},
                  {"a DICOM file", 128, "DICM", 4},
                  {"a BMP image", 0, "BM", 2},
                  {"a web page", 0, "<!DOCTYPE", 9},
                  {"a web page", 0, "<html", 5},
                  {"a Git LFS pointer", 0, "version https://git-lfs", 23}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (starts_with(file, others[i].at, others[i].bytes, others[i].size))
            return others[i].name;
    return NULL;
}

dpdm_status dpdm_raster_decode(const dpdm_blob *file, dpdm_raster_gate *gate, dpdm_raster *picture, dpdm_error *err)
{
    memset(picture, 0, sizeof *picture);
    if (starts_with(file, 0, "\xff\xd8\xff", 3))
        return dpdm_jpeg_decode(file, gate, picture, err);
    if (starts_with(file, 0, "\x89PNG", 4))
        return dpdm_png_decode(file, gate, picture, err);
    if (!file->size)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is empty: get it again, or take it away", file->name);
    const char *other = other_format(file);
    return other ? dpdm_error_set(err, DPDM_EFORMAT,
                                  "%s: is %s, whatever its name says; PNG and JPEG are read: convert it", file->name,
                                  other)
                 : dpdm_error_set(err, DPDM_EFORMAT,
                                  "%s: is neither a PNG nor a JPEG image: convert it, or take it away", file->name);
}
