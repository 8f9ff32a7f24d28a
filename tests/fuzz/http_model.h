// What a strict reader takes from the bytes of an HTTP/1.1 connection, by RFC 9112: the requests
// that a server must have seen, and where two readers could disagree. It gives up where the bytes
// are odd: what a server then makes of them is its own.
#ifndef EVENKEEL_TESTS_HTTP_MODEL_H
#define EVENKEEL_TESTS_HTTP_MODEL_H

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"

enum http_model_kind {
    HTTP_MODEL_PLAIN,     // must be seen just so
    HTTP_MODEL_SHORT,     // not all of it is there
    HTTP_MODEL_AMBIGUOUS, // its length is told twice: neither it nor what follows may be seen
    HTTP_MODEL_ODD,       // nothing is said of it, nor of what follows
};

enum { HTTP_MODEL_HEAD_MAX = 8000, HTTP_MODEL_LINES_MAX = 90 };

struct http_model_request {
    enum http_model_kind kind;
    bool last; // the connection may end behind it
    struct slice method;
    struct slice path; // with its query
    struct slice body; // in the input, or in the model's `chunks`
};

struct http_model {
    struct slice input;
    size_t at;
    size_t body_max;
    char *chunks; // as large as the input: a chunked body, put together
};

struct http_model_head {
    unsigned lengths; // headers that tell a length
    bool folded;
    bool chunked;
    size_t length;
};

// The line at `at` without its end, which is LF with or without CR before it; false: not all there.
static inline bool http_model_line(struct http_model *model, struct slice *line)
{
    const char *start = model->input.data + model->at;
    const char *end = memchr(start, '\n', model->input.size - model->at);

    if (!end)
        return false;
    model->at += (size_t)(end - start) + 1;
    *line = (struct slice){start, (size_t)(end - start)};
    if (line->size > 0 && start[line->size - 1] == '\r')
        line->size--;
    return true;
}

static inline bool http_model_visible(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte <= ' ' || byte >= 0x7f)
            return false;
    }
    return text.size > 0;
}

// METHOD SP PATH SP HTTP/1.x
static inline bool http_model_first_line(struct slice line, struct http_model_request *request)
{
    const char *space = memchr(line.data, ' ', line.size);
    size_t rest;

    if (!space || line.size < sizeof("G / HTTP/1.1") - 1)
        return false;
    request->method = (struct slice){line.data, (size_t)(space - line.data)};
    rest = line.size - request->method.size - 1;
    if (rest < sizeof("/ HTTP/1.1") - 1)
        return false;
    request->path = (struct slice){space + 1, rest - (sizeof(" HTTP/1.1") - 1)};
    for (size_t i = 0; i < request->method.size; i++) {
        if (!isupper((unsigned char)request->method.data[i]))
            return false;
    }
    request->last = line.data[line.size - 1] == '0';
    return request->method.size > 0 && http_model_visible(request->path) &&
           request->path.data[0] == '/' && memcmp(line.data + line.size - 9, " HTTP/1.", 8) == 0 &&
           (line.data[line.size - 1] == '0' || line.data[line.size - 1] == '1');
}

static inline bool http_model_is(struct slice text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

// Without the blanks before it; blanks behind a length libh2o refuses.
static inline struct slice http_model_trim(struct slice text)
{
    while (text.size > 0 && (*text.data == ' ' || *text.data == '\t'))
        text = (struct slice){text.data + 1, text.size - 1};
    return text;
}

static inline bool http_model_length(struct slice digits, size_t *length)
{
    *length = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (!isdigit((unsigned char)digits.data[i]))
            return false;
        *length = *length * 10 + (size_t)(digits.data[i] - '0');
    }
    return digits.size > 0 && digits.size < 10;
}

static inline bool http_model_value_is_odd(struct slice value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return true;
    }
    return false;
}

// One header; false: odd.
static inline bool http_model_header(struct slice line, struct http_model_head *head,
                                     struct http_model_request *request)
{
    const char *colon = memchr(line.data, ':', line.size);
    struct slice name, value;

    if (*line.data == ' ' || *line.data == '\t') {
        head->folded = true;
        return !http_model_value_is_odd(line);
    }
    if (!colon)
        return false;
    name = (struct slice){line.data, (size_t)(colon - line.data)};
    value = http_model_trim((struct slice){colon + 1, line.size - name.size - 1});
    for (size_t i = 0; i < name.size; i++) {
        if (!isalnum((unsigned char)name.data[i]) && name.data[i] != '-' && name.data[i] != '_')
            return false;
    }
    if (http_model_is(name, "connection"))
        request->last = true;
    if (http_model_is(name, "content-length")) {
        head->lengths++;
        return http_model_length(value, &head->length);
    }
    if (http_model_is(name, "transfer-encoding")) {
        head->lengths++;
        head->chunked = true;
        return http_model_is(value, "chunked");
    }
    return name.size > 0 && !http_model_is(name, "expect") && !http_model_value_is_odd(value);
}

// Puts the chunks together; trailers and extensions are odd.
static inline enum http_model_kind http_model_chunks(struct http_model *model, struct slice *body)
{
    *body = (struct slice){model->chunks, 0};
    for (;;) {
        struct slice line;
        size_t size = 0;

        if (!http_model_line(model, &line))
            return HTTP_MODEL_SHORT;
        for (size_t i = 0; i < line.size; i++) {
            if (!isxdigit((unsigned char)line.data[i]) || line.size > 6)
                return HTTP_MODEL_ODD;
            size = size * 16 + strtoul((char[]){line.data[i], '\0'}, NULL, 16);
        }
        if (line.size == 0 || line.data[line.size] != '\r' || body->size + size > model->body_max)
            return HTTP_MODEL_ODD;
        if (model->input.size - model->at < size + 2)
            return HTTP_MODEL_SHORT;
        memcpy(model->chunks + body->size, model->input.data + model->at, size);
        body->size += size;
        model->at += size;
        if (memcmp(model->input.data + model->at, "\r\n", 2) != 0)
            return HTTP_MODEL_ODD;
        model->at += 2;
        if (size == 0)
            return HTTP_MODEL_PLAIN;
    }
}

static inline enum http_model_kind
http_model_body(struct http_model *model, const struct http_model_head *head, struct slice *body)
{
    if (head->lengths > 1 || (head->folded && head->lengths > 0))
        return HTTP_MODEL_AMBIGUOUS;
    if (head->folded)
        return HTTP_MODEL_ODD;
    if (head->chunked)
        return http_model_chunks(model, body);
    if (head->length > model->body_max)
        return HTTP_MODEL_ODD;
    if (model->input.size - model->at < head->length)
        return HTTP_MODEL_SHORT;
    *body = (struct slice){model->input.data + model->at, head->length};
    model->at += head->length;
    return HTTP_MODEL_PLAIN;
}

// Reads the next request. After another kind than HTTP_MODEL_PLAIN there is nothing more to say.
static inline struct http_model_request http_model_next(struct http_model *model)
{
    struct http_model_request request = {.kind = HTTP_MODEL_SHORT};
    struct http_model_head head = {0};
    struct slice line;
    size_t start = model->at;

    // An empty line before a request is passed over.
    if (!http_model_line(model, &line) || (line.size == 0 && !http_model_line(model, &line)))
        return request;
    request.kind = HTTP_MODEL_ODD;
    if (!http_model_first_line(line, &request))
        return request;
    for (unsigned lines = 0;; lines++) {
        if (model->at - start > HTTP_MODEL_HEAD_MAX || lines > HTTP_MODEL_LINES_MAX)
            return request;
        if (!http_model_line(model, &line)) {
            // What is odd about the rest is not told yet.
            request.kind =
                model->input.size - start > HTTP_MODEL_HEAD_MAX ? HTTP_MODEL_ODD : HTTP_MODEL_SHORT;
            return request;
        }
        if (line.size == 0)
            break;
        if (!http_model_header(line, &head, &request))
            return request;
    }
    request.kind = http_model_body(model, &head, &request.body);
    return request;
}

#endif
