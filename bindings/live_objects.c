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
#include <string.h>

/* Taken at the start: PHP has no environment left at its exit. */
static const char *path;

__attribute__((constructor)) static void at_start(void)
{
    const char *value = getenv("TCDB_LIVE_OBJECTS_FILE");
    path = value ? strdup(value) : NULL;
}

/* The library that the program has loaded; NULL: none (a compiler that the program started). */
static void *library(void)
{
    return dlopen("libtcdb_async.so.0", RTLD_LAZY | RTLD_NOLOAD);
}

static void write_count(void)
{
    union { void *address; uint64_t (*call)(void); } live_objects;
    FILE *file;
    if (!path || !library() || !(file = fopen(path, "w"))) return;
    live_objects.address = dlsym(library(), "tcdb_live_objects");
    if (!live_objects.address) abort();
    fprintf(file, "%" PRIu64 "\n", live_objects.call());
    fclose(file);
}

static void free_and_count(const char *name, void *object)
{
    union { void *address; void (*call)(void *); } real;
    real.address = dlsym(library(), name);
    if (!real.address) abort();
    real.call(object);
    write_count();
}

#define COUNTED(name) void name(void *object); void name(void *object) { free_and_count(#name, object); }
COUNTED(tcdb_options_free)
COUNTED(tcdb_credentials_free)
COUNTED(tcdb_client_free)
COUNTED(tcdb_result_free)
COUNTED(tcdb_error_free)

__attribute__((destructor)) static void at_exit(void)
{
    write_count();
}
