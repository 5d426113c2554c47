#include "reports/report.h"

#include "base/attrs.h"
#include "base/fsx.h"
#include "base/strs.h"
#include "formats.h"
#include "messages.h"

static const struct report_format formats[] = {
    {"html", ".html", "one self-contained page for people, readable offline and in print",
     html_write},
    {"junit", ".xml", "JUnit XML for pipelines: one test case a rule", junit_write},
    {"json", ".json", "everything, for programs (reports/schema/report-1.schema.json)", json_write},
    {"ndjson", ".ndjson", "the same as JSON lines: the report, then each rule and resource",
     ndjson_write},
    {"sarif", ".sarif", "SARIF 2.1.0 for code scanning: failing rules only", sarif_write},
    {"sarif-full", ".sarif", "SARIF 2.1.0 with every rule, whatever became of it",
     sarif_full_write},
    {"markdown", ".md", "a first screen for a job summary or a pull request", markdown_write},
    {"csv", ".csv", "one row a failing, unknown, manual or waived resource", csv_write},
    {"csv-findings", ".csv", "one row a rule", csv_findings_write},
    {"csv-resources", ".csv", "the resources alone, in fewer columns", csv_resources_write},
    {"csv-action-plan", ".csv", "failing rules, worst first, with columns for who and by when",
     csv_action_plan_write},
    {"ocsf", ".ndjson", "OCSF compliance findings in lines, for Sentinel, Security Lake, Splunk",
     ocsf_write},
    {"oscal", ".json", "OSCAL assessment results (NIST)", oscal_write},
};

size_t report_format_count(void)
{
    return COUNT_OF(formats);
}

const struct report_format *report_format_at(size_t i)
{
    return i < COUNT_OF(formats) ? &formats[i] : NULL;
}

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (str_eq(formats[i].name, name))
            return &formats[i];
    return NULL;
}

const char *report_language_at(size_t i)
{
    return i < LANG_COUNT ? lang_name((enum lang)i) : NULL;
}

/* Reports name people and their gaps, like the snapshot: for the owner's eyes. */
enum { REPORT_MODE = 0600 };

enum err_code report_save(struct store *s, const struct report_format *format,
                          const struct report_options *o, const char *path, struct err *e)
{
    struct report_options named = *o;
    struct outfile out;
    enum err_code code = outfile_open(&out, path, REPORT_MODE, e);

    named.path = str_eq(path, "-") ? NULL : path;
    if (code == ERR_OK) {
        code = format->write(s, &named, out.f, e);
        if (code == ERR_OK)
            code = outfile_commit(&out, e);
        else
            outfile_abort(&out);
    }
    if (code != ERR_OK)
        err_wrap(e, "%s report", format->name);
    return code;
}
