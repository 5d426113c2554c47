/* waiver_file.h - what waivers.c shows to the writer of waiver files. */
#ifndef ENGINE_WAIVER_FILE_H
#define ENGINE_WAIVER_FILE_H

struct waivers;
struct yn;

/* The list of the file; borrowed. */
const struct yn *waivers_list(const struct waivers *w);

#endif
