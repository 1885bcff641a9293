/* gen_docs - writes OUTPUT.md, DETECTIONS.md, ETW.md, EVTX.md, EVENTS.md and kanari.default.json
 * into one folder, events.mc into another: gen_docs docs messages */
#include <stdio.h>

#include "core/config.h"
#include "platform/platform.h"
#include "support/docs_pages.h"

#define PAGE_LEN_MAX ((size_t)1024 * 1024)

static bool
write_page(const char *folder, const char *name, void (*make)(struct buf *))
{
    struct buf page;
    struct buf path;
    enum err err;

    buf_init(&page, PAGE_LEN_MAX);
    buf_init(&path, 4096);
    make(&page);
    path_join(&path, folder, name);
    err = buf_err(&page) ? buf_err(&page) : buf_err(&path);
    if (!err) {
        err = file_write_all(buf_str(&path), buf_str(&page), page.len);
    }
    if (err) {
        fprintf(stderr, "gen_docs: %s: %s\n", buf_str(&path), err_str(err));
    }
    buf_fini(&page);
    buf_fini(&path);
    return err == ERR_OK;
}

int
main(int argc, char **argv)
{
    bool written;

    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: gen_docs DOCS [MESSAGES]\n");
        return 2;
    }
    written = write_page(argv[1], "OUTPUT.md", docs_output);
    written = write_page(argv[1], "DETECTIONS.md", docs_detections) && written;
    written = write_page(argv[1], "ETW.md", docs_etw) && written;
    written = write_page(argv[1], "EVTX.md", docs_evtx) && written;
    written = write_page(argv[1], "EVENTS.md", docs_events) && written;
    written = write_page(argv[1], "kanari.default.json", config_write_default) && written;
    if (argc == 3) {
        written = write_page(argv[2], "events.mc", docs_event_messages) && written;
    }
    return written ? 0 : 1;
}
