/* decode_net - addresses and ports of a payload. */
#include "core/addr.h"
#include "etw/decode_field.h"

#define FLOW_HEAD_LEN 8u /* process, size */
#define PORTS_LEN 4u
#define SOCKADDR_V4 2 /* Windows AF_INET */
#define SOCKADDR_V6 23

static const char too_short[] = ETW_TOO_SHORT;
static const char bad_address[] = "an address is shorter than its family says";

_Static_assert(EVF_src_port == EVF_src + 1 && EVF_dst == EVF_src + 2 && EVF_dst_port == EVF_src + 3,
               "a port follows its address, and the local end the remote one");

static bool
is_specified(const struct addr *a)
{
    return (rd_le64(a->bytes) | rd_le64(a->bytes + 8)) != 0;
}

/* Unspecified addresses (0.0.0.0, ::) and port 0 are absent. */
static uint64_t
end_bits(const struct addr *a, uint16_t port)
{
    return (uint64_t)is_specified(a) | (uint64_t)(port != 0) << 1;
}

static uint16_t
port_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* -- flows: the hot path ----------------------------------------------------------------------- */

/* Ports and presence, when the addresses stand. */
static void
finish_flow(struct event *ev, const uint8_t *ports)
{
    ev->src_port = port_at(ports);
    ev->dst_port = port_at(ports + 2);
    ev->has |= (uint64_t)(ev->process_id != 0) << EVF_process_id |
               end_bits(&ev->src, ev->src_port) << EVF_src |
               end_bits(&ev->dst, ev->dst_port) << EVF_dst;
}

const char *
etw_flow_v4_read(struct etw_payload *p)
{
    struct event *ev = p->ev;
    const uint8_t *bytes;

    if (rd_bytes(&p->rd, FLOW_HEAD_LEN + 2 * 4 + PORTS_LEN, &bytes)) {
        return too_short;
    }
    ev->process_id = rd_le32(bytes);
    ev->src.family = ADDR_V4;
    memcpy(ev->src.bytes, bytes + FLOW_HEAD_LEN, 4);
    ev->dst.family = ADDR_V4;
    memcpy(ev->dst.bytes, bytes + FLOW_HEAD_LEN + 4, 4);
    finish_flow(ev, bytes + FLOW_HEAD_LEN + 2 * 4);
    return NULL;
}

const char *
etw_flow_v6_read(struct etw_payload *p)
{
    struct event *ev = p->ev;
    const uint8_t *bytes;

    if (rd_bytes(&p->rd, FLOW_HEAD_LEN + 2 * 16 + PORTS_LEN, &bytes)) {
        return too_short;
    }
    ev->process_id = rd_le32(bytes);
    ev->src = addr_v6(bytes + FLOW_HEAD_LEN, 0);
    ev->dst = addr_v6(bytes + FLOW_HEAD_LEN + 16, 0);
    finish_flow(ev, bytes + FLOW_HEAD_LEN + 2 * 16);
    return NULL;
}

/* -- socket addresses -------------------------------------------------------------------------- */

/* Other families (none, Hyper-V sockets) are sound and have no address. */
const char *
etw_sockaddr_read(struct etw_payload *p, struct etw_step step)
{
    const uint8_t *bytes;
    uint32_t len;
    unsigned family;
    struct addr a;
    uint16_t port;

    if (rd_u32(&p->rd, &len) || rd_bytes(&p->rd, len, &bytes)) {
        return too_short;
    }
    family = len < 2 ? 0 : rd_le16(bytes);
    if (family != SOCKADDR_V4 && family != SOCKADDR_V6) {
        return NULL;
    }
    if (addr_from_sockaddr(bytes, len, &a, &port)) {
        return bad_address;
    }
    memcpy((uint8_t *)p->ev + step.offset, &a, sizeof(a));
    memcpy((uint8_t *)p->ev + event_field_info[step.arg + 1].offset, &port, sizeof(port));
    p->ev->has |= end_bits(&a, port) << step.arg;
    return NULL;
}
