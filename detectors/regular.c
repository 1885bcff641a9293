/* regular - spread of the intervals around their median. */
#include "detectors/regular.h"

#include <stdlib.h>

#define LOOK_AT 64u /* the newest times are enough */
#define TRY_GAP_S 10u
#define TRY_FAILURES_MAX 4u
#define PERIOD_MIN_S 60u
#define SPREAD_MIN_S 5u
#define SPREAD_DIVISOR 20u /* 5 % */

static int
cmp_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Intervals between the starts of tries; false when a try has too many failures. */
static bool
intervals_of(const uint32_t *times, uint32_t count, uint32_t *out, uint32_t *out_count)
{
    uint32_t start = times[0], in_try = 1, n = 0;

    for (uint32_t i = 1; i < count; i++) {
        if (times[i] - times[i - 1] <= TRY_GAP_S) {
            in_try++;
            if (in_try > TRY_FAILURES_MAX) {
                return false;
            }
            continue;
        }
        out[n++] = times[i] - start;
        start = times[i];
        in_try = 1;
    }
    *out_count = n;
    return true;
}

bool
regular_pace(const uint32_t *times, uint32_t count)
{
    uint32_t interval[LOOK_AT];
    uint32_t n, median, spread, near = 0;

    if (count > LOOK_AT) {
        times += count - LOOK_AT;
        count = LOOK_AT;
    }
    if (count < REGULAR_TRIES_MIN || !intervals_of(times, count, interval, &n) ||
        n + 1 < REGULAR_TRIES_MIN) {
        return false;
    }
    qsort(interval, n, sizeof(interval[0]), cmp_u32);
    median = interval[n / 2];
    spread = median / SPREAD_DIVISOR > SPREAD_MIN_S ? median / SPREAD_DIVISOR : SPREAD_MIN_S;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t off = interval[i] > median ? interval[i] - median : median - interval[i];

        near += off <= spread;
    }
    return median >= PERIOD_MIN_S && near >= n - n / 10;
}
