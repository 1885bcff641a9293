/*
 * evtlog_sim_log - the log file. An entry: u32 length of what follows, u8 kind, payload. A record's
 * payload: time, record id (u64), pid (u32), id, version, count (u16), then log, provider, channel,
 * computer, wrapper (u16 length, UTF-8), then per value: name, u32 type, u32 length, bytes.
 */
#include <stdio.h>

#include "core/mem.h"
#include "core/rd.h"
#include "core/utf.h"
#include "platform/platform.h"
#include "support/evtlog_sim_log.h"

enum { KIND_RECORD = 1, KIND_CLEAR = 2, KIND_ANEW = 3 };

/* -- writing ----------------------------------------------------------------------------------- */

static void
put_text(struct buf *b, struct sv s)
{
    uint16_t len = (uint16_t)s.len;

    buf_put(b, &len, sizeof(len));
    buf_put_sv(b, s);
}

/* One write, so that entries of several processes do not mix. */
static bool
append(const char *path, const struct buf *b)
{
    FILE *f = fopen(path, "ab");
    bool ok;

    if (f == NULL) {
        return false;
    }
    (void)setvbuf(f, NULL, _IOFBF, b->len + 1);
    ok = !buf_err(b) && fwrite(b->data, 1, b->len, f) == b->len;
    return fclose(f) == 0 && ok;
}

static void
begin(struct buf *b, uint8_t kind)
{
    buf_init(b, 16u * 1024 * 1024);
    buf_put(b, "\0\0\0\0", 4);
    buf_putc(b, (char)kind);
}

static bool
end(const char *path, struct buf *b)
{
    uint32_t len = (uint32_t)b->len - 4;
    bool ok = !buf_err(b);

    if (ok) {
        memcpy(b->data, &len, sizeof(len));
        ok = append(path, b);
    }
    buf_fini(b);
    return ok;
}

bool
evtlog_sim_append(const char *path, const struct evtlog_sim_record *r)
{
    uint16_t count = (uint16_t)r->count;
    struct buf b;

    begin(&b, KIND_RECORD);
    buf_put(&b, &r->time_ft, 8);
    buf_put(&b, &r->record_id, 8);
    buf_put(&b, &r->pid, 4);
    buf_put(&b, &r->event_id, 2);
    buf_put(&b, &r->version, 2);
    buf_put(&b, &count, 2);
    put_text(&b, r->log);
    put_text(&b, r->provider);
    put_text(&b, r->channel);
    put_text(&b, r->computer);
    put_text(&b, r->wrapper);
    for (size_t i = 0; i < r->count; i++) {
        put_text(&b, r->values[i].name);
        buf_put(&b, &r->values[i].type, 4);
        buf_put(&b, &r->values[i].len, 4);
        buf_put(&b, r->values[i].data, r->values[i].len);
    }
    return end(path, &b);
}

bool
evtlog_sim_append_clear(const char *path, struct sv log, bool anew)
{
    struct buf b;

    begin(&b, anew ? KIND_ANEW : KIND_CLEAR);
    put_text(&b, log);
    return end(path, &b);
}

bool
evtlog_sim_append_failure(const char *path, uint64_t time_ft, unsigned n)
{
    struct evtlog_sim_record r = {.log = SV("Security"),
                                  .provider = SV("Microsoft-Windows-Security-Auditing"),
                                  .channel = SV("Security"),
                                  .computer = SV("PC-A"),
                                  .time_ft = time_ft,
                                  .pid = 568,
                                  .event_id = 4625,
                                  .count = 1};
    char text[32];
    uint16_t units[32];
    bool cut;

    (void)snprintf(text, sizeof(text), "user%u", n);
    r.values[0] = (struct evtlog_sim_value){SV("TargetUserName"), 1, 0, (const uint8_t *)units};
    r.values[0].len = 2 * (uint32_t)utf8_to_utf16(sv_from(text), units, 32, &cut);
    return evtlog_sim_append(path, &r);
}

/* -- reading ----------------------------------------------------------------------------------- */

void
sim_logs_init(struct sim_logs *l, const char *path)
{
    memset(l, 0, sizeof(*l));
    l->path = path;
    buf_init(&l->bytes, SIM_LOG_BYTES_MAX);
}

void
sim_logs_fini(struct sim_logs *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->log[i].entry);
    }
    buf_fini(&l->bytes);
}

struct sim_log *
sim_logs_find(struct sim_logs *l, struct sv path)
{
    for (size_t i = 0; i < l->count; i++) {
        if (sv_eq_nocase(sv_from(l->log[i].path), path)) {
            return &l->log[i];
        }
    }
    return NULL;
}

struct sim_log *
sim_logs_add(struct sim_logs *l, struct sv path)
{
    struct sim_log *log = sim_logs_find(l, path);

    if (log == NULL && l->count < SIM_LOGS_MAX && path.len < SIM_PATH_MAX) {
        log = &l->log[l->count++];
        memcpy(log->path, path.p, path.len);
        log->oldest = 1;
    }
    return log;
}

uint64_t
sim_log_newest(const struct sim_log *log)
{
    return log->base + log->count;
}

static bool
get_text(struct rd *rd, struct sv *out)
{
    const uint8_t *bytes;
    uint16_t len;

    if (rd_u16(rd, &len) || rd_bytes(rd, len, &bytes)) {
        return false;
    }
    *out = (struct sv){(const char *)bytes, len};
    return true;
}

bool
sim_record_parse(const uint8_t *data, size_t len, struct evtlog_sim_record *out)
{
    struct rd rd = rd_make(data, len);
    uint16_t count;

    if (rd_u64(&rd, &out->time_ft) || rd_u64(&rd, &out->record_id) || rd_u32(&rd, &out->pid) ||
        rd_u16(&rd, &out->event_id) || rd_u16(&rd, &out->version) || rd_u16(&rd, &count) ||
        !get_text(&rd, &out->log) || !get_text(&rd, &out->provider) ||
        !get_text(&rd, &out->channel) || !get_text(&rd, &out->computer) ||
        !get_text(&rd, &out->wrapper) || count > EVTLOG_SIM_VALUES_MAX) {
        return false;
    }
    out->count = count;
    for (size_t i = 0; i < out->count; i++) {
        struct evtlog_sim_value *v = &out->values[i];

        if (!get_text(&rd, &v->name) || rd_u32(&rd, &v->type) || rd_u32(&rd, &v->len) ||
            rd_bytes(&rd, v->len, &v->data)) {
            return false;
        }
    }
    return true;
}

static void
add_entry(struct sim_log *log, size_t at, size_t len)
{
    if (log->count == log->cap) {
        size_t cap = log->cap == 0 ? 1024 : 2 * log->cap;
        struct sim_entry *entry = mem_realloc(log->entry, cap, sizeof(*entry));

        if (entry == NULL) {
            return;
        }
        log->entry = entry;
        log->cap = cap;
    }
    log->entry[log->count++] = (struct sim_entry){at, len};
    if (log->capacity != 0 && sim_log_newest(log) + 1 - log->oldest > log->capacity) {
        log->oldest = sim_log_newest(log) + 1 - log->capacity;
    }
}

static void
take_entry(struct sim_logs *l, size_t at, size_t len)
{
    const uint8_t *data = (const uint8_t *)l->bytes.data + at;
    struct rd rd = rd_make(data + 1, len - 1);
    struct evtlog_sim_record r;
    struct sim_log *log;

    if (data[0] == KIND_RECORD) {
        log = sim_record_parse(data + 1, len - 1, &r) ? sim_logs_add(l, r.log) : NULL;
        if (log != NULL) {
            add_entry(log, at + 1, len - 1);
        }
        return;
    }
    log = get_text(&rd, &r.log) ? sim_logs_add(l, r.log) : NULL;
    if (log != NULL && data[0] == KIND_ANEW) {
        log->base = 0;
        log->count = 0;
        log->oldest = 1;
    } else if (log != NULL) {
        log->oldest = sim_log_newest(log) + 1;
    }
}

void
sim_logs_read(struct sim_logs *l)
{
    struct file *f;
    uint8_t chunk[65536];
    size_t got = sizeof(chunk);
    size_t at = (size_t)l->offset;

    if (l->frozen || file_open_read(l->path, &f) != ERR_OK) {
        return;
    }
    while (got == sizeof(chunk) &&
           file_read_at(f, l->bytes.len, chunk, sizeof(chunk), &got) == ERR_OK) {
        buf_put(&l->bytes, chunk, got);
    }
    file_close(f);
    while (l->bytes.len - at > 4) {
        size_t len = rd_le32(l->bytes.data + at);

        if (len == 0 || len > l->bytes.len - at - 4) {
            break; /* not all of it is there yet */
        }
        take_entry(l, at + 4, len);
        at += 4 + len;
    }
    l->offset = at;
}

void
sim_log_get(const struct sim_logs *l, const struct sim_log *log, uint64_t number,
            struct evtlog_sim_record *out)
{
    const struct sim_entry *e = &log->entry[number - log->base - 1];

    (void)sim_record_parse((const uint8_t *)l->bytes.data + e->at, e->len, out);
    if (out->record_id == 0) {
        out->record_id = number;
    }
}
