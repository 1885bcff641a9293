/* decode_field - one reader per enum etw_op; every one checks what is left first. Those of texts
 * are in decode_text.c. */
#include "etw/decode_field.h"

#include "core/addr.h"

#define NO_SESSION UINT32_MAX
#define SOCKADDR_V4 2 /* Windows AF_INET */
#define SOCKADDR_V6 23

static const char too_short[] = ETW_TOO_SHORT;
static const char bad_address[] = "an address is shorter than its family says";

_Static_assert(EVF_src_port == EVF_src + 1 && EVF_dst == EVF_src + 2 && EVF_dst_port == EVF_src + 3,
               "a port follows its address, and the local end the remote one");

/* -- setting fields ---------------------------------------------------------------------------- */

static void
put_field(struct event *ev, struct etw_step step, const void *value, size_t len)
{
    memcpy((uint8_t *)ev + step.offset, value, len);
    ev->has |= UINT64_C(1) << step.arg;
}

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

/* -- numbers and addresses --------------------------------------------------------------------- */

static const char *
skip(struct etw_payload *p, size_t len)
{
    return rd_skip(&p->rd, len) ? too_short : NULL;
}

static const char *
read_u16(struct etw_payload *p, struct etw_step step)
{
    uint16_t u16;
    uint32_t u32;

    if (rd_u16(&p->rd, &u16)) {
        return too_short;
    }
    u32 = u16;
    put_field(p->ev, step, &u32, sizeof(u32));
    return NULL;
}

static const char *
read_u32(struct etw_payload *p, struct etw_step step)
{
    uint32_t u32;

    if (rd_u32(&p->rd, &u32)) {
        return too_short;
    }
    put_field(p->ev, step, &u32, sizeof(u32));
    return NULL;
}

static const char *
read_u32_not(struct etw_payload *p, struct etw_step step, uint32_t absent)
{
    uint32_t u32;

    if (rd_u32(&p->rd, &u32)) {
        return too_short;
    }
    if (u32 != absent) {
        put_field(p->ev, step, &u32, sizeof(u32));
    }
    return NULL;
}

static const char *
read_u64(struct etw_payload *p, struct etw_step step)
{
    uint64_t u64;

    if (rd_u64(&p->rd, &u64)) {
        return too_short;
    }
    if (u64 != 0) {
        put_field(p->ev, step, &u64, sizeof(u64));
    }
    return NULL;
}

static uint16_t
port_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* One step for what most records of networks begin with: this is the hot path. */
static const char *
read_flow(struct etw_payload *p, size_t addr_len)
{
    struct event *ev = p->ev;
    const uint8_t *bytes;
    const uint8_t *ports;

    if (rd_bytes(&p->rd, 8 + 2 * addr_len + 4, &bytes)) {
        return too_short;
    }
    ev->process_id = rd_le32(bytes);
    bytes += 8;
    ports = bytes + 2 * addr_len;
    if (addr_len == 4) {
        ev->src.family = ADDR_V4;
        memcpy(ev->src.bytes, bytes, 4);
        ev->dst.family = ADDR_V4;
        memcpy(ev->dst.bytes, bytes + 4, 4);
    } else {
        ev->src = addr_v6(bytes, 0);
        ev->dst = addr_v6(bytes + addr_len, 0);
    }
    ev->src_port = port_at(ports);
    ev->dst_port = port_at(ports + 2);
    ev->has |= (uint64_t)(ev->process_id != 0) << EVF_process_id |
               end_bits(&ev->src, ev->src_port) << EVF_src |
               end_bits(&ev->dst, ev->dst_port) << EVF_dst;
    return NULL;
}

/* Other families (none, Hyper-V sockets) are sound and have no address. */
static const char *
read_sockaddr(struct etw_payload *p, struct etw_step step)
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

/* -- all --------------------------------------------------------------------------------------- */

static const char *
read_step(struct etw_payload *p, struct etw_step step, bool last)
{
    switch ((enum etw_op)step.op) {
    case ETW_OP_SKIP:
        return skip(p, step.arg);
    case ETW_OP_SKIP_PTR:
        return skip(p, step.arg * p->ptr_len);
    case ETW_OP_U16:
        return read_u16(p, step);
    case ETW_OP_U32:
        return read_u32(p, step);
    case ETW_OP_U32_NOT_0:
        return read_u32_not(p, step, 0);
    case ETW_OP_SESSION:
        return read_u32_not(p, step, NO_SESSION);
    case ETW_OP_U64_NOT_0:
        return read_u64(p, step);
    case ETW_OP_FLOW_V4:
        return read_flow(p, 4);
    case ETW_OP_FLOW_V6:
        return read_flow(p, 16);
    case ETW_OP_SOCKADDR:
        return read_sockaddr(p, step);
    case ETW_OP_SKIP_WSTR:
    case ETW_OP_WSTR:
    case ETW_OP_ASTR:
    case ETW_OP_SID:
    case ETW_OP_TOKEN_USER:
        break;
    }
    return etw_text_read(p, step, last);
}

const char *
etw_payload_read(struct etw_payload *p, const struct etw_step *steps, size_t count)
{
    const char *why = NULL;

    for (size_t i = 0; why == NULL && i < count; i++) {
        why = read_step(p, steps[i], i + 1 == count);
    }
    return why;
}
