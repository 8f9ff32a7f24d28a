// What a port's name says about it: that it serves requests, that it only helps to run the program,
// or nothing. The words are in two tables, auxiliary_names.c and serving_names.c. A policy adds
// words and removes them.
#ifndef EVENKEEL_SIGNS_PORT_NAMES_H
#define EVENKEEL_SIGNS_PORT_NAMES_H

#include "policy/settings.h"

// What a policy says of words: each moves a word out of the tables into the list that names it.
struct port_words {
    struct slices auxiliary;
    struct slices serving;
    struct slices plain; // neither
};

enum port_meaning { PORT_PLAIN, PORT_SERVING, PORT_AUXILIARY };

// The built-in words, each list NULL-terminated; those for serving with the likeliest first.
extern const char *const auxiliary_names[];
extern const char *const serving_names[];

// What `name` means. A word for an auxiliary port outweighs one for a serving port: "http-metrics"
// serves no requests. With PORT_SERVING, `rank` says how likely it is that requests go there: 0 for
// the most likely one. `words` may be NULL: nothing but the tables counts.
enum port_meaning port_names_meaning(struct slice name, const struct port_words *words,
                                     unsigned *rank);

// 0 when each text of the three lists is such words as a port's name can have, and stands in one
// list only; else -1 with `error`.
int port_names_check(const struct port_words *words, struct error *error);

#endif
