/* rule_files - sources into an engine. */
#include "cli/rule_files.h"

#include "core/mem.h"
#include "platform/platform.h"
#include "scan/pack.h"

static enum err
load_carried(struct scan_engine *e, struct scan_report *report)
{
    const struct scan_source *files;
    struct scan_pack *pack;
    size_t count;
    enum err err = scan_pack_open(&pack);

    if (err) {
        return err;
    }
    files = scan_pack_files(pack, &count);
    err = scan_engine_load(e, files, count, report);
    scan_pack_close(pack);
    return err;
}

enum err
rule_files_carried(struct scan_engine **out)
{
    struct scan_report *report = mem_alloc(sizeof(*report));
    struct scan_engine *e = NULL;
    enum err err = report == NULL ? ERR_NOMEM : scan_engine_create(&e);

    if (!err) {
        err = load_carried(e, report);
    }
    if (!err && report->files_broken > 0) {
        err = ERR_INTERNAL; /* a test compiles them all */
    }
    mem_free(report);
    if (err) {
        scan_engine_destroy(e);
        return err;
    }
    *out = e;
    return ERR_OK;
}

static enum err
load_files(struct scan_engine *e, const char *const *paths, size_t count,
           struct scan_report *report, const char **failed)
{
    struct scan_source *files = mem_array(count, sizeof(*files));
    struct buf *texts = mem_array(count, sizeof(*texts));
    enum err err = files == NULL || texts == NULL ? ERR_NOMEM : ERR_OK;
    size_t read = 0;

    for (; !err && read < count; read++) {
        buf_init(&texts[read], SCAN_SOURCE_LEN_MAX);
        *failed = paths[read];
        err = file_read_all(paths[read], SCAN_SOURCE_LEN_MAX, &texts[read]);
        files[read] = (struct scan_source){paths[read], buf_sv(&texts[read])};
    }
    if (!err) {
        *failed = NULL;
        err = scan_engine_load(e, files, count, report);
    }
    while (read > 0) {
        buf_fini(&texts[--read]);
    }
    mem_free(texts);
    mem_free(files);
    return err;
}

enum err
rule_files_check(const char *const *paths, size_t count, struct scan_report *report,
                 const char **failed)
{
    struct scan_engine *e;
    enum err err = scan_engine_create(&e);

    *failed = NULL;
    if (err) {
        return err;
    }
    err = count == 0 ? load_carried(e, report) : load_files(e, paths, count, report, failed);
    scan_engine_destroy(e);
    return err;
}
