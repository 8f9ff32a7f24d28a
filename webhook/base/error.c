// Records the first failure. The outermost caller prints it.
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

__attribute__((format(printf, 4, 0))) static int error_record(struct error *error, uint32_t line,
                                                              uint32_t column, const char *format,
                                                              va_list arguments)
{
    if (!error || error->set)
        return -1;
    error->set = true;
    error->line = line;
    error->column = column;
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    error->text[slice_whole(slice_of(error->text)).size] = '\0';
    return -1;
}

int error_set(struct error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    error_record(error, 0, 0, format, arguments);
    va_end(arguments);
    return -1;
}

int error_set_at(struct error *error, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    error_record(error, line, column, format, arguments);
    va_end(arguments);
    return -1;
}
