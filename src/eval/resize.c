/* resize.c - see resize.h. */
#include "eval/resize.h"

void resize_axis_init(resize_axis *axis, dpdm_resize method, int size)
{
    const double scale = (double)size / RESIZE_SIDE;
    for (int i = 0; i < RESIZE_SIDE; i++) {
        double at = method == DPDM_RESIZE_CENTRED ? (i + 0.5) * scale - 0.5 : i * scale;
        at = at < 0 ? 0 : at;
        const int low = (int)at < size - 1 ? (int)at : size - 1;
        axis->low[i] = low;
        axis->high[i] = low + 1 < size ? low + 1 : low;
        axis->share[i] = (float)(at - low);
    }
}

void resize_image(const dpdm_dataset *data, uint64_t record, dpdm_resize method, const resize_axis *down,
                  const resize_axis *across, float *out)
{
    const size_t channels = (size_t)data->channels, row = (size_t)data->width * channels;
    const uint8_t *image = data->pixels + record * (uint64_t)data->height * row;
    const float centre = method == DPDM_RESIZE_CENTRED ? 127.5F : 128;
    for (int y = 0; y < RESIZE_SIDE; y++) {
        const uint8_t *above = image + (size_t)down->low[y] * row, *below = image + (size_t)down->high[y] * row;
        for (int x = 0; x < RESIZE_SIDE; x++)
            for (size_t c = 0; c < RESIZE_CHANNELS; c++) {
                const size_t from = channels == 1 ? 0 : c;
                const size_t left = (size_t)across->low[x] * channels + from;
                const size_t right = (size_t)across->high[x] * channels + from;
                const float top = (float)above[left] + across->share[x] * (float)(above[right] - above[left]);
                const float low = (float)below[left] + across->share[x] * (float)(below[right] - below[left]);
                *out++ = (top + down->share[y] * (low - top) - centre) / centre;
            }
    }
}
