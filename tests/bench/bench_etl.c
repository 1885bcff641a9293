/*
 * bench_etl - recorded traces through the reader and the decoders, again and again.
 *
 *   bench_etl                        records and bytes a second of each recording, as JSON
 *   bench_etl WHAT TIMES FILE        one pass, for an instruction counter: WHAT is "bare" (sizes of
 *                                    records only), "walk" or "decode"; prints what it met
 *   bench_etl write TIMES FILE OUT   the same trace as a file
 *
 * A recording is made longer by repeating its buffers behind the first one, the header.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/rd.h"
#include "etw/decode.h"
#include "etw/etl.h"
#include "platform/platform.h"

#define FILE_MAX ((size_t)64 * 1024 * 1024)
#define BYTES_MIN ((uint64_t)200 * 1000 * 1000) /* to be read, by the clock */
#define RUNS 5u
#define BUFFER_HEAD 0x48u
#define COPY_LEN 1024u /* callgrind counts longer copies by the byte */

static const char *const recordings[] = {
    "kernel-network-win7-7601.etl", "kernel-process-win7-7600.etl",
    "kernel-process-win11-26200.etl", "ntkernel-compressed-win11-22000.etl",
    "ntkernel-win10-18362.etl"};

struct looped {
    struct buf file;
    size_t head; /* bytes of the first buffer */
    struct source source;
};

struct pass {
    uint64_t records, events, allocations;
};

_Noreturn static void
die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_etl: %s: %s\n", what, why);
    exit(1);
}

static enum err
read_looped(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    const struct looped *l = ctx;
    size_t body = l->file.len - l->head;
    uint8_t *to = out;

    *got = 0;
    while (*got < len && offset < l->source.size) {
        size_t at =
            offset < l->head ? (size_t)offset : l->head + (size_t)((offset - l->head) % body);
        size_t part = (offset < l->head ? l->head : l->file.len) - at;

        part = part < len - *got ? part : len - *got;
        part = part < COPY_LEN ? part : COPY_LEN;
        memcpy(to + *got, l->file.data + at, part);
        *got += part;
        offset += part;
    }
    return ERR_OK;
}

static void
open_looped(struct looped *l, const char *path, uint64_t times)
{
    buf_init(&l->file, FILE_MAX);
    if (file_read_all(path, FILE_MAX, &l->file) != ERR_OK || l->file.len < 2 * BUFFER_HEAD) {
        die(path, "cannot be read");
    }
    l->head = rd_le32(l->file.data);
    l->source = (struct source){read_looped, l, l->head + times * (l->file.len - l->head)};
}

/* The least that any reader does: from record to record by their sizes. */
static uint64_t
walk_buffer(const uint8_t *buffer)
{
    size_t end = rd_le32(buffer + 4);
    size_t pos = BUFFER_HEAD;
    uint64_t records = 0;

    while (pos < end) {
        uint8_t type = buffer[pos + 2];
        bool size_first = type >= 10 && type != 16 && type != 17;
        size_t size = rd_le16(buffer + pos + (size_first ? 0 : 4));

        if (size < 8) {
            break;
        }
        records++;
        pos += (size + 7) & ~(size_t)7;
    }
    return records;
}

/* Plain buffers only. */
static struct pass
pass_bare(const struct looped *l)
{
    const uint8_t *data = (const uint8_t *)l->file.data;
    uint64_t times = (l->source.size - l->head) / (l->file.len - l->head);
    struct pass sum = {0};

    for (uint64_t n = 0; n < times; n++) {
        for (size_t at = l->head; at < l->file.len; at += rd_le32(data + at)) {
            sum.records += walk_buffer(data + at);
        }
    }
    return sum;
}

static struct pass
pass_read(const struct looped *l, bool decode)
{
    struct pass sum = {0};
    struct etw_decoder *decoder = NULL;
    struct etl *reader = NULL;
    struct etl_item item;
    static _Alignas(128) struct event ev; /* the same instructions wherever the stack is */
    const char *why;

    mem_fail_after(SIZE_MAX); /* counts from here */
    if (etw_decoder_create(&decoder) != ERR_OK || etl_open_source(&l->source, &reader) != ERR_OK) {
        die("trace", "cannot be opened");
    }
    while (etl_next(reader, &item) == ERR_OK) {
        if (item.kind == ETL_ITEM_RECORD) {
            sum.records++;
            sum.events += decode && etw_decode(decoder, &item.record, &ev, &why) == ETW_EVENT;
        }
    }
    etl_close(reader);
    etw_decoder_destroy(decoder);
    sum.allocations = mem_asked();
    return sum;
}

static int
by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static void
show_speed(const char *name)
{
    const char *folder = env_get("KANARI_DATA");
    struct looped l;
    struct pass sum = {0};
    struct buf path;
    uint64_t ns[RUNS];
    double seconds;

    buf_init(&path, 4096);
    buf_printf(&path, "%s/etl/%s", folder == NULL ? "../shared/data" : folder, name);
    open_looped(&l, buf_str(&path), 1);
    l.source.size = l.head + (BYTES_MIN / (l.file.len - l.head) + 1) * (l.file.len - l.head);
    for (size_t i = 0; i < RUNS; i++) {
        uint64_t start = clock_mono_ns();

        sum = pass_read(&l, true);
        ns[i] = clock_mono_ns() - start;
    }
    qsort(ns, RUNS, sizeof(ns[0]), by_value);
    seconds = (double)ns[RUNS / 2] / 1e9;
    (void)printf("{\"trace\": \"%s\", \"bytes\": %" PRIu64 ", \"records\": %" PRIu64
                 ", \"events\": %" PRIu64 ", \"records_per_second\": %.0f, "
                 "\"megabytes_per_second\": %.1f, \"allocations\": %" PRIu64 "}\n",
                 name, l.source.size, sum.records, sum.events, (double)sum.records / seconds,
                 (double)l.source.size / 1e6 / seconds, sum.allocations);
    buf_fini(&l.file);
    buf_fini(&path);
}

static void
write_looped(const struct looped *l, const char *out)
{
    FILE *f = fopen(out, "wb");
    uint64_t times = (l->source.size - l->head) / (l->file.len - l->head);
    bool good = f != NULL && fwrite(l->file.data, l->head, 1, f) == 1;

    for (uint64_t n = 0; n < times && good; n++) {
        good = fwrite(l->file.data + l->head, l->file.len - l->head, 1, f) == 1;
    }
    if (!good || fclose(f) != 0) {
        die(out, "cannot be written");
    }
}

int
main(int argc, char **argv)
{
    struct looped l;
    struct pass sum = {0};

    if (argc == 1) {
        for (size_t i = 0; i < COUNT(recordings); i++) {
            show_speed(recordings[i]);
        }
        return 0;
    }
    if (argc < 4) {
        die("usage", "bench_etl [bare|walk|decode TIMES FILE | write TIMES FILE OUT]");
    }
    open_looped(&l, argv[3], strtoull(argv[2], NULL, 10));
    if (strcmp(argv[1], "write") == 0 && argc == 5) {
        write_looped(&l, argv[4]);
    } else if (strcmp(argv[1], "bare") == 0) {
        sum = pass_bare(&l);
    } else {
        sum = pass_read(&l, strcmp(argv[1], "decode") == 0);
    }
    (void)printf("{\"records\": %" PRIu64 ", \"events\": %" PRIu64 ", \"allocations\": %" PRIu64
                 "}\n",
                 sum.records, sum.events, sum.allocations);
    buf_fini(&l.file);
    return 0;
}
