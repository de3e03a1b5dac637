/* rule.h - the rule that brings pictures to one size and kind of colour (dpdm_image_rule in dpdm/dataset.h), carried out.
 *
 * It is a public function of one picture alone: no picture, and no number of them, changes what becomes of another. What a
 * picture would need and the rule does not say is refused by name. In turn: the picture is turned upright, its colours
 * are settled, it is cut, resized and padded. */
#ifndef DPDM_DATA_RULE_H
#define DPDM_DATA_RULE_H

#include "data/raster.h"

/* The size that the rule asks for; both 0 where it asks for none. The rule must have passed dpdm_rule_check. */
void dpdm_rule_size(const dpdm_image_rule *rule, int *height, int *width);
/* As the rule asks, else as given. */
int dpdm_rule_channels(const dpdm_image_rule *rule, int channels);

/* What pictures become: height, width and channels, all settled. */
typedef struct {
    const dpdm_image_rule *rule;
    int height, width, channels;
} dpdm_shape;

/* What a first picture becomes where the facts leave it open: the rule's size, else the picture's own when upright; grey or
 * coloured as the rule says, else as the file is. DPDM_EFORMAT where it does not lie as the rule allows. */
dpdm_status dpdm_rule_shape(const dpdm_image_rule *rule, const dpdm_facts *facts, const dpdm_raster *picture,
                            const char *name, dpdm_shape *shape, dpdm_error *err);
/* out: [height, width, channels] of the shape. The picture's pixels are used up. Thread-safe. */
dpdm_status dpdm_rule_apply(const dpdm_shape *shape, dpdm_raster *picture, const char *name, uint8_t *out,
                            dpdm_error *err);
/* Applies the rule to images in memory, of a format that holds them in one size; nothing to do: *data stays as it is. *data is
 * sealed anew, or destroyed on failure. */
dpdm_status dpdm_rule_apply_all(const dpdm_image_rule *rule, const char *name, dpdm_dataset *data, dpdm_error *err);

#endif
