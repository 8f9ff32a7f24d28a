// Addresses: reads them, listens on them, shows them.
#ifndef EVENKEEL_SERVER_LISTEN_H
#define EVENKEEL_SERVER_LISTEN_H

#include "base/error.h"

enum { LISTEN_ADDRESS_MAX = 64 }; // bytes of an address shown, with its end

// Listens on "ADDRESS:PORT", "[ADDRESS]:PORT" for IPv6, or ":PORT" for every address of the
// machine, IPv6 and IPv4 where it has both. Names are not looked up; port 0 is any free one. The
// descriptor, non-blocking, or -1 with the reason.
int listen_on(const char *address, struct error *error);

// Writes what a listening descriptor is bound to, as listen_on() reads it.
void listen_address(int descriptor, char address[LISTEN_ADDRESS_MAX]);

#endif
