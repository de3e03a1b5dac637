/* raster.c - see raster.h. */
#include "data/raster.h"

#include <stdlib.h>
#include <string.h>

void dpdm_raster_destroy(dpdm_raster *picture)
{
    free(picture->rgba);
    if (picture->inside)
        pthread_mutex_unlock(&picture->inside->lock);
    memset(picture, 0, sizeof *picture);
}

dpdm_status dpdm_raster_enter(dpdm_raster *picture, const char *name, uint64_t height, uint64_t width,
                              dpdm_raster_gate *gate, dpdm_error *err)
{
    if (!gate && (height > DPDM_IMAGE_SIDE || width > DPDM_IMAGE_SIDE))
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: has %llu x %llu pixels, and images may have at most %d x %d: give the rule resize "
                              "(--resize 64)",
                              name, (unsigned long long)height, (unsigned long long)width, DPDM_IMAGE_SIDE,
                              DPDM_IMAGE_SIDE);
    if (height > DPDM_RASTER_SIDE || width > DPDM_RASTER_SIDE || height * width > DPDM_RASTER_PIXELS)
        return dpdm_error_set(
            err, DPDM_EFORMAT,
            "%s: says that it has %llu x %llu pixels; sides of up to %d and %llu million pixels in all "
            "are read: make it smaller, or take it away",
            name, (unsigned long long)height, (unsigned long long)width, DPDM_RASTER_SIDE,
            (unsigned long long)(DPDM_RASTER_PIXELS / 1000000));
    if (gate && height * width > DPDM_RASTER_HEAVY && !pthread_mutex_lock(&gate->lock))
        picture->inside = gate;
    return DPDM_OK;
}

/* Weights of 2^16 that add up to it, so that grey stays what it is; rounded to the nearest. */
static uint8_t raster_luma(const uint8_t *p)
{
    return (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16);
}

dpdm_status dpdm_raster_convert(const dpdm_raster *picture, const char *name, int channels, int grey, uint8_t *out,
                                dpdm_error *err)
{
    size_t n = (size_t)picture->height * picture->width;
    for (size_t i = 0; i < n; i++) {
        uint8_t p[4];
        memcpy(p, picture->rgba + 4 * i, 4);
        if (channels % 2 && p[3] != 255)
            return dpdm_error_set(
                err, DPDM_EFORMAT,
                "%s: has transparent pixels, which %d channel%s cannot hold: flatten the image, or state "
                "channels: %d",
                name, channels, channels > 1 ? "s" : "", channels + 1);
        if (channels < 3 && grey)
            p[0] = raster_luma(p);
        else if (channels < 3 && (p[0] != p[1] || p[0] != p[2]))
            return dpdm_error_set(
                err, DPDM_EFORMAT,
                "%s: has coloured pixels, which %d channel%s cannot hold: give the rule grey (--grey), "
                "or state channels: %d",
                name, channels, channels > 1 ? "s" : "", channels + 2);
        memcpy(out, p, channels < 3 ? 1 : 3);
        if (channels % 2 == 0)
            out[channels - 1] = p[3];
        out += channels;
    }
    return DPDM_OK;
}
