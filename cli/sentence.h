/*
 * sentence - a stored message name and its parameters (JSON) as a sentence of the reader.
 * A name that this version does not know shows with its parameters as they are stored.
 */
#pragma once

#include "messages/messages.h"

void sentence_put(struct buf *out, enum lang lang, struct sv message, struct sv params);
