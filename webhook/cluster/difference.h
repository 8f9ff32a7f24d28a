// The differences between two JSON documents.
#ifndef EVENKEEL_CLUSTER_DIFFERENCE_H
#define EVENKEEL_CLUSTER_DIFFERENCE_H

#include <jansson.h>
#include <stdio.h>

// Prints the leaves that differ: "- path: value" for the value in `before`, "+ path: value" for the
// value in `after`. If all items of a list have names, it compares items with the same name, and
// the path has "[name]". If `changes` is a list, the differences are added to it as objects, and
// nothing is printed. Returns the number of leaves that differ.
unsigned difference(FILE *stream, json_t *changes, const json_t *before, const json_t *after);

#endif
