// What a flag's or a variable's value says of an address, whatever program reads it.
#ifndef EVENKEEL_SIGNS_ADDRESS_H
#define EVENKEEL_SIGNS_ADDRESS_H

#include "base/text.h"

struct address {
    bool local, foreign; // neither: any address of the pod
    bool any;            // a wildcard, to which nobody connects
    bool number;         // of the loopback address, or a socket
    bool socket;         // a path of a Unix socket
    bool scheme;         // it began with one, such as ldap://
    bool url;            // that of HTTP
    bool bare;           // a port's number alone, so that the host may be told elsewhere
    int64_t port;        // 0: not said
};

// Reads "8080", ":8080", "0.0.0.0:8080", "[::]:8080", "localhost", "http://127.0.0.1:80/x" and the
// like, and paths of sockets. Anything else is foreign.
void address_read(struct slice text, struct address *address);

// Whether it is all addresses, without a port.
static inline bool address_is_any(const struct address *address)
{
    return address->any && !address->foreign && address->port == 0;
}

// Whether a value is plainly the name of another host, or a word, as most values are:
// address_read() would find it foreign too, but takes longer.
bool address_is_plainly_foreign(struct slice value);

// Whether a value is there, and nothing in it is put in later, as $(POD_IP) or {{ port }} are.
bool address_is_literal(struct slice text);

#endif
