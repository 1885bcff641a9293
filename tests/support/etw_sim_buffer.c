/* etw_sim_buffer - buffers by processor: what passes, where it lies, and what is lost. */
#include "support/etw_sim_part.h"

#include "core/mem.h"

/* What stands before each record's bytes: its SID, then its payload. */
struct stored {
    size_t len; /* with this, a multiple of eight */
    struct etw_record rec;
};

/* -- lists ------------------------------------------------------------------------------------- */

void
sim_push(struct sim_buffers *list, struct sim_buffer *b)
{
    b->next = NULL;
    if (list->last == NULL) {
        list->first = b;
    } else {
        list->last->next = b;
    }
    list->last = b;
    list->count++;
}

struct sim_buffer *
sim_pop(struct sim_buffers *list)
{
    struct sim_buffer *b = list->first;

    if (b != NULL) {
        list->first = b->next;
        list->last = b->next == NULL ? NULL : list->last;
        list->count--;
    }
    return b;
}

/* -- a session's buffers ----------------------------------------------------------------------- */

static size_t
room_of(const struct sim_session *s)
{
    return (size_t)s->buffer_kb * 1024;
}

static struct sim_buffer *
buffer_create(struct sim_session *s)
{
    struct sim_buffer *b = mem_alloc(sizeof(*b) + room_of(s));

    if (b != NULL) {
        s->pool++;
    }
    return b;
}

static struct sim_buffer *
take_free(struct sim_session *s, unsigned cpu)
{
    struct sim_buffer *b = sim_pop(&s->free);

    if (b == NULL && s->pool < s->buffers_max) {
        b = buffer_create(s);
    }
    if (b != NULL) {
        *b = (struct sim_buffer){.cpu = cpu};
    }
    return b;
}

bool
sim_buffers_reserve(struct sim_session *s)
{
    while (s->pool < s->buffers_min) {
        struct sim_buffer *b = buffer_create(s);

        if (b == NULL) {
            return false;
        }
        sim_push(&s->free, b);
    }
    return true;
}

static void
free_all(struct sim_buffers *list)
{
    struct sim_buffer *b;

    while ((b = sim_pop(list)) != NULL) {
        mem_free(b);
    }
}

void
sim_buffers_free(struct sim_session *s)
{
    for (size_t i = 0; i < ETW_SIM_CPUS_MAX; i++) {
        mem_free(s->current[i]);
    }
    free_all(&s->queue);
    free_all(&s->free);
}

void
sim_release(struct sim_session *s, struct sim_buffer *b)
{
    if (b->playback) {
        mem_free(b);
    } else {
        sim_push(&s->free, b);
    }
}

void
sim_lose(struct sim_session *s, struct sim_buffer *b)
{
    s->buffers_lost++;
    s->counts.in_lost_buffers += b->count;
    s->tell_buffers = true;
    sim_release(s, b);
}

/* Nobody consumes: into the playback file, while that has room. */
void
sim_flush_cpu(struct etw_sim *sim, struct sim_session *s, unsigned cpu)
{
    struct sim_buffer *b = s->current[cpu];

    if (b == NULL) {
        return;
    }
    s->current[cpu] = NULL;
    if (!s->consumed && s->playback >= sim->playback_max) {
        sim_lose(s, b);
        return;
    }
    if (!s->consumed) {
        b->playback = true;
        s->pool--;
        s->playback++;
    }
    sim_push(&s->queue, b);
    cond_wake_all(s->wake);
}

void
sim_flush(struct etw_sim *sim, struct sim_session *s)
{
    for (unsigned i = 0; i < sim->cpus; i++) {
        sim_flush_cpu(sim, s, i);
    }
}

/* -- what passes ------------------------------------------------------------------------------- */

/* The kernel's classes and the flag of EnableFlags that lets them out: win32/etw/process, image,
 * thread, tcpip, udpip; ns-evntrace-event_trace_properties. */
#define KERNEL_CLASS(a, b, c, d, ...)                                                              \
    {                                                                                              \
        {                                                                                          \
            a, b, c, d, __VA_ARGS__                                                                \
        }                                                                                          \
    }
#define KERNEL_REST 0x05, 0xFE, 0xD0, 0x11, 0x9D, 0xDA, 0x00, 0xC0, 0x4F, 0xD7, 0xBA, 0x7C
static const struct kernel_class {
    struct etw_guid guid;
    uint32_t flag;
} kernel_classes[] = {
    {KERNEL_CLASS(0xD0, 0xA8, 0x6F, 0x3D, KERNEL_REST), ETW_KERNEL_PROCESS},
    {KERNEL_CLASS(0xD1, 0xA8, 0x6F, 0x3D, KERNEL_REST), 0x00000002u}, /* THREAD */
    {KERNEL_CLASS(0x1D, 0x5D, 0xB1, 0x2C, 0xC1, 0x5F, 0xD2, 0x11, 0xAB, 0xE1, 0x00, 0xA0, 0xC9,
                  0x11, 0xF5, 0x18),
     0x00000004u}, /* IMAGE_LOAD */
    {KERNEL_CLASS(0xC0, 0x0A, 0x28, 0x9A, 0xE0, 0xC8, 0xD1, 0x11, 0x84, 0xE2, 0x00, 0xC0, 0x4F,
                  0xB9, 0x98, 0xA2),
     0x00010000u}, /* NETWORK_TCPIP */
    {KERNEL_CLASS(0xC5, 0x50, 0x3A, 0xBF, 0xC9, 0xA9, 0x88, 0x49, 0xA0, 0x05, 0x2D, 0xF0, 0xB7,
                  0xC8, 0x0F, 0x80),
     0x00010000u},
};

uint32_t
sim_kernel_flag(const struct etw_guid *provider)
{
    for (size_t i = 0; i < COUNT(kernel_classes); i++) {
        if (sim_guid_same(&kernel_classes[i].guid, provider)) {
            return kernel_classes[i].flag;
        }
    }
    return 0;
}

static bool
passes_keyword(const struct etw_enable *e, uint64_t keyword)
{
    if (keyword == 0) {
        return (e->properties & SIM_IGNORE_KEYWORD_0) == 0;
    }
    return e->any_keyword == 0 ||
           ((keyword & e->any_keyword) != 0 && (keyword & e->all_keyword) == e->all_keyword);
}

static bool
passes_id(const struct etw_enable *e, uint16_t id)
{
    for (size_t i = 0; i < e->id_count; i++) {
        if (e->ids[i] == id) {
            return true;
        }
    }
    return e->id_count == 0;
}

static bool
passes(const struct etw_enable *e, const struct etw_record *r)
{
    return (e->level == 0 || r->level <= e->level) && passes_keyword(e, r->keyword) &&
           passes_id(e, r->id);
}

/* -- storing ----------------------------------------------------------------------------------- */

static uint32_t
lose_event(struct sim_session *s, uint32_t code)
{
    s->events_lost++;
    s->counts.lost++;
    s->tell_events = true;
    return code;
}

/* Extended items come only when they were asked for. */
static void
put(struct sim_buffer *b, const struct etw_record *r, uint32_t properties, size_t len)
{
    struct stored st = {len, *r};
    uint8_t *at = b->data + b->len;
    uint8_t *bytes = at + sizeof(st);

    if ((properties & SIM_ENABLE_SID) == 0) {
        st.rec.sid = NULL;
        st.rec.sid_len = 0;
    }
    if ((properties & SIM_ENABLE_TS_ID) == 0) {
        st.rec.has_session = false;
        st.rec.session_id = 0;
    }
    if ((properties & ETW_ENABLE_PROCESS_START_KEY) == 0) {
        st.rec.start_key = 0;
    }
    memcpy(at, &st, sizeof(st));
    if (st.rec.sid_len > 0) {
        memcpy(bytes, st.rec.sid, st.rec.sid_len);
    }
    if (r->payload_len > 0) {
        memcpy(bytes + st.rec.sid_len, r->payload, r->payload_len);
    }
    b->len += len;
    b->count++;
}

static uint32_t
put_in_buffer(struct etw_sim *sim, struct sim_session *s, unsigned cpu, const struct etw_record *r,
              uint32_t properties)
{
    size_t len = (sizeof(struct stored) + r->sid_len + r->payload_len + 7) / 8 * 8;
    struct sim_buffer *b = s->current[cpu];

    if (len > room_of(s)) {
        return lose_event(s, ETW_MORE_DATA);
    }
    if (b != NULL && len > room_of(s) - b->len) {
        sim_flush_cpu(sim, s, cpu);
        b = NULL;
    }
    if (b == NULL) {
        b = take_free(s, cpu);
        s->current[cpu] = b;
    }
    if (b == NULL) {
        return lose_event(s, ETW_NOT_ENOUGH_MEMORY);
    }
    put(b, r, properties, len);
    return ETW_OK;
}

uint32_t
sim_store(struct etw_sim *sim, struct sim_session *s, unsigned cpu, const struct etw_record *r,
          bool *taken)
{
    uint32_t flag = r->classic ? sim_kernel_flag(&r->provider) : 0;
    const struct etw_enable *e = flag == 0 ? sim_find_enable(s, &r->provider) : NULL;
    bool kernel = flag != 0 && (s->mode & ETW_MODE_SYSTEM_LOGGER) != 0;

    *taken = flag != 0 ? kernel && (s->kernel_flags & flag) != 0 : e != NULL && passes(e, r);
    if (!*taken) {
        return ETW_OK;
    }
    s->counts.written++;
    return put_in_buffer(sim, s, cpu, r, e == NULL ? 0 : e->properties);
}

uint32_t
sim_store_all(struct etw_sim *sim, unsigned cpu, const struct etw_record *r, size_t *taken)
{
    struct etw_record stamped = *r;
    uint32_t worst = ETW_OK;
    size_t left = sim->session_count;

    if (stamped.time_ft == 0) {
        stamped.time_ft = sim_now_ft(sim);
    }
    *taken = 0;
    for (size_t i = 0; left > 0 && i < ETW_SIM_SESSIONS_MAX; i++) {
        bool took = false;
        uint32_t code;

        if (sim->session[i] == NULL) {
            continue;
        }
        left--;
        code = sim_store(sim, sim->session[i], cpu % sim->cpus, &stamped, &took);
        worst = code != ETW_OK ? code : worst;
        *taken += took;
    }
    return worst;
}

/* -- reading ----------------------------------------------------------------------------------- */

bool
sim_buffer_peek(const struct sim_buffer *b, uint64_t *time_ft)
{
    if (b->read == b->len) {
        return false;
    }
    memcpy(time_ft, b->data + b->read + offsetof(struct stored, rec.time_ft), sizeof(*time_ft));
    return true;
}

bool
sim_buffer_next(struct sim_buffer *b, struct etw_record *out)
{
    const uint8_t *at = b->data + b->read;
    struct stored st;

    if (b->read == b->len) {
        return false;
    }
    memcpy(&st, at, sizeof(st));
    *out = st.rec;
    out->sid = st.rec.sid_len > 0 ? at + sizeof(st) : NULL;
    out->payload = at + sizeof(st) + st.rec.sid_len;
    b->read += st.len;
    return true;
}
