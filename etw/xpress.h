/*
 * xpress - plain LZ77 decompression ([MS-XCA] 2.4, "XPRESS" without Huffman), into a caller's
 * buffer. Bounded by both lengths whatever the input says; no allocation.
 */
#pragma once

#include "core/err.h"

/* Decompresses until `out` is full or the input ends. *out_len says how much there is, also on
 * error. ERR_FORMAT: a match reaches before the first byte. ERR_TRUNC: the input ends within a
 * token. Bytes already written are sound in both cases. */
MUST_CHECK enum err xpress_decompress(const uint8_t *in, size_t in_len, uint8_t *out,
                                      size_t out_cap, size_t *out_len);
