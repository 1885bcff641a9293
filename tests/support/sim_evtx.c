/* sim_evtx - EVTX files: the header, and chunks with their checksums. */
#include "sim_evtx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_chunk.h"

#define HEADER_LEN 4096u

struct sim_log {
    FILE *file;
    char computer[64];
    struct sim_chunk chunk;
    uint64_t first_id; /* of the chunk */
    uint64_t next_id;
    uint64_t chunks;
};

static void
die(const char *what)
{
    fprintf(stderr, "sim_evtx: %s\n", what);
    exit(1);
}

static uint32_t
crc32_of(uint32_t crc, const uint8_t *data, size_t len)
{
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
        }
    }
    return ~crc;
}

static void
chunk_begin(struct sim_log *log)
{
    sim_chunk_clear(&log->chunk);
    log->first_id = log->next_id;
}

static void
chunk_write(struct sim_log *log)
{
    uint8_t *c = log->chunk.data;

    memcpy(c, "ElfChnk", 8);
    sim_chunk_int(c + 8, log->first_id, 8);
    sim_chunk_int(c + 16, log->next_id - 1, 8);
    sim_chunk_int(c + 24, log->first_id, 8);
    sim_chunk_int(c + 32, log->next_id - 1, 8);
    sim_chunk_int(c + 40, 128, 4);
    sim_chunk_int(c + 44, log->chunk.last_record, 4);
    sim_chunk_int(c + 48, log->chunk.at, 4);
    sim_chunk_int(c + 52, crc32_of(0, c + SIM_CHUNK_DATA, log->chunk.at - SIM_CHUNK_DATA), 4);
    uint32_t crc = crc32_of(0, c, 120);
    sim_chunk_int(c + 124, crc32_of(crc, c + 128, SIM_CHUNK_DATA - 128), 4);
    if (fwrite(c, 1, SIM_CHUNK_LEN, log->file) != SIM_CHUNK_LEN) {
        die("cannot write");
    }
    log->chunks++;
}

static void
header_write(struct sim_log *log)
{
    uint8_t h[HEADER_LEN] = {0};

    memcpy(h, "ElfFile", 8);
    sim_chunk_int(h + 16, log->chunks == 0 ? 0 : log->chunks - 1, 8);
    sim_chunk_int(h + 24, log->next_id, 8);
    sim_chunk_int(h + 32, 128, 4);
    sim_chunk_int(h + 36, 1, 2);
    sim_chunk_int(h + 38, 3, 2);
    sim_chunk_int(h + 40, HEADER_LEN, 2);
    sim_chunk_int(h + 42, log->chunks, 2);
    sim_chunk_int(h + 124, crc32_of(0, h, 120), 4);
    if (fseek(log->file, 0, SEEK_SET) != 0 || fwrite(h, 1, HEADER_LEN, log->file) != HEADER_LEN) {
        die("cannot write");
    }
}

struct sim_log *
sim_log_open(const char *path, const char *computer)
{
    struct sim_log *log = calloc(1, sizeof(*log));

    if (log == NULL || strlen(computer) >= sizeof(log->computer)) {
        die("no memory, or a computer name too long");
    }
    memcpy(log->computer, computer, strlen(computer) + 1);
    log->chunk.computer = log->computer;
    log->file = fopen(path, "wb");
    if (log->file == NULL) {
        die("cannot create the log file");
    }
    log->next_id = 1;
    header_write(log);
    chunk_begin(log);
    return log;
}

void
sim_log_record(struct sim_log *log, const struct sim_schema *schema, uint64_t time_ft,
               const struct sim_value *values)
{
    struct sim_stamp stamp = {log->next_id, time_ft};

    if (!sim_chunk_has_room(&log->chunk, schema, values) && log->next_id > log->first_id) {
        chunk_write(log);
        chunk_begin(log);
    }
    sim_chunk_record(&log->chunk, schema, &stamp, values);
    log->next_id++;
}

uint64_t
sim_log_close(struct sim_log *log)
{
    uint64_t count = log->next_id - 1;

    if (log->next_id > log->first_id) {
        chunk_write(log);
    }
    header_write(log);
    if (fclose(log->file) != 0) {
        die("cannot write");
    }
    free(log);
    return count;
}
