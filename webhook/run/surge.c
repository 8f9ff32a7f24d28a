// IntOrString as the API's validation reads it. The rule decides which value to write.
#include "run/surge.h"

bool surge_is_zero(struct value value, struct arena *arena)
{
    struct slice text =
        value_type(value) == TAPE_STRING ? value_string(value, arena) : value_raw(value);
    int64_t number;

    if (value_type(value) == TAPE_STRING) {
        if (text.size == 0 || text.data[text.size - 1] != '%')
            return false;
        text.size--;
    }
    return slice_integer(text, 0, 0, &number);
}

int64_t surge_rounded_down(struct int_or_percent share, int64_t replicas)
{
    return share.percent ? replicas * share.value / 100 : share.value;
}

bool surge_read(struct slice json, struct int_or_percent *share)
{
    int64_t number;
    bool percent = json.size > 3 && json.data[0] == '"' && json.data[json.size - 2] == '%';

    if (percent)
        json = (struct slice){json.data + 1, json.size - 3};
    if (!slice_integer(json, 0, INT32_MAX, &number))
        return false;
    *share = (struct int_or_percent){(int32_t)number, percent};
    return true;
}

struct slice surge_json(struct int_or_percent share, struct arena *arena)
{
    struct text json;

    text_init(&json, arena, 64);
    text_puts(&json, share.percent ? "\"" : "");
    text_integer(&json, share.value);
    text_puts(&json, share.percent ? "%\"" : "");
    return text_slice(&json);
}
