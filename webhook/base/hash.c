// The one file of the engine that uses libcrypto, for SHA-256 only.
#include "base/hash.h"

#include <openssl/evp.h>

int hash_sha256_hex(struct slice bytes, char out[HASH_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
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
