/* owners.h - who owns which image: counted, and read from owners.csv, from folders or from .npz.
 *
 * owners.csv lies beside the class folders of images and is CSV as csv.h reads it. Its first line names the columns, among them
 * file and owner; then comes one line an image, in any order: the file as CLASS/NAME.png, and the owner, any text. Every image
 * must stand there once, and nothing else may.
 *
 * One person under two names would be protected less than promised, so texts that a person takes for the same (alike.h) are
 * refused, both lines named; so are blanks at the ends, what stands for nobody (NA, nan, "") and rounded numbers (1.2E+08). */
#ifndef DPDM_DATA_OWNERS_H
#define DPDM_DATA_OWNERS_H

#include "data/npz.h"

#define DPDM_OWNERS_FILE "owners.csv"
#define DPDM_OWNERS_HEAD "file,owner"

/* Also true where it is there but cannot be read: better refused than overlooked. */
int dpdm_owners_in_folder(const char *folder);

/* The owner of an image, as a text, and where it stands: a line, else the name of the image, else its number. */
typedef struct {
    const char *text;
    size_t length;
    uint64_t record, line; /* line 0: none */
    const char *image;     /* NULL: none */
} dpdm_owner_text;
/* owners[record] for texts[0..count): equal for equal texts, as below. name stands for their file in messages. The bytes at
 * text + length can be read. */
dpdm_status dpdm_owners_number(const dpdm_owner_text *texts, uint64_t count, const char *name, uint64_t *owners,
                               dpdm_error *err);

/* Whether a name (of a file, a column, a key) says that it is about people: patient_id, SubjectID, owners. */
int dpdm_owners_named(const char *name);
/* Refuses tables in a folder that seem to hold owners (by their names or columns) and are not read: DPDM_EFORMAT. */
dpdm_status dpdm_owners_check_folder(const char *folder, dpdm_error *err);

/* owners[0..count): the owner of the image names[i], as a number that is equal for equal texts: the number itself where
 * all texts are whole numbers, else that of the owner's first image. */
dpdm_status dpdm_owners_parse(const dpdm_blob *file, const char *const *names, uint64_t count, uint64_t *owners,
                              dpdm_error *err);
dpdm_status dpdm_owners_read(const char *folder, const char *const *names, uint64_t count, uint64_t *owners,
                             dpdm_error *err);

/* The same for images in folders of their owners, names[i] being CLASS/PERSON/NAME.png or deeper: the owner is called like the
 * folder right below the class folder, in whatever class it lies. DPDM_EFORMAT for an image that lies in none. */
dpdm_status dpdm_owners_from_folders(const char *folder, const char *const *names, uint64_t count, uint64_t *owners,
                                     dpdm_error *err);
/* data->owners from the key that facts name, else from that beside the images' (none: left NULL): integers; floats that are whole
 * numbers, none of which can have been rounded; texts as above. name: the file; images: the key of the images. */
dpdm_status dpdm_owners_from_npz(const dpdm_npz *npz, const char *name, const char *images, dpdm_split split,
                                 const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);

/* How many owners there are, and the most images that one of them has. */
dpdm_status dpdm_owners_count(const dpdm_dataset *data, uint64_t *owners, uint64_t *most, dpdm_error *err);

#endif
