/* dying_vfs.h - SQLite's way to the disk, at which the process dies when a countdown ends.
 *
 * Every call that changes a file, its log or its locks counts: writes, truncations, syncs, removals, opened files, shared
 * memory. */
#ifndef DPDM_TESTS_LEDGER_DYING_VFS_H
#define DPDM_TESTS_LEDGER_DYING_VFS_H

typedef enum {
    DYING_BEFORE, /* killed before the call */
    DYING_HALF,   /* of a write, the first half reaches the file */
    DYING_POWER   /* the power fails: what was written since the last sync of a file is gone from it */
} dying_way;

/* Makes it the way for all databases that this process opens from now on. Syncs are then left out, so that tests are
 * quick: nothing in them outlives the machine. */
void dying_vfs_install(void);
/* Death (by SIGKILL) at call number `countdown` from now, from 1 on; 0: never. */
void dying_vfs_arm(long countdown, dying_way way);
/* For a test's own calls to the disk: counts one, and dies before it where the countdown ends. */
void dying_vfs_count(void);

#endif
