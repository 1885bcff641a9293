/*
 * rule_files - YARA rules for a command: those that the program carries, or files.
 */
#pragma once

#include "scan/scan.h"

/* An engine with the carried rules, all of which compile. The caller destroys it. */
MUST_CHECK enum err rule_files_carried(struct scan_engine **out);

/* Compiles the carried rules (count 0) or the files; *report as scan_engine_load() fills it. A file
 * that cannot be read fails: *failed names it. ERR_FORMAT: none compiles. */
MUST_CHECK enum err rule_files_check(const char *const *paths, size_t count,
                                     struct scan_report *report, const char **failed);
