// The meaning of a plain scalar in the YAML that Kubernetes reads: sigs.k8s.io/yaml's resolve.go
// (YAML 1.1).
#ifndef EVENKEEL_YAML_SCALAR_H
#define EVENKEEL_YAML_SCALAR_H

#include "yaml/yaml.h"

// Sets type, truth and integer of a plain scalar from its text. An integer that does not fit int64
// is a YAML_FLOAT. A number that does not fit a double is a string.
void yaml_scalar_resolve(struct yaml_node *node);

// Replaces a scalar's text, read as base64 (RFC 4648, without its white space), by the decoded
// text. Bytes that are not UTF-8 become U+FFFD. Returns 0, or -1 when the text is not base64 or
// memory is short.
int yaml_scalar_binary(struct yaml_node *node, struct arena *arena);

// Whether the text is a date, or a date with a time, in a form that sigs.k8s.io/yaml reads.
bool yaml_scalar_is_timestamp(struct slice text);

// Makes a resolved scalar a mapping's key: a YAML_STRING with the text that the API gives it.
// Returns 0, or -1 when it is null or memory is short (text in `error`, without a place).
int yaml_scalar_key(struct yaml_node *node, struct arena *arena, struct error *error);

#endif
