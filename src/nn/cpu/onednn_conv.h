/* onednn_conv.h - the convolutions of a kernel set (nn/kernels.h) by oneDNN; the only door to that library.
 *
 * Activations stay plain NHWC; weights and their gradients take whatever layout oneDNN prefers on this CPU. oneDNN
 * picks its instruction set itself, so these calls give the same bits only on CPUs of one kind. Every call runs on the
 * calling thread alone, whatever OMP_NUM_THREADS says. A call that oneDNN fails (it may run out of memory) fills its
 * result with NaN, so that the failure can be neither missed nor trained on. */
#ifndef DPDM_NN_ONEDNN_CONV_H
#define DPDM_NN_ONEDNN_CONV_H

#include "nn/kernels.h"

dpdm_status onednn_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err);
void onednn_conv_destroy(dpdm_conv *conv);
void onednn_conv_pack(const dpdm_conv *conv, const float *weight, float *packed);
void onednn_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                         void *scratch);
void onednn_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, void *scratch);
void onednn_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient, float *dbias,
                                 void *scratch);
void onednn_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight);

/* Writes the version of the library in use, e.g. "2.6.3". */
void onednn_version(char *text, size_t size);

#endif
