/* fuzz_evtmap - any value of any type into any field of the mapping. */
#include <stdlib.h>

#include "evtlog/evtmap.h"
#include "evtlog/evtx_field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct field_arena arena;
static uint8_t packed[EVENT_PACKED_MAX];

static const struct evtmap_row *
any_row(unsigned choice)
{
    size_t count = 0;

    while (evtmap_row(count) != NULL) {
        count++;
    }
    return evtmap_row(choice % count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct evtmap_row *row;
    struct evtx_value v;
    struct event ev, copy;
    size_t packed_len;

    if (len < 2) {
        return 0;
    }
    row = any_row(data[0]);
    v = (struct evtx_value){data[1], data + 2, len - 2};
    event_init(&ev, row->kind, 1);
    arena.len = 0;
    for (size_t i = 0; i < row->count; i++) {
        field_put(&ev, &arena, &row->fields[i], &v);
    }
    if (event_pack(&ev, packed, sizeof(packed), &packed_len) != ERR_OK ||
        event_unpack(packed, packed_len, &copy) != ERR_OK || event_cmp(&ev, &copy) != 0) {
        abort(); /* whatever was set is a sound event */
    }
    (void)evtmap_find((struct sv){(const char *)data, len}, data[0]);
    return 0;
}
