/* open.c - from a data SPEC to a data set: known names first, then folders and files by what they hold. */
#include "data/known.h"

#include <string.h>
#include <sys/stat.h>

static dpdm_status open_path(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err);
static dpdm_status open_folder(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                               dpdm_error *err);
static dpdm_status open_file(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err);
static dpdm_status open_known(const dpdm_known *known, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err);

dpdm_status dpdm_dataset_open(const char *spec, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err)
{
    static const dpdm_facts none;
    memset(data, 0, sizeof *data);
    if (!spec || !*spec)
        return dpdm_error_set(err, DPDM_EUSAGE, "no data was named: give a folder, a file or one of %s",
                              dpdm_known_list());
    if ((unsigned)split > DPDM_SPLIT_VAL)
        return dpdm_error_set(err, DPDM_EUSAGE, "split %d: there are train, test and val", (int)split);
    const dpdm_known *known = dpdm_known_find(spec);
    return known ? open_known(known, data_dir, split, facts ? facts : &none, data, err)
                 : open_path(spec, split, facts ? facts : &none, data, err);
}

static dpdm_status open_known(const dpdm_known *known, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err)
{
    char path[DPDM_KNOWN_PATH];
    dpdm_status status = dpdm_known_locate(known, data_dir, path, err);
    if (!status)
        status = dpdm_known_facts(known, facts, err);
    dpdm_facts full = {known->height, known->width, known->channels, known->classes};
    if (!status)
        status = open_path(path, split, &full, data, err);
    if (!status && known->counts[split] != data->count) {
        status =
            dpdm_error_set(err, DPDM_EFORMAT, "%s: %s has %llu images in its %s split, but %llu are here: get it again",
                           path, known->name, (unsigned long long)known->counts[split], dpdm_split_name(split),
                           (unsigned long long)data->count);
        dpdm_dataset_destroy(data);
    }
    return status;
}

static dpdm_status open_path(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return dpdm_error_set(err, DPDM_ENOENT, "no data at '%s': give a folder, a file or one of %s", path,
                              dpdm_known_list());
    return S_ISDIR(st.st_mode) ? open_folder(path, split, facts, data, err) : open_file(path, split, facts, data, err);
}

static dpdm_status open_folder(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                               dpdm_error *err)
{
    if (dpdm_idx_in_folder(path))
        return dpdm_idx_open_folder(path, split, facts, data, err);
    return dpdm_error_set(err, DPDM_EFORMAT, "%s: holds no data set dpdm knows: IDX files", path);
}

static dpdm_status open_file(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err)
{
    (void)split;
    return dpdm_idx_open_file(path, facts, data, err);
}
