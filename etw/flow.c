/* flow - three providers, and their events as sets of ids. */
#include "etw/flow.h"

#include "core/rd.h"
#include "etw/catalog.h"

#define ID(id) (UINT64_C(1) << (id))
#define AT_ENDS 8u
#define ENDS_V4 (2 * 4 + 2 * 2)
#define ENDS_V6 (2 * 16 + 2 * 2)
#define WHOLE_V4 28u /* the shortest of these payloads */
#define WHOLE_V6 52u
#define TCP 6u
#define UDP 17u

/* Sent, received, retransmitted, reconnected, copied. */
static const struct source {
    struct etw_guid guid;
    uint64_t tcp_v4, tcp_v6, udp_v4, udp_v6;
    uint8_t version;
} sources[] = {
    {ETW_GUID(0x7dd42a49, 0x5329, 0x4832, 0x8dfd, 0x43d979153a88),
     ID(10) | ID(11) | ID(14) | ID(16) | ID(18), ID(26) | ID(27) | ID(30) | ID(32) | ID(34),
     ID(42) | ID(43), ID(58) | ID(59), 0},
    {ETW_GUID(0x9a280ac0, 0xc8e0, 0x11d1, 0x84e2, 0x00c04fb998a2),
     ID(10) | ID(11) | ID(14) | ID(16) | ID(18), ID(26) | ID(27) | ID(30) | ID(32) | ID(34), 0, 0,
     2},
    {ETW_GUID(0xbf3a50c5, 0xa9c9, 0x4988, 0xa005, 0x2df0b7c80f80), 0, 0, ID(10) | ID(11),
     ID(26) | ID(27), 2},
};

static const struct source *
find_source(const struct etw_guid *guid)
{
    for (size_t i = 0; i < COUNT(sources); i++) {
        if (sources[i].guid.bytes[0] == guid->bytes[0] &&
            memcmp(&sources[i].guid, guid, sizeof(*guid)) == 0) {
            return &sources[i];
        }
    }
    return NULL;
}

bool
etw_flow_of(const struct etw_record *rec, struct etw_flow *out)
{
    const struct source *s = find_source(&rec->provider);
    uint64_t id = rec->id < 64 ? ID(rec->id) : 0;
    bool v6;

    if (s == NULL || rec->version != s->version ||
        ((s->tcp_v4 | s->tcp_v6 | s->udp_v4 | s->udp_v6) & id) == 0) {
        return false;
    }
    v6 = ((s->tcp_v6 | s->udp_v6) & id) != 0;
    if (rec->payload_len < (v6 ? WHOLE_V6 : WHOLE_V4)) {
        return false;
    }
    *out = (struct etw_flow){.pid = rd_le32(rec->payload),
                             .transport = ((s->tcp_v4 | s->tcp_v6) & id) != 0 ? TCP : UDP};
    if (v6) {
        memcpy(out->ends, rec->payload + AT_ENDS, ENDS_V6);
    } else {
        memcpy(out->ends, rec->payload + AT_ENDS, ENDS_V4);
    }
    return true;
}
