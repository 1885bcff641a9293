/* story_stored - a story as the store gives it back, and what is left of it beside its alerts. */
#include "core/sv.h"
#include "detectors/story_live.h"

/* -- in which order its alerts joined ---------------------------------------------------------- */
/* Each stage lists its alerts in the order in which they joined. */
struct merge {
    const struct story *stored;
    size_t at[STAGE_COUNT]; /* the next of each list */
};

static const char *
head_of(const struct merge *m, size_t stage)
{
    const struct story_stage_facts *f = &m->stored->stage[stage];

    return m->at[stage] < f->alert_count ? f->alert_id[m->at[stage]] : NULL;
}

/* Does another list have it, but behind an alert that has to come first? */
static bool
waits(const struct merge *m, const char *id)
{
    for (size_t k = 0; k < STAGE_COUNT; k++) {
        const struct story_stage_facts *f = &m->stored->stage[k];

        for (size_t i = m->at[k] + 1; i < f->alert_count; i++) {
            if (strcmp(f->alert_id[i], id) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* The first that waits for none; in a damaged story, where each waits for another, the first. */
static const char *
next_of(const struct merge *m)
{
    const char *first = NULL;

    for (size_t k = 0; k < STAGE_COUNT; k++) {
        const char *id = head_of(m, k);

        if (id != NULL && !waits(m, id)) {
            return id;
        }
        first = first == NULL ? id : first;
    }
    return first;
}

bool
story_is_listed(const char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

size_t
story_order(const struct story *stored, const char *out[STORY_LISTED_MAX])
{
    struct merge m = {.stored = stored};
    size_t count = 0;
    const char *id;

    while ((id = next_of(&m)) != NULL) {
        if (!story_is_listed(out, count, id)) {
            out[count++] = id;
        }
        for (size_t k = 0; k < STAGE_COUNT; k++) {
            const char *head = head_of(&m, k);

            m.at[k] += head != NULL && strcmp(head, id) == 0;
        }
    }
    return count;
}

/* -- what it told ------------------------------------------------------------------------------ */
static uint64_t
max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t
lacks(uint64_t stored, uint64_t built)
{
    return stored > built ? stored - built : 0;
}

/* A number as alert_number() wrote it. */
static uint64_t
number_param(const struct story_stage_facts *f, const char *name)
{
    uint64_t value = 0;

    for (size_t i = 0; i < f->param_count; i++) {
        const char *p = strcmp(f->params[i].name, name) == 0 ? f->params[i].value : "";

        for (; *p != '\0' && value < UINT64_MAX / 100; p++) {
            value = *p >= '0' && *p <= '9' ? value * 10 + (uint64_t)(*p - '0') : value;
        }
    }
    return value;
}

static const char *
text_param(const struct story_stage_facts *f, const char *name)
{
    for (size_t i = 0; i < f->param_count; i++) {
        if (strcmp(f->params[i].name, name) == 0) {
            return f->params[i].value;
        }
    }
    return "";
}

/* What was started by who got in. */
static void
raise_started(struct story_floor *to, const struct story_stage_facts *entry)
{
    uint64_t processes = number_param(entry, "processes");
    struct sv names = sv_from(text_param(entry, "started"));

    if (processes > to->processes && names.len < sizeof(to->started)) {
        to->processes = processes;
        memcpy(to->started, names.p, names.len);
        to->started[names.len] = '\0';
    }
}

void
story_raise_tries(struct story_live *live, const struct story *stored, const struct story *built)
{
    live->floor.tries += lacks(stored->stage[STAGE_GUESS].count, built->stage[STAGE_GUESS].count);
}

void
story_raise(struct story_live *live, const struct story *stored, const struct story *built)
{
    const struct story_stage_facts *guess = &stored->stage[STAGE_GUESS];
    struct story_floor *to = &live->floor;

    to->first_ft = earlier(to->first_ft, stored->first_ft);
    to->last_ft = max_u64(to->last_ft, stored->last_ft);
    to->severity = stored->severity > to->severity ? stored->severity : to->severity;
    to->sources = max_u64(to->sources, guess->sources);
    to->accounts = max_u64(to->accounts, guess->accounts);
    to->internet = max_u64(to->internet, number_param(guess, "internet"));
    to->inside = max_u64(to->inside, number_param(guess, "inside"));
    raise_started(to, &stored->stage[STAGE_ENTRY]);
    for (size_t k = 0; k < STAGE_COUNT; k++) {
        const struct story_stage_facts *f = &stored->stage[k];

        to->stage[k].first_ft = earlier(to->stage[k].first_ft, f->first_ft);
        to->stage[k].last_ft = max_u64(to->stage[k].last_ft, f->last_ft);
        if (f->severity > to->stage[k].severity) {
            to->stage[k].severity = f->severity;
        }
        to->stage[k].alerts += lacks(f->alert_total, built->stage[k].alert_total);
    }
}
