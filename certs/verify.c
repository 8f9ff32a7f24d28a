// Judges certificates as the apiserver would: Go's crypto/x509 over a caBundle. It trusts no CAs of
// the system.
#include "certs/certs.h"

#include "certs/form.h"
#include "certs/names.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static int to_time(const ASN1_TIME *when, time_t *out)
{
    struct tm tm;
    if (!ASN1_TIME_to_tm(when, &tm))
        return -1;
    *out = timegm(&tm);
    return 0;
}

int certificate_validity(const X509 *x509, time_t *not_before, time_t *not_after,
                         struct error *error)
{
    time_t from, until;
    if (to_time(X509_get0_notBefore(x509), &from) != 0 ||
        to_time(X509_get0_notAfter(x509), &until) != 0)
        return form_failure(error, "the certificate's dates cannot be read");
    *not_before = from;
    *not_after = until;
    return 0;
}

static X509_STORE *store_new(const STACK_OF(X509) *bundle)
{
    X509_STORE *store = X509_STORE_new();
    bool done = store != NULL;
    for (int i = 0; done && i < sk_X509_num(bundle); i++)
        done = X509_STORE_add_cert(store, sk_X509_value(bundle, i));
    if (done)
        return store;
    X509_STORE_free(store);
    return NULL;
}

// Go's rules: PARTIAL_CHAIN, because every certificate of the bundle is an anchor; the subject is
// never a name; level 1 refuses SHA-1 and RSA under 1024 bits.
static bool set_demands(X509_STORE_CTX *context, const X509 *x509, const char *name, time_t now)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    bool is_ca = X509_check_ca((X509 *)x509) == 1;
    X509_VERIFY_PARAM_set_time(param, now);
    X509_VERIFY_PARAM_set_auth_level(param, 1);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN))
        return false;
    if (!is_ca && !X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER))
        return false;
    if (!name)
        return true;
    return names_is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(param, name)
                                  : X509_VERIFY_PARAM_set1_host(param, name, 0);
}

static void name_mismatch(const X509 *x509, const char *name, const char *reason,
                          struct error *error)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    if (text && form_names(text, names) == 0 && BIO_get_mem_data(text, &data) > 0)
        error_set(error, "%s: it is for %.*s, not for %s", reason,
                  (int)BIO_get_mem_data(text, &data), data, name);
    else
        error_set(error, "%s: it is for no name at all, not for %s", reason, name);
    BIO_free(text);
    GENERAL_NAMES_free(names);
}

static void date_mismatch(const X509 *x509, bool early, const char *reason, const char *where,
                          struct error *error)
{
    char when[FORM_TIME_SIZE] = "?";
    time_t from = 0, until = 0;
    if (certificate_validity(x509, &from, &until, NULL) == 0)
        form_time(early ? from : until, when);
    error_set(error, "%s (%s): it is valid %s %s", reason, where, early ? "from" : "until", when);
}

static void explain(X509_STORE_CTX *context, const X509 *leaf, const char *name,
                    struct error *error)
{
    int code = X509_STORE_CTX_get_error(context);
    const char *reason = X509_verify_cert_error_string(code);
    const X509 *current = X509_STORE_CTX_get_current_cert(context);
    char subject[FORM_SUBJECT_SIZE];
    if (!current)
        current = leaf;
    form_subject(X509_get_subject_name(current), subject);
    if (code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH)
        name_mismatch(leaf, name, reason, error);
    else if (code == X509_V_ERR_CERT_NOT_YET_VALID || code == X509_V_ERR_CERT_HAS_EXPIRED)
        date_mismatch(current, code == X509_V_ERR_CERT_NOT_YET_VALID, reason, subject, error);
    else
        error_set(error, "%s (%s)", reason, subject);
}

int certificate_verify(const struct certificate *certificate, const STACK_OF(X509) *bundle,
                       const char *name, time_t now, struct error *error)
{
    int result = -1;
    ERR_clear_error();
    X509_STORE *store = store_new(bundle);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (!store || !context ||
        !X509_STORE_CTX_init(context, store, certificate->x509, certificate->chain) ||
        !set_demands(context, certificate->x509, name, now)) {
        form_failure(error, "cannot verify");
        goto done;
    }
    int accepted = X509_verify_cert(context);
    int code = X509_STORE_CTX_get_error(context);
    if (accepted == 1) {
        result = 0;
    } else if (code == X509_V_ERR_OUT_OF_MEM || code == X509_V_OK ||
               code == X509_V_ERR_UNSPECIFIED) {
        form_failure(error, "cannot verify");
    } else {
        explain(context, certificate->x509, name, error);
        result = 1;
    }
done:
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return result;
}
