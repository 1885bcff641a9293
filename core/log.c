/* log - one line at a time to one sink, and the escaping of foreign text. */
#include "core/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/utf.h"

#define LINE_MAX_LEN 1024
#define ESCAPE_ONE_MAX 12 /* "\u{10FFFF}" and some room */

static void
to_stderr(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    (void)level;
    (void)fprintf(stderr, "%s\n", line);
}

struct sink {
    log_sink_fn write;
    void *ctx;
};

/* The lock covers the copying of the pair only; the sink itself runs outside. */
static atomic_flag sink_lock = ATOMIC_FLAG_INIT;
static struct sink sink = {to_stderr, NULL};
static atomic_int max_level = LOG_WARN;

static struct sink
swap_sink(const struct sink *next)
{
    struct sink current;

    while (atomic_flag_test_and_set_explicit(&sink_lock, memory_order_acquire)) {
    }
    current = sink;
    if (next != NULL) {
        sink = *next;
    }
    atomic_flag_clear_explicit(&sink_lock, memory_order_release);
    return current;
}

void
log_set(enum log_level max, log_sink_fn write, void *ctx)
{
    struct sink next = {write == NULL ? to_stderr : write, ctx};

    (void)swap_sink(&next);
    atomic_store(&max_level, (int)max);
}

void
log_line(enum log_level level, const char *fmt, ...)
{
    char line[LINE_MAX_LEN];
    struct sink to;
    va_list args;
    int len;

    if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed)) {
        return;
    }
    va_start(args, fmt);
    len = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    for (char *p = line; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20) {
            *p = '?'; /* a forgotten escape must not forge a second line */
        }
    }
    to = swap_sink(NULL);
    to.write(to.ctx, level, line);
}

/* Code points that a reader cannot see, or that change how the text around them looks. */
static bool
needs_escape(uint32_t cp)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } hidden[] = {
        {0x00, 0x1F},        {0x7F, 0x9F},                       /* C0, DEL, C1 */
        {0x61C, 0x61C},      {0x200B, 0x200B}, {0x200E, 0x200F}, /* bidi marks */
        {0x2028, 0x202E},                                        /* separators, bidi */
        {0x2060, 0x206F},                                        /* isolates, invisible */
        {0xD800, 0xF8FF},                                        /* surrogates, private */
        {0xFDD0, 0xFDEF},                                        /* noncharacters */
        {0xFEFF, 0xFEFF},    {0xFFF9, 0xFFFB},                   /* BOM, annotations */
        {0xE0000, 0xE007F},                                      /* tags */
        {0xF0000, 0x10FFFF},                                     /* private planes */
    };

    if ((cp & 0xFFFEu) == 0xFFFEu) {
        return true; /* the last two of each plane are noncharacters */
    }
    for (size_t i = 0; i < COUNT(hidden); i++) {
        if (cp <= hidden[i].last) {
            return cp >= hidden[i].first;
        }
    }
    return false;
}

static size_t
put_hex(uint32_t value, unsigned digits, char *out)
{
    for (unsigned i = 0; i < digits; i++) {
        out[i] = "0123456789ABCDEF"[value >> 4 * (digits - 1 - i) & 15];
    }
    return digits;
}

static size_t
put_byte(uint8_t byte, char *out)
{
    memcpy(out, "\\x", 2);
    return 2 + put_hex(byte, 2, out + 2);
}

static size_t
put_code_point(uint32_t cp, char *out)
{
    unsigned digits = cp > 0xFFFFFu ? 6 : cp > 0xFFFFu ? 5 : 4;
    size_t len = 3;

    memcpy(out, "\\u{", 3);
    len += put_hex(cp, digits, out + len);
    out[len++] = '}';
    return len;
}

/* One character of s from *pos as it may be shown; returns its length. */
static size_t
escape_next(struct sv s, size_t *pos, char out[ESCAPE_ONE_MAX])
{
    size_t start = *pos;
    uint32_t cp = utf8_next(s, pos);
    bool bad = cp == 0xFFFDu && !utf8_is_replacement(s, start);

    if (bad) {
        *pos = start + 1; /* byte by byte, so that none is lost */
        return put_byte((uint8_t)s.p[start], out);
    }
    if (!needs_escape(cp)) {
        memcpy(out, s.p + start, *pos - start);
        return *pos - start;
    }
    return cp < 0x80 ? put_byte((uint8_t)cp, out) : put_code_point(cp, out);
}

void
escape_put(struct buf *out, struct sv s, size_t max_len)
{
    struct sv shown = utf8_cut(s, max_len);
    size_t pos = 0;

    while (pos < shown.len) {
        char one[ESCAPE_ONE_MAX];
        buf_put(out, one, escape_next(shown, &pos, one));
    }
    if (shown.len < s.len) {
        buf_puts(out, "...");
    }
}

const char *
escape_text(struct sv s, char out[ESCAPE_TEXT_MAX])
{
    size_t room = ESCAPE_TEXT_MAX - sizeof("...");
    size_t len = 0;
    size_t pos = 0;

    while (pos < s.len) {
        char one[ESCAPE_ONE_MAX];
        size_t n = escape_next(s, &pos, one);

        if (n > room - len) {
            memcpy(out + len, "...", 3);
            len += 3;
            break;
        }
        memcpy(out + len, one, n);
        len += n;
    }
    out[len] = '\0';
    return out;
}
