/*
 * docs_pages - docs/OUTPUT.md, docs/DETECTIONS.md, docs/ETW.md, docs/EVTX.md, docs/EVENTS.md and
 * messages/events.mc, made from the tables that the program uses, so that they cannot say anything
 * else. gen_docs writes them; test_docs compares.
 */
#pragma once

#include "core/alert.h"

void docs_output(struct buf *out);
void docs_detections(struct buf *out);
void docs_etw(struct buf *out);
void docs_evtx(struct buf *out);
void docs_events(struct buf *out);
/* What windmc makes the message file of: every rule in every language. */
void docs_event_messages(struct buf *out);
/* The sentences of a rule, quoted; NULL: those of every rule. */
void docs_sentences(struct buf *out, const struct rule *rule);
