// `evenkeel certs ca` and `evenkeel certs leaf`. They print a key only if an option names standard
// output.
#include "certs/command.h"
#include "certs/files.h"
#include "certs/form.h"

#include <stdio.h>

enum { DAY_SECONDS = 86400, KEY_MODE = 0600, CERTIFICATE_MODE = 0644 };

#define FIELD(member) offsetof(struct options, member)

static void print_result(const struct options *options, const struct certificate *made,
                         const char *what)
{
    char subject[FORM_SUBJECT_SIZE], end[FORM_TIME_SIZE] = "?";
    time_t from, until;
    form_subject(X509_get_subject_name(made->x509), subject);
    if (certificate_validity(made->x509, &from, &until, NULL) == 0)
        form_time(until, end);
    printf("%s: %s \"%s\", valid until %s, for", options->cert_out, what, subject, end);
    for (size_t i = 0; i < options->names.count; i++)
        printf(" %s", options->names.list[i]);
    printf("\n%s: its private key, for its owner's eyes only (mode 0600)\n", options->key_out);
}

static int write_pair(const struct options *options, const struct certificate *made,
                      const char *what)
{
    struct error error = {0};
    int result = -1;
    BIO *cert = certificate_pem(made, &error);
    BIO *key = certificate_key_pem(made, &error);
    if (cert && key) {
        const struct file files[] = {
            {options->key_out, files_bytes(key), KEY_MODE},
            {options->cert_out, files_bytes(cert), CERTIFICATE_MODE},
        };
        result = files_write(files, 2, options->force, &error);
    }
    BIO_free(key);
    BIO_free(cert);
    if (result != 0)
        return command_trouble("%s", error.text);
    if (strcmp(options->cert_out, "-") != 0 && strcmp(options->key_out, "-") != 0)
        print_result(options, made, what);
    return STATUS_SAME;
}

static int make_plan(struct options *options, struct certificate_plan *plan, const char *name)
{
    struct error error = {0};
    if (options->names.count == 0 && !options->namespace)
        return command_trouble("certs %s: no name; give --namespace=NAMESPACE, or --name=NAME once "
                               "or more",
                               name);
    if (options_service_names(options, true, &error) != 0)
        return command_trouble("certs %s: %s", name, error.text);
    *plan = (struct certificate_plan){options->names.list, options->names.count, options->now,
                                      options->days * DAY_SECONDS};
    return STATUS_SAME;
}

static int run_ca(struct options *options)
{
    struct error error = {0};
    struct certificate_plan plan;
    if (make_plan(options, &plan, "ca") != 0)
        return STATUS_TROUBLE;
    struct certificate *ca = certificate_new_ca(&plan, &error);
    if (!ca)
        return command_trouble("certs ca: %s", error.text);
    int status = write_pair(options, ca, "CA");
    certificate_free(ca);
    return status;
}

static int run_leaf(struct options *options)
{
    struct error error = {0};
    struct certificate_plan plan;
    if (make_plan(options, &plan, "leaf") != 0)
        return STATUS_TROUBLE;
    struct certificate *ca = command_read_pair(options->ca_cert, options->ca_key, &error);
    if (!ca)
        return command_trouble("%s", error.text);
    struct certificate *leaf = certificate_new_leaf(ca, &plan, &error);
    certificate_free(ca);
    if (!leaf)
        return command_trouble("%s: %s", options->ca_cert, error.text);
    int status = write_pair(options, leaf, "certificate");
    certificate_free(leaf);
    return status;
}

#define NAME_SETTINGS                                                                              \
    {"namespace", "NAMESPACE", "the Service's namespace", SETTING_TEXT, FIELD(namespace)},         \
        {"service", "NAME", "the Service's name (evenkeel)", SETTING_TEXT, FIELD(service)},        \
        {"name", "NAME", "one more DNS name or address; may be repeated", SETTING_NAMES,           \
         FIELD(names)},                                                                            \
    {                                                                                              \
        "force", NULL, "replace files that exist", SETTING_FLAG, FIELD(force)                      \
    }

static const struct setting ca_settings[] = {
    NAME_SETTINGS,
    {"days", "N", "valid for so long (3650)", SETTING_DAYS, FIELD(days)},
    {"cert-out", "FILE", "where the certificate goes (ca.crt); - is standard output", SETTING_TEXT,
     FIELD(cert_out)},
    {"key-out", "FILE", "where the key goes (ca.key), mode 0600; - is standard output",
     SETTING_TEXT, FIELD(key_out)},
    {0},
};

static const struct setting leaf_settings[] = {
    NAME_SETTINGS,
    {"ca-cert", "FILE", "the CA's certificate (ca.crt)", SETTING_TEXT, FIELD(ca_cert)},
    {"ca-key", "FILE", "the CA's key (ca.key)", SETTING_TEXT, FIELD(ca_key)},
    {"days", "N", "valid for so long (365), but never longer than the CA", SETTING_DAYS,
     FIELD(days)},
    {"cert-out", "FILE", "where the certificate goes (tls.crt); - is standard output", SETTING_TEXT,
     FIELD(cert_out)},
    {"key-out", "FILE", "where the key goes (tls.key), mode 0600; - is standard output",
     SETTING_TEXT, FIELD(key_out)},
    {0},
};

#define NAMES_DETAILS                                                                              \
    "--namespace stands for SERVICE.NAMESPACE.svc, the name that the apiserver calls, and\n"       \
    "SERVICE.NAMESPACE.svc.cluster.local. Nothing that exists is overwritten without --force.\n"

const struct subcommand command_ca = {
    .name = "ca",
    .summary = "make a CA for the webhook's own names and no others",
    .details = "The key is EC P-256. The names become critical X.509 name constraints: no client\n"
               "accepts what the CA signs for any other.\n\n" NAMES_DETAILS,
    .settings = ca_settings,
    .defaults = {.service = "evenkeel",
                 .days = CERTS_CA_DAYS,
                 .cert_out = "ca.crt",
                 .key_out = "ca.key"},
    .run = run_ca,
};

const struct subcommand command_leaf = {
    .name = "leaf",
    .summary = "make a serving certificate from a CA",
    .details = "The key is EC P-256. A name that the CA's constraints forbid is refused.\n\n"
               "" NAMES_DETAILS,
    .settings = leaf_settings,
    .defaults = {.service = "evenkeel",
                 .days = 365,
                 .ca_cert = "ca.crt",
                 .ca_key = "ca.key",
                 .cert_out = "tls.crt",
                 .key_out = "tls.key"},
    .run = run_leaf,
};
