/* rule_check.c - the values of the rule for pictures, and whether they agree with each other and with the facts. */
#include "data/rule.h"
#include "dpdm/reading.h"

#include <stdlib.h>
#include <string.h>

const char *const dpdm_filter_choices[] = {"bicubic", "lanczos", "bilinear", "box", NULL};
const char *const dpdm_crop_choices[] = {"refuse", "none", "centre", "pad", NULL};
const char *const dpdm_orientation_choices[] = {"refuse", "exif", "ignore", NULL};

const char dpdm_rule_help_resize[] = "bring pictures to N x N pixels, or to HxW (height x width), antialiased";
const char dpdm_rule_help_filter[] = "how resize weighs pixels";
const char dpdm_rule_help_crop[] =
    "what resize does with pictures of other proportions; centre: cut away what is too much on "
    "both sides; pad: add a black border; none: deform them; refuse: refuse them";
const char dpdm_rule_help_grey[] = "make coloured pictures grey (their luma, ITU-R BT.601)";
const char dpdm_rule_help_colour[] = "make grey pictures coloured (three equal channels)";
const char dpdm_rule_help_orientation[] =
    "pictures that lie turned or mirrored, as their EXIF data say; exif: turn them "
    "upright; ignore: take them as they lie; refuse: refuse them";

const char dpdm_rule_help_cache[] =
    "keep decoded pictures in a file in this folder, which only you can read and which goes with "
    "the process, instead of in memory";
const char dpdm_rule_help_cache_keep[] =
    "leave that file there, for the next time the same pictures are read by the same rule";

const char dpdm_help_images_key[] = "key of the images in an .npz; empty: images, train_images or x_train";
const char dpdm_help_labels_key[] = "key of the labels in an .npz; empty: labels, train_labels or y_train";

/* One side; *text moves on. */
static int rule_side(const char **text)
{
    int side = 0;
    for (; **text >= '0' && **text <= '9' && side <= DPDM_IMAGE_SIDE; ++*text)
        side = 10 * side + (**text - '0');
    return side >= 1 && side <= DPDM_IMAGE_SIDE ? side : 0;
}

static int rule_parse(const char *text, int *height, int *width)
{
    *height = *width = rule_side(&text);
    if (*height && *text == 'x') {
        text++;
        *width = rule_side(&text);
    }
    return *height && *width && !*text;
}

void dpdm_rule_size(const dpdm_image_rule *rule, int *height, int *width)
{
    if (!rule->resize[0] || !rule_parse(rule->resize, height, width))
        *height = *width = 0;
}

int dpdm_rule_channels(const dpdm_image_rule *rule, int channels)
{
    return rule->grey ? 1 : rule->colour ? 3 : channels;
}

static dpdm_status rule_check_facts(const dpdm_image_rule *rule, const dpdm_facts *facts, int height, int width,
                                    dpdm_error *err)
{
    if (height && ((facts->height && facts->height != height) || (facts->width && facts->width != width)))
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "resize '%s' brings pictures to %d x %d, but height %d and width %d were stated: let them "
            "agree",
            rule->resize, height, width, facts->height, facts->width);
    if (rule->grey && facts->channels && facts->channels != 1)
        return dpdm_error_set(err, DPDM_EUSAGE, "grey pictures have channels: 1, but %d was stated", facts->channels);
    if (rule->colour && facts->channels && facts->channels != 3)
        return dpdm_error_set(err, DPDM_EUSAGE, "coloured pictures have channels: 3, but %d was stated",
                              facts->channels);
    return DPDM_OK;
}

dpdm_status dpdm_rule_check(const dpdm_image_rule *rule, const dpdm_facts *facts, dpdm_error *err)
{
    int height = 0, width = 0;
    if (rule->resize[0] && !rule_parse(rule->resize, &height, &width))
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "resize is '%s': give the pixels of a side, such as 64, or height and width, such as 64x48; "
            "sides of 1 to %d are supported",
            rule->resize, DPDM_IMAGE_SIDE);
    if (!height && rule->crop != DPDM_CROP_REFUSE)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "crop says how pictures get the proportions of resize: give resize too, or leave crop out");
    if (!height && rule->filter != DPDM_FILTER_BICUBIC)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "resize-filter says how resize weighs pixels: give resize too, or leave it out");
    if (rule->grey && rule->colour)
        return dpdm_error_set(err, DPDM_EUSAGE, "grey and colour contradict each other: give one");
    return rule_check_facts(rule, facts, height, width, err);
}

int dpdm_rule_given(const dpdm_image_rule *rule)
{
    return rule->resize[0] || rule->grey || rule->colour || rule->orientation != DPDM_ORIENTATION_REFUSE;
}
