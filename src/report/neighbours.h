/* neighbours.h - synthetic images beside the real training images nearest to them: PRIVATE, for the owner's eyes. */
#ifndef DPDM_REPORT_NEIGHBOURS_H
#define DPDM_REPORT_NEIGHBOURS_H

#include "dpdm/report.h"
#include "report/picture.h"

enum { NEIGHBOUR_SAMPLES = 10, NEIGHBOUR_NEAREST = 3 };

typedef struct {
    int samples;          /* 0: not asked for */
    dpdm_picture picture; /* a column each sample: the sample, and below it the nearest, the second nearest... */
    int classes[NEIGHBOUR_SAMPLES];
    /* Root mean square differences of pixels, as shares of their range: of the sample and the nearest real image, and,
     * to compare, of that one and the real image nearest to it (NaN if there is no other). */
    double nearest[NEIGHBOUR_SAMPLES], among_real[NEIGHBOUR_SAMPLES];
} dpdm_report_neighbours;

/* Draws samples and finds their neighbours in the data set request->neighbours, whose size and classes must be the
 * model's. */
dpdm_status dpdm_report_neighbours_find(const dpdm_report_request *request, const dpdm_model *model,
                                        const dpdm_sampler *sampler, const dpdm_key *key,
                                        dpdm_report_neighbours *neighbours, dpdm_error *err);
void dpdm_report_neighbours_destroy(dpdm_report_neighbours *neighbours);

/* The `count` records of `data` nearest to an image [height, width, channels] in squared pixel distance, nearest first;
 * `except`: a record that does not count, or UINT64_MAX. Fewer where there are fewer records: the rest is UINT64_MAX.
 * distances: [count], squared. Ties: the smaller record. */
void dpdm_report_nearest(const dpdm_dataset *data, const uint8_t *image, uint64_t except, int count, uint64_t *records,
                         uint64_t *distances);

#endif
