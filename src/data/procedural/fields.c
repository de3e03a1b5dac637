/* fields.c - 1 / f^beta fields, plain, sharpened to patches or folded to veins. */
#include <math.h>
#include "data/procedural/kinds.h"

typedef enum { FIELD_PLAIN, FIELD_PATCHES, FIELD_VEINS, FIELD_LOOKS } field_look;

static double field_value(field_look look, double sharpness, double at)
{
    switch (look) {
    case FIELD_PATCHES:
        return 0.5 + 0.5 * at * sharpness / (1 + fabs(at) * sharpness);
    case FIELD_VEINS:
        return 1 / (1 + sharpness * at * at);
    default:
        return 0.5 + 0.22 * at;
    }
}

void procedural_fields(canvas *c, dpdm_stream *process, dpdm_stream *image)
{
    const double ratio = draw_between(process, 0.3, 0.8), sharpness = draw_between(process, 2, 10);
    const field_look look = (field_look)draw_below(process, FIELD_LOOKS);
    const double depth = draw_between(process, 0.65, 1), tint = draw_between(process, 0.1, 0.6);
    const canvas_colour ground = draw_colour(image, c->channels, 0, 1 - depth, tint);
    const canvas_colour colour = draw_colour(image, c->channels, depth, 1, tint);
    canvas_ground(c, &ground, draw_direction(image), 0);
    canvas_field(c, image, ratio);
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const double at = (double)c->field[(size_t)y * (size_t)c->width + (size_t)x];
            canvas_blend(c, y, x, clamp_unit(field_value(look, sharpness, at)), &colour, 1);
        }
}
