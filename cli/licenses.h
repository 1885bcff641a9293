/*
 * licenses - LICENSE and THIRD-PARTY-NOTICES of the source tree, carried inside the program:
 * whoever has the program has its licences. The .c is made at build time (cli/embed.cmake).
 */
#pragma once

#include <stddef.h>

extern const unsigned char licenses_text[];
extern const size_t licenses_text_len;
