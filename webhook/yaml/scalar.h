// What a plain scalar means in the YAML that Kubernetes reads: sigs.k8s.io/yaml's resolve.go
// (YAML 1.1).
#ifndef EVENKEEL_YAML_SCALAR_H
#define EVENKEEL_YAML_SCALAR_H

#include "yaml/yaml.h"

// Sets type, truth and integer of a plain scalar from its text. An integer past int64 is a
// YAML_FLOAT; a number past what a double holds is a string.
void yaml_scalar_resolve(struct yaml_node *node);

// Replaces a scalar's text by what it stands for as base64 (RFC 4648, white space passed over),
// with U+FFFD for bytes that are no UTF-8. 0, or -1 when it is none or memory is short.
int yaml_scalar_binary(struct yaml_node *node, struct arena *arena);

// Whether it is a date, or a date with a time, in a form that sigs.k8s.io/yaml reads.
bool yaml_scalar_is_timestamp(struct slice text);

// Makes a resolved scalar a mapping's key: a YAML_STRING whose text is what the API makes of it. 0,
// or -1 when it is null or memory is short (text in `error`, without a place).
int yaml_scalar_key(struct yaml_node *node, struct arena *arena, struct error *error);

#endif
