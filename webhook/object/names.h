// Whether a text is a valid name by the API's rules, so that what evenkeel writes is never refused.
// Source: k8s.io/apimachinery/pkg/util/validation.
#ifndef EVENKEEL_OBJECT_NAMES_H
#define EVENKEEL_OBJECT_NAMES_H

#include "base/text.h"

// The key of a label or an annotation: an optional DNS subdomain of at most 253 bytes and "/", then
// at most 63 of A-Z a-z 0-9 - _ . with a letter or digit at both ends (IsQualifiedName).
bool names_is_qualified(struct slice key);

// At most 63 of A-Z a-z 0-9 - _ . with a letter or digit at both ends, or the empty text
// (IsValidLabelValue).
bool names_is_label_value(struct slice value);

// The name of a container port: at most 15 of a-z 0-9 -, with at least one letter, no hyphen at
// either end and no two hyphens beside each other (IsValidPortName).
bool names_is_port(struct slice name);

// The name of an HTTP header: A-Z a-z 0-9 - (IsHTTPHeaderName).
bool names_is_header(struct slice name);

#endif
