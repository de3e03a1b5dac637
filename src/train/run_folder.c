/* run_folder.c - the files of a run. */
#include "train/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/file.h"
#include "train/metrics.h"
#include "train/run_state.h"
#include "base/system.h"

#define LOCK_FILE "lock"

static dpdm_status folder_lock(dpdm_run_folder *folder, dpdm_error *err);
static void folder_forget(const dpdm_run_folder *folder);
static dpdm_status folder_remove(const char *path, dpdm_error *err);
static dpdm_status folder_remove_previews(const char *path, dpdm_error *err);

static void folder_name(char out[DPDM_PATH], const char *root, const char *name)
{
    snprintf(out, DPDM_PATH, "%.*s/%s", (int)DPDM_RUN_PATH, root, name);
}

dpdm_status dpdm_run_folder_open(const char *path, dpdm_run_folder *folder, dpdm_error *err)
{
    memset(folder, 0, sizeof *folder);
    folder->lock = -1;
    if (strlen(path) > DPDM_RUN_PATH)
        return dpdm_error_set(err, DPDM_EUSAGE, "the name of the run folder is too long: at most %d bytes",
                              (int)DPDM_RUN_PATH);
    snprintf(folder->root, sizeof folder->root, "%s", path);
    folder_name(folder->config, path, "config.json");
    folder_name(folder->state, path, "state");
    folder_name(folder->preview, path, "preview");
    folder_name(folder->private_log, path, "private");
    folder_name(folder->release, path, "release");
    folder_name(folder->model, path, "release/model.safetensors");
    folder_name(folder->statement, path, "release/statement.json");
    dpdm_status status = dpdm_folder_make(path, &folder->made, err);
    if (!status)
        status = folder_lock(folder, err);
    return status ? status : dpdm_run_state_settle(folder->state, err);
}

void dpdm_run_folder_close(dpdm_run_folder *folder)
{
    if (folder->lock < 0)
        return;
    if (folder->made && dpdm_run_folder_phase(folder) == DPDM_RUN_NEW)
        folder_forget(folder);
    close(folder->lock); /* gives the lock up */
    folder->lock = -1;
}

/* A refused run leaves nothing, a second one that was locked out neither: it made no folder. */
static void folder_forget(const dpdm_run_folder *folder)
{
    char lock[DPDM_PATH];
    folder_name(lock, folder->root, LOCK_FILE);
    unlink(folder->config);
    unlink(lock);
    dpdm_folder_unmake(folder->root, folder->made);
}

/* A state that can be resumed wins over a release: a run killed while it wrote its release is not finished. */
dpdm_run_phase dpdm_run_folder_phase(const dpdm_run_folder *folder)
{
    if (access(folder->state, F_OK) == 0)
        return DPDM_RUN_STARTED;
    return access(folder->model, F_OK) == 0 ? DPDM_RUN_FINISHED : DPDM_RUN_NEW;
}

dpdm_status dpdm_run_folder_clear(const dpdm_run_folder *folder, dpdm_error *err)
{
    dpdm_status status = dpdm_run_state_erase(folder->state, err);
    if (!status)
        status = folder_remove(folder->model, err);
    if (!status)
        status = folder_remove(folder->statement, err);
    if (!status)
        status = folder_remove_previews(folder->preview, err);
    if (!status)
        status = dpdm_metrics_remove(folder->root, err);
    if (!status)
        status = dpdm_metrics_remove(folder->private_log, err);
    if (!status)
        status = folder_remove(folder->config, err);
    return status;
}

dpdm_status dpdm_run_folder_remove(const char *path, dpdm_error *err)
{
    dpdm_run_folder folder;
    char lock[DPDM_PATH];
    dpdm_status status = dpdm_run_folder_open(path, &folder, err);
    if (!status)
        status = dpdm_run_folder_clear(&folder, err);
    folder_name(lock, folder.root, LOCK_FILE);
    if (!status)
        status = folder_remove(lock, err);
    if (!status) { /* these fail where something else is left, and that is fine */
        rmdir(folder.preview);
        rmdir(folder.release);
        rmdir(folder.private_log);
        rmdir(folder.root);
    }
    dpdm_run_folder_close(&folder);
    return status;
}

static dpdm_status folder_lock(dpdm_run_folder *folder, dpdm_error *err)
{
    char path[DPDM_PATH];
    folder_name(path, folder->root, LOCK_FILE);
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (folder->lock < 0)
        return dpdm_error_system(err, errno, "cannot write in the run folder '%s'", folder->root);
    if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
        return DPDM_OK;
    close(folder->lock);
    folder->lock = -1;
    return dpdm_error_set(err, DPDM_ESTATE,
                          "another process works on the run folder '%s'; wait for it or choose another folder",
                          folder->root);
}

static dpdm_status folder_remove(const char *path, dpdm_error *err)
{
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return DPDM_OK;
    return dpdm_error_system(err, errno, "cannot remove '%s'", path);
}

static dpdm_status folder_remove_previews(const char *path, dpdm_error *err)
{
    DIR *entries = opendir(path);
    dpdm_status status = DPDM_OK;
    for (struct dirent *entry; entries && !status && (entry = readdir(entries));) {
        unsigned long long step;
        char name[DPDM_PATH + 300];
        int end = 0;
        if (sscanf(entry->d_name, "step-%llu.png%n", &step, &end) != 1 || end == 0 || entry->d_name[end])
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        status = folder_remove(name, err);
    }
    if (entries)
        closedir(entries);
    return status;
}
