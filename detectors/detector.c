/* detector - the list, and the one handle that feeds them all. */
#include "detectors/detector.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "detectors/book.h"
#include "detectors/rules.h"

#define DETECTOR(name) extern const struct detector det_##name;
#include "detectors/detector_list.h"
#undef DETECTOR

const struct detector *const detector_all[] = {
#define DETECTOR(name) &det_##name,
#include "detectors/detector_list.h"
#undef DETECTOR
    NULL,
};
#define DETECTOR_COUNT (COUNT(detector_all) - 1)

struct detectors {
    struct book *book;
    void *self[DETECTOR_COUNT];
};

void
detectors_destroy(struct detectors *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < DETECTOR_COUNT; i++) {
        if (detector_all[i]->destroy != NULL) {
            detector_all[i]->destroy(d->self[i]);
        }
    }
    book_destroy(d->book);
    mem_free(d);
}

enum err
detectors_create(const struct config *cfg, alert_fn fn, void *ctx, struct detectors **out)
{
    struct detectors *d = mem_zalloc(sizeof(*d));
    enum err err;

    *out = NULL;
    if (d == NULL) {
        return ERR_NOMEM;
    }
    err = book_create(cfg, fn, ctx, &d->book);
    for (size_t i = 0; i < DETECTOR_COUNT && err == ERR_OK; i++) {
        if (detector_all[i]->create != NULL) {
            err = detector_all[i]->create(cfg, &d->self[i]);
        }
    }
    if (err) {
        detectors_destroy(d);
        return err;
    }
    *out = d;
    return ERR_OK;
}

/* A detector's failure is counted and goes no further; whoever takes the alerts may end the
 * run. */
static void
note(enum err err)
{
    if (err) {
        metric_add(METRIC_DETECTOR_ERRORS, 1);
    }
}

enum err
detectors_attempt(struct detectors *d, const struct state *now, const struct attempt *a)
{
    for (size_t i = 0; i < DETECTOR_COUNT; i++) {
        if (detector_all[i]->on_attempt != NULL) {
            note(detector_all[i]->on_attempt(d->self[i], now, a, d->book));
        }
    }
    return book_err(d->book);
}

enum err
detectors_event(struct detectors *d, const struct state *now, const struct event *ev)
{
    for (size_t i = 0; i < DETECTOR_COUNT; i++) {
        if (detector_all[i]->on_event != NULL && (detector_all[i]->wants & EV_BIT(ev->kind)) != 0) {
            note(detector_all[i]->on_event(d->self[i], now, ev, d->book));
        }
    }
    return book_err(d->book);
}

enum err
detectors_tick(struct detectors *d, const struct state *now, uint64_t now_ft)
{
    for (size_t i = 0; i < DETECTOR_COUNT; i++) {
        if (detector_all[i]->on_tick != NULL) {
            note(detector_all[i]->on_tick(d->self[i], now, now_ft, d->book));
        }
    }
    note(book_tick(d->book, now_ft));
    return book_err(d->book);
}

enum err
detectors_refresh(struct detectors *d)
{
    note(book_flush(d->book));
    return book_err(d->book);
}

enum err
detectors_flush(struct detectors *d, const struct state *now)
{
    for (size_t i = 0; i < DETECTOR_COUNT; i++) {
        if (detector_all[i]->on_flush != NULL) {
            note(detector_all[i]->on_flush(d->self[i], now, d->book));
        }
    }
    note(book_flush(d->book));
    return book_err(d->book);
}

enum err
detectors_adopt(struct detectors *d, const struct alert *stored, uint64_t now_ft)
{
    if (rule_by_id(stored->rule->id) != stored->rule) {
        return ERR_OK; /* the sensor's own health */
    }
    return book_adopt(d->book, stored, now_ft);
}
