/*
 * pack - the rules that the program carries.
 *
 * Memory:  the files live as long as the pack, and may go once they are loaded.
 * Errors:  ERR_FORMAT: the program's own bytes are damaged; ERR_NOMEM.
 */
#pragma once

#include "scan/scan.h"

struct scan_pack;
MUST_CHECK enum err scan_pack_open(struct scan_pack **out);
void scan_pack_close(struct scan_pack *p);
const struct scan_source *scan_pack_files(const struct scan_pack *p, size_t *count);
/* SHA-256 of the carried rules, lower-case hex: what says which they are. */
const char *scan_pack_sha256(void);
