/* fuzz_xpress - any bytes as compressed ones, into a buffer whose room the first two bytes say:
 * less room gives the begin of the same. The same bytes compressed and unpacked are themselves. */
#include <stdlib.h>
#include <string.h>

#include "etw/xpress.h"
#include "support/etl_build.h"

#define HEAD_LEN 3u
#define ROOM_MAX (4u * UINT16_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Into memory of exactly that size; the caller frees it. */
static uint8_t *
unpack(const uint8_t *in, size_t in_len, size_t cap, size_t *len, enum err *err)
{
    uint8_t *out = malloc(cap == 0 ? 1 : cap);

    check(out != NULL);
    *len = SIZE_MAX;
    *err = xpress_decompress(in, in_len, out, cap, len);
    check(*len <= cap);
    check(*err == ERR_OK || *err == ERR_TRUNC || *err == ERR_FORMAT);
    return out;
}

static void
check_prefix(const uint8_t *in, size_t in_len, size_t cap, size_t less)
{
    enum err err, less_err;
    size_t len, less_len;
    uint8_t *out = unpack(in, in_len, cap, &len, &err);
    uint8_t *begin = unpack(in, in_len, less, &less_len, &less_err);

    check(less_len == (len < less ? len : less));
    check(memcmp(out, begin, less_len) == 0);
    check(len < less ? less_err == err : less_len == less);
    free(out);
    free(begin);
}

static void
check_round_trip(const uint8_t *data, size_t len)
{
    struct eb packed = {0};
    size_t out_len;
    enum err err;
    uint8_t *out;

    eb_xpress(&packed, data, len);
    out = unpack(packed.data, packed.len, len, &out_len, &err);
    check(!err && out_len == len && memcmp(out, data, len) == 0);
    free(out);
    eb_free(&packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t cap;

    if (len < HEAD_LEN) {
        return 0;
    }
    cap = ((size_t)data[0] | (size_t)data[1] << 8) * 4; /* up to ROOM_MAX */
    check(cap <= ROOM_MAX);
    check_prefix(data + HEAD_LEN, len - HEAD_LEN, cap, cap * data[2] / 256);
    check_round_trip(data + HEAD_LEN, len - HEAD_LEN);
    return 0;
}
