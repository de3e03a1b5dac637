/* onednn_compat.c - see onednn_compat.h. */
#include "nn/cpu/onednn_compat.h"

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
/* Declared here because <omp.h> of one compiler may not be that of the OpenMP library oneDNN uses. */
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);

int onednn_threads_one(void)
{
    int previous = omp_get_max_threads();
    if (previous != 1) {
        omp_set_num_threads(1);
    }
    return previous;
}

void onednn_threads_restore(int previous)
{
    if (previous != 1) {
        omp_set_num_threads(previous);
    }
}
#else
/* Sequential builds have one thread anyway; those on TBB take the width of the arena they are called from. */
int onednn_threads_one(void)
{
    return 1;
}

void onednn_threads_restore(int previous)
{
    (void)previous;
}
#endif

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t onednn_tensor_init(onednn_tensor *tensor, int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&tensor->desc, rank, dims, dnnl_f32, tag);
    tensor->made = status == dnnl_success;
    return status;
}

onednn_desc onednn_tensor_desc(const onednn_tensor *tensor)
{
    return tensor->desc;
}

void onednn_tensor_release(onednn_tensor *tensor)
{
    if (tensor->made) {
        dnnl_memory_desc_destroy(tensor->desc);
        tensor->made = 0;
    }
}

dnnl_status_t onednn_convolution_desc(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, onednn_direction direction,
                                      int training, const onednn_convolution *conv, dnnl_primitive_desc_t hint,
                                      const_dnnl_primitive_attr_t attr)
{
    const dnnl_dims_t dilation = {0, 0};
    switch (direction) {
    case ONEDNN_FORWARD:
        return dnnl_convolution_forward_primitive_desc_create(
            pd, engine, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct, conv->x,
            conv->weight, conv->bias, conv->y, conv->stride, dilation, conv->padding_left, conv->padding_right, attr);
    case ONEDNN_BACKWARD_DATA:
        return dnnl_convolution_backward_data_primitive_desc_create(
            pd, engine, dnnl_convolution_direct, conv->x, conv->weight, conv->y, conv->stride, dilation,
            conv->padding_left, conv->padding_right, hint, attr);
    default:
        return dnnl_convolution_backward_weights_primitive_desc_create(
            pd, engine, dnnl_convolution_direct, conv->x, conv->weight, conv->bias, conv->y, conv->stride, dilation,
            conv->padding_left, conv->padding_right, hint, attr);
    }
}

#else

dnnl_status_t onednn_tensor_init(onednn_tensor *tensor, int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&tensor->desc, rank, dims, dnnl_f32, tag);
    tensor->made = status == dnnl_success;
    return status;
}

onednn_desc onednn_tensor_desc(const onednn_tensor *tensor)
{
    return &tensor->desc;
}

void onednn_tensor_release(onednn_tensor *tensor)
{
    tensor->made = 0;
}

dnnl_status_t onednn_convolution_desc(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, onednn_direction direction,
                                      int training, const onednn_convolution *conv, dnnl_primitive_desc_t hint,
                                      const_dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t op;
    dnnl_status_t status;
    switch (direction) {
    case ONEDNN_FORWARD:
        status = dnnl_convolution_forward_desc_init(&op, training ? dnnl_forward_training : dnnl_forward_inference,
                                                    dnnl_convolution_direct, conv->x, conv->weight, conv->bias, conv->y,
                                                    conv->stride, conv->padding_left, conv->padding_right);
        break;
    case ONEDNN_BACKWARD_DATA:
        status = dnnl_convolution_backward_data_desc_init(&op, dnnl_convolution_direct, conv->x, conv->weight, conv->y,
                                                          conv->stride, conv->padding_left, conv->padding_right);
        break;
    default:
        status =
            dnnl_convolution_backward_weights_desc_init(&op, dnnl_convolution_direct, conv->x, conv->weight, conv->bias,
                                                        conv->y, conv->stride, conv->padding_left, conv->padding_right);
        break;
    }
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &op, attr, engine, hint) : status;
}

#endif
