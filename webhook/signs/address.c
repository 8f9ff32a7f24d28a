// Reads an address as programs write theirs. It asks no name server.
#include "signs/address.h"

#include "signs/ports.h"

static struct slice without_scheme(struct slice text)
{
    const char *slash;

    for (struct slice rest = text; rest.size > 0;) {
        const char *colon = memchr(rest.data, ':', rest.size);

        if (!colon)
            break;
        rest = slice_skip(rest, (size_t)(colon - rest.data) + 1);
        if (slice_starts_with(rest, "//")) {
            text = slice_skip(rest, strlen("//"));
            break;
        }
    }
    slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    if (slash)
        text.size = (size_t)(slash - text.data);
    return text;
}

static bool ends_with(struct slice text, const char *end)
{
    size_t size = strlen(end);

    return text.size >= size && slice_is(slice_skip(text, text.size - size), end);
}

static bool is_socket(struct slice text)
{
    return slice_starts_with(text, "unix:") || ends_with(text, ".sock");
}

// A container runtime's. Nearly every program that names it calls it.
static bool is_runtimes(struct slice text)
{
    return ends_with(text, "docker.sock") || ends_with(text, "containerd.sock") ||
           ends_with(text, "crio.sock") || ends_with(text, "podman.sock");
}

static void read_host(struct slice host, struct address *address)
{
    bool numbers = host.size > 0;

    for (size_t i = 0; i < host.size; i++)
        numbers = numbers && ((host.data[i] >= '0' && host.data[i] <= '9') || host.data[i] == '.');
    address->local = slice_is(host, "localhost") || slice_is(host, "::1") ||
                     slice_is(host, "[::1]") || (numbers && slice_starts_with(host, "127."));
    address->number = address->local && !slice_is(host, "localhost");
    address->any = host.size == 0 || slice_is(host, "*") || slice_is(host, "+") ||
                   slice_is(host, "0.0.0.0") || slice_is(host, "::") || slice_is(host, "[::]");
    address->foreign = !address->local && !address->any;
}

// Whether a host is a name other than localhost, by its first letter.
static bool is_name(struct slice host)
{
    return host.size > 0 && byte_is_letter(host.data[0]) && host.data[0] != 'l';
}

void address_read(struct slice text, struct address *address)
{
    const char *colon;
    struct slice host;

    *address = (struct address){.socket = is_socket(text)};
    if (address->socket) {
        address->foreign = is_runtimes(text);
        address->local = address->number = !address->foreign;
        return;
    }
    address->url = slice_starts_with(text, "http://") || slice_starts_with(text, "https://");
    const char *begin = text.data;
    text = without_scheme(text);
    address->scheme = text.data != begin;
    address->foreign = is_name(text);
    if (address->foreign)
        return;
    address->bare = slice_integer(text, 1, PORT_NUMBER_MAX, &address->port);
    if (address->bare)
        return;
    colon = text.size > 0 ? memrchr(text.data, ':', text.size) : NULL;
    host = text;
    if (colon && !slice_is(text, "::") && !slice_is(text, "::1")) {
        host.size = (size_t)(colon - text.data);
        if (!slice_integer(slice_skip(text, host.size + 1), 1, PORT_NUMBER_MAX, &address->port))
            address->foreign = true;
    }
    if (!address->foreign)
        read_host(host, address);
}

bool address_is_literal(struct slice text)
{
    return text.size > 0 && !memchr(text.data, '$', text.size) &&
           !memchr(text.data, '{', text.size);
}

bool address_is_plainly_foreign(struct slice value)
{
    const char *colon;
    struct slice rest;

    if (value.size == 0 || !byte_is_letter(value.data[0]) || value.data[0] == 'u' ||
        value.data[value.size - 1] == 'k') // unix: and .sock
        return false;
    colon = memchr(value.data, ':', value.size);
    if (!colon)
        return is_name(value);
    rest = slice_skip(value, (size_t)(colon - value.data) + 1);
    return slice_starts_with(rest, "//") && is_name(slice_skip(rest, strlen("//")));
}
