/* html_pack.h - rows as the page's script unpacks them: columns of JSON, gzip, base64. */
#ifndef REPORTS_HTML_PACK_H
#define REPORTS_HTML_PACK_H
#include "base/err.h"
#include "html_names.h"
#include "messages.h"
#include "report_model.h"

/* All rows of a rule; its resources are settled in `names`. ERR_LIMIT: too long for a page. The
 * caller frees *out. */
enum err_code html_pack_rule(const struct report_model *m, const struct report_rule *r,
                             struct html_names *names, enum lang lang, char **out, struct err *e);
/* The ids and the names. */
enum err_code html_pack_names(const struct html_names *names, char **out, struct err *e);

#endif
