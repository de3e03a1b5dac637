/* leaves.c - dead leaves: sizes with density 1 / r^3, so that the picture looks alike at every scale; each leaf hides those
 * before it. */
#include <math.h>
#include "data/procedural/kinds.h"

enum { LEAVES = 90 };

static const double leaf_largest = 0.5;

static void leaf_paint(canvas *c, canvas_point middle, canvas_point axis, double radius, double flat, double square,
                       const canvas_colour *colour, double shading)
{
    const double reach = radius * 1.5 + c->pixel;
    const int top = (int)((middle.y - reach) / c->pixel + 0.5 * c->height);
    const int left = (int)((middle.x - reach) / c->pixel + 0.5 * c->width);
    const int side = (int)(2 * reach / c->pixel) + 2;
    for (int y = top < 0 ? 0 : top; y < c->height && y <= top + side; y++)
        for (int x = left < 0 ? 0 : left; x < c->width && x <= left + side; x++) {
            const canvas_point p = canvas_place(c, y, x);
            const double dx = p.x - middle.x, dy = p.y - middle.y;
            const double u = fabs(axis.x * dx + axis.y * dy), v = fabs(axis.x * dy - axis.y * dx) / flat;
            const double round = sqrt(u * u + v * v), corner = u > v ? u : v;
            const double inside = radius - (round + square * (corner - round));
            canvas_blend(c, y, x, canvas_cover(c, inside), colour, 1 + shading * inside / radius);
        }
}

void procedural_leaves(canvas *c, dpdm_stream *process, dpdm_stream *image)
{
    const double smallest = draw_between(process, 0.04, 0.12), flat = draw_between(process, 0.35, 1);
    const double square = draw_chance(process, 0.4), tint = draw_between(process, 0, 0.4);
    const double low = draw_between(process, 0, 0.4), high = draw_between(process, 0.6, 1);
    const double spread = 1 - smallest * smallest / (leaf_largest * leaf_largest);
    for (int i = 0; i < LEAVES; i++) {
        const double radius = smallest / sqrt(1 - dpdm_stream_uniform(image) * spread);
        const double far = 0.5 + radius, x = far * c->width * c->pixel, y = far * c->height * c->pixel;
        const canvas_point middle = {draw_between(image, -x, x), draw_between(image, -y, y)};
        const canvas_colour colour = draw_colour(image, c->channels, low, high, tint);
        /* Draws in an order that the language leaves to nobody: arguments of one call have none. */
        const double shade = draw_between(image, -0.3, 0.3);
        const canvas_point turn = draw_direction(image);
        leaf_paint(c, middle, turn, radius, flat, square, &colour, shade);
    }
}
