/* verb_version.c - dpdm version: this build, this processor, the libraries in use. */
#include <stdio.h> /* before jpeglib.h, which needs it */
#include <jpeglib.h>
#include <sodium.h>
#include <spng.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <yaml.h>
#include <zip.h>
#include <zlib.h>
#include "dpdm/network.h"
#include "dpdm/version.h"
#include "cpu.h"
#include "verbs.h"

typedef struct {
    const char *name, *version;
} library;

#define LIBRARIES 8
#define TEXT(value) #value
#define VALUE_TEXT(value) TEXT(value)
/* libjpeg does not tell its version at run time: this is the one that the program was built with. */
#ifdef LIBJPEG_TURBO_VERSION
#define JPEG_LIBRARY                                                                                                   \
    (library)                                                                                                          \
    {                                                                                                                  \
        "libjpeg-turbo", VALUE_TEXT(LIBJPEG_TURBO_VERSION)                                                             \
    }
#else
#define JPEG_LIBRARY                                                                                                   \
    (library)                                                                                                          \
    {                                                                                                                  \
        "libjpeg", VALUE_TEXT(JPEG_LIB_VERSION)                                                                        \
    }
#endif

/* The libraries by the versions they report at run time, where they do; returns their number. */
static int libraries_list(library list[LIBRARIES])
{
    int n = 0;
    list[n++] = (library){"libsodium", sodium_version_string()};
    list[n++] = (library){"sqlite", sqlite3_libversion()};
    list[n++] = (library){"libyaml", yaml_get_version_string()};
    list[n++] = (library){"cjson", cJSON_Version()};
    list[n++] = (library){"libspng", spng_version_string()};
    list[n++] = JPEG_LIBRARY;
    list[n++] = (library){"libzip", zip_libzip_version()};
    list[n++] = (library){"zlib", zlibVersion()};
    return n;
}

static const char *compiler_name(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

static cJSON *strings_to_json(const char *(*name)(size_t index))
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; name(i); i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(name(i)));
    return list;
}

static dpdm_status print_json(cli_call *call, const struct utsname *machine, dpdm_error *err)
{
    library list[LIBRARIES];
    int count = libraries_list(list);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "version", dpdm_version());
    cJSON_AddStringToObject(json, "compiler", compiler_name());
    cJSON_AddStringToObject(json, "build", DPDM_BUILD_TYPE);
    cJSON_AddStringToObject(json, "system", machine->sysname);
    cJSON_AddStringToObject(json, "machine", machine->machine);
    cJSON_AddNumberToObject(json, "processors", (double)sysconf(_SC_NPROCESSORS_ONLN));
    cJSON_AddItemToObject(json, "cpu_features", strings_to_json(cli_cpu_feature));
    cJSON_AddItemToObject(json, "kernels", strings_to_json(dpdm_kernels_name));
    cJSON *libraries = cJSON_AddObjectToObject(json, "libraries");
    for (int i = 0; i < count; i++)
        cJSON_AddStringToObject(libraries, list[i].name, list[i].version);
    return cli_print_json(call, json, err);
}

static void strings_print(const char *title, const char *(*name)(size_t index))
{
    fputs(title, stdout);
    for (size_t i = 0; name(i); i++)
        printf(" %s", name(i));
    putchar('\n');
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    struct utsname machine = {0};
    uname(&machine);
    if (call->json)
        return print_json(call, &machine, err);
    library list[LIBRARIES];
    int count = libraries_list(list);
    printf("dpdm %s\n", dpdm_version());
    printf("compiler   %s, %s\n", compiler_name(), DPDM_BUILD_TYPE);
    printf("system     %s %s, %ld processors\n", machine.sysname, machine.machine, sysconf(_SC_NPROCESSORS_ONLN));
    strings_print("features  ", cli_cpu_feature);
    strings_print("kernels   ", dpdm_kernels_name);
    for (int i = 0; i < count; i++)
        printf("%s %s %s\n", i ? "          " : "libraries ", list[i].name, list[i].version);
    return DPDM_OK;
}

const cli_verb cli_verb_version = {
    .name = "version",
    .group = "Program",
    .summary = "Print version, compiler, processor and libraries",
    .description =
        "Prints the version of dpdm, the compiler that built it, the processor's features, the kernel sets that can "
        "run here (best first) and the versions of the libraries in use.",
    .examples = "dpdm version\ndpdm version --json",
    .run = run,
};
