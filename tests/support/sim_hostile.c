/* sim_hostile - names with escape sequences, direction marks, formats, line ends, and very long. */
#include "sim_hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_NAME 25000u /* characters; a record must fit its chunk, and holds one such name */
#define TRIES 6u         /* with each name, from a source of its own: a burst */
#define BETWEEN_S 20u

static char long_name[LONG_NAME + 1];

static const char *const names[] = {
    "\033]0;owned\007",
    "\033[2J\033[31m",
    "\302\2332J",                /* C1 control sequence introducer */
    "\342\200\256nimda",         /* right-to-left override */
    "\342\201\246x\342\201\251", /* isolates */
    "%n%n%s%s",
    "two\nlines",
    "back\r\b\bspace\tand\vmore",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2",
    "'; DROP TABLE event;--",
    "\"},{\"rule\":\"none\",\"a\":\"",
    "../../etc/passwd",
    "{source}{count}{}",
    "\355\240\200half", /* a lone surrogate */
    "\346\274\242\345\255\227\343\201\213\343\201\252\343\202\212",
    "\357\273\277bom",
    "e\314\201\314\202\314\203\314\204\314\205\314\206\314\207\314\210\314\211",
    " ",
    ".",
    "\177",
    long_name,
};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

void
sim_hostile_make(struct sim_script *out)
{
    memset(long_name, 'A', LONG_NAME);
    *out = (struct sim_script){.attempt = calloc(NAME_COUNT * TRIES, sizeof(*out->attempt))};
    if (out->attempt == NULL) {
        fprintf(stderr, "sim_hostile: no memory\n");
        exit(1);
    }
    for (unsigned i = 0; i < NAME_COUNT * TRIES; i++) {
        struct sim_attempt *a = &out->attempt[i];

        *a = (struct sim_attempt){
            .second = i * BETWEEN_S,
            .order = i,
            .host = SIM_PC_A,
            .style = SIM_SMB_551,
            .outcome = SIM_FAILURE,
            .service = SIM_SMB,
            .port = (uint16_t)(40000 + i),
            .account = names[i / TRIES],
            .workstation = names[i / TRIES] == long_name ? NULL : names[i / TRIES],
            .sub_status = 0xc0000064u,
        };
        snprintf(a->source, sizeof(a->source), "192.31.196.%u", 1 + i / TRIES);
    }
    out->count = NAME_COUNT * TRIES;
    out->guesses = out->count;
    out->guess_sources = NAME_COUNT;
}
