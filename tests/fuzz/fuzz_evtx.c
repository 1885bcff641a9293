/* fuzz_evtx - any bytes as a log: as a whole file, or (first byte odd) as the chunk of one. */
#include <stdlib.h>

#include "evtlog/evtx_chunk.h"
#include "platform/source.h"

#define INPUT_MAX (4u * EVTX_CHUNK_LEN)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
    const uint8_t *data;
    size_t len;
    size_t head_len; /* bytes of a file header that stand before data */
};

static enum err
read_input(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    static const uint8_t magic[] = "ElfFile";
    const struct input *in = ctx;
    uint8_t *bytes = out;

    *got = 0;
    for (size_t i = 0; i < len && offset + i < in->head_len + in->len; i++) {
        size_t at = (size_t)offset + i;

        bytes[i] = at >= in->head_len   ? in->data[at - in->head_len]
                   : at < sizeof(magic) ? magic[at]
                                        : 0;
        *got = i + 1;
    }
    return ERR_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input in;
    struct source source = {read_input, &in, 0};
    struct evtx_item item;
    struct evtx *r = NULL;
    uint64_t given = 0;

    if (len == 0 || len > INPUT_MAX) {
        return 0;
    }
    in = (struct input){data + 1, len - 1, data[0] % 2 == 0 ? 0 : FILE_BLOCK_LEN};
    source.size = in.head_len + in.len;
    if (evtx_open_source(&source, &r) != ERR_OK) {
        return 0;
    }
    while (evtx_next(r, &item) == ERR_OK) {
        given += item.kind == EVTX_ITEM_DAMAGED ? 0 : 1;
    }
    if (given > evtx_stats(r)->records || given > len / 28 + 1) {
        abort(); /* more records than bytes can hold: something was given twice */
    }
    evtx_close(r);
    return 0;
}
