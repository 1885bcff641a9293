/* record - GUIDs as text, and what file and live records share. */
#include "etw/record.h"

#include "core/rd.h"

#define FLAG_32_BIT 0x0020u
#define FLAG_64_BIT 0x0040u
#define FLAG_CLASSIC 0x0100u

#define SID_HEAD_LEN 8u

size_t
etw_guid_format(const struct etw_guid *guid, char out[ETW_GUID_TEXT_MAX])
{
    /* Data1, Data2 and Data3 are little endian: their bytes are written backwards. */
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;

    out[len++] = '{';
    for (size_t i = 0; i < sizeof(order); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[len++] = '-';
        }
        out[len++] = digits[guid->bytes[order[i]] >> 4];
        out[len++] = digits[guid->bytes[order[i]] & 15];
    }
    out[len++] = '}';
    out[len] = '\0';
    return len;
}

void
etw_record_add_item(struct etw_record *rec, uint16_t type, const uint8_t *data, size_t len)
{
    if (type == ETW_EXT_SID && len >= SID_HEAD_LEN && len - SID_HEAD_LEN >= 4u * data[1]) {
        rec->sid = data;
        rec->sid_len = SID_HEAD_LEN + 4u * data[1];
    } else if (type == ETW_EXT_SESSION && len >= 4) {
        rec->has_session = true;
        rec->session_id = rd_le32(data);
    } else if (type == ETW_EXT_START_KEY && len >= 8) {
        rec->start_key = rd_le64(data);
    }
}

void
etw_record_set_flags(struct etw_record *rec, uint16_t flags, uint16_t id)
{
    rec->classic = (flags & FLAG_CLASSIC) != 0;
    rec->id = rec->classic ? rec->opcode : id;
    if ((flags & FLAG_32_BIT) != 0) {
        rec->ptr_len = 4;
    } else if ((flags & FLAG_64_BIT) != 0) {
        rec->ptr_len = 8;
    }
}
