/* reports/brand.h - how a consultant's HTML report looks: a small YAML file.
 *
 *     client: Larkfield Logistics Ltd      # instead of the tenant's name
 *     prepared_by: Example Security GmbH
 *     prepared_for: The board
 *     title: Microsoft 365 review 2026     # above the client's name
 *     confidentiality: Confidential - for the named recipients only
 *     footer: Example Security GmbH, Example Street 1
 *     logo: logo.png                       # PNG or JPEG, beside this file
 *     accent: "#7a1f5c"                    # links and the line at the top
 *     accent_dark: "#f0b6dc"               # the same on a dark screen
 *
 * Everything is optional, and an unknown key is an error. A colour has to be readable as text on
 * the paper it stands on: contrast 4.5:1 or more (WCAG 2.2, 1.4.3), else it is refused. SVG is no
 * logo: it can hold scripts and addresses. */
#ifndef REPORTS_BRAND_H
#define REPORTS_BRAND_H
#include "base/err.h"

/* Texts are owned; NULL: not given. */
struct report_brand {
    char *client, *prepared_by, *prepared_for, *title, *confidentiality, *footer;
    char *accent, *accent_dark; /* "#rrggbb", lower case */
    char *logo;                 /* a data: address with the picture in it */
};

/* ERR_USAGE with file, line and column. The caller frees. */
enum err_code report_brand_load(const char *path, struct report_brand **out, struct err *e);
void report_brand_free(struct report_brand *b);

/* WCAG 2.2's contrast ratio of two colours "#rrggbb": 1 to 21; 0 when one is no such colour. */
double report_contrast(const char *one, const char *other);

#endif
