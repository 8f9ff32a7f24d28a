// A short fingerprint of bytes, to tell one version of a text from another.
#ifndef EVENKEEL_BASE_HASH_H
#define EVENKEEL_BASE_HASH_H

#include "base/text.h"

enum { HASH_HEX_SIZE = 17 }; // 16 digits and a NUL

// The first 16 hexadecimal digits of the SHA-256 (FIPS 180-4) of `bytes`, and a NUL. 0, or -1 when
// libcrypto could not compute it; `out` is untouched then.
int hash_sha256_hex(struct slice bytes, char out[HASH_HEX_SIZE]);

#endif
