/* onednn_compat.h - the few calls that differ between oneDNN's two C APIs, 2.x (Debian 12) and 3.x.
 *
 * In 2.x a memory descriptor is a struct and a convolution is an operation descriptor first; in 3.x a descriptor is a
 * handle and a convolution primitive descriptor is created directly. Only onednn_conv.c includes this header. */
#ifndef DPDM_NN_ONEDNN_COMPAT_H
#define DPDM_NN_ONEDNN_COMPAT_H

#include <dnnl.h>

/* A tensor descriptor that we own; release it when `made` is set (a zeroed one is safe to release). */
typedef struct {
    dnnl_memory_desc_t desc;
    int made;
} onednn_tensor;

/* How both APIs take a descriptor, ours or one that a primitive descriptor owns. */
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t onednn_desc;
#else
typedef const dnnl_memory_desc_t *onednn_desc;
#endif

typedef enum { ONEDNN_FORWARD, ONEDNN_BACKWARD_DATA, ONEDNN_BACKWARD_WEIGHT } onednn_direction;

/* A convolution: tensors in oneDNN's order of dimensions (NCHW, OIHW), whatever their layout in memory. */
typedef struct {
    onednn_desc x, weight, bias, y; /* bias: also the bias gradient; unused by backward data */
    dnnl_dims_t stride, padding_left, padding_right;
} onednn_convolution;

dnnl_status_t onednn_tensor_init(onednn_tensor *tensor, int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag);
onednn_desc onednn_tensor_desc(const onednn_tensor *tensor);
void onednn_tensor_release(onednn_tensor *tensor);

/* hint: the forward primitive descriptor, for the backward directions. The caller destroys *pd. */
dnnl_status_t onednn_convolution_desc(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, onednn_direction direction,
                                      int training, const onednn_convolution *conv, dnnl_primitive_desc_t hint,
                                      const_dnnl_primitive_attr_t attr);

/* Makes oneDNN and OpenMP use one thread for what the calling thread asks of them; returns what restores it. */
int onednn_threads_one(void);
void onednn_threads_restore(int previous);

#endif
