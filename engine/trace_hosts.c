/* trace_hosts - boot times and the computers' names they go with. */
#include "engine/trace_hosts.h"

#include "core/intern.h"
#include "core/mem.h"
#include "core/tm.h"

#define BOOTS_FIRST 64u
#define TIME_SECONDS_LEN 19u /* "2021-10-12T07:08:09" */

struct boot {
    uint64_t boot_ft;
    uint32_t name; /* INTERN_OVERFLOW: two computers say that they booted then */
};

struct trace_hosts {
    struct sv named;
    struct intern *names;
    struct boot *boot;
    size_t count, cap;
};

enum err
trace_hosts_create(struct sv named, struct trace_hosts **out)
{
    struct trace_hosts *t = mem_zalloc(sizeof(*t));
    enum err err;

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->named = named;
    err = intern_create(TRACE_HOSTS_MAX, &t->names);
    if (err) {
        trace_hosts_destroy(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
trace_hosts_destroy(struct trace_hosts *t)
{
    if (t == NULL) {
        return;
    }
    intern_destroy(t->names);
    mem_free(t->boot);
    mem_free(t);
}

static struct boot *
find_boot(const struct trace_hosts *t, uint64_t boot_ft)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->boot[i].boot_ft == boot_ft) {
            return &t->boot[i];
        }
    }
    return NULL;
}

MUST_CHECK static enum err
add_boot(struct trace_hosts *t, const struct boot *boot)
{
    if (t->count == TRACE_HOSTS_MAX) {
        return ERR_OK;
    }
    if (t->count == t->cap) {
        size_t cap = t->cap == 0 ? BOOTS_FIRST : t->cap * 2;
        struct boot *grown = mem_realloc(t->boot, cap, sizeof(*grown));

        if (grown == NULL) {
            return ERR_NOMEM;
        }
        t->boot = grown;
        t->cap = cap;
    }
    t->boot[t->count++] = *boot;
    return ERR_OK;
}

enum err
trace_hosts_learn(struct trace_hosts *t, const struct etl_info *info)
{
    struct boot boot = {info->boot_ft, INTERN_OVERFLOW};
    struct boot *known;
    enum err err;

    if (info->computer[0] == '\0' || info->boot_ft == 0) {
        return ERR_OK;
    }
    err = intern_id(t->names, sv_from(info->computer), &boot.name);
    if (err) {
        return err;
    }
    known = find_boot(t, info->boot_ft);
    if (known == NULL) {
        return add_boot(t, &boot);
    }
    if (known->name != boot.name) {
        known->name = INTERN_OVERFLOW;
    }
    return ERR_OK;
}

static void
put_text(char out[TRACE_HOST_MAX], struct sv text)
{
    size_t len = text.len < TRACE_HOST_MAX ? text.len : TRACE_HOST_MAX - 1;

    memcpy(out, text.p, len);
    out[len] = '\0';
}

bool
trace_hosts_find(const struct trace_hosts *t, const struct etl_info *info, char out[TRACE_HOST_MAX])
{
    const struct boot *boot = info->boot_ft == 0 ? NULL : find_boot(t, info->boot_ft);
    char time[TM_TEXT_MAX];

    if (info->computer[0] != '\0') {
        put_text(out, sv_from(info->computer));
        return true;
    }
    if (boot != NULL && boot->name != INTERN_OVERFLOW) {
        put_text(out, intern_text(t->names, boot->name));
        return true;
    }
    if (t->named.len > 0) {
        put_text(out, t->named);
        return true;
    }
    if (info->boot_ft == 0) {
        put_text(out, SV("boot-unknown"));
        return false;
    }
    (void)tm_format(info->boot_ft, time);
    put_text(out, SV("boot-"));
    memcpy(out + 5, time, TIME_SECONDS_LEN);
    out[5 + TIME_SECONDS_LEN] = 'Z';
    out[5 + TIME_SECONDS_LEN + 1] = '\0';
    return false;
}
