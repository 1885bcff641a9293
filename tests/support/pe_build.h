/* pe_build - a 64-bit PE image of one section that holds given bytes: data, never to be run. */
#pragma once

#include "core/buf.h"

struct pe_build {
    bool dll;
    const char *import_dll;  /* one function of it is imported; NULL: none */
    const char *export_name; /* NULL: none */
};
#define PE_NAME_MAX 40u

/* The image is appended to out. */
void pe_build(struct buf *out, const struct pe_build *what, const void *data, size_t len);
