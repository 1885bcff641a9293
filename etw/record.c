/* record - GUIDs as text. */
#include "etw/record.h"

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
