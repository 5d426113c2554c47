#include "escape.h"

#include "base/jsonx.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t replacement = 0xFFFD;

/* XML 1.0 section 2.2, production Char: these have no representation at all, not even &#x1;. */
static bool forbidden_in_xml(uint32_t cp)
{
    return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0xFFFE || cp == 0xFFFF;
}

static void add_visible(struct buf *b, uint32_t cp)
{
    if (forbidden_in_xml(cp))
        utf8_add(b, replacement);
    else if (text_is_hostile(cp))
        buf_addf(b, "\\u{%X}", (unsigned)cp);
    else
        utf8_add(b, cp);
}

/* Where a build server that sees the text would take a command from it: Azure Pipelines' "##vso["
 * and "##[" anywhere, GitHub's "::" where a line begins. */
static bool starts_command(const char *s, size_t at)
{
    if (s[at] == '#')
        return strncmp(s + at, "##vso[", 6) == 0 || strncmp(s + at, "##[", 3) == 0;
    return s[at] == ':' && s[at + 1] == ':' && (at == 0 || s[at - 1] == '\n');
}

static void add_command(struct buf *b, char c)
{
    buf_addf(b, "\\u{%X}", (unsigned)c);
}

/* Bytes at the start that are themselves, whatever is around them. */
static size_t quiet_run(const char *s)
{
    size_t n = 0;

    while (s[n] >= ' ' && s[n] <= '~' && s[n] != '#' && s[n] != ':')
        n++;
    return n;
}

void escape_text(struct buf *b, const char *s)
{
    size_t n = strlen(s);

    for (size_t at = 0; at < n;) {
        size_t quiet = quiet_run(s + at);
        bool is_command;
        uint32_t cp;

        buf_add(b, s + at, quiet);
        at += quiet;
        if (at == n)
            break;
        is_command = starts_command(s, at);
        cp = utf8_next(s, n, &at);
        if (is_command)
            add_command(b, (char)cp);
        else if (cp == '\t' || cp == '\n')
            buf_addc(b, (char)cp);
        else
            add_visible(b, cp);
    }
}

static bool is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r');
}

void escape_line(struct buf *b, const char *s, size_t max)
{
    size_t n = strlen(s);
    struct buf line;
    bool space = false;

    buf_init(&line, b->max);
    for (size_t at = 0; at < n;) {
        uint32_t cp = utf8_next(s, n, &at);

        if (is_space(cp)) {
            space = true;
            continue;
        }
        if (space && line.n > 0)
            buf_addc(&line, ' ');
        space = false;
        add_visible(&line, cp);
    }
    b->failed = b->failed || line.failed;
    if (max > 0) {
        size_t count = 0;

        for (size_t at = 0; at < line.n; count++)
            (void)utf8_next(line.p, line.n, &at);
        text_add_cut(b, line.p, count > max ? max - 1 : max); /* the ellipsis counts too */
    }
    buf_release(&line);
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* "1." and "-" begin a list where a line begins, "www." a link anywhere. */
static bool is_markup_here(const char *s, size_t at)
{
    if (s[at] == '.')
        return strspn(s, "0123456789") == at || (at >= 3 && (s[at - 1] | 0x20) == 'w');
    return at == 0 && strchr("+-=", s[at]) != NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What GitHub makes a mention or a link to an issue of, whatever is escaped: "@name", "#1",
 * "owner/project#1" and "GH-1". Gives the full-width sign to write instead, or 0. */
static uint32_t defused(const char *p, size_t i)
{
    bool in_word = i > 0 && is_word(p[i - 1]);

    if (p[i] == '@' && !in_word && is_word(p[i + 1]))
        return 0xFF20;
    if (p[i] == '#' && (in_word ? is_digit(p[i + 1]) : is_word(p[i + 1])))
        return 0xFF03;
    if (p[i] == '-' && is_digit(p[i + 1]) && i >= 2 && (p[i - 1] | 0x20) == 'h' &&
        (p[i - 2] | 0x20) == 'g' && (i == 2 || !is_word(p[i - 3])))
        return 0xFF0D;
    return 0;
}

void escape_markdown(struct buf *b, const char *s, size_t max)
{
    struct buf line;
    const char *p;

    buf_init(&line, b->max);
    escape_line(&line, s, max);
    p = line.p;
    for (size_t i = 0; p[i] != '\0'; i++) {
        uint32_t instead = defused(p, i);

        if (instead != 0)
            utf8_add(b, instead);
        else if (strchr("\\`*_{}[]()#|<>~&@:!$\"'", p[i]) != NULL || is_markup_here(p, i))
            buf_addf(b, "\\%c", p[i]);
        else
            buf_addc(b, p[i]);
    }
    b->failed = b->failed || line.failed;
    buf_release(&line);
}

static bool starts_formula(const char *s)
{
    static const uint32_t guarded[] = {'=',
                                       '+',
                                       '-',
                                       '@',
                                       '\t',
                                       '\r',
                                       '\n',
                                       0xFF1D /* full-width = */,
                                       0xFF0B /* + */,
                                       0xFF0D /* - */,
                                       0xFF20 /* @ */};
    size_t at = 0;
    uint32_t cp = utf8_next(s, strlen(s), &at);

    for (size_t i = 0; i < COUNT_OF(guarded); i++)
        if (cp == guarded[i])
            return true;
    return false;
}

static void add_cell(struct buf *b, const char *s, bool guard)
{
    struct buf text;

    if (s == NULL || s[0] == '\0')
        return;
    buf_init(&text, b->max);
    if (guard && starts_formula(s))
        buf_addc(&text, '\'');
    escape_text(&text, s);
    b->failed = b->failed || text.failed;
    if (strpbrk(text.p, ",\"\n\t ") == NULL) {
        buf_add(b, text.p, text.n);
    } else {
        buf_addc(b, '"');
        for (const char *p = text.p; *p != '\0'; p++) {
            if (*p == '"')
                buf_addc(b, '"');
            buf_addc(b, *p);
        }
        buf_addc(b, '"');
    }
    buf_release(&text);
}

void escape_csv(struct buf *b, const char *s)
{
    add_cell(b, s, true);
}

void escape_csv_raw(struct buf *b, const char *s)
{
    add_cell(b, s, false);
}

/* RFC 3986 section 2.3, but for the full stop. */
static bool is_unreserved(char c)
{
    return is_word(c) || c == '-' || c == '~';
}

void escape_path(struct buf *b, const char *path)
{
    for (; *path != '\0'; path++)
        if (is_unreserved(*path) || *path == '.' || *path == '/')
            buf_addc(b, *path);
        else
            buf_addf(b, "%%%02X", (unsigned char)*path);
}

char *escape_rule_uri(const char *file)
{
    const char *packs = strstr(file, "packs/");
    struct buf b;

    if (packs != NULL)
        file = packs;
    buf_init(&b, LIMIT_URL_BYTES);
    buf_adds(&b, "rules/");
    for (; *file != '\0' && b.n < 1000; file++) {
        unsigned char c = (unsigned char)*file;

        if (is_unreserved((char)c))
            buf_addc(&b, (char)c);
        else if (c == '.' && b.p[b.n - 1] != '/') /* no "." and ".." segments */
            buf_addc(&b, '.');
        else if (c == '/' && b.p[b.n - 1] != '/')
            buf_addc(&b, '/');
        else if (c != '/')
            buf_addf(&b, "%%%02X", c);
    }
    if (b.p[b.n - 1] == '/')
        buf_adds(&b, "rule.yaml");
    return buf_take(&b);
}

/* Initialises `b`; the caller releases it. */
static void add_valid(struct buf *b, const char *s)
{
    size_t n = strlen(s);

    buf_init(b, 3 * n + 1); /* U+FFFD is three bytes for at least one */
    for (size_t at = 0; at < n;)
        utf8_add(b, utf8_next(s, n, &at));
}

json_t *escape_json(const char *s)
{
    struct buf clean;
    json_t *v;

    if (s == NULL)
        return json_null();
    if (utf8_valid(s, strlen(s)))
        return json_stringn_nocheck(s, strlen(s));
    add_valid(&clean, s);
    v = json_stringn_nocheck(clean.p, clean.n);
    buf_release(&clean);
    return v;
}

/* Bytes at the start that are the same between the quotes of a JSON string. */
static size_t plain_json(const char *s)
{
    size_t n = 0;

    while (s[n] >= ' ' && s[n] <= '~' && s[n] != '"' && s[n] != '\\' && s[n] != '#')
        n++;
    return n;
}

bool escape_is_plain(const char *s)
{
    return s[plain_json(s)] == '\0' && strncmp(s, "::", 2) != 0;
}

void escape_json_text(struct buf *b, const char *s)
{
    size_t n = s != NULL ? plain_json(s) : 0;
    json_t *v;

    if (s != NULL && s[n] == '\0') {
        buf_addc(b, '"');
        buf_add(b, s, n);
        buf_addc(b, '"');
        return;
    }
    v = escape_json(s);
    escape_json_dump(b, v);
    json_decref(v);
}

void escape_json_dump(struct buf *b, const json_t *v)
{
    char *s = jx_dump(v, JSON_COMPACT);

    if (s == NULL)
        b->failed = true;
    else
        buf_adds(b, s);
    free(s);
}

enum err_code escape_parse(const char *s, const char *what, json_t **out, struct err *e)
{
    struct buf clean;
    enum err_code code;

    if (utf8_valid(s, strlen(s)))
        return jx_parse(s, strlen(s), what, out, e);
    add_valid(&clean, s);
    code = jx_parse(clean.p, clean.n, what, out, e);
    buf_release(&clean);
    return code;
}
