// Plain scalars and keys by the rules of sigs.k8s.io/yaml 1.4 (its goyaml.v2/resolve.go and
// yaml.go), which differ from YAML 1.2's and from YAML 1.1's own: no base 60, no dates, `y` and `n`
// are booleans.
#include "yaml/scalar.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMERAL_MAX = 512 }; // bytes of a numeral; a longer one is a string

struct word {
    const char *text;
    enum yaml_type type;
    bool truth;
};

static const struct word words[] = {
    {"y", YAML_BOOLEAN, true},      {"Y", YAML_BOOLEAN, true},      {"yes", YAML_BOOLEAN, true},
    {"Yes", YAML_BOOLEAN, true},    {"YES", YAML_BOOLEAN, true},    {"true", YAML_BOOLEAN, true},
    {"True", YAML_BOOLEAN, true},   {"TRUE", YAML_BOOLEAN, true},   {"on", YAML_BOOLEAN, true},
    {"On", YAML_BOOLEAN, true},     {"ON", YAML_BOOLEAN, true},     {"n", YAML_BOOLEAN, false},
    {"N", YAML_BOOLEAN, false},     {"no", YAML_BOOLEAN, false},    {"No", YAML_BOOLEAN, false},
    {"NO", YAML_BOOLEAN, false},    {"false", YAML_BOOLEAN, false}, {"False", YAML_BOOLEAN, false},
    {"FALSE", YAML_BOOLEAN, false}, {"off", YAML_BOOLEAN, false},   {"Off", YAML_BOOLEAN, false},
    {"OFF", YAML_BOOLEAN, false},   {"", YAML_NULL, false},         {"~", YAML_NULL, false},
    {"null", YAML_NULL, false},     {"Null", YAML_NULL, false},     {"NULL", YAML_NULL, false},
    {".nan", YAML_FLOAT, false},    {".NaN", YAML_FLOAT, false},    {".NAN", YAML_FLOAT, false},
    {".inf", YAML_FLOAT, false},    {".Inf", YAML_FLOAT, false},    {".INF", YAML_FLOAT, false},
    {"+.inf", YAML_FLOAT, false},   {"+.Inf", YAML_FLOAT, false},   {"+.INF", YAML_FLOAT, false},
    {"-.inf", YAML_FLOAT, false},   {"-.Inf", YAML_FLOAT, false},   {"-.INF", YAML_FLOAT, false},
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

// Gives the numeral without its underscores. False when it is longer than any numeral that is read
// here.
static bool strip_underscores(struct slice text, char out[NUMERAL_MAX])
{
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '_')
            continue;
        if (text.data[i] == '\0' || size + 1 >= NUMERAL_MAX)
            return false;
        out[size++] = text.data[i];
    }
    out[size] = '\0';
    return true;
}

// Go's base 0: the sign is already cut off, and 0x, 0o, 0b or a leading 0 choose the base.
static int numeral_base(const char **digits)
{
    const char *text = *digits;

    if (text[0] != '0' || text[1] == '\0')
        return 10;
    *digits += 2;
    switch (text[1] | 0x20) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        *digits -= 1;
        return 8;
    }
}

static int digit_value(char byte)
{
    if (is_digit(byte))
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : 99;
}

// strconv.ParseUint with base 0. False when `text` is not such a numeral or is too large.
static bool parse_unsigned(const char *text, uint64_t *out)
{
    int base = numeral_base(&text);
    uint64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text; text++) {
        int digit = digit_value(*text);
        if (digit >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out = value;
    return true;
}

static bool parse_integer(const char *text, struct yaml_node *node)
{
    bool negative = text[0] == '-';
    bool has_sign = negative || text[0] == '+';
    uint64_t value;

    if (!parse_unsigned(text + has_sign, &value))
        return false;
    if (value <= (uint64_t)INT64_MAX + negative) {
        node->type = YAML_INTEGER;
        node->integer = (int64_t)(negative ? -value : value);
        return true;
    }
    if (has_sign)
        return false;
    node->type = YAML_FLOAT;
    return true;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
static bool looks_like_float(const char *text)
{
    size_t whole, part = 0;

    text += *text == '-' || *text == '+';
    whole = strspn(text, "0123456789");
    text += whole;
    if (*text == '.') {
        part = strspn(++text, "0123456789");
        text += part;
    }
    if (whole == 0 && part == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        if (!is_digit(*text))
            return false;
        text += strspn(text, "0123456789");
    }
    return *text == '\0';
}

// Only Go's ParseFloat reads text that starts with a point, and it wants each underscore between
// two digits.
static bool underscores_fit(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '_' && (i + 1 == text.size || i == 0 || !is_digit(text.data[i - 1]) ||
                                    !is_digit(text.data[i + 1])))
            return false;
    return true;
}

static void resolve_number(struct yaml_node *node)
{
    char numeral[NUMERAL_MAX];

    if (node->text.data[0] == '.' && !underscores_fit(node->text))
        return;
    if (!strip_underscores(node->text, numeral) || parse_integer(numeral, node))
        return;
    if (looks_like_float(numeral) && isfinite(strtod(numeral, NULL)))
        node->type = YAML_FLOAT;
}

// Whether `text` may be one of the words. It is fast, because all scalars come here and nearly none
// is such a word.
static bool may_be_word(struct slice text)
{
    return text.size <= 5 && (text.size == 0 || strchr("yYtToOnNfF~.+-", text.data[0]));
}

void yaml_scalar_resolve(struct yaml_node *node)
{
    node->type = YAML_STRING;
    for (size_t i = 0; may_be_word(node->text) && i < sizeof(words) / sizeof(*words); i++) {
        if (slice_is(node->text, words[i].text)) {
            node->type = words[i].type;
            node->truth = words[i].truth;
            return;
        }
    }
    if (node->text.size && (is_digit(node->text.data[0]) || strchr("+-.", node->text.data[0])))
        resolve_number(node);
}

// Gives the shortest decimal digits that read back as the same float: their number, and the power
// of ten of the first.
static int shortest_digits(float value, char digits[16], int *exponent)
{
    char text[32];
    int precision = 0;

    do
        snprintf(text, sizeof(text), "%.*e", precision, (double)value);
    while (strtof(text, NULL) != value && ++precision < 9);
    *exponent = atoi(strchr(text, 'e') + 1);
    digits[0] = text[0];
    memcpy(digits + 1, text + 2, (size_t)precision);
    return precision + 1;
}

// strconv.FormatFloat(value, 'g', -1, 32), the text of a float that is a key.
static void format_float(double number, char out[64])
{
    float value = (float)fabs(number);
    const char *sign = signbit(number) ? "-" : "";
    char digits[16];
    int exponent, count;

    if (isnan(number) || isinf(value)) {
        snprintf(out, 64, "%s", isnan(number) ? ".nan" : signbit(number) ? "-.inf" : ".inf");
        return;
    }
    count = shortest_digits(value, digits, &exponent);
    if (exponent < -4 || exponent >= 6)
        snprintf(out, 64, "%s%c%s%.*se%c%02d", sign, digits[0], count > 1 ? "." : "", count - 1,
                 digits + 1, exponent < 0 ? '-' : '+', abs(exponent));
    else
        snprintf(out, 64, "%s%.*f", sign, count > exponent + 1 ? count - 1 - exponent : 0,
                 (double)value);
}

static double float_value(const struct yaml_node *node)
{
    char numeral[NUMERAL_MAX];

    if (!strip_underscores(node->text, numeral))
        return 0;
    if (strpbrk(numeral, "nN") && numeral[0] == '.')
        return numeral[1] == 'i' || numeral[1] == 'I' ? INFINITY : NAN;
    if (strpbrk(numeral, "iI"))
        return numeral[0] == '-' ? -INFINITY : INFINITY;
    return strtod(numeral, NULL);
}

// Larger than int64 but within uint64. The API's reader has no such key.
static bool is_unsigned(const struct yaml_node *node)
{
    char numeral[NUMERAL_MAX];
    uint64_t value;

    return strip_underscores(node->text, numeral) && parse_unsigned(numeral, &value) &&
           value > INT64_MAX;
}

int yaml_scalar_key(struct yaml_node *node, struct arena *arena, struct error *error)
{
    char text[64];

    switch (node->type) {
    case YAML_NULL:
        return error_set(error, "a key may not be null; put it in quotes");
    case YAML_BOOLEAN:
        snprintf(text, sizeof(text), "%s", node->truth ? "true" : "false");
        break;
    case YAML_INTEGER:
        snprintf(text, sizeof(text), "%" PRId64, node->integer);
        break;
    case YAML_FLOAT:
        if (is_unsigned(node))
            return error_set(error, "a key may not be so great an integer; put it in quotes");
        format_float(float_value(node), text);
        break;
    default:
        return 0;
    }
    node->type = YAML_STRING;
    node->text = slice_copy(arena, slice_of(text));
    return node->text.data ? 0 : error_set(error, "out of memory");
}
