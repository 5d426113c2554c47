/* packs.h - the packs that are built into the program (embed_packs.cmake writes the table). */
#ifndef ENGINE_PACKS_H
#define ENGINE_PACKS_H
#include <stddef.h>

struct packed_file {
    const char *path; /* "core/pack.yaml", "core/exo-smtp-001.yaml": sorted */
    const unsigned char *bytes;
    size_t n;
};
extern const struct packed_file packed_files[];
extern const size_t packed_files_n;

#endif
