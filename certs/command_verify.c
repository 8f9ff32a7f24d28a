// `evenkeel certs verify`: would an apiserver that trusts this caBundle accept this certificate?
#include "certs/command.h"
#include "certs/form.h"

#include <openssl/x509v3.h>
#include <stdio.h>

enum { HOUR_SECONDS = 3600 };

#define FIELD(member) offsetof(struct options, member)

static int judge(const struct options *options, const struct certificate *certificate,
                 const STACK_OF(X509) *bundle, const char *name)
{
    struct error error = {0};
    int result = certificate_verify(certificate, bundle, name, options->now, &error);
    if (result < 0)
        return command_trouble("%s: %s", options->cert, error.text);
    if (result > 0) {
        command_trouble("%s: does not chain to %s for %s: %s", options->cert, options->bundle, name,
                        error.text);
        return STATUS_FINDINGS;
    }
    char end[FORM_TIME_SIZE] = "?", span[SPAN_SIZE] = "?";
    time_t from, until;
    if (certificate_validity(certificate->x509, &from, &until, &error) == 0) {
        form_time(until, end);
        command_span(until - options->now, span);
    }
    printf("%s: chains to %s for %s until %s (%s left)\n", options->cert, options->bundle, name,
           end, span);
    return STATUS_SAME;
}

// A CA with its key is judged by a leaf that it signs, as `evenkeel serve --ca` does. Without the
// key it is judged as what a server sends, like any other: a CA without names is none.
static struct certificate *replace_by_leaf(struct certificate *ca, const struct options *options)
{
    struct error error = {0};
    struct certificate_plan plan = {options->names.list, options->names.count, options->now,
                                    CERTS_SERVING_HOURS * HOUR_SECONDS};
    struct certificate *leaf = certificate_new_leaf(ca, &plan, &error);
    if (!leaf)
        command_trouble("%s: %s", options->cert, error.text);
    certificate_free(ca);
    return leaf;
}

static int judge_all(const struct options *options, const struct certificate *certificate,
                     const STACK_OF(X509) *bundle)
{
    int status = STATUS_SAME;
    for (size_t i = 0; i < options->names.count; i++) {
        int found = judge(options, certificate, bundle, options->names.list[i]);
        status = found > status ? found : status;
    }
    return status;
}

static int judge_read(const struct options *options, struct certificate *certificate,
                      const STACK_OF(X509) *bundle)
{
    if (X509_check_ca(certificate->x509) == 1 && options->key)
        certificate = replace_by_leaf(certificate, options);
    int status = certificate ? judge_all(options, certificate, bundle) : STATUS_FINDINGS;
    certificate_free(certificate);
    return status;
}

static int run_verify(struct options *options)
{
    struct error error = {0};
    if (!options->bundle)
        return command_trouble("certs verify: no caBundle; give --bundle=FILE");
    if (options->names.count == 0 && !options->namespace)
        return command_trouble("certs verify: no name; give --namespace=NAMESPACE or --name=NAME");
    if (strcmp(options->cert, "-") == 0 && strcmp(options->bundle, "-") == 0)
        return command_trouble("certs verify: --cert and --bundle cannot both be standard input");
    if (options_service_names(options, false, &error) != 0)
        return command_trouble("certs verify: %s", error.text);
    struct certificate *certificate = command_read_pair(options->cert, options->key, &error);
    if (!certificate)
        return command_trouble("%s", error.text);
    STACK_OF(X509) *bundle = command_read_bundle(options->bundle, &error);
    if (!bundle) {
        certificate_free(certificate);
        return command_trouble("%s", error.text);
    }
    int status = judge_read(options, certificate, bundle);
    bundle_free(bundle);
    return status;
}

static const struct setting settings[] = {
    {"cert", "FILE", "the serving certificate and its chain, or a CA (tls.crt)", SETTING_TEXT,
     FIELD(cert)},
    {"key", "FILE", "its key: checked too; a CA then signs a leaf, which is judged", SETTING_TEXT,
     FIELD(key)},
    {"bundle", "FILE", "the caBundle: PEM, or base64 of it", SETTING_TEXT, FIELD(bundle)},
    {"namespace", "NAMESPACE", "judge for SERVICE.NAMESPACE.svc, as the apiserver calls it",
     SETTING_TEXT, FIELD(namespace)},
    {"service", "NAME", "the Service's name (evenkeel)", SETTING_TEXT, FIELD(service)},
    {"name", "NAME", "judge for this DNS name or address; may be repeated", SETTING_NAMES,
     FIELD(names)},
    {"at", "TIME", "judge as of TIME, in UTC (2030-01-31T09:00:00Z), not now", SETTING_TIME,
     FIELD(now)},
    {0},
};

const struct subcommand command_verify = {
    .name = "verify",
    .summary = "check whether a serving certificate chains to a caBundle for a Service's name",
    .details =
        "A FILE named - is standard input. Judged as the apiserver judges: each certificate of "
        "the\n"
        "bundle is trusted, names come from subjectAltName only, and name constraints hold. Exit\n"
        "status: 0 when it chains, 1 when not, with OpenSSL's reason, 2 for trouble.\n",
    .settings = settings,
    .defaults = {.service = "evenkeel", .cert = "tls.crt"},
    .run = run_verify,
};
