// `evenkeel certs manifests`: a Secret and the webhooks' caBundle as YAML for kubectl. Prints the
// key only for --key, and only in the Secret. Prints nothing that the apiserver would refuse.
#include "certs/command.h"
#include "certs/files.h"
#include "certs/names.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define FIELD(member) offsetof(struct options, member)

static int print_base64(const char *indent, const char *key, struct slice bytes)
{
    size_t size = (bytes.size + 2) / 3 * 4 + 1;
    char *text = malloc(size);
    if (!text)
        return command_trouble("out of memory");
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.data, (int)bytes.size);
    printf("%s%s: %s\n", indent, key, text);
    OPENSSL_cleanse(text, size);
    free(text);
    return STATUS_SAME;
}

static int print_pem(const char *indent, const char *key, BIO *pem, const struct error *error)
{
    if (!pem)
        return command_trouble("%s", error->text);
    int status = print_base64(indent, key, files_bytes(pem));
    BIO_free(pem);
    return status;
}

// The bundle as it was read, without the text around it and without anything that is not public.
static BIO *bundle_pem(STACK_OF(X509) *bundle, struct error *error)
{
    struct certificate all = {sk_X509_value(bundle, 0), NULL, sk_X509_new_null()};
    bool done = all.chain != NULL;
    for (int i = 1; done && i < sk_X509_num(bundle); i++)
        done = sk_X509_push(all.chain, sk_X509_value(bundle, i)) > 0;
    BIO *pem = NULL;
    if (done)
        pem = certificate_pem(&all, error);
    else
        error_set(error, "out of memory");
    sk_X509_free(all.chain);
    return pem;
}

static int print_secret(const struct options *options, const struct certificate *pair,
                        STACK_OF(X509) *bundle)
{
    struct error error = {0};
    printf("apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"%s\"\n  namespace: \"%s\"\n"
           "type: kubernetes.io/tls\ndata:\n",
           options->secret, options->namespace);
    int status = print_pem("  ", CERTS_FILE_CERTIFICATE, certificate_pem(pair, &error), &error);
    if (status == STATUS_SAME)
        status = print_pem("  ", CERTS_FILE_KEY, certificate_key_pem(pair, &error), &error);
    if (status == STATUS_SAME && bundle)
        status = print_pem("  ", CERTS_FILE_BUNDLE, bundle_pem(bundle, &error), &error);
    return status;
}

static int print_patch(const struct options *options, STACK_OF(X509) *bundle)
{
    int status = STATUS_SAME;
    printf("apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n"
           "metadata:\n  name: \"%s\"\nwebhooks:\n",
           options->configuration);
    for (size_t i = 0; status == STATUS_SAME && i < options->webhooks.count; i++) {
        struct error error = {0};
        printf("  - name: \"%s\"\n    clientConfig:\n", options->webhooks.list[i]);
        status = print_pem("      ", "caBundle", bundle_pem(bundle, &error), &error);
    }
    return status;
}

static int check_options(const struct options *options)
{
    struct error error = {0};
    if (!options->cert != !options->key)
        return command_trouble("certs manifests: --cert and --key go together");
    if (!options->cert && options->webhooks.count == 0)
        return command_trouble("certs manifests: nothing to print; give --cert and --key for the "
                               "Secret, --webhook and --bundle for the caBundle");
    if (options->cert && !options->namespace)
        return command_trouble("certs manifests: a Secret needs --namespace=NAMESPACE");
    if (options->webhooks.count > 0 && !options->bundle)
        return command_trouble("certs manifests: --webhook needs --bundle=FILE");
    const char *names[] = {options->secret, options->configuration, options->namespace};
    for (size_t i = 0; i < 3; i++)
        if (names[i] && names_check(names[i], &error) != 0)
            return command_trouble("certs manifests: %s", error.text);
    for (size_t i = 0; i < options->webhooks.count; i++)
        if (names_check(options->webhooks.list[i], &error) != 0)
            return command_trouble("certs manifests: %s", error.text);
    return STATUS_SAME;
}

// A certificate that would be refused is not given to a cluster.
static int check_chain(struct options *options, const struct certificate *pair,
                       STACK_OF(X509) *bundle)
{
    struct error error = {0};
    bool is_ca = X509_check_ca(pair->x509) == 1;
    if (options_service_names(options, false, &error) != 0)
        return command_trouble("certs manifests: %s", error.text);
    const char *name = is_ca ? NULL : options->service_names[0];
    int result = certificate_verify(pair, bundle, name, options->now, &error);
    if (result == 0)
        return STATUS_SAME;
    command_trouble("%s: does not chain to %s for %s: %s", options->cert, options->bundle,
                    is_ca ? "a CA" : name, error.text);
    return result > 0 ? STATUS_FINDINGS : STATUS_TROUBLE;
}

static int run_manifests(struct options *options)
{
    struct error error = {0};
    struct certificate *pair = NULL;
    STACK_OF(X509) *bundle = NULL;
    int status = check_options(options);
    if (status != STATUS_SAME)
        return status;
    if (options->cert && !(pair = command_read_pair(options->cert, options->key, &error))) {
        status = command_trouble("%s", error.text);
        goto done;
    }
    if (options->bundle && !(bundle = command_read_bundle(options->bundle, &error))) {
        status = command_trouble("%s", error.text);
        goto done;
    }
    if (pair && bundle)
        status = check_chain(options, pair, bundle);
    if (status == STATUS_SAME && pair)
        status = print_secret(options, pair, bundle);
    if (status == STATUS_SAME && pair && options->webhooks.count > 0)
        printf("---\n");
    if (status == STATUS_SAME && options->webhooks.count > 0)
        status = print_patch(options, bundle);
done:
    bundle_free(bundle);
    certificate_free(pair);
    return status;
}

static const struct setting settings[] = {
    {"cert", "FILE", "the Secret's certificate, with its chain: a serving one or a CA",
     SETTING_TEXT, FIELD(cert)},
    {"key", "FILE", "its key, which is printed in the Secret", SETTING_TEXT, FIELD(key)},
    {"bundle", "FILE", "the CAs to trust, old and new ones together", SETTING_TEXT, FIELD(bundle)},
    {"namespace", "NAMESPACE", "of the Secret and the Service", SETTING_TEXT, FIELD(namespace)},
    {"service", "NAME", "the Service's name (evenkeel)", SETTING_TEXT, FIELD(service)},
    {"secret", "NAME", "the Secret's name (evenkeel-tls)", SETTING_TEXT, FIELD(secret)},
    {"configuration", "NAME", "the MutatingWebhookConfiguration's name (evenkeel)", SETTING_TEXT,
     FIELD(configuration)},
    {"webhook", "NAME", "a webhook in it whose caBundle is set; may be repeated", SETTING_NAMES,
     FIELD(webhooks)},
    {0},
};

const struct subcommand command_manifests = {
    .name = "manifests",
    .summary = "print a Secret and the webhooks' caBundle as YAML for kubectl",
    .details =
        "Pipe it into `kubectl apply --server-side --force-conflicts -f -`, which changes "
        "caBundle and\nleaves the rest of the configuration alone. With --cert, --key and "
        "--bundle it first checks\nthat they fit; exit status 1, and nothing is printed, when "
        "they do not.\n",
    .settings = settings,
    .defaults = {.service = "evenkeel", .secret = "evenkeel-tls", .configuration = "evenkeel"},
    .run = run_manifests,
};
