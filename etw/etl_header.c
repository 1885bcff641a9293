/* etl_header - TRACE_LOGFILE_HEADER in its two widths, and the three clocks. */
#include "etw/etl_header.h"

#include "core/rd.h"
#include "core/tm.h"
#include "core/utf.h"

#define FREQUENCY_MAX UINT64_C(100000000000) /* a remainder times TM_SEC stays below 2^64 */
#define MHZ UINT64_C(1000000)

/* Offsets behind the two pointers and the time zone, which are as wide as the session's kernel. */
struct layout {
    uint32_t ptr_len;
    size_t boot, frequency, start, clock, buffers_lost, names;
};

static const struct layout layouts[] = {
    {8, 0xF8, 0x100, 0x108, 0x110, 0x114, 0x118},
    {4, 0xF0, 0xF8, 0x100, 0x108, 0x10C, 0x110},
};

#define AT_BUILD 0x08
#define AT_PROCESSORS 0x0C
#define AT_END 0x10
#define AT_MODE 0x20
#define AT_PTR_LEN 0x2C
#define AT_EVENTS_LOST 0x30
#define AT_MHZ 0x34

enum { CLOCK_DEFAULT, CLOCK_COUNTER, CLOCK_SYSTEM, CLOCK_CYCLES, CLOCK_COUNT };

static bool
is_time(uint64_t ft)
{
    return ft >= TM_UNIX_EPOCH_FT && ft <= TM_MAX_FT;
}

/* A header may claim the width of the program that wrote it and have the kernel's: the one whose
 * start and clock make sense is right, the claimed one first. */
static const struct layout *
find_layout(const uint8_t *payload, size_t len)
{
    uint32_t claimed = rd_le32(payload + AT_PTR_LEN);
    size_t first = claimed == 4 ? 1 : 0;

    for (size_t i = 0; i < COUNT(layouts); i++) {
        const struct layout *l = &layouts[(first + i) % COUNT(layouts)];

        if (len >= l->names && is_time(rd_le64(payload + l->start)) &&
            rd_le32(payload + l->clock) < CLOCK_COUNT) {
            return l;
        }
    }
    return NULL;
}

void
etl_name(const uint8_t *at, size_t len, char out[ETL_NAME_MAX], size_t *used)
{
    size_t units = 0;

    while (2 * units + 1 < len && rd_le16(at + 2 * units) != 0) {
        units++;
    }
    out[utf16le_to_utf8(at, 2 * units, out, ETL_NAME_MAX - 1, NULL)] = '\0';
    *used = 2 * units + 2 < len ? 2 * units + 2 : len;
}

static struct etl_clock
make_clock(const uint8_t *payload, const struct layout *l, uint64_t stamp)
{
    struct etl_clock c = {.zero_stamp = stamp,
                          .zero_ft = rd_le64(payload + l->start),
                          .frequency = rd_le64(payload + l->frequency)};
    uint32_t clock = rd_le32(payload + l->clock);

    if (clock == CLOCK_CYCLES) {
        c.frequency = rd_le32(payload + AT_MHZ) * MHZ;
    }
    if (clock == CLOCK_SYSTEM) {
        c.kind = ETL_CLOCK_SYSTEM;
    } else if (c.frequency > 0 && c.frequency <= FREQUENCY_MAX && is_time(c.zero_ft)) {
        c.kind = ETL_CLOCK_TICKS;
    }
    return c;
}

bool
etl_header_read(const uint8_t *payload, size_t len, uint64_t stamp, struct etl_info *info,
                struct etl_clock *clock)
{
    const struct layout *l;
    size_t used;

    l = len > AT_MHZ + sizeof(uint32_t) ? find_layout(payload, len) : NULL;
    if (l == NULL) {
        return false;
    }
    info->build = rd_le32(payload + AT_BUILD);
    info->processors = rd_le32(payload + AT_PROCESSORS);
    info->ptr_len = l->ptr_len;
    info->clock = rd_le32(payload + l->clock);
    info->clock = info->clock == CLOCK_DEFAULT ? CLOCK_COUNTER : info->clock;
    info->log_file_mode = rd_le32(payload + AT_MODE);
    info->events_lost = rd_le32(payload + AT_EVENTS_LOST);
    info->buffers_lost = rd_le32(payload + l->buffers_lost);
    info->boot_ft = rd_le64(payload + l->boot);
    info->boot_ft = is_time(info->boot_ft) ? info->boot_ft : 0;
    info->start_ft = rd_le64(payload + l->start);
    info->end_ft = rd_le64(payload + AT_END);
    info->end_ft = is_time(info->end_ft) && info->end_ft >= info->start_ft ? info->end_ft : 0;
    etl_name(payload + l->names, len - l->names, info->session, &used);
    used += l->names;
    etl_name(payload + used, len - used, info->file_name, &used);
    *clock = make_clock(payload, l, stamp);
    return true;
}

/* Ticks before the header's are as good as those after it. */
uint64_t
etl_clock_ft(const struct etl_clock *clock, uint64_t stamp)
{
    bool before = stamp < clock->zero_stamp;
    uint64_t ticks, seconds, ft;

    if (clock->kind == ETL_CLOCK_SYSTEM) {
        return is_time(stamp) ? stamp : 0;
    }
    if (clock->kind == ETL_CLOCK_NONE) {
        return 0;
    }
    ticks = before ? clock->zero_stamp - stamp : stamp - clock->zero_stamp;
    seconds = ticks / clock->frequency;
    if (seconds > TM_MAX_FT / TM_SEC) {
        return 0;
    }
    ft = seconds * TM_SEC + ticks % clock->frequency * TM_SEC / clock->frequency;
    if (before) {
        return ft < clock->zero_ft ? clock->zero_ft - ft : 0;
    }
    return ft <= TM_MAX_FT - clock->zero_ft ? clock->zero_ft + ft : 0;
}
