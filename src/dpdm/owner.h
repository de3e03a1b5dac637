/* owner.h - the unit that is protected: one image, or one person with at most M images.
 *
 * Where people own several images, protecting single images protects nobody well. A rule with a cap makes the person the
 * unit: of each person the first `cap` images count, in the order of the data, and all events are accounted for units of
 * up to `cap` records (attacker.h). Claim and proof: docs/privacy/owner.md. */
#ifndef DPDM_OWNER_H
#define DPDM_OWNER_H

#include "dpdm/attacker.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    DPDM_UNIT_AUTO,  /* a person where there is a cap, else an image; data that list owners then need an answer */
    DPDM_UNIT_IMAGE, /* an image, also where the data list owners: a person with several is protected less */
    DPDM_UNIT_PERSON /* a person: needs a cap */
} dpdm_unit;

typedef struct {
    dpdm_unit unit;
    int cap;      /* M, 1..DPDM_GROUP_MAX; 0: the unit is an image */
    int asserted; /* the data list no owners; that nobody owns more than `cap` images is the user's word */
} dpdm_owner_rule;

#define DPDM_UNIT_TEXT 64
#define DPDM_UNIT_ONE "one image with its label"

/* DPDM_EUSAGE where the fields contradict each other. */
DPDM_API dpdm_status dpdm_owner_check(const dpdm_owner_rule *rule, dpdm_error *err);
/* Records of one unit, as accountants and ledgers take it: the cap, or 1. */
DPDM_API unsigned dpdm_owner_group(const dpdm_owner_rule *rule);
/* The unit for people: "one image with its label", "one person with at most 4 images". Returns text. */
DPDM_API const char *dpdm_owner_unit(const dpdm_owner_rule *rule, char text[DPDM_UNIT_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
