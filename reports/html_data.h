/* html_data.h - the rows of resources that a page does not show as text.
 *
 * A page shows the first rows of each table. All rows of such a rule are packed into the page:
 * columns of JSON, gzip, base64 (a tenth of their size), which the script unpacks when asked to.
 * Ids and names stand once for all rules, sorted, because rules fail for the same people; a rule's
 * first column holds places in that list, each as the distance from the one before.
 * What does not fit any more is in a CSV file beside the page, and the page says its SHA-256. */
#ifndef REPORTS_HTML_DATA_H
#define REPORTS_HTML_DATA_H
#include "base/digest.h"
#include "messages.h"
#include "report_model.h"

struct html_packing;
struct report_options;

struct html_data {
    char *names;   /* ids and names, packed; NULL: no rule is */
    char **packed; /* one a rule, base64; NULL: shown whole, or not packed */
    bool is_over;  /* some rule's rows are neither shown nor packed */
    char *file;    /* name of the CSV beside the page, without folders; NULL: none */
    char digest[SHA256_HEX_BYTES]; /* of it */
    struct html_packing *packing;  /* between begin and pack; NULL: nothing is to be packed */
};

/* Rows that one table may show, so that all of them together stay within LIMIT_HTML_ROWS. */
size_t html_data_rows_each(const struct report_model *m, size_t most);
/* Is some table of this rule longer than `shown`? */
bool html_data_is_cut(const struct report_rule *r, size_t shown);
/* Packs the rows of all rules whose tables show less than they have. The first of the two chooses
 * them and begins to pack their names on a thread of its own, while the caller does something else;
 * the second does the rest. The first initialises `out`; release it also after an error. `m` is
 * borrowed until the second has returned. */
enum err_code html_data_begin(const struct report_model *m, size_t shown, struct html_data *out,
                              struct err *e);
enum err_code html_data_pack(const struct report_model *m, enum lang lang, struct html_data *d,
                             struct err *e);
/* Writes the CSV report beside `o->path`. */
enum err_code html_data_file(const struct report_model *m, const struct report_options *o,
                             struct html_data *d, struct err *e);
void html_data_release(struct html_data *d, size_t rules);

#endif
