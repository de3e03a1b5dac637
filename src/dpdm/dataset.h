/* dataset.h - small labelled images in memory.
 *
 * Pixels are uint8 [count, height, width, channels], row-major; labels int32 in [0, classes). Pixels become floats in
 * [-1, 1] by the fixed map x / 127.5 - 1: never by statistics of the data. Classes, size and channels are public facts
 * that the caller states; they are checked against the data, not read off it. */
#ifndef DPDM_DATASET_H
#define DPDM_DATASET_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of picture files with 16 bits a value, which are read as 8: how many there are, and the highest value in them, 0..65535. */
typedef struct {
    uint64_t files;
    int highest;
} dpdm_wide;

typedef struct dpdm_dataset {
    uint64_t count;
    int height, width, channels, classes;
    uint8_t *pixels;      /* [count, height, width, channels] */
    int32_t *labels;      /* [count] */
    uint8_t digest[32];   /* BLAKE2b of shape, pixels, labels and owners: names the data set in run states and ledgers;
                           private */
    uint64_t *owners;     /* [count], who owns each image: equal numbers, one person. NULL: the data do not say */
    uint8_t *left_out;    /* [count], 1 for images that do not count (dpdm_dataset_cap). NULL: all do */
    char **class_names;   /* [classes], by label. NULL: classes are known by number alone */
    int labels_by_folder; /* labels are the places of the class folders in their own order: nobody stated it */
    int deep;             /* images lie in folders below their class folders: of patients, perhaps */
    dpdm_wide wide;       /* private, as the pixels are; of all files, also after dpdm_dataset_slice */
    size_t mapped;        /* bytes of the file that pixels are mapped from, which are then read-only; 0: in memory */
} dpdm_dataset;

typedef enum { DPDM_SPLIT_TRAIN = 0, DPDM_SPLIT_TEST = 1, DPDM_SPLIT_VAL = 2 } dpdm_split;

/* Where to look for the owners of the images. */
typedef enum {
    DPDM_OWNERS_AUTO,      /* owners.csv beside class folders, and the usual keys of .npz */
    DPDM_OWNERS_FOLDER,    /* CLASS/PERSON/NAME.png: the folder right below the class folder is the owner */
    DPDM_OWNERS_NOT_NEEDED /* nowhere: nothing about people is said of these data */
} dpdm_owners_where;
#define DPDM_OWNERS_KEY 64
DPDM_API extern const char *const dpdm_owners_choices[]; /* those for people: "auto", "folder", NULL */
#define DPDM_OWNERS_HELP                                                                                               \
    "whose each image is: auto, as owners.csv or the key owners of .npz says, if there; folder, as the folder says "   \
    "that lies right below the class folder (CLASS/PERSON/NAME.png)"
#define DPDM_OWNERS_KEY_HELP                                                                                           \
    "key of .npz that says whose each image is (integers, whole numbers or texts); empty: owners"

/* How pictures of other sizes, colours or directions are brought to height, width and channels: a public rule for each picture
 * alone, so that it is part of no release of the data. Zeros: none; what would need one is then refused, and the message names
 * it. Every picture is turned upright (orientation), made grey or coloured, cut or not (crop), resized with the antialiased
 * filter, padded or not, in this order. A rule that fits the pictures already changes nothing. Filters are those that Pillow
 * calls by the same names. */
typedef enum { DPDM_FILTER_BICUBIC, DPDM_FILTER_LANCZOS, DPDM_FILTER_BILINEAR, DPDM_FILTER_BOX } dpdm_filter;
typedef enum { DPDM_CROP_REFUSE, DPDM_CROP_NONE, DPDM_CROP_CENTRE, DPDM_CROP_PAD } dpdm_crop;
typedef enum { DPDM_ORIENTATION_REFUSE, DPDM_ORIENTATION_EXIF, DPDM_ORIENTATION_IGNORE } dpdm_orientation;
typedef struct {
    char resize[16];               /* "": no; "N": to N x N; "HxW" */
    int filter, crop, orientation; /* dpdm_filter, dpdm_crop, dpdm_orientation */
    int grey, colour;              /* at most one is 1 */
} dpdm_image_rule;

/* How the data are read: nothing here changes what is read. */
typedef int (*dpdm_write_fn)(void *context, uint64_t done, uint64_t total);
typedef struct {
    int threads; /* that decode pictures; 0: all cores */
    dpdm_write_fn
        watch; /* NULL, or called with the pictures decoded so far; non-zero stops the work: DPDM_ECANCELLED */
    void *context;
    const char *
        cache; /* NULL or "": decoded pictures are kept in memory. A folder: in a file there that only the user can read
                          (0600), so that memory does not grow with the data; it has no name and goes with the process. They
                          are the private images, so it must be asked for. DPDM_EUSAGE for a folder that is memory itself */
    int cache_keep; /* the file stays there under a name made of the rule, the facts and each file's name, size and times,
                          and is used again for the same; a file of anybody else, or open to others, is DPDM_EFORMAT */
} dpdm_reading;

/* What the caller states about the data; 0 for "take what the file says" (only for public data and `data info`). */
typedef struct {
    int height, width, channels, classes;
    const char *class_names; /* in the order of labels, as dpdm_class_names_check takes them; NULL or "": not stated */
    int owners;              /* dpdm_owners_where */
    const char *owners_key;  /* of .npz, whatever the split; NULL or "": that beside the images' (below) */
    const char *images_key,
        *labels_key; /* of an .npz, where it has keys of other names; NULL or "": the usual ones. Both or none */
    dpdm_image_rule rule;
    const dpdm_reading *reading; /* NULL: in memory, by all cores, unwatched */
} dpdm_facts;

/* DPDM_EUSAGE where the rule contradicts itself or stated facts. */
DPDM_API dpdm_status dpdm_rule_check(const dpdm_image_rule *rule, const dpdm_facts *facts, dpdm_error *err);
/* Whether it asks for anything. */
DPDM_API int dpdm_rule_given(const dpdm_image_rule *rule);

/* Opens a data SPEC: a folder or file of a supported format (IDX pair, plain or .gz; CIFAR-10 binary; folders of PNG and JPEG
 * files, one sub-folder a class; .npz; .npy with labels beside it), or a known name (fashion-mnist, mnist, cifar10, pneumoniamnist) looked up below data_dir
 * (may be NULL) and in the usual places: $DPDM_DATA_DIR, ./data, $XDG_DATA_HOME/dpdm or ~/.local/share/dpdm, and dpdm
 * and datasets below /usr/local/share and /usr/share. A known name goes before a path ("./mnist" is the path). Data
 * without splits (one .npz with images and labels, PNG folders, a named file) is the whole whatever the split. On a
 * fact that does not hold: DPDM_EFORMAT naming the file and the fact. */
DPDM_API dpdm_status dpdm_dataset_open(const char *spec, const char *data_dir, dpdm_split split,
                                       const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
/* Names of classes. Class folders and the key class_names of .npz name them; other data know numbers alone, and so do folders
 * that are called 0, 1, ..., classes - 1. Where facts state names, they say which label each class gets, whatever the order
 * of the folders is: a folder with a name that was not stated is DPDM_EFORMAT with both lists, a stated class without a
 * folder has no images, and data that know numbers get the names by number. Where facts state none, folders get labels in
 * their own order. The digest is that of the data as they lie there, so it is the same whatever order is stated.
 *
 * text: names with commas between, such as "normal,pneumonia". Refused (DPDM_EUSAGE): two that are or look the same, a name
 * that could not be a folder's (empty, blanks at its ends, control characters, '/', a dot first, beyond 200 bytes), and
 * another number of names than `classes` (0: any). */
#define DPDM_CLASS_NAMES 16384 /* bytes of all names as text */
DPDM_API dpdm_status dpdm_class_names_check(const char *text, int classes, dpdm_error *err);
/* Gives the classes of data their names; text NULL or "": takes them away. DPDM_EUSAGE as above. */
DPDM_API dpdm_status dpdm_dataset_name_classes(dpdm_dataset *data, const char *text, dpdm_error *err);
/* The names as text, for a config; malloc'ed. "" where there are none, or where a name holds a comma. */
DPDM_API dpdm_status dpdm_dataset_class_names(const dpdm_dataset *data, char **text, dpdm_error *err);
/* *label of what a person calls a class: its name, as class_names (NULL or "": none) has it, or its number. "number:3" is
 * one also where classes are called by numbers; a text that is the name of one class and the number of another is refused, and so
 * is what is neither (DPDM_EUSAGE with what there is). */
DPDM_API dpdm_status dpdm_class_find(const char *text, const char *class_names, int classes, int *label,
                                     dpdm_error *err);
/* Gives `data` the labels of `reference`, by the names of their classes, never by place; the digest stays. Data that know
 * numbers alone keep them if the names of the reference were stated and their numbers are among its labels. DPDM_EFORMAT
 * with both lists where data have a class that the reference lacks, and where only one of the two has names that say what a
 * number means. The specs stand for the two sets in messages. */
DPDM_API dpdm_status dpdm_dataset_match(const dpdm_dataset *reference, const char *reference_spec, dpdm_dataset *data,
                                        const char *spec, dpdm_error *err);
/* For a model in place of a reference: whether the numbers of its classes say which classes of data they are. `whose` stands
 * for the model in messages. */
DPDM_API dpdm_status dpdm_dataset_expect_names(const dpdm_dataset *data, const char *spec, const char *class_names,
                                               const char *whose, dpdm_error *err);
/* Owners come with the data: the key "owners" of .npz ("SPLIT_owners" beside "SPLIT_images"), or the one that facts name: [N]
 * integers, texts, or floats that are whole numbers; or, beside class folders, a file owners.csv with the columns file
 * (CLASS/NAME.png) and owner (any text), or the folders themselves where facts say so. Every image must have an owner. Owners
 * that were asked for where there are none are DPDM_EUSAGE.
 * Texts that a person takes for the same ("A" and "a ", "65" and "065") are DPDM_EFORMAT with both lines, and so is what seems
 * to hold owners and is not read: owners.csv beside data of another format, tables and keys that are called like people
 * (patients.csv, a column subject_id, the key patient_id).
 *
 * Copies owners[0..count); before dpdm_dataset_seal. */
DPDM_API dpdm_status dpdm_dataset_set_owners(dpdm_dataset *data, const uint64_t *owners, dpdm_error *err);
/* Leaves out all but the first `cap` images of each owner, in the order of the data: left_out is set, records keep their
 * numbers. Which images of an owner count depends on that owner's images alone. DPDM_EUSAGE: no owners, or cap 0. */
DPDM_API dpdm_status dpdm_dataset_cap(dpdm_dataset *data, uint64_t cap, dpdm_error *err);

/* What its pixels are like. */
typedef struct {
    int lowest, highest;     /* of all pixels, 0..255 */
    dpdm_wide wide;          /* what the files held before their values became pixels */
    uint64_t constant;       /* images all of one value */
    uint64_t duplicates;     /* images that are copies, pixel for pixel, of an earlier one */
    uint64_t contradictions; /* of these, with another label than the first copy */
} dpdm_values;

/* What a data set holds, read off it - so this TOUCHES THE DATA, and its answer is not covered by any privacy
 * guarantee. It proposes facts to a person who then states, from public knowledge, those that hold; training never
 * calls it. */
typedef struct {
    dpdm_facts facts;
    uint64_t count;
    uint64_t *per_class;    /* [facts.classes] images of each class */
    char **class_names;     /* [facts.classes], or NULL */
    char *class_names_text; /* what facts.class_names is: the names to state; "" for none */
    dpdm_values values;
    int deep;               /* as dpdm_dataset */
    uint64_t owners, owned; /* how many people own images, and the most that one of them owns; 0: the data do not say */
} dpdm_proposal;
/* facts: the rule, where to look for owners, and what is known already; NULL: nothing. */
DPDM_API dpdm_status dpdm_dataset_propose(const char *spec, const char *data_dir, dpdm_split split,
                                          const dpdm_facts *facts, dpdm_proposal *proposal, dpdm_error *err);
DPDM_API void dpdm_proposal_destroy(dpdm_proposal *proposal);

/* Copies [first, first + count) of `source`, with owners, to a new data set (count is cut at the end); all count. */
DPDM_API dpdm_status dpdm_dataset_slice(const dpdm_dataset *source, uint64_t first, uint64_t count, dpdm_dataset *out,
                                        dpdm_error *err);
/* Takes room for an empty data set of the given shape, zeroed; call dpdm_dataset_seal after filling it. */
DPDM_API dpdm_status dpdm_dataset_create(uint64_t count, int height, int width, int channels, int classes,
                                         dpdm_dataset *data, dpdm_error *err);
/* Checks labels against classes and computes the digest. */
DPDM_API dpdm_status dpdm_dataset_seal(dpdm_dataset *data, dpdm_error *err);
DPDM_API void dpdm_dataset_destroy(dpdm_dataset *data);

/* out[0..height*width*channels) = pixels of record / 127.5 - 1. */
DPDM_API void dpdm_dataset_image(const dpdm_dataset *data, uint64_t record, float *out);
/* The inverse for samples: clamps to [-1, 1] and rounds to the nearest of 0..255. */
DPDM_API void dpdm_pixels_from_float(const float *x, size_t n, uint8_t *out);

/* Writers. Every file is written beside its final name and renamed, so nothing half-written is ever seen; an existing
 * target is refused with DPDM_EEXIST unless it may be overwritten, and devices and pipes always are. Symbolic links are
 * followed. Files are made with the permissions the umask leaves of 0666 (folders: 0777), private ones of 0600 (0700);
 * what replaces something is never open to more people than that was. */
enum { DPDM_WRITE_OVERWRITE = 1, DPDM_WRITE_PRIVATE = 2 };
/* NPZ: images uint8 [N,H,W,C] (or [N,H,W] for one channel), labels int64 [N], owners uint64 [N] where there are any.
 * PNG: a folder of class folders, and owners.csv. IDX: a folder with an images and a labels file; DPDM_EUSAGE for data with
 * owners, which it cannot hold. An existing folder is replaced only if it holds nothing but what dpdm writes. */
typedef enum { DPDM_FORMAT_NPZ, DPDM_FORMAT_PNG, DPDM_FORMAT_IDX } dpdm_format;
DPDM_API dpdm_status dpdm_dataset_write(const dpdm_dataset *data, dpdm_format format, const char *path, unsigned flags,
                                        dpdm_error *err);
/* The same, watched: `watch` is called with the images written so far, and stops the work by returning non-zero:
 * DPDM_ECANCELLED, and nothing stays behind. */
DPDM_API dpdm_status dpdm_dataset_write_watched(const dpdm_dataset *data, dpdm_format format, const char *path,
                                                unsigned flags, dpdm_write_fn watch, void *context, dpdm_error *err);
/* Refuses before the work what dpdm_dataset_write would refuse after it: what stands there already, or a place where
 * nothing can be written. */
DPDM_API dpdm_status dpdm_dataset_write_check(dpdm_format format, const char *path, unsigned flags, dpdm_error *err);
/* One PNG with the images in reading order, `columns` a row, `scale` screen pixels a pixel; with the names of the classes, where
 * there are any. */
DPDM_API dpdm_status dpdm_grid_png_write(const dpdm_dataset *data, int columns, int scale, const char *path,
                                         int overwrite, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
