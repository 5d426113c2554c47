#include "rule_shape.h"

/* Long enough for honest prose, short enough for a report's page. */
enum {
    TITLE_BYTES = 160,
    SUMMARY_BYTES = 1500,
    PROSE_BYTES = 6000,
    COMMAND_BYTES = 3000,
    MESSAGE_BYTES = 300,
    WORD_BYTES = 80
};

static const char *const severities[] = {"critical", "high", "medium", "low", "info", NULL};
static const char *const services[] = {"entra-id", "exchange-online", "dns", "run", NULL};
static const char *const stages[] = {"experimental", "test", "stable", "deprecated", NULL};
static const char *const efforts[] = {"low", "medium", "high", NULL};
static const char *const partials[] = {"fail", "not_evaluated", NULL};
static const char *const outcomes[] = {"error",  "fail", "not_evaluated",  "manual",
                                       "waived", "pass", "not_applicable", NULL};
static const char *const reasons[] = {
    "permission",    "licence",   "api_error", "throttled", "truncated", "deadline",
    "not_collected", "malformed", "manual",    "waiver",    NULL};
const char *const param_type_words[] = {"bool", "int", "string", "string_list", "date", NULL};
const char *const empty_words[] = {"pass", "not_applicable", NULL};

static const struct field remediation[] = {
    {.key = "summary", .kind = FIELD_TEXT, .is_required = true, .max_bytes = SUMMARY_BYTES},
    {.key = "steps", .kind = FIELD_TEXTS, .max_bytes = SUMMARY_BYTES},
    {.key = "portal", .kind = FIELD_TEXT, .max_bytes = SUMMARY_BYTES},
    {.key = "powershell", .kind = FIELD_TEXT, .max_bytes = COMMAND_BYTES},
    {.key = "graph", .kind = FIELD_TEXT, .max_bytes = COMMAND_BYTES},
    {.key = "rollback", .kind = FIELD_TEXT, .max_bytes = COMMAND_BYTES},
    {.key = "effort", .kind = FIELD_WORD, .words = efforts},
    {.key = NULL},
};

static const struct field reference[] = {
    {.key = "title", .kind = FIELD_TEXT, .is_required = true, .max_bytes = TITLE_BYTES},
    {.key = "url", .kind = FIELD_TEXT, .is_required = true, .max_bytes = SUMMARY_BYTES},
    {.key = NULL},
};

static const struct field param[] = {
    {.key = "type", .kind = FIELD_WORD, .is_required = true, .words = param_type_words},
    {.key = "default", .kind = FIELD_ANY, .is_required = true},
    {.key = "help", .kind = FIELD_TEXT, .is_required = true, .max_bytes = SUMMARY_BYTES},
    {.key = NULL},
};

static const struct field messages[] = {
    {.key = "pass", .kind = FIELD_TEXT, .max_bytes = MESSAGE_BYTES},
    {.key = "fail", .kind = FIELD_TEXT, .max_bytes = MESSAGE_BYTES},
    {.key = "not_evaluated", .kind = FIELD_TEXT, .max_bytes = MESSAGE_BYTES},
    {.key = "manual", .kind = FIELD_TEXT, .max_bytes = MESSAGE_BYTES},
    {.key = "not_applicable", .kind = FIELD_TEXT, .max_bytes = MESSAGE_BYTES},
    {.key = NULL},
};

static const struct field expect[] = {
    {.key = "outcome", .kind = FIELD_WORD, .is_required = true, .words = outcomes},
    {.key = "reason", .kind = FIELD_WORD, .words = reasons},
    {.key = "message", .kind = FIELD_TEXT, .max_bytes = SUMMARY_BYTES},
    {.key = "pass", .kind = FIELD_TEXTS_OR_N},
    {.key = "fail", .kind = FIELD_TEXTS_OR_N},
    {.key = "unknown", .kind = FIELD_TEXTS_OR_N},
    {.key = "manual", .kind = FIELD_TEXTS_OR_N},
    {.key = "not_applicable", .kind = FIELD_TEXTS_OR_N},
    {.key = NULL},
};

static const struct field test[] = {
    {.key = "name", .kind = FIELD_TEXT, .is_required = true, .max_bytes = TITLE_BYTES},
    {.key = "given", .kind = FIELD_NAMED_ANY},
    {.key = "params", .kind = FIELD_NAMED_ANY},
    {.key = "missing", .kind = FIELD_NAMED_ANY},
    {.key = "as_of", .kind = FIELD_TEXT, .max_bytes = WORD_BYTES},
    {.key = "expect", .kind = FIELD_MAP, .is_required = true, .fields = expect},
    {.key = NULL},
};

const struct field rule_shape[] = {
    {.key = "schema", .kind = FIELD_INT, .is_required = true},
    {.key = "id", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "version", .kind = FIELD_INT, .is_required = true},
    {.key = "title", .kind = FIELD_TEXT, .is_required = true, .max_bytes = TITLE_BYTES},
    {.key = "status", .kind = FIELD_WORD, .words = stages},
    {.key = "severity", .kind = FIELD_WORD, .is_required = true, .words = severities},
    {.key = "service", .kind = FIELD_WORD, .is_required = true, .words = services},
    {.key = "tags", .kind = FIELD_TEXTS, .max_bytes = WORD_BYTES},
    {.key = "summary", .kind = FIELD_TEXT, .is_required = true, .max_bytes = SUMMARY_BYTES},
    {.key = "rationale", .kind = FIELD_TEXT, .max_bytes = PROSE_BYTES},
    {.key = "remediation", .kind = FIELD_MAP, .fields = remediation},
    {.key = "references", .kind = FIELD_MAPS, .fields = reference},
    {.key = "mappings", .kind = FIELD_NAMED_TEXTS, .max_bytes = WORD_BYTES},
    {.key = "related", .kind = FIELD_TEXTS, .max_bytes = WORD_BYTES},
    {.key = "applies_when", .kind = FIELD_TEXT},
    {.key = "params", .kind = FIELD_NAMED_MAPS, .fields = param},
    {.key = "query", .kind = FIELD_TEXT, .is_required = true},
    {.key = "empty", .kind = FIELD_WORD, .words = empty_words},
    {.key = "partial", .kind = FIELD_WORD, .words = partials},
    {.key = "messages", .kind = FIELD_MAP, .fields = messages},
    {.key = "tests", .kind = FIELD_MAPS, .fields = test},
    {.key = NULL},
};

const struct field pack_shape[] = {
    {.key = "schema", .kind = FIELD_INT, .is_required = true},
    {.key = "id", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "title", .kind = FIELD_TEXT, .is_required = true, .max_bytes = TITLE_BYTES},
    {.key = "version", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "engine", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "summary", .kind = FIELD_TEXT, .max_bytes = SUMMARY_BYTES},
    {.key = "licence", .kind = FIELD_TEXT, .max_bytes = WORD_BYTES},
    {.key = "authors", .kind = FIELD_TEXTS, .max_bytes = TITLE_BYTES},
    {.key = "retired", .kind = FIELD_TEXTS, .max_bytes = WORD_BYTES},
    {.key = NULL},
};
