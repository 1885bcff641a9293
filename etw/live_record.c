/* live_record - EVENT_RECORD and TRACE_GUID_INFO, read with their lengths in mind. */
#include "etw/live_record.h"

#include "core/rd.h"

#define INFO_LEN 8u      /* TRACE_GUID_INFO */
#define INSTANCE_LEN 16u /* TRACE_PROVIDER_INSTANCE_INFO */
#define ENABLE_LEN 32u   /* TRACE_ENABLE_INFO */

static void
add_items(const struct etw_live_record *in, struct etw_record *out)
{
    for (size_t i = 0; in->items != NULL && i < in->item_count; i++) {
        const struct etw_live_item *item = &in->items[i];

        if (item->data != 0) {
            etw_record_add_item(out, item->type, (const uint8_t *)(uintptr_t)item->data, item->len);
        }
    }
}

void
etw_live_record_read(const struct etw_live_record *in, struct etw_record *out)
{
    *out = (struct etw_record){
        .header = ETW_HEADER_EVENT,
        .time_ft = in->time_ft,
        .provider = in->provider,
        .version = in->version,
        .opcode = in->opcode,
        .level = in->level,
        .ptr_len = 8,
        .keyword = in->keyword,
        .pid = in->pid,
        .tid = in->tid,
        .payload = in->payload,
        .payload_len = in->payload == NULL ? 0 : in->payload_len,
    };
    etw_record_set_flags(out, in->flags, in->id);
    add_items(in, out);
}

/* -- who has a provider enabled ---------------------------------------------------------------- */

/* One instance: a process that registered the provider. */
static bool
find_in_instance(struct rd rd, uint16_t logger_id, struct etw_enabled *out)
{
    const uint8_t *head, *e;

    if (rd_bytes(&rd, INSTANCE_LEN, &head)) {
        return false;
    }
    for (uint32_t left = rd_le32(head + 4); left > 0 && !rd_bytes(&rd, ENABLE_LEN, &e); left--) {
        if (rd_le32(e) != 0 && rd_le16(e + 6) == logger_id) {
            *out = (struct etw_enabled){
                .level = e[4],
                .any_keyword = rd_le64(e + 16),
                .all_keyword = rd_le64(e + 24),
                .properties = rd_le32(e + 8),
            };
            return true;
        }
    }
    return false;
}

bool
etw_guid_info_find(const uint8_t *data, size_t len, uint16_t logger_id, struct etw_enabled *out)
{
    struct rd rd = rd_make(data, len);
    uint32_t left;

    if (len < INFO_LEN) {
        return false;
    }
    left = rd_le32(data);
    if (rd_skip(&rd, INFO_LEN)) {
        return false;
    }
    for (; left > 0; left--) {
        uint32_t next = 0;
        struct rd at = rd;

        if (find_in_instance(rd, logger_id, out)) {
            return true;
        }
        /* From the instance's own begin; 0: it is the last. */
        if (rd_u32(&at, &next) || next < INSTANCE_LEN || rd_skip(&rd, next)) {
            return false;
        }
    }
    return false;
}
