// A short fingerprint of bytes, to distinguish versions of a text.
#ifndef EVENKEEL_BASE_HASH_H
#define EVENKEEL_BASE_HASH_H

#include "base/text.h"

enum { HASH_HEX_SIZE = 17 }; // 16 digits and a NUL

// Writes the first 16 hexadecimal digits of the SHA-256 (FIPS 180-4) of `bytes`, and a NUL. Returns
// 0, or -1 with `out` unchanged when libcrypto could not compute it.
int hash_sha256_hex(struct slice bytes, char out[HASH_HEX_SIZE]);

// Writes the XXH3 hash of 64 bits (https://xxhash.com, the same on every processor) as 16
// hexadecimal digits, and a NUL. It takes a tenth of the time. Somebody who wants to can make two
// texts with one hash, so use it only where this harms nobody else.
void hash_quick_hex(struct slice bytes, char out[HASH_HEX_SIZE]);

#endif
