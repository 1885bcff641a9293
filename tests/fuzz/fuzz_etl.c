/* fuzz_etl - any bytes as a trace: read in full, each record decoded, and once more in search of
 * the computer's name. */
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "etw/decode.h"
#include "etw/etl.h"

#define INPUT_MAX (256u * 1024)
#define PACKED_MAX 16u /* compressed buffers of one input: each may grow to 16 MiB */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
    const uint8_t *data;
    size_t len;
};

static enum err
read_input(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    const struct input *in = ctx;
    size_t left = offset < in->len ? in->len - (size_t)offset : 0;

    *got = len < left ? len : left;
    if (*got > 0) {
        memcpy(out, in->data + offset, *got);
    }
    return ERR_OK;
}

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Every byte that a view promises is there. */
static void
touch(const uint8_t *at, size_t len)
{
    volatile uint64_t sum = hash64(at, len);

    (void)sum;
}

static void
check_record(const struct etw_record *rec)
{
    static struct etw_decoder *decoder;
    struct event ev;
    const char *why = NULL;
    enum etw_decoded decoded;

    if (decoder == NULL && etw_decoder_create(&decoder) != ERR_OK) {
        return;
    }
    check(rec->payload_len <= UINT16_MAX && (rec->ptr_len == 4 || rec->ptr_len == 8));
    touch(rec->payload, rec->payload_len);
    check((rec->sid == NULL) == (rec->sid_len == 0));
    if (rec->sid != NULL) {
        touch(rec->sid, rec->sid_len);
    }
    decoded = etw_decode(decoder, rec, &ev, &why);
    check((decoded == ETW_DAMAGED) == (why != NULL));
}

/* What was given, as it is counted here. */
struct ledger {
    uint64_t records, skipped, damages;
};

static void
check_item(struct ledger *l, const struct etl_item *item, size_t len)
{
    check(item->offset < len);
    if (item->kind == ETL_ITEM_DAMAGED) {
        l->damages++;
        check(item->why != NULL);
    } else if (item->kind == ETL_ITEM_LOST) {
        check(item->lost_from_ft <= item->lost_to_ft);
    } else {
        check(item->number == l->records++);
        l->skipped += item->kind == ETL_ITEM_SKIPPED;
        if (item->kind == ETL_ITEM_RECORD) {
            check_record(&item->record);
        }
    }
}

/* True when it came to the end. */
static bool
read_all(struct etl *r, size_t len)
{
    const struct etl_stats *stats = etl_stats(r);
    struct ledger ledger = {0};
    struct etl_item item;
    enum err err;

    while ((err = etl_next(r, &item)) == ERR_OK) {
        check_item(&ledger, &item, len);
        check(ledger.damages <= stats->buffers + ledger.records + len);
        if (stats->buffers_compressed > PACKED_MAX) {
            return false;
        }
    }
    check(err == ERR_END && etl_next(r, &item) == ERR_END);
    check(stats->records == ledger.records && stats->skipped == ledger.skipped);
    check(stats->damages == ledger.damages && stats->bytes == len);
    check(stats->buffers * 0x48 <= len);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input in = {data, len};
    struct source source = {read_input, &in, len};
    struct etl *whole = NULL;
    struct etl *search = NULL;

    if (len > INPUT_MAX || etl_open_source(&source, &whole) != ERR_OK) {
        check(whole == NULL);
        return 0;
    }
    if (read_all(whole, len) && etl_open_source(&source, &search) == ERR_OK) {
        enum err err = etl_find_computer(search);

        check((err == ERR_OK) == (etl_info(whole)->computer[0] != '\0'));
        check(strcmp(etl_info(whole)->computer, etl_info(search)->computer) == 0);
    }
    etl_close(search);
    etl_close(whole);
    return 0;
}
