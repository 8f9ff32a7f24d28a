// Code that the subcommands of `evenkeel certs` share: reading files, and reporting trouble.
#include "certs/command.h"

#include "certs/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TROUBLE_SIZE = 1024 };

int command_trouble(const char *format, ...)
{
    char text[TROUBLE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    // One error is one line, whatever bytes a file's or an option's name has.
    for (char *byte = text; *byte; byte++)
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = '?';
    fprintf(stderr, "evenkeel: %s\n", text);
    return STATUS_TROUBLE;
}

struct certificate *command_read_pair(const char *cert, const char *key, struct error *error)
{
    struct error reason = {0};
    struct certificate *pair = NULL;
    BIO *key_pem = NULL;
    BIO *pem = files_read(cert, error);
    if (!pem)
        return NULL;
    if (key && !(key_pem = files_read(key, error)))
        goto done;
    // With a key, it reads twice, to know which file an error is about.
    pair = certificate_new_pem(files_bytes(pem), (struct slice){0}, &reason);
    if (!pair) {
        error_set(error, "%.250s: %.250s", cert, reason.text);
    } else if (key) {
        certificate_free(pair);
        pair = certificate_new_pem(files_bytes(pem), files_bytes(key_pem), &reason);
        if (!pair)
            error_set(error, "%.250s: %.250s", key, reason.text);
    }
done:
    BIO_free(key_pem);
    BIO_free(pem);
    return pair;
}

// Decodes base64. NULL when `text` is not base64. The caller frees `*out`.
static int decode_base64(struct slice text, unsigned char **out)
{
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    unsigned char *data = malloc(text.size + 1);
    int size = 0, rest = 0;
    if (!context || !data)
        goto failed;
    EVP_DecodeInit(context);
    if (EVP_DecodeUpdate(context, data, &size, (const unsigned char *)text.data, (int)text.size) <
            0 ||
        EVP_DecodeFinal(context, data + size, &rest) < 0)
        goto failed;
    EVP_ENCODE_CTX_free(context);
    *out = data;
    return size + rest;
failed:
    EVP_ENCODE_CTX_free(context);
    free(data);
    return -1;
}

static STACK_OF(X509) *decode_bundle(struct slice bytes, struct error *error)
{
    unsigned char *decoded = NULL;
    if (!memmem(bytes.data, bytes.size, "-----", 5)) {
        int size = decode_base64(bytes, &decoded);
        if (size >= 0)
            bytes = (struct slice){(char *)decoded, (size_t)size};
    }
    STACK_OF(X509) *bundle = bundle_new(bytes, error);
    free(decoded);
    return bundle;
}

STACK_OF(X509) *command_read_bundle(const char *path, struct error *error)
{
    struct error reason = {0};
    BIO *pem = files_read(path, error);
    if (!pem)
        return NULL;
    STACK_OF(X509) *bundle = decode_bundle(files_bytes(pem), &reason);
    if (!bundle)
        error_set(error, "%.250s: %.250s", path, reason.text);
    BIO_free(pem);
    return bundle;
}

int bundle_end(struct slice text, time_t *end, struct error *error)
{
    STACK_OF(X509) *bundle = decode_bundle(text, error);
    time_t last = 0;
    for (int i = 0; i < sk_X509_num(bundle); i++) {
        time_t from, until;
        if (certificate_validity(sk_X509_value(bundle, i), &from, &until, NULL) == 0 &&
            until > last)
            last = until;
    }
    bundle_free(bundle);
    if (bundle)
        *end = last;
    return bundle ? 0 : -1;
}

void command_span(int64_t seconds, char out[SPAN_SIZE])
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i = 0;
    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    long long count = (long long)(seconds / units[i].seconds);
    snprintf(out, SPAN_SIZE, "%lld %s%s", count, units[i].unit, count == 1 ? "" : "s");
}
