/* decode_info - the rows as the pages in docs/ and the tests see them. */
#include "etw/decode.h"
#include "etw/decode_field.h"

static const struct etw_def *
def_at(size_t i, size_t *set)
{
    for (*set = 0; *set < ETW_SET_COUNT; (*set)++) {
        const struct etw_def_set *s = &etw_def_sets[*set];

        if (i < s->count) {
            return &s->defs[i];
        }
        i -= s->count;
    }
    return NULL;
}

/* Bytes of the shortest form in a 64-bit record. */
static size_t
step_min(struct etw_step step)
{
    switch ((enum etw_op)step.op) {
    case ETW_OP_SKIP:
        return step.arg;
    case ETW_OP_SKIP_PTR:
        return 8u * step.arg;
    case ETW_OP_U64_NOT_0:
    case ETW_OP_SID:
        return 8;
    case ETW_OP_FLOW_V4:
        return 8 + 2 * (4 + 2);
    case ETW_OP_FLOW_V6:
        return 8 + 2 * (16 + 2);
    case ETW_OP_GUID:
        return 16;
    case ETW_OP_SKIP_WSTR:
    case ETW_OP_WSTR:
    case ETW_OP_CWSTR:
    case ETW_OP_U16:
        return 2;
    case ETW_OP_ASTR:
        return 1;
    case ETW_OP_U32:
    case ETW_OP_U32_NOT_0:
    case ETW_OP_SESSION:
    case ETW_OP_SOCKADDR:
    case ETW_OP_TOKEN_USER:
        return 4;
    }
    return 0;
}

static uint64_t
step_fields(struct etw_step step)
{
    switch ((enum etw_op)step.op) {
    case ETW_OP_SKIP:
    case ETW_OP_SKIP_PTR:
    case ETW_OP_SKIP_WSTR:
        return 0;
    case ETW_OP_SOCKADDR:
        return UINT64_C(3) << step.arg; /* and its port */
    case ETW_OP_FLOW_V4:
    case ETW_OP_FLOW_V6:
        return UINT64_C(15) << step.arg | UINT64_C(1) << EVF_process_id;
    case ETW_OP_U16:
    case ETW_OP_U32:
    case ETW_OP_U32_NOT_0:
    case ETW_OP_SESSION:
    case ETW_OP_U64_NOT_0:
    case ETW_OP_WSTR:
    case ETW_OP_ASTR:
    case ETW_OP_GUID:
    case ETW_OP_CWSTR:
    case ETW_OP_SID:
    case ETW_OP_TOKEN_USER:
        break;
    }
    return UINT64_C(1) << step.arg;
}

size_t
etw_row_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < ETW_SET_COUNT; i++) {
        count += etw_def_sets[i].count;
    }
    return count;
}

struct etw_row_info
etw_row(size_t i)
{
    size_t set;
    const struct etw_def *def = def_at(i, &set);
    struct etw_row_info info = {0};

    if (def == NULL) {
        return info;
    }
    info.provider = etw_provider_name(&etw_def_sets[set].guid);
    info.guid = etw_def_sets[set].guid;
    info.id = def->id;
    info.version = def->version;
    info.kind = (enum event_kind)def->kind;
    info.action = def->action.p;
    info.proof = def->proof;
    info.channel = def->channel;
    for (size_t k = 0; k < def->count; k++) {
        info.payload_min += step_min(def->steps[k]);
        info.fields |= step_fields(def->steps[k]);
    }
    info.fields |= def->transport.len == 0 ? 0 : UINT64_C(1) << EVF_transport;
    info.fields |= def->action.len == 0 ? 0 : UINT64_C(1) << EVF_action;
    info.fields |= def->pid_of_header ? UINT64_C(1) << EVF_process_id : 0;
    return info;
}
