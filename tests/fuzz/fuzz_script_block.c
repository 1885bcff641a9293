/* fuzz_script_block - any parts in any order; and any text as MOF. Each input byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "core/utf.h"
#include "evtlog/evtx_mof.h"
#include "state/script_blocks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
    uint64_t last_ft;
    size_t given;
};

static enum err
on_block(void *ctx, struct event *ev, struct sv whole)
{
    struct seen *seen = ctx;

    if (ev->time_ft < seen->last_ft || !event_has(ev, script_len) || event_has(ev, part) ||
        (event_has(ev, script) && ev->script.len > EVENT_SCRIPT_MAX) ||
        (!event_has(ev, parts_missing) && whole.len < ev->script_len)) {
        abort();
    }
    seen->last_ft = ev->time_ft;
    seen->given++;
    return ERR_OK;
}

/* Six bytes of choices, then the text. */
static enum err
put(struct script_blocks *b, uint64_t *now_ft, const uint8_t *choice, struct sv text)
{
    static const char *const ids[] = {"a", "b", "c", "d"};
    struct event ev;

    *now_ft += choice[0] * (TM_SEC / 16);
    event_init(&ev, EV_SCRIPT_BLOCK, *now_ft);
    event_set(&ev, host, (choice[1] & 1) != 0 ? SV("PC-A") : SV("PC-B"));
    event_set(&ev, object, sv_from(ids[choice[1] >> 1 & 3]));
    event_set(&ev, part, choice[2]);
    event_set(&ev, parts, choice[3] & 7);
    if (text.len > 0) {
        event_set(&ev, script, text);
    }
    if ((choice[1] & 0xC0) == 0xC0) { /* joined before */
        event_clear(&ev, part);
        event_set(&ev, script_len, (uint32_t)text.len);
        event_set(&ev, sha256, SV("x"));
        if (choice[4] > 0) {
            event_set(&ev, parts_missing, choice[4]);
        }
    }
    if (script_blocks_due(b) < *now_ft) {
        enum err err = script_blocks_release(b, *now_ft);

        if (err) {
            return err;
        }
    }
    return script_blocks_put(b, &ev);
}

static void
try_mof(struct sv text)
{
    char out[64];
    bool cut;
    struct sv got = mof_text(text, SV("Query"), out, sizeof(out), &cut);

    if (got.len > sizeof(out) ||
        (utf8_valid(text) && memchr(text.p, '\\', text.len) == NULL && !utf8_valid(got))) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct seen seen = {0, 0};
    struct script_blocks *b;
    uint64_t now_ft = UINT64_C(134379648000000000);

    if (len > 0) {
        try_mof((struct sv){(const char *)data, len});
    }
    if (script_blocks_create(on_block, &seen, &b) != ERR_OK) {
        abort();
    }
    while (len >= 6) {
        size_t text_len = data[5] < len - 6 ? data[5] : len - 6;

        if (put(b, &now_ft, data, (struct sv){(const char *)data + 6, text_len}) != ERR_OK) {
            abort();
        }
        data += 6 + text_len;
        len -= 6 + text_len;
    }
    if (script_blocks_flush(b) != ERR_OK || script_blocks_due(b) != UINT64_MAX) {
        abort();
    }
    script_blocks_destroy(b);
    return 0;
}
