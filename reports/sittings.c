/* A collection that was cut and resumed: when each sitting began and ended. */
#include "report_model.h"

#include "base/buf.h"
#include "base/mem.h"
#include "model/store.h"
#include "report_columns.h"

#include <stdlib.h>

enum { SITTINGS_TEXT_BYTES = 64 * 1024 };

enum err_code report_sittings_load(struct report_model *m, struct err *e)
{
    char *text = NULL;
    int64_t n = 0;
    enum err_code code = store_int(
        m->s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'sitting'", &n,
        e);

    if (code == ERR_OK && n > 0) /* snapshots of earlier days lack the table */
        code = store_int(m->s, "SELECT count(*) FROM sitting", &n, e);
    if (code != ERR_OK || n < 2)
        return code;
    code = store_text(m->s,
                      "SELECT json_group_array(json_object('started_at', started_at, 'ended_at', "
                      "ended_at)) FROM (SELECT * FROM sitting ORDER BY n)",
                      &text, e);
    if (code == ERR_OK && text != NULL) {
        m->sittings = json_loads(text, 0, NULL);
        if (m->sittings == NULL)
            code = err_set(e, ERR_STORE, "the snapshot's sittings cannot be read");
    }
    free(text);
    return code;
}

char *report_sittings_text(const struct report_model *m)
{
    struct buf b;
    size_t at;
    json_t *v;

    if (m->sittings == NULL)
        return NULL;
    buf_init(&b, SITTINGS_TEXT_BYTES);
    json_array_foreach(m->sittings, at, v)
    {
        const char *from = json_string_value(json_object_get(v, "started_at"));
        const char *to = json_string_value(json_object_get(v, "ended_at"));

        buf_addf(&b, "%s%s/%s", at > 0 ? ", " : "", from != NULL ? from : "..",
                 to != NULL ? to : "..");
    }
    return buf_take(&b);
}
