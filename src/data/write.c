/* write.c - from a data set to one of the formats. */
#include "base/output.h"
#include "data/folder.h"
#include "data/readers.h"

dpdm_status dpdm_dataset_write(const dpdm_dataset *data, dpdm_format format, const char *path, unsigned flags,
                               dpdm_error *err)
{
    return dpdm_dataset_write_watched(data, format, path, flags, NULL, NULL, err);
}

dpdm_status dpdm_dataset_write_watched(const dpdm_dataset *data, dpdm_format format, const char *path, unsigned flags,
                                       dpdm_write_fn watch, void *context, dpdm_error *err)
{
    dpdm_write_watch watched = {watch, context};
    if (!data->count)
        return dpdm_error_set(err, DPDM_ERANGE, "%s: there are no images to write", path);
    switch (format) {
    case DPDM_FORMAT_NPZ:
        return dpdm_npz_write_dataset(data, path, flags, watched, err);
    case DPDM_FORMAT_PNG:
        return dpdm_png_write_folder(data, path, flags, watched, err);
    case DPDM_FORMAT_IDX:
        if (data->owners)
            return dpdm_error_set(err, DPDM_EUSAGE, "%s: IDX files cannot say who owns an image: write npz or png",
                                  path);
        return dpdm_idx_write_folder(data, path, flags, watched, err);
    }
    return dpdm_error_set(err, DPDM_EUSAGE, "%s: format %d is not known", path, (int)format);
}

dpdm_status dpdm_dataset_write_check(dpdm_format format, const char *path, unsigned flags, dpdm_error *err)
{
    int overwrite = (flags & DPDM_WRITE_OVERWRITE) != 0;
    return format == DPDM_FORMAT_NPZ ? dpdm_output_check(path, DPDM_OUTPUT_FILE, overwrite, err)
                                     : dpdm_folder_check(path, overwrite, err);
}
