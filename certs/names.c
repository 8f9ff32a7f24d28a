// The names in a new certificate. It never resolves a name.
#include "certs/names.h"

#include "certs/form.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { DNS_NAME_MAX = 253, DNS_LABEL_MAX = 63 };

bool names_is_address(const char *name)
{
    unsigned char address[16];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_alphanumeric(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z');
}

static bool is_label(const char *label, size_t size)
{
    if (size == 0 || size > DNS_LABEL_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool inner = i > 0 && i + 1 < size;
        if (!is_alphanumeric(label[i]) && !(inner && label[i] == '-'))
            return false;
    }
    return true;
}

static bool is_dns_name(const char *name)
{
    const char *label = name;
    if (strlen(name) > DNS_NAME_MAX)
        return false;
    for (;;) {
        size_t size = strcspn(label, ".");
        if (!is_label(label, size))
            return false;
        if (label[size] == '\0')
            return strspn(label, "0123456789") != size;
        label += size + 1;
    }
}

int names_check(const char *name, struct error *error)
{
    if (names_is_address(name) || is_dns_name(name))
        return 0;
    return error_set(error,
                     "'%.80s' is neither an address nor a DNS name (labels of a-z, 0-9 and inner "
                     "hyphens, joined by dots, no wildcard)",
                     name);
}

int names_check_all(const struct certificate_plan *plan, struct error *error)
{
    if (plan->name_count == 0)
        return error_set(error, "a certificate needs at least one name");
    if (plan->name_count > CERTS_NAMES_MAX)
        return error_set(error, "%zu names are too many: %d at most", plan->name_count,
                         CERTS_NAMES_MAX);
    for (size_t i = 0; i < plan->name_count; i++)
        if (names_check(plan->names[i], error) != 0)
            return -1;
    return 0;
}

static bool alternative_push(GENERAL_NAMES *names, const char *name)
{
    int type = names_is_address(name) ? GEN_IPADD : GEN_DNS;
    GENERAL_NAME *general = a2i_GENERAL_NAME(NULL, NULL, NULL, type, name, 0);
    if (general && sk_GENERAL_NAME_push(names, general))
        return true;
    GENERAL_NAME_free(general);
    return false;
}

int names_add_alternative(X509 *x509, const struct certificate_plan *plan, struct error *error)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool done = names != NULL;
    for (size_t i = 0; done && i < plan->name_count; i++)
        done = alternative_push(names, plan->names[i]);
    done = done && X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0) == 1;
    GENERAL_NAMES_free(names);
    return done ? 0 : form_failure(error, "cannot add subjectAltName");
}

static bool subtree_push(STACK_OF(GENERAL_SUBTREE) **trees, int type, const char *value)
{
    if (!*trees && !(*trees = sk_GENERAL_SUBTREE_new_null()))
        return false;
    GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
    if (tree && a2i_GENERAL_NAME(tree->base, NULL, NULL, type, value, 1) &&
        sk_GENERAL_SUBTREE_push(*trees, tree))
        return true;
    GENERAL_SUBTREE_free(tree);
    return false;
}

// A single address. RFC 5280 writes it as a network with a full mask.
static bool permit_address(NAME_CONSTRAINTS *constraints, const char *name)
{
    char network[INET6_ADDRSTRLEN * 2];
    const char *mask =
        strchr(name, ':') ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "255.255.255.255";
    snprintf(network, sizeof(network), "%s/%s", name, mask);
    return subtree_push(&constraints->permittedSubtrees, GEN_IPADD, network);
}

static bool constraints_fill(NAME_CONSTRAINTS *constraints, const struct certificate_plan *plan)
{
    bool address = false, dns = false, done = true;
    for (size_t i = 0; done && i < plan->name_count; i++) {
        const char *name = plan->names[i];
        if (names_is_address(name)) {
            address = true;
            done = permit_address(constraints, name);
        } else {
            dns = true;
            done = subtree_push(&constraints->permittedSubtrees, GEN_DNS, name);
        }
    }
    STACK_OF(GENERAL_SUBTREE) **excluded = &constraints->excludedSubtrees;
    if (done && !dns)
        done = subtree_push(excluded, GEN_DNS, "");
    if (done && !address)
        done = subtree_push(excluded, GEN_IPADD, "0.0.0.0/0.0.0.0") &&
               subtree_push(excluded, GEN_IPADD, "::/::");
    return done;
}

int names_add_constraints(X509 *x509, const struct certificate_plan *plan, struct error *error)
{
    NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();
    bool done = constraints && constraints_fill(constraints, plan) &&
                X509_add1_ext_i2d(x509, NID_name_constraints, constraints, 1, 0) == 1;
    NAME_CONSTRAINTS_free(constraints);
    return done ? 0 : form_failure(error, "cannot add nameConstraints");
}
