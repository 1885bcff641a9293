/*
 * evtx_mof - one text property out of instances in MOF (Managed Object Format, DMTF DSP0004), as
 * WMI writes them into its log:
 *
 *     instance of CommandLineEventConsumer
 *     {
 *         CommandLineTemplate = "cmd.exe /c \"echo\"";
 *     };
 *
 * Texts are whoever's who made the instance; only what stands outside of them is looked at.
 * Memory: writes into the caller's room. Threads: any.
 */
#pragma once

#include "core/sv.h"

/* The first text given to a property of that name (ASCII case folded), its escapes resolved, cut
 * to cap; *cut (may be NULL) tells of that. Pieces that follow each other ("a" "b") are one text.
 * {out, 0} when there is none. out may not overlap mof. */
struct sv mof_text(struct sv mof, struct sv property, char *out, size_t cap, bool *cut);
