/*
 * live_objects.c - preloaded by the check: writes how many objects of the library are still handed out to the file that
 * TCDB_LIVE_OBJECTS_FILE names, after every tcdb_*_free that a program calls by linking, and at a program's exit. Go
 * ends a process without its exit handlers, so there the last free has the last word.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void write_count(void *library)
{
    union { void *address; uint64_t (*call)(void); } live_objects;
    const char *path = getenv("TCDB_LIVE_OBJECTS_FILE");
    FILE *file;
    live_objects.address = dlsym(library, "tcdb_live_objects");
    if (!path || !live_objects.address || !(file = fopen(path, "w"))) return;
    fprintf(file, "%" PRIu64 "\n", live_objects.call());
    fclose(file);
}

static void free_and_count(const char *name, void *object)
{
    union { void *address; void (*call)(void *); } real;
    real.address = dlsym(RTLD_NEXT, name);
    if (!real.address) abort();
    real.call(object);
    write_count(RTLD_NEXT);
}

#define COUNTED(name) void name(void *object); void name(void *object) { free_and_count(#name, object); }
COUNTED(tcdb_options_free)
COUNTED(tcdb_credentials_free)
COUNTED(tcdb_client_free)
COUNTED(tcdb_result_free)
COUNTED(tcdb_error_free)

__attribute__((destructor)) static void at_exit(void)
{
    /* Loaded by the program, or not at all (a compiler that the program started). */
    void *library = dlopen("libtcdb_async.so.0", RTLD_LAZY | RTLD_NOLOAD);
    if (library) write_count(library);
}
