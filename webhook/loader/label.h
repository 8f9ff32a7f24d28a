// The syntax of labels:
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
#ifndef EVENKEEL_LOADER_LABEL_H
#define EVENKEEL_LOADER_LABEL_H

#include "base/text.h"

bool label_is_key(struct slice text);
bool label_is_value(struct slice text);

#endif
