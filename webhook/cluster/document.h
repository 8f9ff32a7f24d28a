// Reading Kubernetes' JSON: members by path, without a word where one is missing.
#ifndef EVENKEEL_CLUSTER_DOCUMENT_H
#define EVENKEEL_CLUSTER_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// The member at `path`, its keys separated by '/' ("metadata/name"); NULL where there is none. A
// key with a '/' in it stands at the end: all behind the last '|' is one key
// ("metadata/annotations|evenkeel.dev/batch").
json_t *document_at(const json_t *document, const char *path);

// Its text, "" where it is none; and its number, 0 where it is none.
const char *document_text(const json_t *document, const char *path);
int64_t document_number(const json_t *document, const char *path);
bool document_true(const json_t *document, const char *path);

// Prints text from the cluster, in which no byte may control the terminal.
void document_print(FILE *stream, const char *text);

// Whether the first ownerReference with `controller: true` has this uid.
bool document_is_owned_by(const json_t *object, const char *uid);

// A label selector as kubectl's -l takes it, allocated; NULL where memory is short or the selector
// selects nothing in particular.
char *document_selector(const json_t *selector);

#endif
