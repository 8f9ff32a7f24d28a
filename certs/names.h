// The names in a new certificate: which are allowed, and how they become subjectAltName and
// nameConstraints. It never resolves a name.
#ifndef EVENKEEL_CERTS_NAMES_H
#define EVENKEEL_CERTS_NAMES_H

#include "certs/certs.h"

#include <stdbool.h>

// Whether `name` is an IPv4 or IPv6 address.
bool names_is_address(const char *name);

// Returns 0 when `name` is an address, or a DNS name in lower case (RFC 1123 section 2.1: labels of
// letters, digits and inner hyphens, 63 bytes each, 253 in all). A DNS name must not end with a
// dot, nor in a number, because some clients would read that as an address. Otherwise -1 with the
// reason.
int names_check(const char *name, struct error *error);

// The same for all names of a plan. It also checks how many there are.
int names_check_all(const struct certificate_plan *plan, struct error *error);

// Adds subjectAltName to `x509`. Names must have been checked. 0, or -1 with the reason.
int names_add_alternative(X509 *x509, const struct certificate_plan *plan, struct error *error);

// Adds critical nameConstraints as certificate_new_ca() describes them. 0, or -1 with the reason.
int names_add_constraints(X509 *x509, const struct certificate_plan *plan, struct error *error);

#endif
