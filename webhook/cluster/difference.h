// Two JSON documents, and where they differ.
#ifndef EVENKEEL_CLUSTER_DIFFERENCE_H
#define EVENKEEL_CLUSTER_DIFFERENCE_H

#include <jansson.h>
#include <stdio.h>

// Prints a line for each leaf that `after` has not ("- path: value") and for each that `before` has
// not ("+ path: value"). Items of lists that have names are found by name, in "[name]". With a list
// in `changes` they are added to it instead, as objects. Returns how many differ.
unsigned difference(FILE *stream, json_t *changes, const json_t *before, const json_t *after);

#endif
