// Whether a text is a legal name by the API's own rules, so that what we write is never refused.
// Source: k8s.io/apimachinery/pkg/util/validation.
#ifndef EVENKEEL_OBJECT_NAMES_H
#define EVENKEEL_OBJECT_NAMES_H

#include "base/text.h"

// A label's or an annotation's key: an optional DNS subdomain of at most 253 bytes and "/", then at
// most 63 of A-Z a-z 0-9 - _ . with a letter or digit at both ends (IsQualifiedName).
bool names_is_qualified(struct slice key);

// At most 63 of A-Z a-z 0-9 - _ . with a letter or digit at both ends; also the empty text
// (IsValidLabelValue).
bool names_is_label_value(struct slice value);

// A container port's name: at most 15 of a-z 0-9 -, at least one letter, no hyphen at either end
// and none beside another (IsValidPortName).
bool names_is_port(struct slice name);

// An HTTP header's name: A-Z a-z 0-9 - (IsHTTPHeaderName).
bool names_is_header(struct slice name);

#endif
