/* store_put_adapter - writes the periods of network adapters. */
#include <sqlite3.h>

#include "store/handle.h"

enum err
store_put_adapter(struct store *s, const struct net_adapter *a)
{
    const struct sv texts[] = {
        a->host.len == 0 ? SV("") : a->host, /* the key has no NULL */
        a->guid.len == 0 ? SV("") : a->guid,
        a->name,
        a->description,
        a->kind,
        a->evidence,
        a->addresses,
        a->gateways,
        a->mac,
        a->usb_id,
    };
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    int at = 1;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    stmt = s->put[PUT_ADAPTER];
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (i < 2) {
            rc = rc == SQLITE_OK ? sqlite3_bind_text64(stmt, at++, texts[i].p, texts[i].len,
                                                       SQLITE_STATIC, SQLITE_UTF8)
                                 : rc;
        } else {
            db_bind_text(stmt, at++, texts[i].len == 0 ? (struct sv){NULL, 0} : texts[i], &rc);
        }
    }
    db_bind_int(stmt, at++, a->up, &rc);
    db_bind_int(stmt, at++, a->default_route, &rc);
    db_bind_int(stmt, at++, a->internet, &rc);
    db_bind_set(stmt, at++, a->to_ft, &rc);
    db_bind_int(stmt, at++, (int64_t)a->last_ft, &rc);
    db_bind_int(stmt, at, (int64_t)a->from_ft, &rc);
    return put_run(s, PUT_ADAPTER, rc);
}
