/* plain.h - the functions of the reference kernel set; their contracts are those of kernels.h. */
#ifndef DPDM_NN_CPU_PLAIN_H
#define DPDM_NN_CPU_PLAIN_H

#include "nn/kernels.h"

/* plain_conv.c. Weights are packed [k, k, in, out] and, for training, [k, k, out, in] after them; gradients [k, k, in,
 * out]. */
dpdm_status plain_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err);
void plain_conv_destroy(dpdm_conv *conv);
void plain_conv_pack(const dpdm_conv *conv, const float *weight, float *packed);
void plain_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                        void *scratch);
void plain_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, void *scratch);
void plain_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient, float *dbias,
                                void *scratch);
void plain_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight);

/* plain_norm.c. Sums over a group are taken in double. */
void plain_group_norm_forward(const dpdm_group_norm_shape *shape, const float *x, const float *bias, const float *gamma,
                              const float *beta, float *y, float *stats);
void plain_group_norm_backward(const dpdm_group_norm_shape *shape, const float *x, const float *bias,
                               const float *gamma, const float *beta, const float *stats, const float *dy, float *dx,
                               float *dbias, float *dgamma, float *dbeta);

/* plain_attention.c. */
void plain_attention_forward(int n, int positions, int c, const float *q, const float *k, const float *v, float *prob,
                             float *o, float *scratch);
void plain_attention_backward(int n, int positions, int c, const float *q, const float *k, const float *v,
                              const float *prob, const float *dout, float *dq, float *dk, float *dv, float *scratch);

/* plain_resample.c. */
void plain_up2_forward(int n, int h, int w, int c, const float *x, float *y);
void plain_up2_backward(int n, int h, int w, int c, const float *dy, float *dx);
void plain_down2_forward(int n, int h, int w, int c, const float *x, float *y);
void plain_down2_backward(int n, int h, int w, int c, const float *dy, float *dx);
void plain_max_pool2_forward(int n, int h, int w, int c, const float *x, float *y, uint8_t *index);
void plain_max_pool2_backward(int n, int h, int w, int c, const uint8_t *index, const float *dy, float *dx);

#endif
