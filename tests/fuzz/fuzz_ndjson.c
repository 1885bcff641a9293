/* Any bytes as a line of NDJSON, and as a packed event: refused, or kept through every form. */
#include <stdlib.h>

#include "core/event.h"

#define LINE_CAP ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
    if (!truth) {
        abort();
    }
}

/* An event that was read from JSON is written, and read again as the same. */
static void
check_json(const struct event *ev)
{
    char why[EVENT_WHY_MAX];
    struct buf out, arena;
    struct event back;
    struct json j;

    buf_init(&out, LINE_CAP);
    buf_init(&arena, LINE_CAP);
    json_init(&j, &out, false);
    event_to_json(&j, NULL, ev);
    require(buf_err(&out) == ERR_OK);
    require(event_from_json(buf_sv(&out), &arena, &back, why) == ERR_OK);
    require(event_cmp(ev, &back) == 0);
    buf_fini(&out);
    buf_fini(&arena);
}

/* What was packed once (texts are cut there) stays the same from then on. */
static void
check_packing(const struct event *ev)
{
    static uint8_t first[EVENT_PACKED_MAX];
    static uint8_t second[EVENT_PACKED_MAX];
    struct event back, again;
    size_t first_len, second_len;

    require(event_pack(ev, first, sizeof(first), &first_len) == ERR_OK);
    require(event_unpack(first, first_len, &back) == ERR_OK);
    require(event_pack(&back, second, sizeof(second), &second_len) == ERR_OK);
    require(event_unpack(second, second_len, &again) == ERR_OK);
    require(first_len == second_len && event_cmp(&back, &again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[EVENT_WHY_MAX];
    struct event ev;
    struct buf arena;

    buf_init(&arena, LINE_CAP);
    if (event_from_json((struct sv){(const char *)data, size}, &arena, &ev, why) == ERR_OK) {
        check_json(&ev);
        check_packing(&ev);
    } else {
        require(why[0] != '\0');
    }
    if (event_unpack(data, size, &ev) == ERR_OK) {
        check_packing(&ev);
    }
    buf_fini(&arena);
    return 0;
}
