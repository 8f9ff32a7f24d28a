// Edit distance over three rows.
#include "loader/nearest.h"

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

uint32_t nearest_distance(struct slice a, struct slice b)
{
    uint32_t rows[3][NEAREST_SIZE_MAX + 1];

    if (a.size > NEAREST_SIZE_MAX || b.size > NEAREST_SIZE_MAX)
        return UINT32_MAX;
    for (uint32_t j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; i <= a.size; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        char x = lower(a.data[i - 1]);

        row[0] = i;
        for (uint32_t j = 1; j <= b.size; j++) {
            char y = lower(b.data[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.data[j - 2]) && lower(a.data[i - 2]) == y)
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[a.size % 3][b.size];
}

bool nearest_worth(struct slice word, uint32_t distance)
{
    return distance <= word.size / 3 + 1 && distance < word.size;
}
