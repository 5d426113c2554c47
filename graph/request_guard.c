#include "request_guard.h"

#include "base/jsonx.h"
#include "base/strs.h"
#include "url.h"

#include <stdbool.h>
#include <string.h>

/* NULL: fine; else why not. */
typedef const char *body_judge(json_t *body);

static bool only_keys(json_t *o, const char *const *allowed, size_t n)
{
    const char *key;
    json_t *value;

    json_object_foreach(o, key, value)
    {
        bool known = false;

        for (size_t i = 0; i < n; i++)
            known = known || strcmp(allowed[i], key) == 0;
        if (!known)
            return false;
    }
    return true;
}

static const char *judge_get_by_ids(json_t *body)
{
    static const char *const allowed[] = {"ids", "types"};

    if (!only_keys(body, allowed, COUNT_OF(allowed)) ||
        !json_is_array(json_object_get(body, "ids")))
        return "getByIds takes \"ids\" and \"types\" only";
    return NULL;
}

static bool is_get_cmdlet(const char *name)
{
    size_t n;

    if (name == NULL || !str_starts(name, "Get-"))
        return false;
    for (n = 4; (name[n] >= 'A' && name[n] <= 'Z') || (name[n] >= 'a' && name[n] <= 'z') ||
                (name[n] >= '0' && name[n] <= '9');
         n++)
        ;
    return n > 4 && name[n] == '\0';
}

static const char *judge_invoke_command(json_t *body)
{
    static const char *const top[] = {"CmdletInput"};
    static const char *const inner[] = {"CmdletName", "Parameters"};
    json_t *input = json_object_get(body, "CmdletInput");
    const json_t *parameters = json_object_get(input, "Parameters");
    const json_t *identity = json_object_get(parameters, "Identity");

    if (!only_keys(body, top, COUNT_OF(top)) || !json_is_object(input) ||
        !only_keys(input, inner, COUNT_OF(inner)))
        return "the body must be CmdletInput with CmdletName and Parameters";
    if (!is_get_cmdlet(jx_text(input, "CmdletName")))
        return "only Get- cmdlets are allowed";
    if (parameters != NULL && !json_is_object(parameters))
        return "Parameters must be an object";
    /* A Get- cmdlet whose Identity is null or empty answers with every object. */
    if (identity != NULL && (!json_is_string(identity) || json_string_length(identity) == 0))
        return "Identity must not be empty";
    return NULL;
}

/* Azure Pipelines wants a POST without a body. */
static const char *judge_nothing(json_t *body)
{
    (void)body;
    return "the body must be empty";
}

/* The path up to '?' against a pattern; '*' stands for one segment of letters, digits, '.', '-'. */
static bool path_matches(const char *path, const char *pattern, bool is_prefix)
{
    while (*pattern != '\0') {
        if (*pattern == '*') {
            const char *start = path;

            while ((*path >= '0' && *path <= '9') || (*path >= 'A' && *path <= 'Z') ||
                   (*path >= 'a' && *path <= 'z') || *path == '.' || *path == '-')
                path++;
            if (path == start)
                return false;
            pattern++;
        } else if (*path++ != *pattern++) {
            return false;
        }
    }
    return is_prefix ? *path != '\0' : *path == '\0' || *path == '?';
}

static const struct allowed {
    enum guard_target target;
    const char *method, *path;
    bool is_prefix;    /* something more must follow */
    bool is_form;      /* the body is no JSON and not looked at */
    body_judge *judge; /* NULL: there must be no body */
} allowed_requests[] = {
    {GUARD_LOGIN, "POST", "/*/oauth2/v2.0/token", false, true, NULL},
    {GUARD_LOGIN, "GET", "/*/v2.0/.well-known/openid-configuration", false, false, NULL},
    {GUARD_LOGIN, "POST", "/*/oauth2/v2.0/devicecode", false, true, NULL},
    {GUARD_FEDERATION, "GET", "/", true, false, NULL},
    {GUARD_FEDERATION, "POST", "/", true, false, judge_nothing},
    {GUARD_METADATA, "GET", "/", true, false, NULL},
    {GUARD_GRAPH, "GET", "/v1.0/", true, false, NULL},
    {GUARD_GRAPH, "GET", "/beta/", true, false, NULL},
    {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds", false, false, judge_get_by_ids},
    {GUARD_EXCHANGE, "POST", "/adminapi/beta/*/InvokeCommand", false, false, judge_invoke_command},
    {GUARD_EXCHANGE, "POST", "/adminapi/v1.0/*/InvokeCommand", false, false, judge_invoke_command},
};

static const char *judge_body(const struct allowed *a, const char *body, size_t n)
{
    struct err pe = ERR_INIT;
    json_t *root = NULL;
    const char *why;

    if (a->is_form)
        return body != NULL ? NULL : "the body is missing";
    if (a->judge == judge_nothing)
        return body == NULL || n == 0 ? NULL : "the body must be empty";
    if (a->judge == NULL)
        return body == NULL ? NULL : "a GET has no body";
    if (body == NULL)
        return "the body is missing";
    /* Duplicate keys are refused by the parser: the service might read the other one. */
    if (jx_parse(body, n, "body", &root, &pe) != ERR_OK)
        return "the body is not JSON";
    why = json_is_object(root) ? a->judge(root) : "the body is not an object";
    json_decref(root);
    return why;
}

static bool is_printable(const char *path)
{
    for (; *path != '\0'; path++)
        if ((unsigned char)*path <= ' ' || (unsigned char)*path >= 0x7F || *path == '#')
            return false;
    return true;
}

enum err_code guard_request(enum guard_target target, const char *method, const char *path,
                            const char *body, size_t body_len, struct err *e)
{
    const char *why = "it is not on the list of allowed requests";

    if (path[0] != '/' || !is_printable(path) || !url_path_is_plain(path)) {
        why = "the path is not plain";
        goto refused;
    }
    for (size_t i = 0; i < COUNT_OF(allowed_requests); i++) {
        const struct allowed *a = &allowed_requests[i];

        if (a->target != target || strcmp(a->method, method) != 0 ||
            !path_matches(path, a->path, a->is_prefix))
            continue;
        why = judge_body(a, body, body_len);
        if (why == NULL)
            return ERR_OK;
        break;
    }
refused:
    return err_set(e, ERR_BUG, "request refused as not read-only: %.10s %.200s: %s", method, path,
                   why);
}
