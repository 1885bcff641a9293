/*
 * store_sink - a pipeline that writes straight into a store: what a replay does.
 */
#pragma once

#include "engine/pipeline.h"
#include "store/store.h"

struct pipeline_sink store_sink(struct store *s);
