// Writes the shortest digits of doubles in Go's layout.
#include "manifest/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DIGITS_MAX = 17,   // enough for any double
    SCALAR_MAX = 1024, // bytes of a number in YAML
};

// Gives the shortest decimal digits that read back as `number`, without a point, and the exponent
// of the first digit.
static size_t shortest_digits(double number, char digits[DIGITS_MAX + 1], int *exponent)
{
    char buffer[32];
    size_t size = 0;

    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        snprintf(buffer, sizeof(buffer), "%.*e", precision, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
    for (const char *byte = buffer; *byte != 'e'; byte++) {
        if (*byte != '.')
            digits[size++] = *byte;
    }
    digits[size] = '\0';
    *exponent = atoi(strchr(buffer, 'e') + 1);
    return size;
}

static void add_zeros(struct text *text, int count)
{
    while (count-- > 0)
        text_putc(text, '0');
}

static void add_plain(struct text *text, struct slice digits, int exponent)
{
    int whole = exponent + 1; // digits before the point

    if (whole <= 0) {
        text_puts(text, "0.");
        add_zeros(text, -whole);
        text_add(text, digits);
    } else if ((size_t)whole >= digits.size) {
        text_add(text, digits);
        add_zeros(text, whole - (int)digits.size);
    } else {
        text_add(text, (struct slice){digits.data, (size_t)whole});
        text_putc(text, '.');
        text_add(text, (struct slice){digits.data + whole, digits.size - (size_t)whole});
    }
}

void number_add(struct text *text, double number)
{
    char digits[DIGITS_MAX + 1];
    double magnitude = fabs(number);
    int exponent;
    size_t size = shortest_digits(magnitude, digits, &exponent);

    if (signbit(number))
        text_putc(text, '-');
    if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) {
        add_plain(text, (struct slice){digits, size}, exponent);
        return;
    }
    text_putc(text, digits[0]);
    if (size > 1)
        text_printf(text, ".%s", digits + 1);
    text_printf(text, "e%c%d", exponent < 0 ? '-' : '+', abs(exponent));
}

// Whether it has only digits and fits uint64. Go keeps such numbers exactly, also past int64.
static bool is_unsigned(const char *digits)
{
    char *end;

    if (digits[0] < '1' || digits[0] > '9')
        return false;
    errno = 0;
    strtoull(digits, &end, 10);
    return errno == 0 && *end == '\0';
}

int number_from_yaml(struct text *text, struct slice scalar)
{
    char digits[SCALAR_MAX];
    size_t size = 0;
    double number;
    char *end;

    if (scalar.size >= sizeof(digits))
        return -1;
    for (size_t i = 0; i < scalar.size; i++) {
        if (scalar.data[i] != '_')
            digits[size++] = scalar.data[i];
    }
    digits[size] = '\0';
    number = strtod(digits, &end);
    if (end == digits || *end != '\0' || !isfinite(number))
        return -1;
    if (is_unsigned(digits))
        text_puts(text, digits);
    else
        number_add(text, number);
    return 0;
}
