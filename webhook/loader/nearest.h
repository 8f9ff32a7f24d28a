// Guesses which known word was meant by an unknown one.
#ifndef EVENKEEL_LOADER_NEAREST_H
#define EVENKEEL_LOADER_NEAREST_H

#include "base/text.h"

enum { NEAREST_SIZE_MAX = 64 }; // longer words are never near

// Letters to insert, remove, replace or swap with a neighbour to make `b` of `a` (optimal string
// alignment), case aside; UINT32_MAX when either is longer than NEAREST_SIZE_MAX.
uint32_t nearest_distance(struct slice a, struct slice b);

// Whether a word at this distance from `word` is near enough to be named.
bool nearest_worth(struct slice word, uint32_t distance);

#endif
