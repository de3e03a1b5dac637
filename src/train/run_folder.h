/* run_folder.h - the files of a run, and the lock that keeps a second process out. */
#ifndef DPDM_TRAIN_RUN_FOLDER_H
#define DPDM_TRAIN_RUN_FOLDER_H

#include "dpdm/train.h"

enum { DPDM_RUN_PATH = DPDM_PATH - 64 }; /* longest folder name: room for the names below it */

typedef struct {
    char root[DPDM_PATH], config[DPDM_PATH], state[DPDM_PATH], preview[DPDM_PATH], release[DPDM_PATH];
    char private_log[DPDM_PATH]; /* folder of what must not be released */
    char model[DPDM_PATH], statement[DPDM_PATH];
    size_t made; /* as dpdm_folder_make has it: which part of root was not there before */
    int lock;    /* descriptor, or -1 */
} dpdm_run_folder;

/* What is there already. */
typedef enum { DPDM_RUN_NEW, DPDM_RUN_STARTED, DPDM_RUN_FINISHED } dpdm_run_phase;

/* Creates the folder where needed and locks it: DPDM_ESTATE if another process works on it. */
dpdm_status dpdm_run_folder_open(const char *path, dpdm_run_folder *folder, dpdm_error *err);
/* Gives the lock up. A folder that was made for a run which has not started is taken away again. */
void dpdm_run_folder_close(dpdm_run_folder *folder);
dpdm_run_phase dpdm_run_folder_phase(const dpdm_run_folder *folder);
/* Destroys the state (with the key) and removes every other file of the run, but not files that are not dpdm's. */
dpdm_status dpdm_run_folder_clear(const dpdm_run_folder *folder, dpdm_error *err);
/* The same for the folder of a run that is done, and removes the folder unless it holds files that are not dpdm's. */
dpdm_status dpdm_run_folder_remove(const char *path, dpdm_error *err);

#endif
