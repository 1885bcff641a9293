/*
 * docs_pages - docs/OUTPUT.md, docs/DETECTIONS.md, docs/ETW.md and docs/EVTX.md, made from the
 * tables that the program uses, so that they cannot say anything else. gen_docs writes them;
 * test_docs compares.
 */
#pragma once

#include "core/buf.h"

void docs_output(struct buf *out);
void docs_detections(struct buf *out);
void docs_etw(struct buf *out);
void docs_evtx(struct buf *out);
