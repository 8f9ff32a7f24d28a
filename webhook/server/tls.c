// TLS for the webhook: contexts, and reasons of failure. See tls.h.
#include "server/tls.h"

#include <openssl/err.h>

const char *tls_failure_name(enum tls_failure failure)
{
#define TLS_FAILURE_NAME(id, name) [id] = (name),
    static const char *const names[] = {TLS_FAILURES(TLS_FAILURE_NAME)};
#undef TLS_FAILURE_NAME
    return (unsigned)failure < TLS_FAILURES_COUNT ? names[failure] : "other";
}

static int tls_error(struct error *error, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return error_set(error, "%s: %s", what, reason ? reason : "out of memory");
}

// RFC 7301: a client that offers protocols, none of them http/1.1, is refused; one that offers
// none is served.
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *offered, unsigned offered_size, void *context)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)ssl;
    (void)context;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof(ours) - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int set_protocol(SSL_CTX *context, struct error *error)
{
    static const unsigned char session_id[] = "evenkeel";
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    // Only forward-secret AEAD ciphers in TLS 1.2 (RFC 9325 section 4.2).
    if (!SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
        !SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) ||
        !SSL_CTX_set_num_tickets(context, 0) ||
        !SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") ||
        !SSL_CTX_set1_groups_list(context, "X25519:P-256") ||
        !SSL_CTX_set_session_id_context(context, session_id, sizeof(session_id) - 1))
        return tls_error(error, "TLS cannot be set up");
    return 0;
}

static int use_certificate(SSL_CTX *context, const struct certificate *certificate,
                           struct error *error)
{
    if (!SSL_CTX_use_certificate(context, certificate->x509) ||
        !SSL_CTX_use_PrivateKey(context, certificate->key) ||
        !SSL_CTX_set1_chain(context, certificate->chain))
        return tls_error(error, "the certificate cannot be used");
    if (!SSL_CTX_check_private_key(context))
        return tls_error(error, "the key is not the certificate's");
    return 0;
}

static int trust_clients(SSL_CTX *context, struct slice client_ca, struct error *error)
{
    STACK_OF(X509) *bundle = bundle_new(client_ca, error);
    if (!bundle)
        return -1;
    int result = 0;
    for (int i = 0; i < sk_X509_num(bundle) && result == 0; i++) {
        X509 *authority = sk_X509_value(bundle, i);
        if (!X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) ||
            !SSL_CTX_add_client_CA(context, authority))
            result = tls_error(error, "the client CA cannot be used");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    bundle_free(bundle);
    return result;
}

SSL_CTX *tls_context_new(const struct certificate *certificate, struct slice client_ca,
                         struct error *error)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) {
        tls_error(error, "TLS cannot be set up");
        return NULL;
    }
    if (set_protocol(context, error) == 0 && use_certificate(context, certificate, error) == 0 &&
        (!client_ca.data || trust_clients(context, client_ca, error) == 0))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

static void shake_hands(SSL *server, SSL *client)
{
    enum { FLIGHTS_MAX = 8 };
    BIO *inside, *outside;
    if (!BIO_new_bio_pair(&inside, 0, &outside, 0))
        return;
    SSL_set_bio(server, inside, inside);
    SSL_set_bio(client, outside, outside);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (int i = 0; i < FLIGHTS_MAX; i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
}

void tls_warm_up(SSL_CTX *context)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        SSL_CTX *clients = SSL_CTX_new(TLS_client_method());
        SSL *server = SSL_new(context);
        SSL *client = clients ? SSL_new(clients) : NULL;
        if (server && client && SSL_set_max_proto_version(client, versions[i]))
            shake_hands(server, client);
        SSL_free(client);
        SSL_free(server);
        SSL_CTX_free(clients);
    }
    ERR_clear_error();
}

static enum tls_failure tls_failure_of(unsigned long code)
{
    if (ERR_GET_LIB(code) != ERR_LIB_SSL)
        return code ? TLS_OTHER : TLS_CLOSED;
    // Reasons above it are alerts that the peer sent (RFC 8446 section 6).
    if (ERR_GET_REASON(code) > SSL_AD_REASON_OFFSET)
        return TLS_REJECTED;
    switch (ERR_GET_REASON(code)) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_BAD_PACKET_LENGTH:
        return TLS_NOT_TLS;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
        return TLS_VERSION;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
        return TLS_CIPHER;
    case SSL_R_NO_APPLICATION_PROTOCOL:
        return TLS_ALPN;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return TLS_CLIENT_CERTIFICATE;
    default:
        return TLS_OTHER;
    }
}

enum tls_failure tls_failure_take(const char **detail)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    *detail = reason ? reason : "";
    ERR_clear_error();
    return tls_failure_of(code);
}
