/* views.c - random views of training images. */
#include "eval/views.h"

#include <math.h>
#include <string.h>

enum { VIEW_SHIFT_MAX = 64 };

static const double radians = 3.14159265358979323846 / 180;

dpdm_status dpdm_views_check(const dpdm_views *v, dpdm_error *err)
{
    const struct {
        const char *name;
        double value, most;
    } rows[] = {
        {"shift", v->shift, VIEW_SHIFT_MAX},
        {"turn", v->turn, 180},
        {"stretch", v->stretch, 1},
        {"erase", v->erase, 1},
        {"noise", v->noise, 2},
        {"mixup", v->mixup, 1},
        {"smoothing", v->smoothing, 0.9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!(rows[i].value >= 0 && rows[i].value <= rows[i].most))
            return dpdm_error_set(err, DPDM_EUSAGE,
                                  "the views of a classifier's images: %s is %g, it must lie in 0..%g", rows[i].name,
                                  rows[i].value, rows[i].most);
    return DPDM_OK;
}

/* Uniform in [-reach, reach). */
static double view_around(dpdm_stream *stream, double reach)
{
    return reach * (2 * dpdm_stream_uniform(stream) - 1);
}

static int view_clamp(int at, int size)
{
    return at < 0 ? 0 : at < size ? at : size - 1;
}

/* A pixel of the uint8 image as a float, edges repeated. */
static float view_pixel(const dpdm_dataset *data, const uint8_t *image, int y, int x, int c)
{
    const size_t row = (size_t)view_clamp(y, data->height), column = (size_t)view_clamp(x, data->width);
    return (float)image[(row * (size_t)data->width + column) * (size_t)data->channels + (size_t)c];
}

/* Turns by `turn`, stretches rows and columns by exp of +-stretch, mirrors and shifts: bilinear, edges repeated. */
static void view_warp(const dpdm_views *v, const dpdm_dataset *data, const uint8_t *image, dpdm_stream *stream,
                      float *view)
{
    const int down = (int)dpdm_stream_below(stream, 2 * (uint64_t)v->shift + 1) - v->shift;
    const int right = (int)dpdm_stream_below(stream, 2 * (uint64_t)v->shift + 1) - v->shift;
    const int mirrored = (int)dpdm_stream_below(stream, 2) && v->mirror;
    const double angle = view_around(stream, v->turn * radians);
    const double tall = exp(view_around(stream, v->stretch)), wide = exp(view_around(stream, v->stretch));
    const double middle_y = (data->height - 1) / 2.0, middle_x = (data->width - 1) / 2.0;
    const double cosine = cos(angle), sine = sin(angle);
    for (int y = 0; y < data->height; y++)
        for (int x = 0; x < data->width; x++) {
            const double dy = y - middle_y, dx = mirrored ? middle_x - x : x - middle_x;
            const double from_y = middle_y + (cosine * dy - sine * dx) * tall - down;
            const double from_x = middle_x + (sine * dy + cosine * dx) * wide - right;
            const int top = (int)floor(from_y), left = (int)floor(from_x);
            const float fy = (float)(from_y - top), fx = (float)(from_x - left);
            for (int c = 0; c < data->channels; c++) {
                const float a = view_pixel(data, image, top, left, c), b = view_pixel(data, image, top, left + 1, c);
                const float d = view_pixel(data, image, top + 1, left, c);
                const float e = view_pixel(data, image, top + 1, left + 1, c);
                const float over = a + fx * (b - a), under = d + fx * (e - d);
                *view++ = (over + fy * (under - over)) / 127.5F - 1.0F;
            }
        }
}

/* Hides a rectangle of a fifth to a half of both sides behind one shade. */
static void view_erase(const dpdm_dataset *data, dpdm_stream *stream, float *view)
{
    const int tall = (int)(data->height * (0.2 + 0.3 * dpdm_stream_uniform(stream)));
    const int wide = (int)(data->width * (0.2 + 0.3 * dpdm_stream_uniform(stream)));
    const int top = (int)dpdm_stream_below(stream, (uint64_t)(data->height - tall) + 1);
    const int left = (int)dpdm_stream_below(stream, (uint64_t)(data->width - wide) + 1);
    const float shade = (float)view_around(stream, 1);
    for (int y = top; y < top + tall; y++)
        for (int i = left * data->channels; i < (left + wide) * data->channels; i++)
            view[y * data->width * data->channels + i] = shade;
}

static void view_noise(const dpdm_dataset *data, double most, dpdm_stream *stream, float *view)
{
    enum { RUN = 64 };
    const size_t pixels = (size_t)data->height * (size_t)data->width * (size_t)data->channels;
    const float sigma = (float)(most * dpdm_stream_uniform(stream));
    float normals[RUN];
    for (size_t first = 0; first < pixels; first += RUN) {
        const size_t n = pixels - first < RUN ? pixels - first : RUN;
        dpdm_stream_normals(stream, normals, n);
        for (size_t i = 0; i < n; i++)
            view[first + i] += sigma * normals[i];
    }
}

void dpdm_view_draw(const dpdm_views *v, const dpdm_dataset *data, uint64_t record, dpdm_stream *stream, float *view)
{
    const size_t pixels = (size_t)data->height * (size_t)data->width * (size_t)data->channels;
    if (v->shift || v->mirror || v->turn > 0 || v->stretch > 0)
        view_warp(v, data, data->pixels + record * pixels, stream, view);
    else
        dpdm_dataset_image(data, record, view);
    if (v->erase > 0 && dpdm_stream_uniform(stream) < v->erase)
        view_erase(data, stream, view);
    if (v->noise > 0)
        view_noise(data, v->noise, stream, view);
}

void dpdm_view_mix(const dpdm_views *v, const dpdm_dataset *data, const uint64_t *list, uint64_t count, uint64_t at,
                   dpdm_stream *stream, float *scratch, float *view, float *target)
{
    const float floor_of_classes = (float)(v->smoothing / data->classes), top = (float)(1 - v->smoothing);
    const size_t pixels = (size_t)data->height * (size_t)data->width * (size_t)data->channels;
    for (int c = 0; c < data->classes; c++)
        target[c] = floor_of_classes;
    dpdm_view_draw(v, data, list[at], stream, view);
    if (!(v->mixup > 0) || dpdm_stream_uniform(stream) >= v->mixup) {
        target[data->labels[list[at]]] += top;
        return;
    }
    /* Uniform in (1/2, 1]: the folded Beta(1, 1). */
    const float share = (float)(1 - 0.5 * dpdm_stream_uniform(stream));
    const uint64_t partner = list[dpdm_stream_below(stream, count)];
    dpdm_view_draw(v, data, partner, stream, scratch);
    for (size_t p = 0; p < pixels; p++)
        view[p] = share * view[p] + (1 - share) * scratch[p];
    target[data->labels[list[at]]] += top * share;
    target[data->labels[partner]] += top * (1 - share);
}
