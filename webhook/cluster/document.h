// Reads Kubernetes' JSON: members by their path. A missing member is not an error.
#ifndef EVENKEEL_CLUSTER_DOCUMENT_H
#define EVENKEEL_CLUSTER_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// Returns the member at `path`, or NULL if there is none. '/' separates the keys ("metadata/name").
// A key that contains '/' must be the last one, after '|': everything after it is one key
// ("metadata/annotations|evenkeel.dev/batch"). The member is borrowed.
json_t *document_at(const json_t *document, const char *path);

// Return the member's text, or "" if it is not a text; its number, or 0 if it is not an integer;
// whether it is true.
const char *document_text(const json_t *document, const char *path);
int64_t document_number(const json_t *document, const char *path);
bool document_true(const json_t *document, const char *path);

// Makes `text` one that JSON can hold: it loses a character that is cut off at its end. If it is no
// UTF-8 even then, '?' stands for each byte past ASCII.
void document_clean(char *text);

// Prints text from the cluster. It replaces control characters, so that the text cannot control the
// terminal.
void document_print(FILE *stream, const char *text);

// Whether the first ownerReference with `controller: true` has this uid.
bool document_is_owned_by(const json_t *object, const char *uid);

// Returns a label selector in the form that kubectl's -l takes. The caller frees it. Returns NULL
// if memory is short or if the selector is empty.
char *document_selector(const json_t *selector);

#endif
