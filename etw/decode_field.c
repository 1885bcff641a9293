/* decode_field - one reader per enum etw_op; every one checks what is left first. Those of texts
 * are in decode_text.c. */
#include "etw/decode_field.h"

#define NO_SESSION UINT32_MAX

static const char too_short[] = ETW_TOO_SHORT;

/* -- setting fields ---------------------------------------------------------------------------- */

static void
put_field(struct event *ev, struct etw_step step, const void *value, size_t len)
{
    memcpy((uint8_t *)ev + step.offset, value, len);
    ev->has |= UINT64_C(1) << step.arg;
}

/* -- numbers ----------------------------------------------------------------------------------- */

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
        return etw_flow_v4_read(p);
    case ETW_OP_FLOW_V6:
        return etw_flow_v6_read(p);
    case ETW_OP_SOCKADDR:
        return etw_sockaddr_read(p, step);
    case ETW_OP_SKIP_WSTR:
    case ETW_OP_GUID:
    case ETW_OP_CWSTR:
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
