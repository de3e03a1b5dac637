/* jpeg.c - see jpeg.h. */
#include "data/jpeg.h"
#include "data/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

enum { JPEG_SCANS = 100, JPEG_APP1 = 0xffff };

/* The decoder knows the managers only; each stands first in its struct. */
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf out;
    const char *name;
    dpdm_error *err;
    dpdm_status status;
} jpeg_errors;

typedef struct {
    struct jpeg_progress_mgr manager;
    jpeg_errors *errors;
} jpeg_scans;

static _Noreturn void jpeg_fail(j_common_ptr info)
{
    jpeg_errors *errors = (jpeg_errors *)info->err;
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    if (info->err->msg_code == JERR_OUT_OF_MEMORY)
        errors->status = dpdm_error_set(errors->err, DPDM_ENOMEM, "%s: no memory to decode it", errors->name);
    else if (info->err->msg_code == JERR_BAD_PRECISION)
        errors->status = dpdm_error_set(errors->err, DPDM_EFORMAT,
                                        "%s: is a JPEG image of %d bits, and 8 are read: convert it to PNG of 16 bits",
                                        errors->name, info->err->msg_parm.i[0]);
    else
        errors->status = dpdm_error_set(errors->err, DPDM_EFORMAT,
                                        "%s: is damaged, or a JPEG image of a rare kind (%s): get or save it again, or "
                                        "take it away",
                                        errors->name, message);
    longjmp(errors->out, 1);
}

/* A warning (level -1) means that pixels are being made up; the rest are traces. */
static void jpeg_message(j_common_ptr info, int level)
{
    if (level < 0)
        jpeg_fail(info);
}

static void jpeg_count_scans(j_common_ptr info)
{
    jpeg_scans *scans = (jpeg_scans *)info->progress;
    if (((j_decompress_ptr)info)->input_scan_number <= JPEG_SCANS)
        return;
    scans->errors->status = dpdm_error_set(
        scans->errors->err, DPDM_EFORMAT,
        "%s: is a progressive JPEG image of more than %d scans, made to take long: save it again, or take "
        "it away",
        scans->errors->name, JPEG_SCANS);
    longjmp(scans->errors->out, 1);
}

static int jpeg_orientation(const struct jpeg_decompress_struct *jpeg)
{
    static const char exif[6] = "Exif\0";
    for (const struct jpeg_marker_struct *marker = jpeg->marker_list; marker; marker = marker->next)
        if (marker->data_length > sizeof exif && !memcmp(marker->data, exif, sizeof exif))
            return dpdm_exif_orientation(marker->data + sizeof exif, marker->data_length - sizeof exif);
    return 1;
}

static dpdm_status jpeg_check(const struct jpeg_decompress_struct *jpeg, const char *name, dpdm_error *err)
{
    const J_COLOR_SPACE space = jpeg->jpeg_color_space;
    if (space == JCS_CMYK || space == JCS_YCCK)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: is a JPEG image in CMYK, the inks of a printer, whose colours depend on a profile: "
                              "convert it to RGB",
                              name);
    if (space != JCS_GRAYSCALE && space != JCS_YCbCr && space != JCS_RGB)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is a JPEG image with %d channels of unknown meaning: convert it",
                              name, jpeg->num_components);
    return DPDM_OK;
}

/* From the header to the last row; errors of the decoder jump out of here. */
static dpdm_status jpeg_read(struct jpeg_decompress_struct *jpeg, const dpdm_blob *file, dpdm_raster_gate *gate,
                             dpdm_raster *picture, dpdm_error *err)
{
    jpeg_mem_src(jpeg, file->bytes, (unsigned long)file->size);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, JPEG_APP1);
    jpeg_read_header(jpeg, TRUE);
    dpdm_status status = jpeg_check(jpeg, file->name, err);
    if (!status)
        status = dpdm_raster_enter(picture, file->name, jpeg->image_height, jpeg->image_width, gate, err);
    if (status)
        return status;
    picture->orientation = jpeg_orientation(jpeg);
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->out_color_space = JCS_EXT_RGBA;
    jpeg_start_decompress(jpeg);
    const size_t row = 4 * (size_t)jpeg->output_width;
    picture->rgba = malloc(row * jpeg->output_height);
    if (!picture->rgba)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to decode it", file->name);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW out = picture->rgba + row * jpeg->output_scanline;
        jpeg_read_scanlines(jpeg, &out, 1);
    }
    jpeg_finish_decompress(jpeg);
    picture->height = jpeg->output_height;
    picture->width = jpeg->output_width;
    picture->channels = jpeg->jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    return DPDM_OK;
}

dpdm_status dpdm_jpeg_decode(const dpdm_blob *file, dpdm_raster_gate *gate, dpdm_raster *picture, dpdm_error *err)
{
    struct jpeg_decompress_struct jpeg = {0};
    jpeg_errors errors = {.name = file->name, .err = err, .status = DPDM_OK};
    jpeg_scans scans = {.manager.progress_monitor = jpeg_count_scans, .errors = &errors};
    memset(picture, 0, sizeof *picture);
    jpeg.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jpeg_fail;
    errors.manager.emit_message = jpeg_message;
    if (setjmp(errors.out) == 0) { /* what is used behind a jump lives in the structs, not in registers */
        jpeg_create_decompress(&jpeg);
        jpeg.progress = &scans.manager;
        errors.status = jpeg_read(&jpeg, file, gate, picture, err);
    }
    jpeg_destroy_decompress(&jpeg);
    if (errors.status)
        dpdm_raster_destroy(picture);
    return errors.status;
}
