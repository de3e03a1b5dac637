/* write.c - from a data set to one of the formats. */
#include "data/readers.h"

dpdm_status dpdm_dataset_write(const dpdm_dataset *data, dpdm_format format, const char *path, int overwrite,
                               dpdm_error *err)
{
    if (!data->count)
        return dpdm_error_set(err, DPDM_ERANGE, "%s: there are no images to write", path);
    switch (format) {
    case DPDM_FORMAT_NPZ:
        return dpdm_npz_write_dataset(data, path, overwrite, err);
    case DPDM_FORMAT_PNG:
        return dpdm_png_write_folder(data, path, overwrite, err);
    case DPDM_FORMAT_IDX:
        if (data->owners)
            return dpdm_error_set(err, DPDM_EUSAGE, "%s: IDX files cannot say who owns an image: write npz or png",
                                  path);
        return dpdm_idx_write_folder(data, path, overwrite, err);
    }
    return dpdm_error_set(err, DPDM_EUSAGE, "%s: format %d is not known", path, (int)format);
}
