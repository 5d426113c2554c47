/* rules_new.c - rules new: a rule file to begin with, and its pack when the folder is none yet.
 * They pass `rules check`, and the tests run. */
#include "base/fsx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "context.h"
#include "exitcode.h"
#include "rules/engine.h"
#include "rules_verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* About domains, since they are the smallest table: everything below is there to be replaced. */
static const char head[] =
    "schema: 1\n"
    "id: %s\n"
    "version: 1                      # goes up when query, severity or title change\n"
    "title: Every domain is verified\n"
    "status: experimental            # experimental | test | stable | deprecated\n"
    "severity: low                   # critical | high | medium | low | info\n"
    "service: entra-id               # entra-id | exchange-online | dns | run\n";
static const char body[] =
    "summary: >-\n"
    "  What is looked at, and what is wanted, in a sentence or two.\n"
    "rationale: >-\n"
    "  What can go wrong otherwise, and for whom.\n"
    "remediation:\n"
    "  summary: What to do, in one sentence.\n"
    "  steps:\n"
    "    - The first step.\n"
    "    - The second step.\n"
    "references:\n"
    "  - title: Managing custom domain names\n"
    "    url: https://learn.microsoft.com/entra/identity/users/domains-manage\n"
    "# mappings: {nist-800-53r5: [CM-6], x-ours: [\"1.2\"]}\n"
    "params:\n"
    "  excepted:\n"
    "    type: string_list           # bool | int | string | string_list | date\n"
    "    default: []\n"
    "    help: Domains that may stay as they are.\n"
    "# One row a thing that is judged: resource_id (unique), resource_name, status, reason, then "
    "what\n"
    "# else a report should show. Status: pass | fail | unknown | manual | not_applicable. What is "
    "not\n"
    "# known is 'unknown', never 'pass'. Tables: graphaudit query SNAPSHOT, and rules/README.md.\n"
    "query: |\n"
    "  SELECT d.name AS resource_id,\n"
    "         d.name AS resource_name,\n"
    "         CASE WHEN d.is_verified = 1 THEN 'pass'\n"
    "              WHEN d.name IN (SELECT value FROM json_each(:excepted)) THEN 'not_applicable'\n"
    "              WHEN d.is_verified = 0 THEN 'fail'\n"
    "              ELSE 'unknown'\n"
    "         END AS status,\n"
    "         CASE WHEN d.is_verified = 1 THEN 'verified'\n"
    "              WHEN d.is_verified = 0 THEN 'not verified'\n"
    "              ELSE 'malformed: isVerified is not known'\n"
    "         END AS reason,\n"
    "         d.authentication_type\n"
    "    FROM domain d\n"
    "   ORDER BY d.name\n"
    "empty: not_applicable           # what no row at all means; left out, it is an error\n"
    "messages:\n"
    "  pass: \"all {total} domains are verified\"\n"
    "  fail: \"{fail} of {total} domains are not verified\"\n"
    "# graphaudit rules test FILE runs these; --mutate names what they would not notice.\n"
    "tests:\n"
    "  - name: verified\n"
    "    given: {domain: [{name: a.example, is_verified: true}]}\n"
    "    expect: {outcome: pass, pass: [a.example]}\n"
    "  - name: not verified\n"
    "    given: {domain: [{name: a.example, is_verified: false}, {name: b.example, is_verified: "
    "true}]}\n"
    "    expect: {outcome: fail, fail: [a.example], pass: [b.example]}\n"
    "  - name: excepted\n"
    "    params: {excepted: [a.example]}\n"
    "    given: {domain: [{name: a.example, is_verified: false}]}\n"
    "    expect: {outcome: not_applicable, not_applicable: [a.example]}\n"
    "  - name: not known\n"
    "    given: {domain: [{name: a.example}]}\n"
    "    expect: {outcome: not_evaluated, unknown: [a.example], reason: malformed}\n"
    "  - name: no domain\n"
    "    expect: {outcome: not_applicable}\n"
    "  - name: domains were not read\n"
    "    missing: {domains: permission}\n"
    "    expect: {outcome: not_evaluated, reason: permission}\n";

static const char pack[] = "schema: 1\n"
                           "id: %s\n"
                           "title: Our own rules\n"
                           "version: \"1.0.0\"\n"
                           "engine: \">=1\"                  # of the rule format's engine\n";

static enum err_code check_id(const char *id, struct err *e)
{
    struct ruleset *shipped = NULL;
    struct rule_info r;
    size_t at;

    if (!rule_id_is_valid(id))
        return err_set(e, ERR_USAGE,
                       "'%s' cannot be a rule's id: use upper-case words joined by '-', such as "
                       "LOCAL-SMTP-001",
                       id);
    if (ruleset_load(NULL, 0, NULL, NULL, &shipped, e) != ERR_OK)
        return e->code;
    at = ruleset_find(shipped, id);
    if (at != SIZE_MAX) {
        ruleset_info(shipped, at, &r);
        err_set(e, ERR_USAGE, "there is a rule %s already: %s", id, r.title);
    }
    ruleset_free(shipped);
    return e->code;
}

/* A pack's id, out of the folder's name. Caller frees. */
static char *pack_id(const char *folder)
{
    size_t n = strlen(folder);
    size_t from;
    char *name, *id;

    while (n > 0 && folder[n - 1] == '/')
        n--;
    for (from = n; from > 0 && folder[from - 1] != '/';)
        from--;
    name = xstrndup(folder + from, n - from);
    id = str_slug(name);
    free(name);
    if (id[0] != '\0')
        return id;
    free(id);
    return xstrdup("local"); /* "." and what has no Latin letter */
}

/* Takes `text`. */
static enum err_code write_file(const char *path, char *text, struct err *e)
{
    struct outfile f;
    enum err_code code = outfile_open(&f, path, 0644, e);

    if (code == ERR_OK) {
        (void)fputs(text, f.f);
        code = outfile_commit(&f, e);
        outfile_abort(&f);
    }
    free(text);
    return code;
}

static enum err_code write_new(const char *path, const char *id, struct err *e)
{
    char *begin = xasprintf(head, id);
    char *text = xasprintf("%s%s", begin, body);

    free(begin);
    return write_file(path, text, e);
}

/* A folder is a pack by its pack.yaml; one that is there stays as it is. */
static enum err_code make_pack(const char *folder, struct err *e)
{
    char *path;
    char *id;
    enum err_code code = ERR_OK;

    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        return err_set(e, ERR_USAGE, "cannot make folder '%s': %s", folder, strerror(errno));
    path = xasprintf("%s/pack.yaml", folder);
    id = pack_id(folder);
    if (access(path, F_OK) != 0)
        code = write_file(path, xasprintf(pack, id), e);
    free(id);
    free(path);
    return code;
}

int rules_new(const struct context *c, struct err *e)
{
    const struct strlist *a = &c->opt.arguments;
    char *path = NULL;
    enum err_code code = ERR_OK;

    if (a->n < 2 || a->n > 3)
        code = err_set(e, ERR_USAGE, "rules new takes an id, and maybe a folder");
    if (code == ERR_OK)
        code = check_id(a->v[1], e);
    if (code == ERR_OK) {
        path = xasprintf("%s%s%s.yaml", a->n == 3 ? a->v[2] : "", a->n == 3 ? "/" : "", a->v[1]);
        if (access(path, F_OK) == 0)
            code = err_set(e, ERR_USAGE, "'%s' exists already", path);
    }
    if (code == ERR_OK && a->n == 3)
        code = make_pack(a->v[2], e);
    if (code == ERR_OK)
        code = write_new(path, a->v[1], e);
    if (code == ERR_OK && !c->opt.quiet)
        printf("%s\n", path);
    free(path);
    return code != ERR_OK ? context_fail(c, e) : EXIT_CODE_PASSED;
}
