// Names first, then values: which value counts depends on what its name says.
#include "signs/listen_signs.h"

#include "signs/address.h"
#include "signs/listen_names.h"
#include "signs/options.h"
#include "signs/ports.h"
#include "signs/words.h"

enum {
    SEARCHES_MAX = 16,
    LOOKS_MAX = 640,     // at values, items of lists among them; further ones are passed over
    OWN_PORT_MIN = 1024, // a smaller number behind -p is more likely a count
};

struct reading {
    struct value ports;
    const struct port_set *set; // of these ports
    const struct command_line *line;
    const struct environment *variables;
    bool commanding;       // the command itself is looked at, and no variable
    bool declared;         // a sign names a declared port
    bool told;             // the command names it with an address
    bool port, everywhere; // the command names it alone; and all addresses, without a port
    bool locally, elsewhere;
    bool lone;         // the command starts one program, shells aside, and has no -h for a host
    uint32_t searches; // for partners
    uint32_t looks;    // at values
};

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

// Whether a value of this name can only be about the program's own address.
static bool counts(const struct reading *reading, enum listen_name kind,
                   const struct address *address)
{
    bool declared =
        address->port != 0 && ports_set_has(reading->set, reading->ports, address->port);
    bool own = address->local && declared, address_alone = !address->bare && !address->url;

    switch (kind) {
    case NAME_LISTENS:
        return true;
    case NAME_MAY_LISTEN:
        return !address->scheme || address->any || (own && !address->url);
    case NAME_OF_ADDRESS:
        return address->number && address->port == 0 && !address->scheme;
    case NAME_OF_URLS:
        return address->url && (address->any || own);
    case NAME_OF_PORTS:
        return address->bare;
    case NAME_OF_HOST:
        return address_alone && (address->any || own || (address->local && address->port == 0));
    case NAME_LETTER:
        return address_alone && (address->any || own || (address->number && address->port == 0));
    case NAME_OF_SOCKET:
        return address->socket || (address_alone && (own || (address->any && declared)));
    case NAME_PLAIN:
        return reading->lone && address_alone && (own || (address->any && declared));
    case NAME_PORT_LETTER:
        return address->bare && address->port >= OWN_PORT_MIN && reading->lone;
    case NAME_OF_OTHERS:
        break;
    }
    return false;
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
    if (!address_is_literal(value))
        return true;
    address_read(value, &address);
    return address.foreign;
}

// The same for a host that is the loopback address: --port beside --host=127.0.0.1, --secure-port
// beside --bind-address=127.0.0.1. A name of one word, or one that is only about listening, gives
// the host for every port.
static bool is_local(const struct reading *reading, const struct words *name, struct slice text,
                     bool flag, struct slice value)
{
    enum listen_name kind = listen_names_read(text, flag);
    struct address address;
    struct words other;

    words_split(text, &other);
    // Beside a port, a socket may be another program's.
    if (!address_is_literal(value) || kind == NAME_OF_OTHERS ||
        (kind == NAME_OF_SOCKET && !words_hold(&other, "uds")) ||
        !(other.count == 1 || listen_names_strong(&other) || same_start(name, &other)))
        return false;
    address_read(value, &address);
    return address.local && address.port == 0 && counts(reading, kind, &address);
}

enum partner { PARTNER_OF_OTHERS, PARTNER_LOCAL };

static bool is_partner(const struct reading *reading, enum partner partner,
                       const struct words *name, struct slice other, bool flag, struct slice value)
{
    struct words split;

    if (partner == PARTNER_LOCAL)
        return is_local(reading, name, other, flag, value);
    words_split(other, &split);
    return is_others(name, &split, value);
}

// Whether the name has such a partner. After this many searches a name counts as one about others,
// so that no object can keep the caller busy.
static bool has_partner(struct reading *reading, const struct words *name, enum partner partner)
{
    const struct environment *variables = reading->variables;

    if (reading->searches++ >= SEARCHES_MAX)
        return partner == PARTNER_OF_OTHERS;
    for (uint32_t i = 0; i < reading->line->count; i++) {
        const struct command_part *part = &reading->line->items[i];

        if ((part->type == COMMAND_FLAG || part->type == COMMAND_VARIABLE) &&
            is_partner(reading, partner, name, part->text, part->type == COMMAND_FLAG, part->value))
            return true;
    }
    for (uint32_t i = 0; i < variables->count; i++)
        if (is_partner(reading, partner, name, variables->items[i].name, false,
                       variables->items[i].value))
            return true;
    return false;
}

// Whether a value can say where the program listens. Most say nothing of the kind.
static bool is_own(struct slice value, struct address *address)
{
    address_read(value, address);
    return !address->foreign && (address->local || address->port != 0);
}

static void look_at_one(struct reading *reading, enum listen_name kind, const struct words *name,
                        struct slice value)
{
    struct address address;

    if (reading->looks++ >= LOOKS_MAX)
        return;
    if (!is_own(value, &address) || !counts(reading, kind, &address)) {
        reading->everywhere = reading->everywhere || (reading->commanding && kind != NAME_PLAIN &&
                                                      address_is_any(&address));
        return;
    }
    if (address.local || (address.bare && has_partner(reading, name, PARTNER_LOCAL))) {
        reading->locally = true;
    } else if (ports_set_has(reading->set, reading->ports, address.port)) {
        reading->declared = true;
        reading->told = reading->told || (reading->commanding && !address.bare);
        reading->port = reading->port || (reading->commanding && address.bare);
    } else {
        reading->elsewhere = reading->elsewhere || !has_partner(reading, name, PARTNER_OF_OTHERS);
    }
}

// The size of the first item of a list with one of two bytes between items.
static size_t item_size(struct slice list, char a, char b)
{
    size_t size = 0;

    while (size < list.size && list.data[size] != a && list.data[size] != b)
        size++;
    return size;
}

// Whether a name can end in "urls" or "ports", whose values are lists.
static bool may_be_list(struct slice name)
{
    while (name.size > 0 && !byte_is_letter(name.data[name.size - 1]))
        name.size--;
    return name.size > 0 && (name.data[name.size - 1] | 0x20) == 's';
}

static bool is_list(enum listen_name kind)
{
    return kind == NAME_OF_URLS || kind == NAME_OF_PORTS;
}

static void look_at_named(struct reading *reading, struct slice text, bool flag, struct slice value)
{
    enum listen_name kind = listen_names_read(text, flag);
    struct words name;

    if (kind == NAME_OF_OTHERS)
        return;
    words_split(text, &name);
    for (size_t size; value.size > 0;
         value = slice_skip(value, size < value.size ? size + 1 : size)) {
        size = is_list(kind) ? item_size(value, ';', ',') : value.size;
        look_at_one(reading, kind, &name, (struct slice){value.data, size});
    }
}

// The first item of a list of loopback addresses, as in --bind "127.0.0.1 -::1". Empty for any
// other value. (A '-' means that the address may be missing.)
static struct slice local_list(struct slice value)
{
    struct slice first = {NULL, 0};
    struct address address;

    for (size_t size; value.size > 0;
         value = slice_skip(value, size < value.size ? size + 1 : size)) {
        size = item_size(value, ',', ' ');
        struct slice item = {value.data, size};
        item = slice_skip(item, slice_starts_with(item, "-") ? 1 : 0);
        if (item.size == 0)
            continue;
        address_read(item, &address);
        if (!address.local || address.port != 0)
            return (struct slice){NULL, 0};
        first = first.size > 0 ? first : item;
    }
    return first;
}

static __attribute__((noinline)) void look_closer(struct reading *reading, struct slice text,
                                                  bool flag, struct slice value)
{
    struct address address;
    struct slice first =
        is_own(value, &address) || address_is_any(&address) ? value : local_list(value);

    if (first.size > 0 || !may_be_list(text))
        value = first;
    if (value.size > 0 && address_is_literal(value))
        look_at_named(reading, text, flag, value);
}

// Values are looked at before names, as it takes less to see that one says nothing.
static void look_at(struct reading *reading, struct slice text, bool flag, struct slice value)
{
    if (!address_is_plainly_foreign(value) || may_be_list(text))
        look_closer(reading, text, flag, value);
}

// A setting behind a flag of one letter, as in -d listen=127.0.0.1:9000.
static void look_at_setting(struct reading *reading, const struct command_part *part)
{
    struct slice name, value;
    struct words words;

    if (part->type != COMMAND_FLAG || part->text.size != 1 ||
        !slice_split(part->value, '=', &name, &value))
        return;
    words_split(name, &words);
    if (listen_names_strong(&words))
        look_at(reading, name, false, value);
}

// An address as a plain word of the only program, as in `runserver 127.0.0.1:8000`.
static void look_at_word(struct reading *reading, struct slice word)
{
    struct address address;

    if (!reading->lone || word.size == 0 || !memchr(word.data, ':', word.size) ||
        reading->looks++ >= LOOKS_MAX || !address_is_literal(word))
        return;
    address_read(word, &address);
    bool declared = ports_set_has(reading->set, reading->ports, address.port);
    if (address.foreign || address.url || address.port == 0)
        return;
    reading->locally = reading->locally || (address.local && declared);
    reading->declared = reading->declared || (address.any && declared);
    reading->told = reading->told || (address.any && declared);
    reading->elsewhere = reading->elsewhere || (address.any && !declared);
}

// A virtual machine's options. Beside a loopback address their ports say nothing.
static void look_at_options(struct reading *reading, struct slice options)
{
    struct slice rest = options, name, value;
    struct address address;

    if (!options_next_property(&rest, &name, &value))
        return;
    do {
        address_read(value, &address);
        if (address.local && address.port == 0 && address_is_literal(value)) {
            look_at(reading, name, false, value);
            return;
        }
    } while (options_next_property(&rest, &name, &value));
    while (options_next_property(&options, &name, &value))
        look_at(reading, name, false, value);
}

// A flag in a variable. In one about another program only a name about listening alone counts.
static void look_at_option(struct reading *reading, struct slice variable, struct slice flag,
                           struct slice value)
{
    struct words words, name;

    words_split(variable, &words);
    words_split(flag, &name);
    if (!listen_names_of_others(&words) || listen_names_strong(&name))
        look_at(reading, flag, true, value);
}

static void look_at_variable(struct reading *reading, struct slice name, struct slice value)
{
    struct slice flag, text;

    look_at(reading, name, false, value);
    if (!options_possible(value))
        return;
    look_at_options(reading, value);
    if (options_are_flags(name, value))
        while (options_next_flag(&value, &flag, &text))
            look_at_option(reading, name, flag, text);
}

static bool is_lone(const struct command_line *line)
{
    uint32_t programs = 0;

    for (uint32_t i = 0; i < line->count; i++) {
        programs +=
            line->items[i].type == COMMAND_PROGRAM && !command_line_is_shell(line->items[i].text);
        if (line->items[i].type == COMMAND_FLAG && slice_is(line->items[i].text, "h"))
            return false;
    }
    return programs <= 1;
}

enum listening listen_signs_read(const struct command_line *line,
                                 const struct environment *variables, struct value ports,
                                 struct arena *arena)
{
    struct reading reading = {.ports = ports,
                              .set = ports_set(ports, arena),
                              .line = line,
                              .variables = variables,
                              .lone = is_lone(line),
                              .commanding = true};

    for (uint32_t i = 0; i < line->count; i++) {
        const struct command_part *part = &line->items[i];

        if (part->type == COMMAND_FLAG || part->type == COMMAND_VARIABLE)
            look_at(&reading, part->text, part->type == COMMAND_FLAG, part->value);
        if (part->type == COMMAND_WORD)
            look_at_word(&reading, part->text);
        look_at_setting(&reading, part);
    }
    reading.commanding = false;
    for (uint32_t i = 0; i < variables->count; i++)
        look_at_variable(&reading, variables->items[i].name, variables->items[i].value);
    if (reading.declared)
        return reading.told || (reading.port && reading.everywhere) ? LISTENING_THERE
                                                                    : LISTENING_UNKNOWN;
    return reading.locally     ? LISTENING_LOCALLY
           : reading.elsewhere ? LISTENING_ELSEWHERE
                               : LISTENING_UNKNOWN;
}
