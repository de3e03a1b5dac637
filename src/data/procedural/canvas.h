/* canvas.h - what the kinds of procedural images are drawn with.
 *
 * Points are in units of the shorter side, the middle of the image is (0, 0), y goes down. Only + - * / and square roots:
 * directions are unit vectors, turns are given by the tangent of half their angle. */
#ifndef DPDM_DATA_PROCEDURAL_CANVAS_H
#define DPDM_DATA_PROCEDURAL_CANVAS_H

#include "dpdm/rng.h"

typedef struct {
    double x, y;
} canvas_point;

/* Colour or, in [0], grey; each channel in [0, 1]. */
typedef struct {
    double of[3];
} canvas_colour;

typedef struct {
    int height, width, channels;
    double pixel;   /* side of a pixel */
    float *colours; /* [height, width, channels] */
    float *field;   /* [height, width]: the noise of canvas_field */
    float *lattice; /* room of canvas_field: canvas_lattice_floats */
} canvas;

size_t canvas_lattice_floats(int height, int width);

/* ---- random numbers ---- */
double draw_between(dpdm_stream *stream, double low, double high);
double draw_normal(dpdm_stream *stream);
int draw_below(dpdm_stream *stream, int bound);
int draw_chance(dpdm_stream *stream, double probability);
canvas_point draw_direction(dpdm_stream *stream);
/* A shade within [low, high]; in a colour image the brightest channel has it, and the others less by tint in [0, 1]. */
canvas_colour draw_colour(dpdm_stream *stream, int channels, double low, double high, double tint);

/* ---- geometry ---- */
double clamp_unit(double x); /* to [0, 1] */
canvas_point turned(canvas_point p, double half_tangent);
/* Distance of p from the segment a to b. */
double segment_distance(canvas_point p, canvas_point a, canvas_point b);

/* ---- painting ---- */
canvas_point canvas_place(const canvas *c, int y, int x); /* the middle of a pixel */
double canvas_cover(const canvas *c, double inside);      /* how much of a pixel is inside, by signed distance */
void canvas_blend(canvas *c, int y, int x, double cover, const canvas_colour *colour, double light);
/* A linear fall from `colour` along a direction; strength 0: even. */
void canvas_ground(canvas *c, const canvas_colour *colour, canvas_point direction, double strength);
/* Fills c->field with octaves of smooth noise, of which each has `ratio` times the amplitude of the one before, scaled to
 * mean 0 and variance 1. The spectrum falls about as 1 / f^beta, beta = 2 - 2 log2(ratio). */
void canvas_field(canvas *c, dpdm_stream *stream, double ratio);

#endif
