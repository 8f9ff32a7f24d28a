// Remembers where every 64th character starts. So a look-up walks over few bytes, and all look-ups
// together walk over each byte a limited number of times. Text with only one-byte characters needs
// no table.
#include "yaml/marks.h"

#include <stdlib.h>

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t count_characters(struct slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += starts_character(text.data[i]);
    return count;
}

int yaml_marks_init(struct yaml_marks *marks, struct slice text)
{
    size_t characters = count_characters(text), index = 0;

    *marks = (struct yaml_marks){.text = text};
    if (characters == text.size)
        return 0;
    marks->offsets = malloc((characters / YAML_MARKS_STEP + 1) * sizeof(*marks->offsets));
    if (!marks->offsets)
        return -1;
    for (size_t i = 0; i < text.size; i++)
        if (starts_character(text.data[i]) && index++ % YAML_MARKS_STEP == 0)
            marks->offsets[marks->count++] = (uint32_t)i;
    return 0;
}

size_t yaml_marks_offset(const struct yaml_marks *marks, size_t index)
{
    size_t step = index / YAML_MARKS_STEP, offset;

    if (!marks->offsets)
        return index < marks->text.size ? index : marks->text.size;
    if (step >= marks->count)
        return marks->text.size;
    offset = marks->offsets[step];
    for (size_t left = index % YAML_MARKS_STEP; left > 0 && offset < marks->text.size; left--) {
        offset++;
        while (offset < marks->text.size && !starts_character(marks->text.data[offset]))
            offset++;
    }
    return offset;
}

void yaml_marks_clear(struct yaml_marks *marks)
{
    free(marks->offsets);
    *marks = (struct yaml_marks){0};
}
