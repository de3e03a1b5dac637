/* rule.c - see rule.h. */
#include "data/rule.h"
#include "data/resample.h"

#include <stdlib.h>
#include <string.h>

static dpdm_status rule_orient(const dpdm_image_rule *rule, const dpdm_raster *picture, const char *name,
                               int *orientation, dpdm_error *err)
{
    *orientation = rule->orientation == DPDM_ORIENTATION_EXIF ? picture->orientation : 1;
    if (rule->orientation == DPDM_ORIENTATION_REFUSE && picture->orientation != 1)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: lies turned or mirrored, as its EXIF data say (orientation %d): give the rule "
                              "orientation, exif (turn it upright) or ignore",
                              name, picture->orientation);
    return DPDM_OK;
}

dpdm_status dpdm_rule_shape(const dpdm_image_rule *rule, const dpdm_facts *facts, const dpdm_raster *picture,
                            const char *name, dpdm_shape *shape, dpdm_error *err)
{
    int orientation, height, width;
    dpdm_status status = rule_orient(rule, picture, name, &orientation, err);
    dpdm_rule_size(rule, &height, &width);
    if (status)
        return status;
    const uint32_t own[2] = {orientation > 4 ? picture->width : picture->height,
                             orientation > 4 ? picture->height : picture->width};
    const int channels = dpdm_rule_channels(rule, facts->channels ? facts->channels : picture->channels < 3 ? 1 : 3);
    *shape = (dpdm_shape){rule, height ? height : (int)own[0], width ? width : (int)own[1], channels};
    return DPDM_OK;
}

/* [height, width, channels] upright, in new memory: rows of the result are taken along or across those of the picture, from
 * either end. Orientation 5 to 8 swap height and width. */
static uint8_t *rule_turn(const uint8_t *in, size_t height, size_t width, size_t channels, int orientation)
{
    static const struct {
        uint8_t swap, from_bottom, from_right; /* of the picture as stored */
    } turns[] = {{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0}, {1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 0, 1}};
    uint8_t *out = malloc(height * width * channels), *p = out;
    const size_t rows = turns[orientation - 1].swap ? width : height,
                 columns = turns[orientation - 1].swap ? height : width;
    for (size_t row = 0; out && row < rows; row++)
        for (size_t column = 0; column < columns; column++, p += channels) {
            size_t y = turns[orientation - 1].swap ? column : row, x = turns[orientation - 1].swap ? row : column;
            y = turns[orientation - 1].from_bottom ? height - 1 - y : y;
            x = turns[orientation - 1].from_right ? width - 1 - x : x;
            memcpy(p, in + (y * width + x) * channels, channels);
        }
    return out;
}

/* The part of height x width that has the proportions of the shape, and where it goes. */
static dpdm_status rule_fit(const dpdm_shape *shape, const char *name, int height, int width, dpdm_resample *resize,
                            size_t *from, size_t *to, dpdm_error *err)
{
    const int64_t across = (int64_t)width * shape->height, down = (int64_t)height * shape->width;
    const int wide = across > down; /* for the shape */
    const size_t channels = (size_t)shape->channels;
    *resize = (dpdm_resample){.height = height,
                              .width = width,
                              .to_height = shape->height,
                              .to_width = shape->width,
                              .channels = shape->channels,
                              .stride = (size_t)width * channels,
                              .out_stride = (size_t)shape->width * channels,
                              .filter = (dpdm_filter)shape->rule->filter};
    *from = *to = 0;
    if (across == down || shape->rule->crop == DPDM_CROP_NONE)
        return DPDM_OK;
    if (shape->rule->crop == DPDM_CROP_REFUSE)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: has %d x %d pixels (height x width), which %d x %d would deform: give the rule crop "
                              "(centre: cut it; pad: add a black border; none: deform it)",
                              name, height, width, shape->height, shape->width);
    if (shape->rule->crop == DPDM_CROP_CENTRE && wide) {
        int64_t part = (down + shape->height / 2) / shape->height;
        resize->width = part < 1 ? 1 : (int)part;
        *from = (size_t)((width - resize->width) / 2) * channels;
    } else if (shape->rule->crop == DPDM_CROP_CENTRE) {
        int64_t part = (across + shape->width / 2) / shape->width;
        resize->height = part < 1 ? 1 : (int)part;
        *from = (size_t)((height - resize->height) / 2) * resize->stride;
    } else if (wide) {
        int64_t part = (down + width / 2) / width;
        resize->to_height = part < 1 ? 1 : (int)part;
        *to = (size_t)((shape->height - resize->to_height) / 2) * resize->out_stride;
    } else {
        int64_t part = (across + height / 2) / height;
        resize->to_width = part < 1 ? 1 : (int)part;
        *to = (size_t)((shape->width - resize->to_width) / 2) * channels;
    }
    return DPDM_OK;
}

/* pixels: [height, width, channels], upright. */
static dpdm_status rule_resize(const dpdm_shape *shape, const char *name, int height, int width, const uint8_t *pixels,
                               uint8_t *out, dpdm_error *err)
{
    const size_t bytes = (size_t)shape->height * (size_t)shape->width * (size_t)shape->channels;
    dpdm_resample resize;
    size_t from, to;
    if (height == shape->height && width == shape->width) {
        memcpy(out, pixels, bytes);
        return DPDM_OK;
    }
    if (!shape->rule->resize[0])
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: has %d x %d pixels (height x width), but the others are %d x %d: all must be of one "
                              "size, or give the rule resize (--resize %d)",
                              name, height, width, shape->height, shape->width, shape->height);
    if (shape->channels % 2 == 0)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: has an alpha channel, which is not resized: flatten the images, or resize them "
                              "elsewhere",
                              name);
    dpdm_status status = rule_fit(shape, name, height, width, &resize, &from, &to, err);
    if (status)
        return status;
    memset(out, 0, bytes);
    return dpdm_resample_run(&resize, pixels + from, out + to, err);
}

dpdm_status dpdm_rule_apply(const dpdm_shape *shape, dpdm_raster *picture, const char *name, uint8_t *out,
                            dpdm_error *err)
{
    int orientation;
    dpdm_status status = rule_orient(shape->rule, picture, name, &orientation, err);
    if (!status)
        status = dpdm_raster_convert(picture, name, shape->channels, shape->rule->grey, picture->rgba, err);
    if (status)
        return status;
    uint8_t *turned = NULL;
    if (orientation != 1) {
        turned = rule_turn(picture->rgba, picture->height, picture->width, (size_t)shape->channels, orientation);
        if (!turned)
            return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to turn it", name);
    }
    const int height = (int)(orientation > 4 ? picture->width : picture->height);
    const int width = (int)(orientation > 4 ? picture->height : picture->width);
    status = rule_resize(shape, name, height, width, turned ? turned : picture->rgba, out, err);
    free(turned);
    return status;
}

/* Data of 2 and 4 channels have an alpha channel, as pictures do. */
static void rule_picture(const dpdm_dataset *data, uint64_t record, dpdm_raster *picture)
{
    const size_t n = (size_t)data->height * (size_t)data->width, channels = (size_t)data->channels;
    const uint8_t *pixels = data->pixels + record * n * channels;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = pixels + i * channels;
        uint8_t *q = picture->rgba + 4 * i;
        q[0] = p[0];
        q[1] = channels < 3 ? p[0] : p[1];
        q[2] = channels < 3 ? p[0] : p[2];
        q[3] = channels % 2 ? 255 : p[channels - 1];
    }
}

static dpdm_status rule_apply_each(const dpdm_shape *shape, const char *name, const dpdm_dataset *data,
                                   dpdm_dataset *out, dpdm_error *err)
{
    dpdm_raster picture = {.height = (uint32_t)data->height,
                           .width = (uint32_t)data->width,
                           .channels = data->channels,
                           .orientation = 1,
                           .rgba = malloc(4 * (size_t)data->height * (size_t)data->width)};
    dpdm_status status =
        picture.rgba ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to resize its images", name);
    for (uint64_t i = 0; !status && i < data->count; i++) {
        rule_picture(data, i, &picture);
        status = dpdm_rule_apply(shape, &picture, name, out->pixels + i * dpdm_dataset_image_bytes(out), err);
    }
    free(picture.rgba);
    return status;
}

dpdm_status dpdm_rule_apply_all(const dpdm_image_rule *rule, const char *name, dpdm_dataset *data, dpdm_error *err)
{
    dpdm_dataset out;
    dpdm_shape shape = {rule, 0, 0, dpdm_rule_channels(rule, data->channels)};
    dpdm_rule_size(rule, &shape.height, &shape.width);
    shape.height = shape.height ? shape.height : data->height;
    shape.width = shape.width ? shape.width : data->width;
    if (shape.height == data->height && shape.width == data->width && shape.channels == data->channels)
        return DPDM_OK;
    dpdm_status status =
        dpdm_dataset_create(data->count, shape.height, shape.width, shape.channels, data->classes, &out, err);
    if (!status) {
        status = rule_apply_each(&shape, name, data, &out, err);
        uint8_t *pixels = data->pixels; /* the images change places, all else stays */
        data->pixels = status ? pixels : out.pixels;
        out.pixels = status ? out.pixels : pixels;
        dpdm_dataset_destroy(&out);
    }
    if (status) {
        dpdm_dataset_destroy(data);
        return status;
    }
    data->height = shape.height;
    data->width = shape.width;
    data->channels = shape.channels;
    status = dpdm_dataset_seal(data, err);
    if (status)
        dpdm_dataset_destroy(data);
    return status;
}
