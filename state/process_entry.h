/*
 * process_entry - one process in the table, and what it takes from a record.
 */
#pragma once

#include "state/processes.h"

struct process_entry {
    struct process p;              /* its texts are owned */
    struct process_origin *origin; /* of p, owned */
    uint32_t host_id;
    unsigned sources;                    /* of enum process_source */
    bool exact;                          /* p.started_ft is a CreateTime */
    uint64_t parent_sequence;            /* 0 = not known */
    uint64_t leaves_ft;                  /* 0 = it runs */
    struct process_entry *next;          /* of its chain: an older one */
    struct process_entry *older, *newer; /* of its list */
    bool fresh;                          /* to be told of early */
    uint64_t tell_ft;
    struct process_entry *fresher; /* of those: what is told next */
};

void process_entry_free(struct process_entry *e);
size_t process_entry_text_len(const struct process_entry *e);
/* Takes what is not known yet, and better names of the image. ERR_NOMEM. */
MUST_CHECK enum err process_entry_fill(struct process_entry *e, const struct process_facts *f);
/* Copies whose it is. ERR_NOMEM. */
MUST_CHECK enum err process_entry_tie(struct process_entry *e, const struct process_origin *origin);
/* The record can be about this process: the program's name is the same as far as both know it. */
bool process_entry_agrees(const struct process_entry *e, const struct process_facts *f);
/* The mapped file is the program, of which only the name is known. */
bool process_entry_is_program(const struct process_entry *e, struct sv path);
