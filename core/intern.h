/*
 * intern - bounded table text -> small number, for hosts and account names.
 *
 * Ids count from 1 in the order of first sight; 0 is "the table was full" (counted).
 * Memory: owns copies; views live as long as the table. Texts never leave it. The caller caps the
 *         length of a text (event fields are capped when they are decoded).
 */
#pragma once

#include "core/sv.h"

struct intern;
#define INTERN_OVERFLOW 0u
#define INTERN_MAX_COUNT ((size_t)1 << 24) /* a larger max_count means this one */

MUST_CHECK enum err intern_create(size_t max_count, struct intern **out);
void intern_destroy(struct intern *t);
/* ERR_NOMEM only; a full table answers INTERN_OVERFLOW with ERR_OK. */
MUST_CHECK enum err intern_id(struct intern *t, struct sv text, uint32_t *out_id);
/* Without adding: INTERN_OVERFLOW when unknown. */
uint32_t intern_find(const struct intern *t, struct sv text);
struct sv intern_text(const struct intern *t, uint32_t id); /* {NULL,0} for 0 */
uint32_t intern_count(const struct intern *t);
uint64_t intern_overflows(const struct intern *t);
