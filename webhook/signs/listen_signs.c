// Names first, then values. A name that may be about another program is not a sign, whatever its
// value is.
#include "signs/listen_signs.h"

#include "signs/port_names.h"
#include "signs/ports.h"
#include "signs/words.h"

enum {
    VARIABLES_MAX = 256, // of one container; further ones are passed over
    SEARCHES_MAX = 16,
};

// A name that ends in one of these is about listening alone ...
static const char *const strong_endings[] = {"listen", "listener", "bind", NULL};
// ... and a name that ends in one of these may be about anything. So it is not a sign if it has one
// of the words below.
static const char *const endings[] = {"addr", "address", "host", "port", NULL};

// Words for a program to which the container connects, and for other things that listen beside the
// requests.
static const char *const other_words[] = {
    "db",      "database", "sql",       "redis",    "cache",     "upstream",   "target",
    "remote",  "proxy",    "peer",      "metrics",  "health",    "client",     "broker",
    "backend", "smtp",     "mail",      "ldap",     "agent",     "collector",  "master",
    "primary", "leader",   "discovery", "registry", "advertise", "advertised", "external",
    "public",  "node",     "pod",       NULL};

struct sign {
    struct words name;
    struct slice value; // {NULL, 0}: none that can be read
};

struct reading {
    struct value ports;
    struct arena *arena;
    const struct command_line *line;
    struct value variables;
    bool declared; // a sign names a declared port
    bool locally, elsewhere;
    uint32_t searches; // for partners
};

struct address {
    bool local, foreign; // neither: any address of the pod
    bool bare;           // a port's number alone, so that the host may be told elsewhere
    int64_t port;        // 0: not said
};

static struct slice skip(struct slice text, size_t size)
{
    return (struct slice){text.data + size, text.size - size};
}

static struct slice without_scheme(struct slice text)
{
    const char *found = text.size > 0 ? memmem(text.data, text.size, "://", strlen("://")) : NULL;
    const char *slash;

    if (found)
        text = skip(text, (size_t)(found - text.data) + strlen("://"));
    slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    if (slash)
        text.size = (size_t)(slash - text.data);
    return text;
}

static bool is_socket(struct slice text)
{
    return slice_starts_with(text, "unix:") ||
           (text.size > 5 && slice_is(skip(text, text.size - 5), ".sock"));
}

static bool is_literal(struct slice text)
{
    return text.size > 0 && !memchr(text.data, '$', text.size) &&
           !memchr(text.data, '{', text.size);
}

static void read_host(struct slice host, struct address *address)
{
    bool numbers = host.size > 0;

    for (size_t i = 0; i < host.size; i++)
        numbers = numbers && ((host.data[i] >= '0' && host.data[i] <= '9') || host.data[i] == '.');
    address->local = slice_is(host, "localhost") || slice_is(host, "::1") ||
                     slice_is(host, "[::1]") || (numbers && slice_starts_with(host, "127."));
    address->foreign = !address->local && host.size > 0 && !slice_is(host, "*") &&
                       !slice_is(host, "0.0.0.0") && !slice_is(host, "::") &&
                       !slice_is(host, "[::]");
}

// "8080", ":8080", "0.0.0.0:8080", "[::]:8080", "localhost", "http://127.0.0.1:80/x".
static void read_address(struct slice text, struct address *address)
{
    const char *colon;
    struct slice host;

    *address = (struct address){.local = is_socket(text)};
    if (address->local)
        return;
    text = without_scheme(text);
    address->bare = slice_integer(text, 1, PORT_NUMBER_MAX, &address->port);
    if (address->bare)
        return;
    colon = text.size > 0 ? memrchr(text.data, ':', text.size) : NULL;
    host = text;
    if (colon && !slice_is(text, "::") && !slice_is(text, "::1")) {
        host.size = (size_t)(colon - text.data);
        if (!slice_integer(skip(text, host.size + 1), 1, PORT_NUMBER_MAX, &address->port))
            address->foreign = true;
    }
    if (!address->foreign)
        read_host(host, address);
}

// Whether the words before the last word of `partner` begin `name`, or both are one word.
static bool same_start(const struct words *name, const struct words *partner)
{
    if (partner->count > name->count || (partner->count == 1 && name->count > 1))
        return false;
    for (uint32_t i = 0; i + 1 < partner->count; i++)
        if (strcmp(name->items[i].text, partner->items[i].text) != 0)
            return false;
    return true;
}

// Whether a word is about a store elsewhere, such as "mysql" and "appdb".
static bool is_store(const char *word)
{
    size_t size = strlen(word);

    return strstr(word, "sql") != NULL || (size > 2 && strcmp(word + size - 2, "db") == 0) ||
           (size > 2 && strcmp(word + size - 2, "mq") == 0);
}

// "--listen-address", "bindAddr", "HTTP_LISTEN_PORT", "PORT". The variables of a Service, such as
// ORDERS_SERVICE_PORT, say where others listen.
static bool is_listening(const struct words *name)
{
    const char *last = name->count > 0 ? name->items[name->count - 1].text : "";

    if (!words_is_in(last, strong_endings) && !words_is_in(last, endings))
        return false;
    if (words_hold_any(name, other_words) || words_hold_any(name, auxiliary_names))
        return false;
    for (uint32_t i = 0; i < name->count; i++)
        if (is_store(name->items[i].text))
            return false;
    return !(name->count > 2 && !strcmp(name->items[name->count - 2].text, "service"));
}

// Whether another sign gives the host for the port of `name`, and this host is not an address of
// the pod: MAIL_PORT and MAIL_SUBMIT_PORT beside MAIL_HOST=mail.example.com.
static bool is_others(const struct words *name, const struct words *other, struct slice value)
{
    static const char *const partners[] = {"host",   "hostname", "addr", "address",
                                           "server", "url",      "name", NULL};
    struct address address;

    if (other->count == 0 || !words_is_in(other->items[other->count - 1].text, partners) ||
        !same_start(name, other))
        return false;
    if (!is_literal(value))
        return true;
    read_address(value, &address);
    return address.foreign;
}

// The same for a host that is the loopback address: --port beside --host=127.0.0.1, --secure-port
// beside --bind-address=127.0.0.1. A name of one word, or one that is only about listening, gives
// the host for every port.
static bool is_local(const struct words *name, const struct words *other, struct slice value)
{
    struct address address;

    if (!is_literal(value) || !is_listening(other) ||
        !(other->count == 1 || words_hold_any(other, strong_endings) || same_start(name, other)))
        return false;
    read_address(value, &address);
    return address.local && address.port == 0;
}

enum partner { PARTNER_OF_OTHERS, PARTNER_LOCAL };

static bool is_partner(enum partner partner, const struct words *name, struct slice other,
                       struct slice value)
{
    struct words split;

    words_split(other, &split);
    return partner == PARTNER_LOCAL ? is_local(name, &split, value)
                                    : is_others(name, &split, value);
}

// Whether the name has such a partner. After this many searches a name counts as one about others,
// so that no object can keep the caller busy.
static bool has_partner(struct reading *reading, const struct words *name, enum partner partner)
{
    uint32_t seen = 0;

    if (reading->searches++ >= SEARCHES_MAX)
        return partner == PARTNER_OF_OTHERS;
    for (uint32_t i = 0; i < reading->line->count; i++) {
        const struct command_part *part = &reading->line->items[i];

        if ((part->type == COMMAND_FLAG || part->type == COMMAND_VARIABLE) &&
            is_partner(partner, name, part->text, part->value))
            return true;
    }
    for (struct value item = value_first(reading->variables); item.node && seen < VARIABLES_MAX;
         item = value_next(item), seen++)
        if (is_partner(partner, name, value_string(value_get(item, "name"), reading->arena),
                       value_string(value_get(item, "value"), reading->arena)))
            return true;
    return false;
}

static void look_at(struct reading *reading, struct slice text, struct slice value)
{
    struct address address;
    struct words name;

    if (!is_literal(value))
        return;
    words_split(text, &name);
    if (!is_listening(&name))
        return;
    read_address(value, &address);
    if (address.foreign || (!address.local && address.port == 0))
        return;
    if (address.local || (address.bare && has_partner(reading, &name, PARTNER_LOCAL)))
        reading->locally = true;
    else if (ports_declare(reading->ports, address.port))
        reading->declared = true;
    else
        reading->elsewhere = reading->elsewhere || !has_partner(reading, &name, PARTNER_OF_OTHERS);
}

enum listening listen_signs_read(struct value container, const struct command_line *line,
                                 struct value ports, struct arena *arena)
{
    struct reading reading = {
        .ports = ports, .arena = arena, .line = line, .variables = value_get(container, "env")};
    uint32_t seen = 0;

    for (uint32_t i = 0; i < line->count; i++)
        if (line->items[i].type == COMMAND_FLAG || line->items[i].type == COMMAND_VARIABLE)
            look_at(&reading, line->items[i].text, line->items[i].value);
    for (struct value item = value_first(reading.variables); item.node && seen < VARIABLES_MAX;
         item = value_next(item), seen++)
        look_at(&reading, value_string(value_get(item, "name"), arena),
                value_string(value_get(item, "value"), arena));
    if (reading.declared)
        return LISTENING_UNKNOWN;
    return reading.locally     ? LISTENING_LOCALLY
           : reading.elsewhere ? LISTENING_ELSEWHERE
                               : LISTENING_UNKNOWN;
}
