// `evenkeel certs show`: shows the contents of certificates. Checks their dates and whether a key
// belongs to them.
#include "certs/command.h"
#include "certs/form.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#define FIELD(member) offsetof(struct options, member)

static void print_label(BIO *out, const char *label)
{
    BIO_printf(out, "  %-11s ", label);
}

static void print_subject(BIO *out, const char *label, const X509_NAME *name)
{
    char subject[FORM_SUBJECT_SIZE];
    form_subject(name, subject);
    print_label(out, label);
    BIO_printf(out, "%s\n", subject);
}

static void print_serial(BIO *out, const X509 *x509)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    print_label(out, "serial");
    BIO_printf(out, "%s\n", hex ? hex : "?");
    OPENSSL_free(hex);
    BN_free(number);
}

static void print_names(BIO *out, const X509 *x509)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    if (names) {
        print_label(out, "names");
        form_names(out, names);
        BIO_puts(out, "\n");
    }
    GENERAL_NAMES_free(names);
}

static void print_trees(BIO *out, const char *label, const STACK_OF(GENERAL_SUBTREE) *trees)
{
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
        if (i == 0)
            print_label(out, label);
        else
            BIO_puts(out, ", ");
        form_name(out, sk_GENERAL_SUBTREE_value(trees, i)->base);
    }
    if (sk_GENERAL_SUBTREE_num(trees) > 0)
        BIO_puts(out, "\n");
}

static void print_use(BIO *out, X509 *x509)
{
    bool is_ca = X509_check_ca(x509) == 1;
    print_label(out, "use");
    if (is_ca)
        BIO_puts(out, "CA\n");
    else
        BIO_puts(out, X509_check_purpose(x509, X509_PURPOSE_SSL_SERVER, 0) == 1
                          ? "TLS server\n"
                          : "not for TLS servers\n");
    NAME_CONSTRAINTS *constraints = X509_get_ext_d2i(x509, NID_name_constraints, NULL, NULL);
    if (constraints) {
        print_trees(out, "permits", constraints->permittedSubtrees);
        print_trees(out, "excludes", constraints->excludedSubtrees);
    } else if (is_ca) {
        print_label(out, "permits");
        BIO_puts(out, "every name\n");
    }
    NAME_CONSTRAINTS_free(constraints);
}

static void print_key(BIO *out, const X509 *x509)
{
    EVP_PKEY *key = X509_get0_pubkey(x509);
    char group[64] = "";
    print_label(out, "public key");
    if (!key) {
        BIO_puts(out, "?\n");
        return;
    }
    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
    const char *type = EVP_PKEY_get0_type_name(key);
    BIO_printf(out, "%s%s%s, %d bits\n", type ? type : "?", *group ? " " : "", group,
               EVP_PKEY_get_bits(key));
}

static void print_fingerprint(BIO *out, const X509 *x509)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!X509_digest(x509, EVP_sha256(), digest, &size))
        return;
    print_label(out, "SHA-256");
    for (unsigned int i = 0; i < size; i++)
        BIO_printf(out, "%s%02X", i > 0 ? ":" : "", digest[i]);
    BIO_puts(out, "\n");
}

// Returns STATUS_FINDINGS for a certificate that is not valid at `now`.
static int print_dates(BIO *out, const X509 *x509, time_t now)
{
    struct error error = {0};
    time_t from, until;
    char text[FORM_TIME_SIZE], span[SPAN_SIZE];
    if (certificate_validity(x509, &from, &until, &error) != 0)
        return command_trouble("%s", error.text);
    bool early = now<from, late = now> until;
    form_time(from, text);
    print_label(out, "not before");
    command_span(from - now, span);
    BIO_printf(out, "%s%s%s%s\n", text, early ? " (NOT YET VALID: in " : "", early ? span : "",
               early ? ")" : "");
    form_time(until, text);
    print_label(out, "not after");
    command_span(late ? now - until : until - now, span);
    BIO_printf(out, late ? "%s (EXPIRED %s ago)\n" : "%s (%s left)\n", text, span);
    return early || late ? STATUS_FINDINGS : STATUS_SAME;
}

static int print_certificate(BIO *out, X509 *x509, time_t now)
{
    print_subject(out, "subject", X509_get_subject_name(x509));
    print_subject(out, "issuer", X509_get_issuer_name(x509));
    print_serial(out, x509);
    print_use(out, x509);
    print_names(out, x509);
    int status = print_dates(out, x509, now);
    print_key(out, x509);
    print_fingerprint(out, x509);
    ERR_clear_error();
    return status;
}

static int show_file(BIO *out, const char *path, time_t now)
{
    struct error error = {0};
    struct certificate *read = command_read_pair(path, NULL, &error);
    if (!read)
        return command_trouble("%s", error.text);
    int count = sk_X509_num(read->chain) + 1, status = STATUS_SAME;
    for (int i = 0; i < count; i++) {
        X509 *x509 = i == 0 ? read->x509 : sk_X509_value(read->chain, i - 1);
        BIO_printf(out, "%s: certificate %d of %d\n", path, i + 1, count);
        int found = print_certificate(out, x509, now);
        status = found > status ? found : status;
    }
    certificate_free(read);
    return status;
}

// A key that does not belong to the certificate is a finding; a file that cannot be read is
// trouble.
static int show_key(BIO *out, const char *cert, const char *key)
{
    struct error error = {0};
    if (strcmp(key, "-") != 0 && access(key, R_OK) != 0)
        return command_trouble("%s: %s", key, strerror(errno));
    struct certificate *pair = command_read_pair(cert, key, &error);
    if (!pair) {
        command_trouble("%s", error.text);
        return STATUS_FINDINGS;
    }
    BIO_printf(out, "%s: the key belongs to %s\n", key, cert);
    certificate_free(pair);
    return STATUS_SAME;
}

static int run_show(struct options *options)
{
    if (options->operand_count == 0)
        return command_trouble("certs show: no file; give one or more certificates in PEM");
    if (options->key && options->operand_count > 1)
        return command_trouble("certs show: --key goes with one file only");
    BIO *out = BIO_new_fp(stdout, BIO_NOCLOSE);
    if (!out)
        return command_trouble("out of memory");
    int status = STATUS_SAME;
    for (size_t i = 0; i < options->operand_count; i++) {
        int found = show_file(out, options->operands[i], options->now);
        status = found > status ? found : status;
    }
    if (options->key && status != STATUS_TROUBLE) {
        int found = show_key(out, options->operands[0], options->key);
        status = found > status ? found : status;
    }
    BIO_free(out);
    return status;
}

static const struct setting settings[] = {
    {"key", "FILE", "also check that this private key is the certificate's", SETTING_TEXT,
     FIELD(key)},
    {"at", "TIME", "judge as of TIME, in UTC (2030-01-31T09:00:00Z), not now", SETTING_TIME,
     FIELD(now)},
    {0},
};

const struct subcommand command_show = {
    .name = "show",
    .summary = "print subject, names and dates of certificates, and whether a key belongs to them",
    .operands = "FILE...",
    .details =
        "FILE holds one or more certificates in PEM; - is standard input. Exit status: 1 when "
        "one is\nexpired or not yet valid, or the key is another's.\n",
    .settings = settings,
    .run = run_show,
};
