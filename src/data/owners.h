/* owners.h - who owns which image: counted, and read from owners.csv.
 *
 * owners.csv lies beside the class folders of PNG files. The first line is "file,owner"; then comes one line an image, in
 * any order: the file as CLASS/NAME.png, a comma, and the owner, any text without a comma. Quotes are refused, not
 * interpreted. Every image must stand there once, and nothing else may. */
#ifndef DPDM_DATA_OWNERS_H
#define DPDM_DATA_OWNERS_H

#include "data/readers.h"

#define DPDM_OWNERS_FILE "owners.csv"
#define DPDM_OWNERS_HEAD "file,owner"

/* Also true where it is there but cannot be read: better refused than overlooked. */
int dpdm_owners_in_folder(const char *folder);

/* owners[0..count): the owner of the image names[i], as a number that is equal for equal texts: the number itself where
 * all texts are whole numbers, else that of the owner's first image. */
dpdm_status dpdm_owners_parse(const dpdm_blob *file, const char *const *names, uint64_t count, uint64_t *owners,
                              dpdm_error *err);
dpdm_status dpdm_owners_read(const char *folder, const char *const *names, uint64_t count, uint64_t *owners,
                             dpdm_error *err);

/* How many owners there are, and the most images that one of them has. */
dpdm_status dpdm_owners_count(const dpdm_dataset *data, uint64_t *owners, uint64_t *most, dpdm_error *err);

#endif
