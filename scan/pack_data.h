/* pack_data - what scan/pack.cmake makes of yara-rules/; for scan/pack.c only. */
#pragma once

#include "core/err.h"

struct pack_file {
    const char *name;
    size_t len;
};
extern const struct pack_file pack_files[];
extern const size_t pack_file_count;
extern const char pack_sha256[]; /* of the files' bytes, one behind the other; lower-case hex */
extern const uint8_t pack_bytes[];
extern const size_t pack_len;
