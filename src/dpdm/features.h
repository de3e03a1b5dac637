/* features.h - what turns images into the rows that fidelity.h compares.
 *
 * An extractor is one of
 *   inception   the pool3 layer of Inception-v3, 2048 features: the space of the FID of the literature. Its weights come
 *               from a file of the user's (tools/convert-inception.py; docs/fid.md). Public weights: touches no private
 *               data by itself.
 *   classifier  the penultimate layer of a classifier trained by dpdm. Trained on a real set, IT TOUCHES PRIVATE DATA.
 *   pixels      the pixels themselves, in [-1, 1].
 * Extraction does not depend on the number of threads nor on which images stand beside an image. */
#ifndef DPDM_FEATURES_H
#define DPDM_FEATURES_H

#include "dpdm/classifier.h"
#include "dpdm/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpdm_features dpdm_features;

/* How images reach Inception's 299 x 299, bilinear in both cases, without antialiasing:
 * REFERENCE  as the TensorFlow 1 graph of Heusel et al. 2017 does: output pixel i reads at i * size / 299, and bytes
 *            become (x - 128) / 128. What published FIDs use.
 * CENTRED    pixel centres meet: (i + 1/2) * size / 299 - 1/2, and bytes become x / 127.5 - 1 (as some PyTorch ports). */
typedef enum { DPDM_RESIZE_REFERENCE = 0, DPDM_RESIZE_CENTRED = 1 } dpdm_resize;

/* Reads Inception's weights, of which nothing is believed: names, shapes and finiteness are checked (DPDM_EFORMAT).
 * Images may be grey or RGB, of any size. threads: 0 for all cores. */
DPDM_API dpdm_status dpdm_features_inception(const char *path, dpdm_resize resize, int threads,
                                             dpdm_features **features, dpdm_error *err);
/* The penultimate layer of `classifier`, which must outlive the extractor and not be used by others meanwhile. DPDM_EUSAGE
 * for logistic regression, which has none. touches_private: the classifier was trained on private data. */
DPDM_API dpdm_status dpdm_features_classifier(dpdm_classifier *classifier, int touches_private,
                                              dpdm_features **features, dpdm_error *err);
DPDM_API dpdm_status dpdm_features_pixels(int height, int width, int channels, dpdm_features **features,
                                          dpdm_error *err);
DPDM_API void dpdm_features_destroy(dpdm_features *features);

DPDM_API const char *dpdm_features_name(const dpdm_features *features); /* "inception", "cnn", "pixels", ... */
DPDM_API size_t dpdm_features_dimension(const dpdm_features *features);
/* The extractor itself was made from private data (whatever images it is then used on). */
DPDM_API int dpdm_features_touch_private(const dpdm_features *features);

/* out [data->count, dimension] = the features of all images. progress: NULL or called as images are done (model.h).
 * DPDM_EUSAGE if the images have a size or channels that the extractor cannot take. */
DPDM_API dpdm_status dpdm_features_extract(dpdm_features *features, const dpdm_dataset *data, float *out,
                                           dpdm_progress_fn progress, void *context, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
