// Listening sockets. See listen.h.
#include "server/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The kernel lowers it to net.core.somaxconn.
enum { BACKLOG = 65535 };

// Bytes that the kernel may hold for a connection. This is what one connection can add to a body
// between two checks of all memory. By default it takes 6 MiB. It fills 64 MB/s at 1 ms of
// distance.
enum { RECEIVE_BUFFER = 64 * 1024 };

static int listen_error(const char *address, const char *reason, struct error *error)
{
    return error_set(error, "cannot listen on %s: %s", address, reason);
}

static int listen_socket(const struct sockaddr *name, socklen_t size)
{
    int on = 1, off = 0, receive_buffer = RECEIVE_BUFFER;
    int descriptor = socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    if (name->sa_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(descriptor, name, size) == 0 && listen(descriptor, BACKLOG) == 0)
        return descriptor;
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

static int listen_everywhere(uint16_t port)
{
    struct sockaddr_in6 both = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    int descriptor = listen_socket((struct sockaddr *)&both, sizeof(both));
    // Where the machine has no IPv6.
    if (descriptor < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        descriptor = listen_socket((struct sockaddr *)&four, sizeof(four));
    return descriptor;
}

static bool read_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    if (!*text || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
        return false;
    for (; *text; text++)
        value = value * 10 + (unsigned)(*text - '0');
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

// The part before the port, without brackets. False when it cannot be one.
static bool read_host(const char *address, const char *colon, char host[LISTEN_ADDRESS_MAX])
{
    size_t size = (size_t)(colon - address);
    bool brackets = size >= 2 && address[0] == '[' && colon[-1] == ']';
    if (brackets) {
        address++;
        size -= 2;
    }
    if (size >= LISTEN_ADDRESS_MAX || (!brackets && memchr(address, ':', size)))
        return false;
    memcpy(host, address, size);
    host[size] = '\0';
    return true;
}

int listen_on(const char *address, struct error *error)
{
    char host[LISTEN_ADDRESS_MAX];
    uint16_t port;
    const char *colon = strrchr(address, ':');
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    if (!colon || !read_port(colon + 1, &port) || !read_host(address, colon, host))
        return listen_error(address, "expected ADDRESS:PORT, [IPV6]:PORT or :PORT", error);
    if (host[0] && getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return listen_error(address, "not an IP address", error);
    int descriptor =
        found ? listen_socket(found->ai_addr, found->ai_addrlen) : listen_everywhere(port);
    int failure = errno;
    if (found)
        freeaddrinfo(found);
    return descriptor >= 0 ? descriptor : listen_error(address, strerror(failure), error);
}

void listen_address(int descriptor, char address[LISTEN_ADDRESS_MAX])
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof(name);
    char host[INET6_ADDRSTRLEN] = "?", port[8] = "?";
    bool six =
        getsockname(descriptor, (struct sockaddr *)&name, &size) == 0 && name.ss_family == AF_INET6;
    getnameinfo((struct sockaddr *)&name, size, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(address, LISTEN_ADDRESS_MAX, six ? "[%s]:%s" : "%s:%s", host, port);
}
