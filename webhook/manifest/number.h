// Numbers as Go's encoding/json writes them.
#ifndef EVENKEEL_MANIFEST_NUMBER_H
#define EVENKEEL_MANIFEST_NUMBER_H

#include "base/text.h"

// Adds a finite number as Go writes a float64: the shortest digits that read back as the same
// number, with an exponent below 1e-6 and from 1e21 on.
void number_add(struct text *text, double number);

// Adds the number that a YAML scalar of type YAML_FLOAT stands for. Returns 0, or -1 without adding
// anything if JSON has no such number (.inf, .nan).
int number_from_yaml(struct text *text, struct slice scalar);

#endif
