/* statement_file.c - the statement of a release, wherever it lies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/json.h"
#include "base/safetensors.h"
#include "privacy/statement_json.h"

enum { FILE_PATH = 4096 };

#define FILE_LIMIT ((size_t)1 << 34)

static dpdm_status file_read_folder(const char *path, char **json, dpdm_error *err);
static dpdm_status file_read_file(const char *path, char **json, dpdm_error *err);

dpdm_status dpdm_statement_read(const char *path, char **json, dpdm_error *err)
{
    struct stat st;
    *json = NULL;
    if (stat(path, &st) != 0)
        return dpdm_error_set(
            err, DPDM_ENOENT,
            "there is nothing at '%s': name a release (.safetensors), a statement.json or a run folder", path);
    return S_ISDIR(st.st_mode) ? file_read_folder(path, json, err) : file_read_file(path, json, err);
}

/* ---- one file ---- */

/* The config beside a statement must be the one inside it. */
static dpdm_status file_check_config(const char *path, const char *statement, const char *config, dpdm_error *err)
{
    cJSON *tree = NULL, *beside = NULL;
    dpdm_status status = dpdm_json_parse(statement, strlen(statement), path, &tree, err);
    if (!status && config)
        status = dpdm_json_parse(config, strlen(config), path, &beside, err);
    const cJSON *inside = cJSON_GetObjectItemCaseSensitive(tree, "config");
    if (!status && inside && !cJSON_Compare(inside, beside, 1))
        status =
            dpdm_error_set(err, DPDM_EFORMAT,
                           "%s: does not hold: its statement is about another config than the one in the file", path);
    cJSON_Delete(beside);
    cJSON_Delete(tree);
    return status;
}

static dpdm_status file_read_release(const uint8_t *bytes, size_t size, const char *path, char **json, dpdm_error *err)
{
    dpdm_safetensors file;
    dpdm_status status = dpdm_safetensors_parse(bytes, size, path, &file, err);
    if (status)
        return status;
    const char *statement = dpdm_safetensors_metadata(&file, "dpdm.statement");
    if (!statement)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: holds no privacy statement, so nothing is claimed", path);
    if (!status)
        status = file_check_config(path, statement, dpdm_safetensors_metadata(&file, "dpdm.config"), err);
    if (!status && !(*json = strdup(statement)))
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the privacy statement");
    dpdm_safetensors_destroy(&file);
    return status;
}

/* A safetensors file starts with the length of its header, and the header with a brace. */
static int file_is_release(const uint8_t *bytes, size_t size)
{
    uint64_t length = 0;
    for (int i = 0; size > 8 && i < 8; i++)
        length |= (uint64_t)bytes[i] << (8 * i);
    return size > 8 && length <= size - 8 && bytes[8] == '{';
}

static dpdm_status file_read_file(const char *path, char **json, dpdm_error *err)
{
    uint8_t *bytes;
    size_t size;
    dpdm_status status = dpdm_file_read(path, FILE_LIMIT, &bytes, &size, err);
    if (status)
        return status;
    if (file_is_release(bytes, size)) {
        status = file_read_release(bytes, size, path, json, err);
        free(bytes);
        return status;
    }
    if (memchr(bytes, '\0', size)) {
        free(bytes);
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is neither a release (.safetensors) nor a statement (.json)",
                              path);
    }
    *json = (char *)bytes; /* ends in a zero byte */
    return DPDM_OK;
}

/* ---- a folder ---- */

static int file_exists(const char *folder, const char *name, char path[FILE_PATH])
{
    struct stat st;
    return snprintf(path, FILE_PATH, "%s/%s", folder, name) < FILE_PATH && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static dpdm_status file_same(const char *a, const char *path_a, const char *b, const char *path_b, dpdm_error *err)
{
    cJSON *tree_a = NULL, *tree_b = NULL;
    dpdm_status status = dpdm_json_parse(a, strlen(a), path_a, &tree_a, err);
    if (!status)
        status = dpdm_json_parse(b, strlen(b), path_b, &tree_b, err);
    if (!status && !cJSON_Compare(tree_a, tree_b, 1))
        status = dpdm_error_set(err, DPDM_EFORMAT, "does not hold: '%s' is not the statement in '%s'", path_b, path_a);
    cJSON_Delete(tree_b);
    cJSON_Delete(tree_a);
    return status;
}

static dpdm_status file_read_folder(const char *path, char **json, dpdm_error *err)
{
    char model[FILE_PATH], statement[FILE_PATH];
    int has_model =
        file_exists(path, "release/model.safetensors", model) || file_exists(path, "model.safetensors", model);
    int has_statement =
        file_exists(path, "release/statement.json", statement) || file_exists(path, "statement.json", statement);
    if (!has_model && !has_statement)
        return dpdm_error_set(err, DPDM_ENOENT,
                              "'%s' holds no finished run: there is no release/model.safetensors in it; 'dpdm train' "
                              "makes one, with --resume where a training was interrupted",
                              path);
    char *beside = NULL;
    dpdm_status status = file_read_file(has_model ? model : statement, json, err);
    if (!status && has_model && has_statement)
        status = file_read_file(statement, &beside, err);
    if (!status && beside)
        status = file_same(*json, model, beside, statement, err);
    free(beside);
    if (status) {
        free(*json);
        *json = NULL;
    }
    return status;
}
