/* pictures.c - see pictures.h. */
#include "pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>

uint8_t *picture_pixels(const picture *p)
{
    uint8_t *pixels = malloc((size_t)p->height * (size_t)p->width * (size_t)p->channels), *q = pixels;
    assert_non_null(pixels);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            for (int c = 0; c < p->channels; c++)
                *q++ = (uint8_t)(40 + (y * (3 + (int)p->seed % 3) + x * (2 + c) + c * 37 + (int)p->seed * 11) % 180);
    return pixels;
}

static void picture_exif(struct jpeg_compress_struct *jpeg, int orientation, int big_endian)
{
    static const uint8_t little[] = {'E',  'x', 'i', 'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
                                     0x12, 1,   3,   0,   1, 0, 0,   0,   0,  0, 0, 0, 0, 0, 0, 0};
    static const uint8_t big[] = {'E', 'x',  'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
                                  1,   0x12, 0,   3,   0, 0, 0,   1,   0, 0,  0, 0, 0, 0, 0, 0};
    uint8_t block[sizeof little];
    memcpy(block, big_endian ? big : little, sizeof block);
    block[big_endian ? 25 : 24] = (uint8_t)orientation;
    jpeg_write_marker(jpeg, JPEG_APP0 + 1, block, sizeof block);
}

uint8_t *picture_jpeg(const picture *p, size_t *size)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    uint8_t *pixels = picture_pixels(p);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &length);
    jpeg.image_width = (JDIMENSION)p->width;
    jpeg.image_height = (JDIMENSION)p->height;
    jpeg.input_components = p->channels;
    jpeg.in_color_space = p->channels == 1 ? JCS_GRAYSCALE : p->channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 92, TRUE);
    if (p->progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    if (p->orientation)
        picture_exif(&jpeg, p->orientation, p->big_endian);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = pixels + (size_t)jpeg.next_scanline * (size_t)(p->width * p->channels);
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(pixels);
    *size = length;
    return bytes;
}

void picture_write(const char *folder, const char *name, const picture *p)
{
    size_t size;
    uint8_t *bytes = picture_jpeg(p, &size);
    support_write(folder, name, bytes, size);
    free(bytes);
}
