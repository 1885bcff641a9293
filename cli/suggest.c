/* suggest - the nearest known name for a word that is none: optimal string alignment distance. */
#include "cli/command.h"

#define WORD_LEN_MAX 32

static size_t
min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static size_t
distance(struct sv a, struct sv b)
{
    size_t rows[3][WORD_LEN_MAX + 1]; /* of the last three prefixes of a */

    for (size_t k = 0; k <= b.len; k++) {
        rows[0][k] = k;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i - 1) % 3];
        const size_t *before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            bool same = a.p[i - 1] == b.p[k - 1];

            now[k] = min3(last[k] + 1, now[k - 1] + 1, last[k - 1] + (same ? 0 : 1));
            if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] && a.p[i - 2] == b.p[k - 1] &&
                before[k - 2] + 1 < now[k]) {
                now[k] = before[k - 2] + 1;
            }
        }
    }
    return rows[a.len % 3][b.len];
}

const char *
cli_suggest(struct sv word, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = 0;

    if (word.len == 0 || word.len > WORD_LEN_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        struct sv name = sv_from(names[i]);
        size_t far;

        if (name.len == 0 || name.len > WORD_LEN_MAX) {
            continue;
        }
        far = distance(word, name);
        if (far <= (word.len + 2) / 3 && (best == NULL || far < best_distance)) {
            best = names[i];
            best_distance = far;
        }
    }
    return best;
}
