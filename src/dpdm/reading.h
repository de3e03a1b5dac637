/* reading.h - how a job reads the data sets that it names: the one list of these options, for every job and verb.
 *
 * Nothing here says which set, or which part of it. The rule is applied to sets of real images; what dpdm drew itself has the
 * shape of its model already. */
#ifndef DPDM_READING_H
#define DPDM_READING_H

#include "base/options.h"
#include "base/watch.h"
#include "dpdm/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    dpdm_image_rule rule; /* zeros: that of the facts */
    char images_key[64], labels_key[64];
    char cache[1024];
    int cache_keep, threads;
} dpdm_reading_options;

/* Values for option tables, each NULL-terminated and in the order of its enum, and their help. */
extern const char *const dpdm_filter_choices[], *const dpdm_crop_choices[], *const dpdm_orientation_choices[];
extern const char dpdm_rule_help_resize[], dpdm_rule_help_filter[], dpdm_rule_help_crop[], dpdm_rule_help_grey[],
    dpdm_rule_help_colour[], dpdm_rule_help_orientation[], dpdm_rule_help_cache[], dpdm_rule_help_cache_keep[],
    dpdm_help_images_key[], dpdm_help_labels_key[], dpdm_reading_help_decoders[];
extern const char dpdm_reading_group[], dpdm_reading_data_group[]; /* headings */

/* The rows of a table whose struct holds a dpdm_image_rule `at` bytes from its start. */
#define DPDM_RULE_ROWS(at, group, flags)                                                                               \
    {"resize",                                                                                                         \
     DPDM_OPTION_STRING,                                                                                               \
     (at) + offsetof(dpdm_image_rule, resize),                                                                         \
     sizeof((dpdm_image_rule *)0)->resize,                                                                             \
     0,                                                                                                                \
     0,                                                                                                                \
     NULL,                                                                                                             \
     "N|HxW",                                                                                                          \
     group,                                                                                                            \
     dpdm_rule_help_resize,                                                                                            \
     0,                                                                                                                \
     flags},                                                                                                           \
        DPDM_RULE_CHOICE(at, "resize-filter", filter, "NAME", group, flags),                                           \
        DPDM_RULE_CHOICE(at, "crop", crop, "HOW", group, flags), DPDM_RULE_FLAG(at, "grey", grey, group, flags),       \
        DPDM_RULE_FLAG(at, "colour", colour, group, flags),                                                            \
        DPDM_RULE_CHOICE(at, "orientation", orientation, "HOW", group, flags)
#define DPDM_RULE_CHOICE(at, name, field, metavar, group, flags)                                                       \
    {                                                                                                                  \
        name, DPDM_OPTION_CHOICE, (at) + offsetof(dpdm_image_rule, field), 0, 0, 0, dpdm_##field##_choices, metavar,   \
            group, dpdm_rule_help_##field, 0, flags                                                                    \
    }
#define DPDM_RULE_FLAG(at, name, field, group, flags)                                                                  \
    {                                                                                                                  \
        name, DPDM_OPTION_FLAG, (at) + offsetof(dpdm_image_rule, field), 0, 0, 0, NULL, NULL, group,                   \
            dpdm_rule_help_##field, 0, flags                                                                           \
    }

/* The rows of a table whose struct holds dpdm_reading_options `at` bytes from its start. */
#define DPDM_READING_ROWS(at)                                                                                          \
    DPDM_RULE_ROWS((at) + offsetof(dpdm_reading_options, rule), dpdm_reading_group, 0),                                \
        DPDM_READING_TEXT(at, "cache", cache, "DIR", dpdm_reading_group, dpdm_rule_help_cache),                        \
        DPDM_READING_NUMBER(at, "cache-keep", DPDM_OPTION_FLAG, cache_keep, 0, NULL, dpdm_rule_help_cache_keep),       \
        DPDM_READING_NUMBER(at, "decoders", DPDM_OPTION_INT, threads, 4096, "N", dpdm_reading_help_decoders),          \
        DPDM_READING_TEXT(at, "images-key", images_key, "KEY", dpdm_reading_data_group, dpdm_help_images_key),         \
        DPDM_READING_TEXT(at, "labels-key", labels_key, "KEY", dpdm_reading_data_group, dpdm_help_labels_key)
#define DPDM_READING_AT(at, field) ((at) + offsetof(dpdm_reading_options, field))
#define DPDM_READING_TEXT(at, name, field, metavar, group, help)                                                       \
    {                                                                                                                  \
        name, DPDM_OPTION_STRING, DPDM_READING_AT(at, field), sizeof((dpdm_reading_options *)0)->field, 0, 0, NULL,    \
            metavar, group, help, 0, 0                                                                                 \
    }
#define DPDM_READING_NUMBER(at, name, type, field, most, metavar, help)                                                \
    {                                                                                                                  \
        name, type, DPDM_READING_AT(at, field), 0, 0, most, NULL, metavar, dpdm_reading_group, help, 0, 0              \
    }

/* Puts what the options say over the facts, and how to read into *reading, which the facts then point to. DPDM_EUSAGE where the
 * options contradict each other. */
DPDM_API dpdm_status dpdm_reading_apply(const dpdm_reading_options *options, dpdm_reading *reading, dpdm_facts *facts,
                                        dpdm_error *err);
/* The rule by which the images of a model came, as its public config (JSON text) says; zeros where it says none. */
DPDM_API dpdm_status dpdm_reading_rule_of(const char *config_json, dpdm_image_rule *rule, dpdm_error *err);
/* What a watch is told of while pictures are decoded. */
#define DPDM_READING_WORK "decoding"
/* dpdm_dataset_open of facts with the options put over them. watch: NULL, or told how many pictures are decoded. */
DPDM_API dpdm_status dpdm_reading_open(const dpdm_reading_options *options, const char *spec, const char *data_dir,
                                       dpdm_split split, const dpdm_facts *facts, const dpdm_watch *watch,
                                       dpdm_dataset *data, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
