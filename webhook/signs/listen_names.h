// What the name of a flag or variable says about its value: an address on which the program
// listens, or something else.
#ifndef EVENKEEL_SIGNS_LISTEN_NAMES_H
#define EVENKEEL_SIGNS_LISTEN_NAMES_H

#include "signs/words.h"

enum listen_name {
    NAME_OF_OTHERS,   // about another program, or about no address
    NAME_LISTENS,     // "--listen-address", "bindAddr", "HTTP_LISTEN_PORT"
    NAME_MAY_LISTEN,  // "HOST", "PORT", "addr": not where the value is a URL, as those of clients
                      // are
    NAME_OF_HOST,     // "--ip", "-b": a sign where the value is a loopback address without a port
    NAME_OF_ADDRESS,  // "HOSTNAME", "-H": the same, but not where it is "localhost"
    NAME_OF_URLS,     // "SERVER_URLS": where the URLs can only be its own
    NAME_OF_PORTS,    // "HTTP_PORTS": a list of numbers
    NAME_OF_SOCKET,   // "--uds": where the value is a Unix socket
    NAME_LETTER,      // "-l", "-a": where the value is an address
    NAME_PORT_LETTER, // "-p": where the value is a number that looks like a port's
    NAME_PLAIN,       // any other flag: where the value is an address with a declared port
};

// `flag`: it is a flag, so one letter may be a name.
enum listen_name listen_names_read(struct slice text, bool flag);

// Whether the name is about another program, as MYSQL_OPTS is.
bool listen_names_of_others(const struct words *name);

// Whether the name has a word that is about listening alone, such as "bind".
bool listen_names_strong(const struct words *name);

// Whether -D<text>=value among the options of a virtual machine is about its own server:
// "server.port" and "quarkus.http.host", not "logstash.host".
bool listen_names_option(struct slice text);

#endif
