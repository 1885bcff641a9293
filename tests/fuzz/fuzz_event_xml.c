/* fuzz_event_xml - any units as the XML of an event: UTF-8 that becomes UTF-16, or (first byte odd)
 * UTF-16 as it is. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/utf.h"
#include "evtlog/event_xml.h"

#define INPUT_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
    const uint16_t *text;
    size_t len;
    size_t units;
};

/* Values lie inside the text and never overlap. */
static enum err
on_leaf(void *ctx, const struct event_xml_leaf *leaf)
{
    struct seen *s = ctx;
    const uint8_t *text = (const uint8_t *)s->text;
    char out[256];

    if (leaf->value.data < text || leaf->value.len > 2 * s->len ||
        (size_t)(leaf->value.data - text) > 2 * s->len - leaf->value.len || leaf->value.len == 0 ||
        (leaf->sys == SYS_NONE) != (leaf->name.len > 0)) {
        abort();
    }
    s->units += leaf->value.len / 2;
    if (s->units > s->len) {
        abort();
    }
    return evtx_value_text(&leaf->value, out, sizeof(out), NULL) > sizeof(out) ? ERR_INTERNAL
                                                                               : ERR_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint16_t *text;
    struct seen s = {0};
    enum err err;
    bool cut;

    if (len == 0 || len > INPUT_MAX) {
        return 0;
    }
    text = mem_array(len, sizeof(*text)); /* UTF-8 never has fewer bytes than units */
    if (text == NULL) {
        return 0;
    }
    if (data[0] % 2 != 0) {
        s.len = (len - 1) / 2;
        memcpy(text, data + 1, 2 * s.len);
    } else {
        s.len = utf8_to_utf16((struct sv){(const char *)data + 1, len - 1}, text, len, &cut);
    }
    s.text = text;
    err = event_xml_read(text, s.len, on_leaf, &s);
    if (err != ERR_OK && err != ERR_FORMAT) {
        abort();
    }
    mem_free(text);
    return 0;
}
