#include "base/yamldoc.h"

#include <libfyaml.h>

/* libfyaml's own first message, without its source excerpt. */
static void parse_failed(struct fy_diag *diag, const char *path, struct err *e)
{
    void *it = NULL;
    const struct fy_diag_error *de = fy_diag_errors_iterate(diag, &it);

    if (de == NULL)
        err_set(e, ERR_USAGE, "%s: not a YAML file", path);
    else
        err_set(e, ERR_USAGE, "%s:%d:%d: %s", path, de->line > 0 ? de->line : 1,
                de->column > 0 ? de->column : 1, de->msg);
}

enum err_code yamldoc_parse(const char *bytes, size_t n, const char *path, struct fy_document **out,
                            struct err *e)
{
    struct fy_diag_cfg dc;
    struct fy_parse_cfg pc = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG};

    *out = NULL;
    fy_diag_cfg_default(&dc);
    dc.fp = NULL;
    pc.diag = fy_diag_create(&dc);
    if (pc.diag == NULL)
        BUG("libfyaml: no memory for diagnostics");
    fy_diag_set_collect_errors(pc.diag, true);
    if (n > 0) /* of no bytes libfyaml would ask strlen() */
        *out = fy_document_build_from_string(&pc, bytes, n);
    if (*out == NULL)
        parse_failed(pc.diag, path, e);
    fy_diag_destroy(pc.diag); /* counted: the document keeps it as long as it needs it */
    return *out != NULL ? ERR_OK : e->code;
}

struct yaml_place yamldoc_place(struct fy_node *n)
{
    struct yaml_place p = {1, 1};
    struct fy_token *t = n != NULL && fy_node_is_scalar(n) ? fy_node_get_scalar_token(n) : NULL;
    const struct fy_mark *m = t != NULL ? fy_token_start_mark(t) : NULL;

    if (m != NULL) {
        p.line = m->line + 1;
        p.column = m->column + 1;
    }
    return p;
}
