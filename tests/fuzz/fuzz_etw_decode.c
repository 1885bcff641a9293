/* fuzz_etw_decode - any payload under any row: the first bytes choose row, version, pointer width
 * and the header's items, the rest is the payload. */
#include <stdlib.h>

#include "core/mem.h"
#include "etw/decode.h"

#define HEAD_LEN 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t packed[EVENT_PACKED_MAX];
static const uint8_t sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};

static struct etw_record
make_record(const uint8_t head[HEAD_LEN], const uint8_t *payload, size_t len)
{
    struct etw_row_info row = etw_row(head[0] % etw_row_count());
    struct etw_record rec = {
        .header = ETW_HEADER_EVENT,
        .time_ft = 1,
        .provider = row.guid,
        .id = row.id,
        .version = (uint8_t)(row.version + head[1] % 4),
        .ptr_len = head[2] & 1 ? 4 : 8,
        .pid = head[2] & 2 ? ETW_NO_ID : head[3],
        .payload = payload,
        .payload_len = len,
        .has_session = (head[2] & 4) != 0,
        .session_id = head[3],
        .start_key = head[2] & 8 ? 77 : 0,
    };

    if (head[2] & 16) {
        rec.sid = sid;
        rec.sid_len = sizeof(sid);
    }
    return rec;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct etw_decoder *decoder;
    struct etw_record rec;
    struct event ev, copy;
    enum etw_decoded decoded;
    const char *why = NULL;
    size_t packed_len;

    if (len < HEAD_LEN || (decoder == NULL && etw_decoder_create(&decoder) != ERR_OK)) {
        return 0;
    }
    rec = make_record(data, data + HEAD_LEN, len - HEAD_LEN);
    decoded = etw_decode(decoder, &rec, &ev, &why);
    if (decoded == ETW_UNKNOWN || (decoded == ETW_DAMAGED) != (why != NULL) ||
        (decoded == ETW_DAMAGED) != (ev.kind == EV_ANOMALY)) {
        abort();
    }
    if (event_pack(&ev, packed, sizeof(packed), &packed_len) != ERR_OK ||
        event_unpack(packed, packed_len, &copy) != ERR_OK || event_cmp(&ev, &copy) != 0) {
        abort(); /* whatever was set is a sound event */
    }
    return 0;
}
