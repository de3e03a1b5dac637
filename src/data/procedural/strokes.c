/* strokes.c - curves of a pen: pieces of even curvature with corners between some of them. */
#include <math.h>
#include "data/procedural/kinds.h"

enum { STROKES = 3, PIECES = 4, STEPS = 8, POINTS = PIECES * STEPS + 1 };

/* A piece of a stroke: how long, how far it turns (tangent of half the angle of one step), and a corner before it. */
typedef struct {
    double length, turn, corner;
} stroke_piece;

typedef struct {
    canvas_point start, direction;
    stroke_piece pieces[PIECES];
    int count;
} stroke;

typedef struct {
    stroke strokes[STROKES];
    int count;
} glyph;

static stroke stroke_invent(dpdm_stream *process)
{
    stroke made = {.start = {draw_between(process, -0.3, 0.3), draw_between(process, -0.4, 0.1)},
                   .direction = draw_direction(process),
                   .count = 1 + draw_below(process, PIECES)};
    for (int i = 0; i < made.count; i++) {
        const double bend = draw_chance(process, 0.3) ? 0 : draw_between(process, 0.04, 0.2);
        made.pieces[i] =
            (stroke_piece){.length = draw_between(process, 0.25, 0.7),
                           .turn = draw_chance(process, 0.5) ? bend : -bend,
                           .corner = i && draw_chance(process, 0.35) ? draw_between(process, -1.5, 1.5) : 0};
    }
    return made;
}

static glyph glyph_invent(dpdm_stream *process)
{
    glyph made = {.count = 1 + draw_chance(process, 0.4) + draw_chance(process, 0.15)};
    for (int i = 0; i < made.count; i++)
        made.strokes[i] = stroke_invent(process);
    return made;
}

/* The points of one writing of a stroke; returns how many. */
static int stroke_trace(const stroke *s, dpdm_stream *image, canvas_point points[POINTS])
{
    canvas_point at = s->start, direction = turned(s->direction, 0.06 * draw_normal(image));
    int n = 0;
    at.x += 0.03 * draw_normal(image);
    at.y += 0.03 * draw_normal(image);
    points[n++] = at;
    for (int i = 0; i < s->count; i++) {
        const stroke_piece *piece = &s->pieces[i];
        const double step = piece->length * clamp_unit(0.5 + 0.07 * draw_normal(image)) * 2 / STEPS;
        const double turn = piece->turn * (1 + 0.15 * draw_normal(image)) + 0.015 * draw_normal(image);
        if (piece->corner != 0)
            direction = turned(direction, piece->corner + 0.1 * draw_normal(image));
        for (int k = 0; k < STEPS; k++) {
            direction = turned(direction, turn);
            at.x += step * direction.x;
            at.y += step * direction.y;
            points[n++] = at;
        }
    }
    return n;
}

/* Moves and scales all points into a box, then slants and turns them. */
static void glyph_place(canvas_point points[STROKES][POINTS], const int counts[STROKES], int strokes,
                        dpdm_stream *image)
{
    canvas_point low = {1e9, 1e9}, high = {-1e9, -1e9};
    for (int s = 0; s < strokes; s++)
        for (int i = 0; i < counts[s]; i++) {
            const canvas_point p = points[s][i];
            low = (canvas_point){p.x < low.x ? p.x : low.x, p.y < low.y ? p.y : low.y};
            high = (canvas_point){p.x > high.x ? p.x : high.x, p.y > high.y ? p.y : high.y};
        }
    const double wide = high.x - low.x, tall = high.y - low.y, larger = wide > tall ? wide : tall;
    const double scale = draw_between(image, 0.55, 0.68) / (larger > 0.05 ? larger : 0.05);
    const double slant = 0.15 * draw_normal(image), turn = 0.05 * draw_normal(image);
    const double wider = 1 + 0.08 * draw_normal(image);
    const canvas_point moved = {0.02 * draw_normal(image), 0.02 * draw_normal(image)};
    for (int s = 0; s < strokes; s++)
        for (int i = 0; i < counts[s]; i++) {
            canvas_point p = {(points[s][i].x - (low.x + high.x) / 2) * scale * wider,
                              (points[s][i].y - (low.y + high.y) / 2) * scale};
            p.x -= slant * p.y;
            p = turned(p, turn);
            points[s][i] = (canvas_point){p.x + moved.x, p.y + moved.y};
        }
}

void procedural_strokes(canvas *c, dpdm_stream *process, dpdm_stream *image)
{
    const glyph what = glyph_invent(process);
    canvas_point points[STROKES][POINTS];
    int counts[STROKES];
    for (int s = 0; s < what.count; s++)
        counts[s] = stroke_trace(&what.strokes[s], image, points[s]);
    glyph_place(points, counts, what.count, image);
    const double pen = draw_between(image, 0.025, 0.065), soft = draw_between(image, 0.6, 1.2);
    const canvas_colour ink = draw_colour(image, c->channels, 0.85, 1, 0.6);
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const canvas_point p = canvas_place(c, y, x);
            double nearest = 2;
            for (int s = 0; s < what.count; s++)
                for (int i = 0; i + 1 < counts[s]; i++) {
                    const double distance = segment_distance(p, points[s][i], points[s][i + 1]);
                    nearest = distance < nearest ? distance : nearest;
                }
            canvas_blend(c, y, x, canvas_cover(c, (pen - nearest) * soft), &ink, 1);
        }
}
