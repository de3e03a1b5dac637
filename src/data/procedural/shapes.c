/* shapes.c - a few ellipses or regular polygons with shading, on a ground with a fall of light. */
#include <math.h>
#include "data/procedural/kinds.h"

enum { CORNERS_MAX = 6 };

/* Signed distance inside a regular polygon of radius 1 around 0, by the normals of its sides. */
static double polygon_inside(canvas_point p, const canvas_point *normals, int corners, double inner)
{
    double inside = inner;
    for (int i = 0; i < corners; i++) {
        const double side = inner - (p.x * normals[i].x + p.y * normals[i].y);
        inside = side < inside ? side : inside;
    }
    return inside;
}

/* Tangent of half a turn by 1 / corners of a circle, and the inner radius: cos(pi / corners). */
static const struct {
    double half_tangent, inner;
} regular[CORNERS_MAX + 1] = {
    [3] = {1.7320508075688772, 0.5},
    [4] = {1, 0.70710678118654752},
    [5] = {0.72654252800536088, 0.80901699437494742},
    [6] = {0.57735026918962576, 0.86602540378443865},
};

static void shape_paint(canvas *c, int corners, double size, double flat, double shading, int tint_range, int dark,
                        dpdm_stream *image)
{
    const double reach_x = 0.4 * c->width * c->pixel, reach_y = 0.4 * c->height * c->pixel;
    const canvas_point middle = {draw_between(image, -reach_x, reach_x), draw_between(image, -reach_y, reach_y)};
    const canvas_point axis = draw_direction(image), light = draw_direction(image);
    const canvas_colour colour = draw_colour(image, c->channels, dark ? 0 : 0.55, dark ? 0.35 : 1, 0.1 * tint_range);
    canvas_point normals[CORNERS_MAX];
    canvas_point normal = {0, 1};
    for (int i = 0; i < corners; i++, normal = turned(normal, regular[corners].half_tangent))
        normals[i] = normal;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const canvas_point p = canvas_place(c, y, x);
            const double dx = (p.x - middle.x) / size, dy = (p.y - middle.y) / size;
            const canvas_point q = {axis.x * dx + axis.y * dy, (axis.x * dy - axis.y * dx) / flat};
            const double inside =
                corners ? polygon_inside(q, normals, corners, regular[corners].inner) : 1 - sqrt(q.x * q.x + q.y * q.y);
            canvas_blend(c, y, x, canvas_cover(c, inside * size * flat), &colour,
                         1 + shading * (dx * light.x + dy * light.y));
        }
}

void procedural_shapes(canvas *c, dpdm_stream *process, dpdm_stream *image)
{
    const int kind = draw_below(process, CORNERS_MAX - 1), corners = kind < 1 ? 0 : kind + 2;
    const int most = 1 + draw_below(process, 4), tint = 1 + draw_below(process, 5);
    const double size = draw_between(process, 0.15, 0.35), flat = draw_between(process, 0.4, 1);
    const double shading = draw_between(process, 0, 0.6);
    const int dark = draw_chance(image, 0.3); /* on a light ground */
    const canvas_colour ground = draw_colour(image, c->channels, dark ? 0.55 : 0, dark ? 1 : 0.35, 0.1 * tint);
    const double slope = draw_between(image, 0, 0.6);
    const canvas_point towards = draw_direction(image);
    canvas_ground(c, &ground, towards, slope);
    const int count = 1 + draw_below(image, most);
    for (int i = 0; i < count; i++) {
        const double flatter = clamp_unit(flat * draw_between(image, 0.85, 1.15));
        const double larger = size * draw_between(image, 0.7, 1.4);
        shape_paint(c, corners, larger, flatter, shading, tint, dark, image);
    }
}
