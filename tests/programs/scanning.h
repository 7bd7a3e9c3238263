/*
 * Looks through all writable memory of this process for any twelve bytes in a row of a secret: as they are, or as HMAC mixes
 * the key into its two blocks. The program that includes it holds the secrets in a transformed form only. A freed block may be
 * used again before that, so every block is looked at when it is freed, too.
 */
#ifndef SCANNING_H
#define SCANNING_H

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MASK = 0x5a, RUN = 12, MOST = 48 };

struct secret {
    const char *name;
    int length;
    unsigned char masked[MOST];
};

/* Each byte xor MASK: "ScanKey-Wd7Rk2Tq9Lm4Zx8Bv3Nc6Hj1Gf5Ys0P.", "ScanToken/Pq8Wn5+Xr2Vt7Cy4Bz9Ek6Jm3Dh1Fu0S==",
   "ScanWord~Gk3Lr8Mv5Qz2Tb7Yd". */
static const struct secret secrets[] = {
    { "key", 40,
      { 0x09, 0x39, 0x3b, 0x34, 0x11, 0x3f, 0x23, 0x77, 0x0d, 0x3e, 0x6d, 0x08, 0x31, 0x68, 0x0e, 0x2b, 0x63, 0x16, 0x37, 0x6e,
        0x00, 0x22, 0x62, 0x18, 0x2c, 0x69, 0x14, 0x39, 0x6c, 0x12, 0x30, 0x6b, 0x1d, 0x3c, 0x6f, 0x03, 0x29, 0x6a, 0x0a, 0x74 } },
    { "token", 44,
      { 0x09, 0x39, 0x3b, 0x34, 0x0e, 0x35, 0x31, 0x3f, 0x34, 0x75, 0x0a, 0x2b, 0x62, 0x0d, 0x34, 0x6f, 0x71, 0x02, 0x28, 0x68,
        0x0c, 0x2e, 0x6d, 0x19, 0x23, 0x6e, 0x18, 0x20, 0x63, 0x1f, 0x31, 0x6c, 0x10, 0x37, 0x69, 0x1e, 0x32, 0x6b, 0x1c, 0x2f,
        0x6a, 0x09, 0x67, 0x67 } },
    { "proxy word", 26,
      { 0x09, 0x39, 0x3b, 0x34, 0x0d, 0x35, 0x28, 0x3e, 0x24, 0x1d, 0x31, 0x69, 0x16, 0x28, 0x62, 0x17, 0x2c, 0x6f, 0x0b, 0x20,
        0x68, 0x0e, 0x38, 0x6d, 0x03, 0x3e } },
};
enum { SECRETS = sizeof secrets / sizeof *secrets };

static void unmask(const struct secret *secret, volatile char *into)
{
    int i;
    for (i = 0; i < secret->length; i++) into[i] = (char)(secret->masked[i] ^ MASK);
    into[secret->length] = 0;
}

static void wipe(volatile char *text, int length)
{
    int i;
    for (i = 0; i <= length; i++) text[i] = 0;
}

static const unsigned char disguises[] = { 0, 0x36, 0x5c };

/* Which two bytes a run can begin with: all others are passed over quickly. */
static unsigned char begins[256][256];

static void prepare(void)
{
    int disguise, start, i;
    for (i = 0; i < SECRETS; i++)
        for (disguise = 0; disguise < 3; disguise++)
            for (start = 0; start + RUN <= secrets[i].length; start++) {
                const unsigned char mask = (unsigned char)(MASK ^ disguises[disguise]);
                begins[secrets[i].masked[start] ^ mask][secrets[i].masked[start + 1] ^ mask] = 1;
            }
}

static int is_of(const struct secret *secret, const volatile unsigned char *here, unsigned char disguise)
{
    int start, i;
    for (start = 0; start + RUN <= secret->length; start++) {
        for (i = 0; i < RUN && (here[i] ^ disguise ^ MASK) == secret->masked[start + i]; i++) {}
        if (i == RUN) return 1;
    }
    return 0;
}

/* The secret of which RUN bytes, from anywhere in it, are here; no secret is put together for it. */
static const struct secret *secret_at(const volatile unsigned char *here, const char **how)
{
    int disguise, i;
    if (!begins[here[0]][here[1]]) return NULL;
    for (i = 0; i < SECRETS; i++) {
        for (disguise = 0; disguise < 3; disguise++) {
            if (!is_of(&secrets[i], here, disguises[disguise])) continue;
            *how = disguise == 0 ? "" : " in a block of HMAC";
            return &secrets[i];
        }
    }
    return NULL;
}

/* In place of the C library's, for the library under test as well. */
extern void __libc_free(void *block);
extern void *__libc_realloc(void *block, size_t size);
static volatile int watching, given_back;

static void look_at_block(void *block)
{
    const volatile unsigned char *at = block, *end = at + malloc_usable_size(block);
    const char *how;
    for (; watching && at + RUN <= end; at++) {
        if (secret_at(at, &how)) { __sync_fetch_and_add(&given_back, 1); return; }
    }
}

void free(void *block)
{
    if (block && watching) look_at_block(block);
    __libc_free(block);
}

/* May move the block, and then leaves a copy behind. */
void *realloc(void *block, size_t size)
{
    if (block && watching) look_at_block(block);
    return __libc_realloc(block, size);
}

/* Looks through every writable mapping, and prints where a secret was found. */
static int search(const char *when)
{
    char line[512], kind[8], name[256];
    unsigned long low, high;
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (!maps) { perror("/proc/self/maps"); exit(2); }
    while (fgets(line, sizeof line, maps)) {
        const volatile unsigned char *at, *end;
        name[0] = 0;
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255[^\n]", &low, &high, kind, name) < 3) continue;
        if (kind[0] != 'r' || kind[1] != 'w' || strncmp(name, "[v", 2) == 0) continue;
        end = (const volatile unsigned char *)high - RUN;
        for (at = (const volatile unsigned char *)low; at <= end; at++) {
            const char *how;
            const struct secret *secret = secret_at(at, &how);
            if (!secret) continue;
            found++;
            fprintf(stderr, "%s: %s%s, %lu bytes into %s\n", when, secret->name, how, (unsigned long)((size_t)at - low),
                    name[0] ? name : "(anonymous)");
            at += secret->length;
        }
    }
    fclose(maps);
    return found;
}

/* A copy of a secret that is planted is found, in use and when it is freed. */
static int finds_what_is_planted(void)
{
    int i, found;
    for (i = 0; i < SECRETS; i++) {
        char *planted = malloc(MOST + 1);
        unmask(&secrets[i], planted);
        found = search("planted");
        given_back = 0;
        watching = 1;
        free(planted);
        watching = 0;
        if (found != 1 || given_back != 1) {
            fprintf(stderr, "a planted %s was found %d times, %d when freed\n", secrets[i].name, found, given_back);
            return 0;
        }
        planted = malloc(MOST + 1);
        wipe(planted, MOST);
        free(planted);
    }
    given_back = 0;
    return 1;
}

#endif
