// Writes times, names and OpenSSL's errors for people.
#include "certs/form.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>

void form_time(time_t when, char out[FORM_TIME_SIZE])
{
    struct tm tm;
    if (!gmtime_r(&when, &tm) || !strftime(out, FORM_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
        snprintf(out, FORM_TIME_SIZE, "?");
}

void form_subject(const X509_NAME *name, char out[FORM_SUBJECT_SIZE])
{
    snprintf(out, FORM_SUBJECT_SIZE, "?");
    BIO *bio = BIO_new(BIO_s_mem());
    // Control characters and bytes outside ASCII are escaped, because a subject may come from
    // anybody.
    const unsigned long flags = (XN_FLAG_ONELINE | ASN1_STRFLGS_ESC_CTRL) & ~XN_FLAG_SPC_EQ;
    if (bio && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        char *data = NULL;
        long size = BIO_get_mem_data(bio, &data);
        snprintf(out, FORM_SUBJECT_SIZE, "%.*s", (int)size, size > 0 ? data : "");
    }
    BIO_free(bio);
    ERR_clear_error();
}

static int form_address(BIO *out, const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN] = "?", mask[INET6_ADDRSTRLEN] = "";
    const unsigned char *data = ASN1_STRING_get0_data(address);
    int size = ASN1_STRING_length(address);
    if (size == 4 || size == 8)
        inet_ntop(AF_INET, data, text, sizeof(text));
    else if (size == 16 || size == 32)
        inet_ntop(AF_INET6, data, text, sizeof(text));
    if (size != 8 && size != 32)
        return BIO_printf(out, "IP:%s", text) > 0 ? 0 : -1;
    int bits = 0;
    for (int i = size / 2; i < size; i++)
        bits += __builtin_popcount(data[i]);
    snprintf(mask, sizeof(mask), "/%d", bits);
    return BIO_printf(out, "IP:%s%s", text, mask) > 0 ? 0 : -1;
}

int form_name(BIO *out, const GENERAL_NAME *name)
{
    if (name->type == GEN_IPADD)
        return form_address(out, name->d.iPAddress);
    if (name->type != GEN_DNS)
        return GENERAL_NAME_print(out, (GENERAL_NAME *)name) ? 0 : -1;
    if (ASN1_STRING_length(name->d.dNSName) == 0)
        return BIO_puts(out, "DNS:*") > 0 ? 0 : -1;
    if (BIO_puts(out, "DNS:") <= 0)
        return -1;
    return ASN1_STRING_print_ex(out, name->d.dNSName, ASN1_STRFLGS_ESC_CTRL) >= 0 ? 0 : -1;
}

int form_names(BIO *out, const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (i > 0 && BIO_puts(out, ", ") <= 0)
            return -1;
        if (form_name(out, sk_GENERAL_NAME_value(names, i)) != 0)
            return -1;
    }
    return 0;
}

int form_failure(struct error *error, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    error_set(error, "%s: %s", what, reason ? reason : "out of memory");
    ERR_clear_error();
    return -1;
}
