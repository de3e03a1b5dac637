/* owners_folder.c - owners told by folders below class folders: CLASS/PERSON/..., one folder a person. */
#include "data/owners.h"

#include <stdlib.h>
#include <string.h>

/* The folder right below the class folder; NULL where the image lies in the class folder itself. */
static const char *folder_person(const char *name, size_t *length)
{
    const char *person = strchr(name, '/');
    const char *end = person ? strchr(person + 1, '/') : NULL;
    if (!end)
        return NULL;
    *length = (size_t)(end - person) - 1;
    return person + 1;
}

dpdm_status dpdm_owners_from_folders(const char *folder, const char *const *names, uint64_t count, uint64_t *owners,
                                     dpdm_error *err)
{
    dpdm_owner_text *texts = calloc((size_t)count + 1, sizeof *texts);
    dpdm_status status = texts ? DPDM_OK
                               : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the owners of %llu images", folder,
                                                (unsigned long long)count);
    for (uint64_t i = 0; !status && i < count; i++) {
        texts[i] = (dpdm_owner_text){.record = i, .image = names[i]};
        texts[i].text = folder_person(names[i], &texts[i].length);
        if (!texts[i].text)
            status =
                dpdm_error_set(err, DPDM_EFORMAT,
                               "%s/%s: lies in its class folder itself, so no folder says whose it is: put it into "
                               "a folder of its owner (CLASS/PERSON/NAME.png), or list owners in " DPDM_OWNERS_FILE,
                               folder, names[i]);
    }
    if (!status)
        status = dpdm_owners_number(texts, count, folder, owners, err);
    free(texts);
    return status;
}
