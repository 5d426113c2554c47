/* Reading named locations, and one policy's location condition at one spot. */
#include "ca_places.h"

#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* An element is "192.0.2.0/24" or {"cidrAddress": "192.0.2.0/24", ...}. */
static const char *cidr_of(const json_t *element)
{
    return json_is_string(element) ? json_string_value(element) : jx_text(element, "cidrAddress");
}

static json_t *parse_array(const char *text, const char *what)
{
    struct err e = ERR_INIT;
    json_t *array = NULL;

    if (text == NULL || jx_parse(text, strlen(text), what, &array, &e) != ERR_OK)
        return NULL;
    if (!json_is_array(array)) {
        json_decref(array);
        return NULL;
    }
    return array;
}

static void read_ranges(struct ca_model *m, struct ca_place *p, const char *text)
{
    json_t *array = parse_array(text, "ip ranges");
    size_t n = json_array_size(array);

    p->is_whole = array != NULL;
    if (n > LIMIT_CA_RANGES) {
        n = LIMIT_CA_RANGES;
        p->is_whole = false;
    }
    p->range = ca_pool_get(&m->pool, n > 0 ? n : 1, sizeof *p->range);
    for (size_t i = 0; i < n; i++) {
        const char *cidr = cidr_of(json_array_get(array, i));

        if (cidr != NULL && ca_range_parse(cidr, &p->range[p->ranges]))
            p->ranges++;
        else
            p->is_whole = false;
    }
    json_decref(array);
}

static void read_countries(struct ca_model *m, struct ca_place *p, const char *text)
{
    json_t *array = parse_array(text, "countries");
    size_t n = json_array_size(array);

    p->is_whole = array != NULL && n <= LIMIT_CA_COUNTRIES;
    n = n > LIMIT_CA_COUNTRIES ? LIMIT_CA_COUNTRIES : n;
    p->country = ca_pool_get(&m->pool, n > 0 ? n : 1, sizeof *p->country);
    for (size_t i = 0; i < n; i++) {
        const char *code = json_string_value(json_array_get(array, i));

        if (code == NULL || strlen(code) != 2) {
            p->is_whole = false;
            continue;
        }
        char *upper = ca_pool_text(&m->pool, code);

        for (char *c = upper; *c != '\0'; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        p->country[p->countries++] = ca_text(m, upper);
    }
    json_decref(array);
}

static enum ca_tri tri_at(const struct stmt *st, int at)
{
    return stmt_is_null(st, at) ? CA_MAYBE : stmt_int(st, at) != 0 ? CA_YES : CA_NO;
}

static void read_place(struct ca_model *m, const struct stmt *st, struct ca_place *p)
{
    const char *name = stmt_text(st, 1);
    const char *kind = stmt_text(st, 2);

    p->id = ca_text(m, stmt_text(st, 0));
    p->name = ca_pool_text(&m->pool, name != NULL ? name : p->id);
    p->is_trusted = tri_at(st, 3);
    p->include_unknown = tri_at(st, 4);
    p->kind = CA_PLACE_OTHER;
    p->is_whole = true;
    if (str_eq(kind, "ip")) {
        p->kind = CA_PLACE_IP;
        read_ranges(m, p, stmt_text(st, 6));
    } else if (str_eq(kind, "country")) {
        p->kind =
            str_ieq(stmt_text(st, 7), "authenticatorAppGps") ? CA_PLACE_GPS : CA_PLACE_COUNTRY;
        read_countries(m, p, stmt_text(st, 5));
    }
    if (str_icontains(stmt_text(st, 8) != NULL ? stmt_text(st, 8) : "",
                      "compliantNetworkNamedLocation"))
        p->kind = CA_PLACE_COMPLIANT;
    if (p->kind == CA_PLACE_COUNTRY || p->kind == CA_PLACE_GPS)
        p->is_trusted = CA_NO; /* countries cannot be marked as trusted */
}

static const char places_sql[] =
    "SELECT id, display_name, kind, is_trusted, include_unknown, countries_json, ip_ranges_json,"
    "  CASE WHEN json_valid(raw) THEN raw ->> '$.countryLookupMethod' END,"
    "  CASE WHEN json_valid(raw) THEN raw ->> '$.\"@odata.type\"' END"
    " FROM named_location ORDER BY id";

enum err_code ca_places_load(struct ca_model *m, struct store *s, struct err *e)
{
    struct ca_places *p = xcalloc(1, sizeof *p);
    struct stmt *st = NULL;
    size_t cap = 0;
    bool row = false;
    enum err_code code = stmt_prepare(s, places_sql, &st, e);

    m->places = p;
    ca_map_init(&p->by_id, &m->pool);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (p->n == LIMIT_CA_PLACES) {
            m->are_places_whole = false;
            break;
        }
        if (p->n == cap) {
            cap = cap > 0 ? cap * 2 : 32;
            p->v = xreallocarray(p->v, cap, sizeof *p->v);
        }
        memset(&p->v[p->n], 0, sizeof *p->v);
        read_place(m, st, &p->v[p->n]);
        p->v[p->n].at = p->n;
        (void)ca_map_add(&p->by_id, p->v[p->n].id, strlen(p->v[p->n].id) + 1, (uint32_t)p->n);
        p->n++;
    }
    stmt_free(st);
    return code;
}

void ca_places_release(struct ca_model *m)
{
    if (m->places == NULL)
        return;
    ca_map_release(&m->places->by_id);
    free(m->places->v);
    free(m->places);
    m->places = NULL;
}

size_t ca_places_words(const struct ca_places *p)
{
    return p->n / 64 + 1;
}

void ca_places_networks(const struct ca_places *p, const struct ca_ip *ip, uint64_t *networks)
{
    memset(networks, 0, ca_places_words(p) * sizeof *networks);
    for (size_t i = 0; i < p->n; i++)
        for (size_t r = 0; r < p->v[i].ranges; r++)
            if (ca_range_has(&p->v[i].range[r], ip))
                networks[i / 64] |= UINT64_C(1) << (i % 64);
}

bool ca_place_is_other(const struct ca_place *p)
{
    return p->kind == CA_PLACE_COMPLIANT || p->kind == CA_PLACE_OTHER;
}

uint32_t ca_places_compliant(const struct ca_places *p)
{
    uint32_t mask = 0;
    size_t other = 0;

    for (size_t i = 0; i < p->n && other < CA_PLACE_OTHERS; i++)
        if (ca_place_is_other(&p->v[i])) {
            mask |= p->v[i].kind == CA_PLACE_COMPLIANT ? 1u << other : 0;
            other++;
        }
    return mask;
}

static enum ca_tri country_in(const struct ca_place *p, const char *country)
{
    if (str_eq(country, CA_UNKNOWN_COUNTRY))
        return p->include_unknown;
    for (size_t i = 0; i < p->countries; i++)
        if (str_eq(p->country[i], country))
            return CA_YES;
    return p->is_whole ? CA_NO : CA_MAYBE;
}

static enum ca_tri spot_in(const struct ca_places *all, const struct ca_place *p,
                           const struct ca_spot *spot)
{
    size_t others = 0;

    switch (p->kind) {
    case CA_PLACE_IP:
        if ((spot->networks[p->at / 64] >> (p->at % 64) & 1) != 0)
            return CA_YES;
        return p->is_whole ? CA_NO : CA_MAYBE;
    case CA_PLACE_COUNTRY:
        return country_in(p, spot->country);
    case CA_PLACE_GPS:
        return country_in(p, spot->gps_country);
    case CA_PLACE_COMPLIANT:
    case CA_PLACE_OTHER:
        break;
    }
    for (size_t i = 0; i < p->at; i++)
        others += ca_place_is_other(&all->v[i]) ? 1 : 0;
    if (others >= CA_PLACE_OTHERS)
        return CA_MAYBE;
    return (spot->others >> others & 1) != 0 ? CA_YES : CA_NO;
}

enum ca_tri ca_spot_in(const struct ca_model *m, const struct ca_place *p,
                       const struct ca_spot *spot)
{
    return spot_in(m->places, p, spot);
}

enum ca_tri ca_spot_trusted(const struct ca_model *m, const struct ca_spot *spot)
{
    enum ca_tri in = spot->is_mfa_trusted ? CA_YES : m->are_places_whole ? CA_NO : CA_MAYBE;

    for (size_t i = 0; i < m->places->n && in != CA_YES; i++) {
        const struct ca_place *p = &m->places->v[i];

        if (p->is_trusted != CA_NO)
            in = ca_or(in, ca_and(p->is_trusted, spot_in(m->places, p, spot)));
    }
    return in;
}

enum ca_tri ca_scope_spot(const struct ca_model *m, const struct ca_policy *p,
                          const struct ca_spot *spot)
{
    enum ca_tri side[2] = {CA_NO, CA_NO};
    bool has[2] = {false, false};

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];
        enum ca_tri in = CA_MAYBE; /* a location that is not in the evidence */

        if (t->kind != CA_KIND_LOCATION)
            continue;
        if (str_ieq(t->text, "All"))
            in = CA_YES;
        else if (str_ieq(t->text, "AllTrusted"))
            in = ca_spot_trusted(m, spot);
        else if (str_eq(t->text, CA_MFA_TRUSTED_ID))
            in = spot->is_mfa_trusted ? CA_YES : CA_NO;
        else if (t->ref != NULL)
            in = spot_in(m->places, t->ref, spot);
        side[t->is_exclude ? 1 : 0] = ca_or(side[t->is_exclude ? 1 : 0], in);
        has[t->is_exclude ? 1 : 0] = true;
    }
    if (!has[0])
        side[0] = has[1] ? CA_MAYBE : CA_YES;
    return ca_and(side[0], ca_not(side[1]));
}
