// The one file of the engine that uses libcrypto, for SHA-256 only, and the one that uses xxHash.
#include "base/hash.h"

#include <openssl/evp.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char digits[] = "0123456789abcdef";

int hash_sha256_hex(struct slice bytes, char out[HASH_HEX_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const void *data = bytes.size > 0 ? bytes.data : "";

    if (EVP_Digest(data, bytes.size, digest, NULL, EVP_sha256(), NULL) != 1)
        return -1;
    for (int i = 0; i < 8; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[16] = '\0';
    return 0;
}

void hash_quick_hex(struct slice bytes, char out[HASH_HEX_SIZE])
{
    uint64_t sum = XXH3_64bits(bytes.size > 0 ? bytes.data : "", bytes.size);

    for (int i = 0; i < 16; i++)
        out[i] = digits[(sum >> (60 - 4 * i)) & 15];
    out[16] = '\0';
}
