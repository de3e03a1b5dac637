/* silhouettes.c - filled outlines: a body that is the same left and right, with limbs, a slit and an opening, or a lopsided
 * one; with texture, stripes and darker edges. */
#include <math.h>
#include "data/procedural/kinds.h"

enum { WIDTHS = 6, RADII = 8 };

typedef struct {
    int lopsided, has_slit, has_limbs, has_opening, has_ring;
    double top, bottom, widths[WIDTHS]; /* of a body: half its width from top to bottom */
    double radii[RADII];                /* of a lopsided one: around its middle */
    double slit_top, slit_wide;         /* a gap in the middle that widens to the bottom */
    canvas_point limb;                  /* end of the right limb; it starts at the shoulder */
    double limb_radius;
    double opening_wide, opening_deep; /* cut out of the top */
    double ring_radius;                /* a handle over the top */
} outline;

static outline outline_invent(dpdm_stream *process)
{
    outline o = {.lopsided = draw_chance(process, 0.3),
                 .has_slit = draw_chance(process, 0.25),
                 .has_limbs = draw_chance(process, 0.5),
                 .has_opening = draw_chance(process, 0.5),
                 .has_ring = draw_chance(process, 0.15)};
    double at = draw_between(process, 0.1, 0.32);
    o.top = draw_between(process, -0.48, -0.25);
    o.bottom = draw_between(process, 0.25, 0.48);
    for (int i = 0; i < WIDTHS; i++) {
        at += draw_between(process, -0.09, 0.09);
        at = at < 0.07 ? 0.07 : at > 0.42 ? 0.42 : at;
        o.widths[i] = at;
    }
    for (int i = 0; i < RADII; i++)
        o.radii[i] = draw_between(process, 0.12, 0.48);
    o.slit_top = draw_between(process, -0.25, 0.25);
    o.slit_wide = draw_between(process, 0.03, 0.12);
    o.limb = (canvas_point){draw_between(process, 0.25, 0.45), draw_between(process, -0.2, 0.4)};
    o.limb_radius = draw_between(process, 0.04, 0.1);
    o.opening_wide = draw_between(process, 0.05, 0.14);
    o.opening_deep = draw_between(process, 0.03, 0.16);
    o.ring_radius = draw_between(process, 0.08, 0.18);
    return o;
}

static double vary(dpdm_stream *image, double value, double share)
{
    return value * (1 + share * draw_normal(image));
}

static outline outline_vary(const outline *of, dpdm_stream *image)
{
    outline o = *of;
    const double larger = 1 + 0.05 * draw_normal(image), wider = larger * (1 + 0.07 * draw_normal(image));
    o.top = vary(image, o.top, 0.04) * larger;
    o.bottom = vary(image, o.bottom, 0.04) * larger;
    for (int i = 0; i < WIDTHS; i++)
        o.widths[i] = vary(image, o.widths[i], 0.07) * wider;
    for (int i = 0; i < RADII; i++)
        o.radii[i] = vary(image, o.radii[i], 0.07) * larger;
    o.slit_top += 0.03 * draw_normal(image);
    o.slit_wide = vary(image, o.slit_wide, 0.2);
    o.limb.x += 0.03 * draw_normal(image);
    o.limb.y += 0.04 * draw_normal(image);
    o.limb_radius = vary(image, o.limb_radius, 0.15);
    o.opening_wide = vary(image, o.opening_wide, 0.15);
    o.opening_deep = vary(image, o.opening_deep, 0.25);
    o.ring_radius = vary(image, o.ring_radius, 0.1);
    return o;
}

/* A smooth curve through values[0..n) at 0, 1, ...; periodic or held at the ends (Catmull and Rom 1974). */
static double curve(const double *values, int n, int periodic, double at)
{
    const int i = (int)at;
    const double t = at - i;
    double v[4];
    for (int k = 0; k < 4; k++) {
        int j = i + k - 1;
        j = periodic ? (j + n) % n : j < 0 ? 0 : j >= n ? n - 1 : j;
        v[k] = values[j];
    }
    return v[1] +
           0.5 * t *
               (v[2] - v[0] + t * (2 * v[0] - 5 * v[1] + 4 * v[2] - v[3] + t * (3 * (v[1] - v[2]) + v[3] - v[0])));
}

/* How far inside a lopsided outline: its radius at the angle of p, measured around a diamond, less the distance. */
static double lopsided_inside(const outline *o, canvas_point p)
{
    const double sum = fabs(p.x) + fabs(p.y), distance = sqrt(p.x * p.x + p.y * p.y);
    if (sum < 1e-6)
        return o->radii[0];
    const double quarter =
        p.y >= 0 ? (p.x >= 0 ? p.y / sum : 1 - p.x / sum) : (p.x < 0 ? 2 - p.y / sum : 3 + p.x / sum);
    const double at = quarter / 4 * RADII;
    return curve(o->radii, RADII, 1, at < RADII ? at : 0) - distance;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double body_inside(const outline *o, canvas_point p)
{
    const double side = fabs(p.x), way = (p.y - o->top) / (o->bottom - o->top);
    const double at = clamp_unit(way) * (WIDTHS - 1);
    double inside = curve(o->widths, WIDTHS, 0, smaller(at, WIDTHS - 1.001)) - side;
    inside = smaller(inside, smaller(p.y - o->top, o->bottom - p.y));
    if (o->has_slit && p.y > o->slit_top)
        inside = smaller(inside, side - o->slit_wide * (p.y - o->slit_top) / (o->bottom - o->slit_top + 0.1));
    if (o->has_limbs) {
        const canvas_point q = {side, p.y}, shoulder = {o->widths[0] * 0.8, o->top + o->limb_radius};
        const double limb = o->limb_radius - segment_distance(q, shoulder, o->limb);
        inside = limb > inside ? limb : inside;
    }
    if (o->has_opening) {
        const double u = side / o->opening_wide, v = (p.y - o->top) / o->opening_deep;
        inside = smaller(inside, (sqrt(u * u + v * v) - 1) * smaller(o->opening_wide, o->opening_deep));
    }
    if (o->has_ring) {
        const double up = p.y - o->top, distance = sqrt(p.x * p.x + up * up);
        const double ring = 0.025 - fabs(distance - o->ring_radius);
        inside = ring > inside ? ring : inside;
    }
    return inside;
}

typedef struct {
    double depth, stripe_depth, stripe_width, edge, edge_width, line;
    canvas_point across; /* the stripes */
} look;

static look look_draw(dpdm_stream *process, dpdm_stream *image)
{
    look l = {.depth = draw_chance(process, 0.7) ? draw_between(process, 0.03, 0.2) : 0,
              .edge = draw_between(process, -0.5, 0.2),
              .edge_width = draw_between(process, 0.02, 0.08),
              .line = draw_chance(process, 0.25) ? draw_between(process, -0.4, 0.2) : 0};
    l.stripe_depth = draw_chance(image, 0.2) ? draw_between(image, 0.1, 0.5) : 0;
    l.stripe_width = draw_between(image, 0.04, 0.15);
    l.across = draw_chance(image, 0.7) ? (canvas_point){0, 1} : draw_direction(image);
    return l;
}

/* Light at p, `inside` deep; noise: the field there. */
static double look_light(const look *l, canvas_point p, double inside, double noise)
{
    const double along = fabs(p.x * l->across.x + p.y * l->across.y) / l->stripe_width, part = along - (int)along;
    double light = 1 + l->depth * noise - l->stripe_depth * (part < 0.5);
    if (inside < l->edge_width)
        light += l->edge * (1 - inside / l->edge_width);
    if (fabs(p.x) < 0.02)
        light += l->line;
    return light < 0.1 ? 0.1 : light;
}

void procedural_silhouettes(canvas *c, dpdm_stream *process, dpdm_stream *image)
{
    const outline kind = outline_invent(process), o = outline_vary(&kind, image);
    const double ratio = draw_between(process, 0.4, 0.9);
    const look l = look_draw(process, image);
    const double turn = 0.02 * draw_normal(image);
    const canvas_point moved = {0.015 * draw_normal(image), 0.02 * draw_normal(image)};
    const canvas_colour colour = draw_colour(image, c->channels, 0.2, 1, 0.4);
    canvas_field(c, image, ratio);
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            canvas_point p = canvas_place(c, y, x);
            p = turned((canvas_point){p.x - moved.x, p.y - moved.y}, turn);
            const double inside = o.lopsided ? lopsided_inside(&o, p) : body_inside(&o, p);
            const double noise = (double)c->field[(size_t)y * (size_t)c->width + (size_t)x];
            canvas_blend(c, y, x, canvas_cover(c, inside), &colour, look_light(&l, p, inside, noise));
        }
}
