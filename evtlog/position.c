/* position - to text and back. */
#include "evtlog/position.h"

#include <inttypes.h>
#include <stdio.h>

/* The number up to the blank that ends it. */
static bool
take_number(struct sv *text, uint64_t *out)
{
    const char *blank = text->len == 0 ? NULL : memchr(text->p, ' ', text->len);
    struct sv digits;

    if (blank == NULL) {
        return false;
    }
    digits = (struct sv){text->p, (size_t)(blank - text->p)};
    *text = (struct sv){blank + 1, text->len - digits.len - 1};
    return sv_u64(digits, out) == ERR_OK;
}

bool
position_parse(struct sv text, struct position *out)
{
    if (!take_number(&text, &out->time_ft) || !take_number(&text, &out->read_to) || text.len == 0 ||
        text.len >= sizeof(out->xml) || text.p[0] != '<') {
        return false;
    }
    memcpy(out->xml, text.p, text.len);
    out->len = text.len;
    out->number = live_bookmark_number(text);
    return true;
}

struct sv
position_text(const struct position *p, char out[POSITION_TEXT_MAX])
{
    int len = snprintf(out, POSITION_TEXT_MAX, "%" PRIu64 " %" PRIu64 " %.*s", p->time_ft,
                       p->read_to, (int)p->len, p->xml);

    return (struct sv){out, len < 0 ? 0 : (size_t)len};
}
