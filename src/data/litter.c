/* litter.c - names that other systems leave in folders. */
#include "data/folder.h"

#include <string.h>
#include <strings.h>

int dpdm_folder_is_litter(const char *name)
{
    static const char *const whole[] = {"__MACOSX",
                                        "@eaDir",
                                        "@Recycle",
                                        "@Recently-Snapshot",
                                        "@tmp",
                                        "#recycle",
                                        "#snapshot",
                                        "$RECYCLE.BIN",
                                        "RECYCLER",
                                        "System Volume Information",
                                        "Network Trash Folder",
                                        "Temporary Items",
                                        "lost+found",
                                        "__pycache__",
                                        "Thumbs.db",
                                        "ehthumbs.db",
                                        "ehthumbs_vista.db",
                                        "desktop.ini",
                                        "Icon\r"};
    static const char *const ends[] = {":Zone.Identifier", ":com.dropbox.attributes", "@SynoEAStream", "@SynoResource"};
    if (name[0] == '.')
        return 1;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (!strcasecmp(name, whole[i]))
            return 1;
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);
        if (length > end && !strcasecmp(name + length - end, ends[i]))
            return 1;
    }
    return 0;
}
