// The names that a new certificate carries: which are allowed, and how they become subjectAltName
// and nameConstraints. Never resolves one.
#ifndef EVENKEEL_CERTS_NAMES_H
#define EVENKEEL_CERTS_NAMES_H

#include "certs/certs.h"

#include <stdbool.h>

// Whether `name` is an IPv4 or IPv6 address.
bool names_is_address(const char *name);

// 0 when `name` is an address, or a DNS name in lower case (RFC 1123 section 2.1: labels of
// letters, digits and inner hyphens, 63 bytes each, 253 in all) without a dot at its end and not
// ending in a number, which some clients would read as an address. -1 with the reason otherwise.
int names_check(const char *name, struct error *error);

// The same for all of a plan's names and their number.
int names_check_all(const struct certificate_plan *plan, struct error *error);

// Adds subjectAltName to `x509`. Names must have been checked. 0, or -1 with the reason.
int names_add_alternative(X509 *x509, const struct certificate_plan *plan, struct error *error);

// Adds critical nameConstraints as certificate_new_ca() describes them. 0, or -1 with the reason.
int names_add_constraints(X509 *x509, const struct certificate_plan *plan, struct error *error);

#endif
