/* canvas.c - drawing and random numbers of the procedural images. */
#include "data/procedural/canvas.h"

#include <math.h>
#include <string.h>

double draw_between(dpdm_stream *stream, double low, double high)
{
    return low + (high - low) * dpdm_stream_uniform(stream);
}

double draw_normal(dpdm_stream *stream)
{
    float normal;
    dpdm_stream_normals(stream, &normal, 1);
    return (double)normal;
}

int draw_below(dpdm_stream *stream, int bound)
{
    return (int)dpdm_stream_below(stream, (uint64_t)bound);
}

int draw_chance(dpdm_stream *stream, double probability)
{
    return dpdm_stream_uniform(stream) < probability;
}

canvas_point draw_direction(dpdm_stream *stream)
{
    for (;;) {
        const canvas_point p = {draw_between(stream, -1, 1), draw_between(stream, -1, 1)};
        const double square = p.x * p.x + p.y * p.y;
        if (square > 0.01 && square <= 1)
            return (canvas_point){p.x / sqrt(square), p.y / sqrt(square)};
    }
}

canvas_colour draw_colour(dpdm_stream *stream, int channels, double low, double high, double tint)
{
    const double shade = draw_between(stream, low, high);
    canvas_colour colour = {{shade, shade, shade}};
    double less[3], least = 1;
    for (int i = 0; channels > 1 && i < 3; i++) {
        less[i] = dpdm_stream_uniform(stream);
        least = less[i] < least ? less[i] : least;
    }
    for (int i = 0; channels > 1 && i < 3; i++)
        colour.of[i] = shade * (1 - 2 * tint * (less[i] - least) / (1 + tint));
    return colour;
}

double clamp_unit(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

canvas_point turned(canvas_point p, double t)
{
    const double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
    return (canvas_point){cosine * p.x - sine * p.y, sine * p.x + cosine * p.y};
}

double segment_distance(canvas_point p, canvas_point a, canvas_point b)
{
    const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    const double along = square > 0 ? clamp_unit(((p.x - a.x) * dx + (p.y - a.y) * dy) / square) : 0;
    const double x = p.x - a.x - along * dx, y = p.y - a.y - along * dy;
    return sqrt(x * x + y * y);
}

canvas_point canvas_place(const canvas *c, int y, int x)
{
    return (canvas_point){(x + 0.5 - 0.5 * c->width) * c->pixel, (y + 0.5 - 0.5 * c->height) * c->pixel};
}

double canvas_cover(const canvas *c, double inside)
{
    return clamp_unit(inside / c->pixel + 0.5);
}

void canvas_blend(canvas *c, int y, int x, double cover, const canvas_colour *colour, double light)
{
    float *at = c->colours + ((size_t)y * (size_t)c->width + (size_t)x) * (size_t)c->channels;
    for (int i = 0; i < c->channels; i++)
        at[i] = (float)(at[i] + cover * (clamp_unit(colour->of[i] * light) - at[i]));
}

void canvas_ground(canvas *c, const canvas_colour *colour, canvas_point direction, double strength)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const canvas_point p = canvas_place(c, y, x);
            canvas_blend(c, y, x, 1, colour, 1 + strength * (p.x * direction.x + p.y * direction.y));
        }
}

enum { FIELD_CELLS = 2 }; /* of the first octave, on the shorter side */

size_t canvas_lattice_floats(int height, int width)
{
    /* The last octave has at most a cell a pixel; two points more on each side hold the offset and the border. */
    return (size_t)(height + 3) * (size_t)(width + 3);
}

static double field_smooth(double t)
{
    return t * t * t * (t * (t * 6 - 15) + 10);
}

/* Adds noise on a lattice with `cell` pixels between points, moved by a random part of a cell. */
static void field_octave(canvas *c, dpdm_stream *stream, double cell, double amplitude)
{
    const double down = dpdm_stream_uniform(stream), right = dpdm_stream_uniform(stream);
    const int columns = (int)(c->width / cell) + 3, rows = (int)(c->height / cell) + 3;
    dpdm_stream_normals(stream, c->lattice, (size_t)columns * (size_t)rows);
    for (int y = 0; y < c->height; y++) {
        const double at_y = y / cell + down;
        const int row = (int)at_y;
        const double fy = field_smooth(at_y - row);
        for (int x = 0; x < c->width; x++) {
            const double at_x = x / cell + right;
            const int column = (int)at_x;
            const double fx = field_smooth(at_x - column);
            const float *l = c->lattice + (size_t)row * (size_t)columns + (size_t)column;
            const double over = l[0] + fx * ((double)l[1] - l[0]);
            const double under = l[columns] + fx * ((double)l[columns + 1] - l[columns]);
            c->field[(size_t)y * (size_t)c->width + (size_t)x] += (float)(amplitude * (over + fy * (under - over)));
        }
    }
}

void canvas_field(canvas *c, dpdm_stream *stream, double ratio)
{
    const size_t pixels = (size_t)c->height * (size_t)c->width;
    const int shorter = c->height < c->width ? c->height : c->width;
    double amplitude = 1, sum = 0, squares = 0;
    memset(c->field, 0, pixels * sizeof *c->field);
    for (double cell = (double)shorter / FIELD_CELLS; cell >= 1; cell /= 2, amplitude *= ratio)
        field_octave(c, stream, cell, amplitude);
    for (size_t p = 0; p < pixels; p++)
        sum += (double)c->field[p];
    const double mean = sum / (double)pixels;
    for (size_t p = 0; p < pixels; p++)
        squares += ((double)c->field[p] - mean) * ((double)c->field[p] - mean);
    const double deviation = sqrt(squares / (double)pixels) + 1e-9;
    for (size_t p = 0; p < pixels; p++)
        c->field[p] = (float)(((double)c->field[p] - mean) / deviation);
}
