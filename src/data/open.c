/* open.c - from a data SPEC to a data set: known names first, then folders and files by what they hold. */
#include "data/known.h"
#include "data/class_names.h"
#include "data/kinds.h"
#include "data/owners.h"
#include "data/rule.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static dpdm_status open_path(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err);
static dpdm_status open_folder(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                               dpdm_error *err);
static dpdm_status open_file(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err);
static dpdm_status open_known(const dpdm_known *known, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err);
static dpdm_status open_check_owners(const dpdm_facts *facts, const char *spec, dpdm_dataset *data, dpdm_error *err);

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
    facts = facts ? facts : &none;
    dpdm_status status = dpdm_class_names_check(facts->class_names, facts->classes, err);
    if (!status)
        status = dpdm_rule_check(&facts->rule, facts, err);
    if (!status && (facts->images_key && *facts->images_key) != (facts->labels_key && *facts->labels_key))
        status = dpdm_error_set(err, DPDM_EUSAGE,
                                "images-key and labels-key go together: name the keys of both in the .npz, or neither");
    if (status)
        return status;
    status = known ? open_known(known, data_dir, split, facts, data, err) : open_path(spec, split, facts, data, err);
    if (!status && !data->labels_by_folder) /* folders of pictures come by the rule already */
        status = dpdm_rule_apply_all(&facts->rule, spec, data, err);
    if (!status)
        status = open_check_owners(facts, spec, data, err);
    if (!status && (status = dpdm_class_names_settle(facts, spec, data, err)))
        dpdm_dataset_destroy(data);
    return status;
}

/* Owners that were asked for are there. */
static dpdm_status open_check_owners(const dpdm_facts *facts, const char *spec, dpdm_dataset *data, dpdm_error *err)
{
    int folders = facts->owners == DPDM_OWNERS_FOLDER, keyed = facts->owners_key && *facts->owners_key;
    dpdm_status status = DPDM_OK;
    if (keyed && (data->labels_by_folder || !data->owners))
        status = dpdm_error_set(err, DPDM_EUSAGE, "%s: is no .npz, so it has no key '%.64s' (owners-key)", spec,
                                facts->owners_key);
    else if (folders && !data->owners)
        status = dpdm_error_set(err, DPDM_EUSAGE, "%s: has no folders that could be owners: leave out 'owners folder'",
                                spec);
    if (status)
        dpdm_dataset_destroy(data);
    return status;
}

/* The facts of arrays before the rule has changed their images. */
static dpdm_facts open_raw_facts(const dpdm_facts *facts)
{
    dpdm_facts raw = *facts;
    if (raw.rule.resize[0])
        raw.height = raw.width = 0;
    if (raw.rule.grey || raw.rule.colour)
        raw.channels = 0;
    return raw;
}

static dpdm_status open_known(const dpdm_known *known, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err)
{
    static const dpdm_image_rule none;
    dpdm_facts full = open_raw_facts(facts);
    char path[DPDM_KNOWN_PATH];
    dpdm_status status = dpdm_known_locate(known, data_dir, path, err);
    if (!status)
        status = dpdm_known_facts(known, &full, err);
    full.rule = none;
    full.height = known->height;
    full.width = known->width;
    full.channels = known->channels;
    full.classes = known->classes;
    /* The name says which files are meant, whatever lies beside them; they are counted below. */
    if (!status)
        status = dpdm_idx_in_folder(path) ? dpdm_idx_open_folder(path, split, &full, data, err)
                                          : open_path(path, split, &full, data, err);
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

/* Owners that lie where nothing reads them would be images without protection. */
static dpdm_status open_refuse_owners(const char *path, const char *instead, dpdm_error *err)
{
    return dpdm_owners_in_folder(path) ? dpdm_error_set(err, DPDM_EFORMAT,
                                                        "%s: holds %s, which is read beside the class folders of image "
                                                        "files only: %s",
                                                        path, DPDM_OWNERS_FILE, instead)
                                       : DPDM_OK;
}

static dpdm_status open_folder(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                               dpdm_error *err)
{
    char below[DPDM_FOLDER_PATH];
    dpdm_kind kind;
    int look = facts->owners == DPDM_OWNERS_AUTO; /* else it was said where owners are, or that none matter */
    dpdm_status status = dpdm_kinds_look(path, split, &kind, below, err);
    if (!status && (kind == DPDM_KIND_IDX || kind == DPDM_KIND_CIFAR || kind == DPDM_KIND_NPZ))
        status = open_refuse_owners(path, "put owners into an .npz, under the key owners", err);
    if (!status && kind == DPDM_KIND_SPLITS)
        status =
            open_refuse_owners(path, "put one into the folder of each split, with file names as seen from there", err);
    if (!status && look && !(kind == DPDM_KIND_CLASSES && dpdm_owners_in_folder(path)))
        status = dpdm_owners_check_folder(path, err);
    if (!status && look && kind == DPDM_KIND_SPLITS && !dpdm_owners_in_folder(below))
        status = dpdm_owners_check_folder(below, err);
    if (status)
        return status;
    const dpdm_facts raw = open_raw_facts(facts);
    switch (kind) {
    case DPDM_KIND_IDX:
        return dpdm_idx_open_folder(path, split, &raw, data, err);
    case DPDM_KIND_CIFAR:
        return dpdm_cifar_open_folder(path, split, &raw, data, err);
    case DPDM_KIND_NPZ:
        return dpdm_npz_open_file(below, split, &raw, data, err);
    case DPDM_KIND_SPLITS:
    case DPDM_KIND_CLASSES:
        return dpdm_picture_open_folder(kind == DPDM_KIND_SPLITS ? below : path, facts, data, err);
    case DPDM_KIND_NONE:
        break;
    }
    return dpdm_error_set(
        err, DPDM_EFORMAT,
        "%s: holds no data set dpdm knows: IDX files (train-images-idx3-ubyte), CIFAR-10 binary files "
        "(data_batch_1.bin), one .npz, or PNG and JPEG files in one sub-folder a class",
        path);
}

static dpdm_status open_file(const char *path, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                             dpdm_error *err)
{
    const dpdm_facts raw = open_raw_facts(facts);
    size_t length = strlen(path);
    if (length > 4 && !strcasecmp(path + length - 4, ".npz"))
        return dpdm_npz_open_file(path, split, &raw, data, err);
    if (dpdm_npy_pair_is_name(path))
        return dpdm_npy_open_pair(path, &raw, data, err);
    if (dpdm_cifar_is_name(path))
        return dpdm_cifar_open_file(path, &raw, data, err);
    if (strstr(path, "idx3") || strstr(path, "idx4"))
        return dpdm_idx_open_file(path, &raw, data, err);
    return dpdm_error_set(err, DPDM_EFORMAT,
                          "%s: its name does not say what it is: .npz, .npy, .bin (CIFAR-10) or an IDX images file "
                          "(...-images-idx3-ubyte)",
                          path);
}
