/*
 * docs_pages - docs/OUTPUT.md, docs/DETECTIONS.md and docs/ETW.md, made from the tables that the
 * program uses, so that they cannot say anything else. gen_docs writes them; test_docs compares.
 */
#pragma once

#include "core/buf.h"

void docs_output(struct buf *out);
void docs_detections(struct buf *out);
void docs_etw(struct buf *out);
