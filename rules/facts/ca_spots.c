/* The spots that the location conditions of this tenant can tell apart. */
#include "ca_axis.h"
#include "ca_places.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"

#include <stdlib.h>
#include <string.h>

/* Everything that the live policies' location conditions look at. */
struct view {
    struct ca_model *m;
    bool *is_used; /* a place */
    bool sees_mfa_trusted;
    const uint64_t **network; /* combinations of networks that some address has */
    size_t networks, networks_cap;
    struct ca_map by_network;
    const char **country[2]; /* one code for each group that no location tells apart; [1]: GPS */
    size_t countries[2];
    size_t others;
};

static void use_trusted(struct view *v)
{
    for (size_t k = 0; k < v->m->places->n; k++)
        if (v->m->places->v[k].is_trusted != CA_NO)
            v->is_used[k] = true;
}

/* One question about a user action is about places that are not trusted: where a policy is for one,
 * trusted places matter, named or not. */
static void find_used(struct view *v)
{
    struct ca_model *m = v->m;

    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        for (size_t i = 0; i < p->targets; i++) {
            const struct ca_target *t = &p->target[i];
            const struct ca_place *place = t->ref;

            if (t->kind != CA_KIND_LOCATION)
                continue;
            if (place != NULL)
                v->is_used[place->at] = true;
            if (str_eq(t->text, CA_MFA_TRUSTED_ID))
                v->sees_mfa_trusted = true;
            if (str_ieq(t->text, "AllTrusted")) {
                v->sees_mfa_trusted = true;
                use_trusted(v);
            }
        }
        if (ca_has_targets(p, CA_KIND_USER_ACTION))
            use_trusted(v);
    }
}

static void add_network(struct view *v, const uint64_t *bits)
{
    size_t words = ca_places_words(v->m->places);
    uint64_t *copy;

    if (ca_map_get(&v->by_network, bits, words * sizeof *bits) != CA_MAP_NONE)
        return;
    if (v->networks == v->networks_cap) {
        v->networks_cap = v->networks_cap > 0 ? v->networks_cap * 2 : 16;
        v->network = xreallocarray(v->network, v->networks_cap, sizeof *v->network);
    }
    copy = ca_pool_get(&v->m->pool, words, sizeof *copy);
    memcpy(copy, bits, words * sizeof *copy);
    (void)ca_map_add(&v->by_network, bits, words * sizeof *bits, (uint32_t)v->networks);
    v->network[v->networks++] = copy;
}

struct edge {
    struct ca_ip at;
    uint32_t place;
    bool is_start;
};

static int by_address(const void *a, const void *b)
{
    return ca_ip_compare(&((const struct edge *)a)->at, &((const struct edge *)b)->at);
}

static size_t list_edges(const struct view *v, struct edge *edge)
{
    size_t n = 0;

    for (size_t i = 0; i < v->m->places->n; i++) {
        const struct ca_place *p = &v->m->places->v[i];

        for (size_t r = 0; v->is_used[i] && r < p->ranges; r++) {
            struct edge end = {.at = p->range[r].last, .place = (uint32_t)i, .is_start = false};

            edge[n++] =
                (struct edge){.at = p->range[r].first, .place = (uint32_t)i, .is_start = true};
            if (ca_ip_next(&end.at))
                edge[n++] = end;
        }
    }
    return n;
}

/* Walks along the line of addresses and notes every combination of networks on the way. */
static void sweep(struct view *v)
{
    const struct ca_places *places = v->m->places;
    size_t ranges = 0;
    uint64_t *bits = xcalloc(ca_places_words(places), sizeof *bits);
    uint32_t *depth = xcalloc(places->n + 1, sizeof *depth);
    struct edge *edge;
    size_t n;

    for (size_t i = 0; i < places->n; i++)
        ranges += v->is_used[i] ? places->v[i].ranges : 0;
    edge = xcalloc(2 * ranges + 1, sizeof *edge);
    n = list_edges(v, edge);
    qsort(edge, n, sizeof *edge, by_address);
    add_network(v, bits); /* IPv6 is never used up: there is always an address elsewhere */
    for (size_t i = 0; i < n; i++) {
        uint32_t place = edge[i].place;
        uint64_t bit = UINT64_C(1) << (place % 64);

        depth[place] = edge[i].is_start ? depth[place] + 1 : depth[place] - 1;
        if (depth[place] > 0)
            bits[place / 64] |= bit;
        else
            bits[place / 64] &= ~bit;
        if (i + 1 == n || by_address(&edge[i], &edge[i + 1]) != 0)
            add_network(v, bits);
    }
    free(edge);
    free(depth);
    free(bits);
}

static int by_code(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All codes that used places of this kind name, "another" and "unknown"; of those that the same
 * places contain only the first stays, the home country before all. */
static void group_countries(struct view *v, enum ca_place_kind kind, size_t which)
{
    const struct ca_places *places = v->m->places;
    size_t words = ca_places_words(places);
    uint64_t *bits = xcalloc(words, sizeof *bits);
    const char **code;
    size_t n = 0;
    size_t most = 3; /* home, another, unknown */
    struct ca_map seen;

    ca_map_init(&seen, &v->m->pool);
    for (size_t i = 0; i < places->n; i++)
        if (v->is_used[i] && places->v[i].kind == kind)
            most += places->v[i].countries;
    code = ca_pool_get(&v->m->pool, most, sizeof *code);
    for (size_t i = 0; i < places->n; i++)
        for (size_t k = 0; k < places->v[i].countries; k++)
            if (v->is_used[i] && places->v[i].kind == kind)
                code[n++] = places->v[i].country[k];
    qsort(code, n, sizeof *code, by_code);
    if (n > 0 && v->m->home_country != NULL) {
        code[n] = code[0];
        code[0] = v->m->home_country;
        n++;
    }
    code[n++] = CA_ANOTHER_COUNTRY;
    if (n > 1)
        code[n++] = CA_UNKNOWN_COUNTRY;
    v->country[which] = code;
    for (size_t c = 0; c < n; c++) {
        memset(bits, 0, words * sizeof *bits);
        for (size_t i = 0; i < places->n; i++) {
            const struct ca_place *p = &places->v[i];
            bool has = str_eq(code[c], CA_UNKNOWN_COUNTRY) && p->include_unknown != CA_NO;

            for (size_t k = 0; k < p->countries; k++)
                has = has || str_eq(p->country[k], code[c]);
            if (v->is_used[i] && p->kind == kind && has)
                bits[i / 64] |= UINT64_C(1) << (i % 64);
        }
        /* "unknown" stands alone: whether a place has it may itself not be known */
        if (str_eq(code[c], CA_UNKNOWN_COUNTRY) ||
            ca_map_add(&seen, bits, words * sizeof *bits, (uint32_t)c) == c)
            code[v->countries[which]++] = code[c];
    }
    ca_map_release(&seen);
    free(bits);
}

static void add_country(struct buf *b, const char *code, bool is_gps)
{
    const char *by = is_gps ? " by the phone's GPS" : "";

    buf_adds(b, b->n > 0 ? ", in " : "anywhere in ");
    if (str_eq(code, CA_ANOTHER_COUNTRY))
        buf_addf(b, "another country%s", by);
    else if (str_eq(code, CA_UNKNOWN_COUNTRY))
        buf_addf(b, "an unknown country%s", by);
    else
        buf_addf(b, "%s%s", code, by);
}

static int country_cost(const struct view *v, const char *code)
{
    if (str_eq(code, v->m->home_country))
        return 0;
    return str_eq(code, CA_ANOTHER_COUNTRY) ? 2 : str_eq(code, CA_UNKNOWN_COUNTRY) ? 3 : 1;
}

/* Is the spot inside the i-th place, which is a network or of kind "other"? `others` counts. */
static bool is_inside(const struct ca_places *places, size_t i, const struct ca_spot *spot,
                      size_t *others)
{
    if (!ca_place_is_other(&places->v[i]))
        return (spot->networks[i / 64] >> (i % 64) & 1) != 0;
    if (*others >= CA_PLACE_OTHERS)
        return false;
    return (spot->others >> (*others)++ & 1) != 0;
}

/* A home network is less everyday than "anywhere else", a trusted one even less. */
static int spot_cost(const struct view *v, const struct ca_spot *spot)
{
    const struct ca_places *places = v->m->places;
    size_t others = 0;
    int cost = spot->is_mfa_trusted ? 200 : 0;

    for (size_t i = 0; i < places->n; i++)
        if (is_inside(places, i, spot, &others))
            cost += places->v[i].is_trusted != CA_NO ? 20 : 10;
    return cost + country_cost(v, spot->country) + country_cost(v, spot->gps_country);
}

static const char *spot_words(const struct view *v, const struct ca_spot *spot)
{
    const struct ca_places *places = v->m->places;
    struct buf b;
    const char *words;
    size_t others = 0;

    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    for (size_t i = 0; i < places->n; i++)
        if (is_inside(places, i, spot, &others))
            buf_addf(&b, "%s%s", b.n > 0 ? " and " : "", places->v[i].name);
    if (spot->is_mfa_trusted)
        buf_addf(&b, "%sone of the MFA trusted IPs", b.n > 0 ? " and " : "");
    if (b.n == 0 && v->networks > 1)
        buf_adds(&b, "anywhere else");
    if (v->countries[0] > 1)
        add_country(&b, spot->country, false);
    if (v->countries[1] > 1)
        add_country(&b, spot->gps_country, true);
    if (b.n == 0)
        buf_adds(&b, "anywhere");
    words = ca_pool_text(&v->m->pool, b.failed ? "a place with a long name" : b.p);
    buf_release(&b);
    return words;
}

/* Only the used places of the other kinds are switched; bit positions count all of them. */
static uint32_t used_others(const struct view *v)
{
    const struct ca_places *places = v->m->places;
    uint32_t mask = 0;
    size_t other = 0;

    for (size_t i = 0; i < places->n && other < CA_PLACE_OTHERS; i++)
        if (ca_place_is_other(&places->v[i])) {
            mask |= v->is_used[i] ? 1u << other : 0;
            other++;
        }
    return mask;
}

/* CA_SPOT_*: what the questions about places ask of a spot. */
static uint8_t spot_marks(const struct view *v, const struct ca_spot *spot)
{
    const struct ca_places *places = v->m->places;
    enum ca_tri trusted = ca_spot_trusted(v->m, spot);
    enum ca_tri named = spot->is_mfa_trusted ? CA_YES : CA_NO;
    uint8_t marks = trusted == CA_NO      ? CA_SPOT_UNTRUSTED | CA_SPOT_PERHAPS_TRUSTED
                    : trusted == CA_MAYBE ? CA_SPOT_PERHAPS_TRUSTED
                                          : 0;

    for (size_t i = 0; i < places->n && named != CA_YES; i++)
        if (v->is_used[i])
            named = ca_or(named, ca_spot_in(v->m, &places->v[i], spot));
    return (uint8_t)(marks | (named == CA_NO      ? CA_SPOT_UNNAMED | CA_SPOT_PERHAPS_UNNAMED
                              : named == CA_MAYBE ? CA_SPOT_PERHAPS_UNNAMED
                                                  : 0));
}

static bool add_spot(const struct view *v, const struct ca_spot *spot, uint8_t *scope)
{
    size_t at;

    struct ca_model *m = v->m;
    struct ca_atom value = {.flags = CA_ATOM_USUAL, .cost = spot_cost(v, spot)};
    struct ca_atom *face;

    for (size_t l = 0; l < m->lives; l++)
        scope[l] = (uint8_t)ca_scope_spot(m, &m->policy[m->live[l]], spot);
    /* Nobody can read whether there are any MFA trusted IPs. */
    if (spot->is_mfa_trusted)
        value.flags = CA_ATOM_POSSIBLE;
    if ((spot->others & ca_places_compliant(m->places)) != 0)
        value.part = CA_PART_COMPLIANT;
    face = ca_axis_add(m, CA_LOCATION, &value, scope);
    if (face != NULL) {
        face->words = spot_words(v, spot);
        face->id = face->words;
    }
    at = ca_axis_at(m, CA_LOCATION, &value, scope);
    if (at != SIZE_MAX)
        m->axis[CA_LOCATION].atom[at].spots |= spot_marks(v, spot);
    return !m->axis[CA_LOCATION].is_full;
}

/* False: there were too many. */
static bool add_spots(const struct view *v, uint8_t *scope)
{
    uint32_t mask = used_others(v);
    size_t n = 0;
    struct ca_spot spot;

    for (size_t i = 0; i < v->networks; i++)
        for (size_t c = 0; c < v->countries[0] * v->countries[1]; c++)
            for (unsigned o = 0; o < 2u << CA_PLACE_OTHERS; o++) {
                spot.networks = v->network[i];
                spot.country = v->country[0][c % v->countries[0]];
                spot.gps_country = v->country[1][c / v->countries[0]];
                spot.is_mfa_trusted = (o & 1) != 0;
                spot.others = o >> 1;
                if ((spot.is_mfa_trusted && !v->sees_mfa_trusted) || (spot.others & ~mask) != 0)
                    continue;
                if (n++ == LIMIT_CA_SPOTS || !add_spot(v, &spot, scope))
                    return false;
            }
    return true;
}

void ca_places_axis(struct ca_model *m)
{
    struct view v = {.m = m};
    uint8_t *scope = xcalloc(m->lives + 1, 1);

    v.is_used = xcalloc(m->places->n + 1, sizeof *v.is_used);
    ca_map_init(&v.by_network, &m->pool);
    find_used(&v);
    sweep(&v);
    group_countries(&v, CA_PLACE_COUNTRY, 0);
    group_countries(&v, CA_PLACE_GPS, 1);
    if (!add_spots(&v, scope))
        ca_axis_add_rest(m, CA_LOCATION, "some place among too many to tell apart");
    for (size_t i = 0; i < m->axis[CA_LOCATION].n; i++)
        if (m->axis[CA_LOCATION].atom[i].cost == CA_REST_COST) /* any place at all */
            m->axis[CA_LOCATION].atom[i].spots = CA_SPOT_PERHAPS_TRUSTED | CA_SPOT_PERHAPS_UNNAMED;
    ca_map_release(&v.by_network);
    free(v.network);
    free(v.is_used);
    free(scope);
}

bool ca_asks_trusted(const struct ca_model *m)
{
    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        for (size_t i = 0; i < p->targets; i++)
            if (p->target[i].kind == CA_KIND_LOCATION &&
                (str_eq(p->target[i].text, CA_MFA_TRUSTED_ID) ||
                 str_ieq(p->target[i].text, "AllTrusted")))
                return true;
    }
    return false;
}

/* The atom that this spot went into: the one of which all policies say the same. */
static size_t atom_of(const struct ca_model *m, const struct ca_spot *spot, uint8_t *scope)
{
    const struct ca_axis *a = &m->axis[CA_LOCATION];
    uint8_t part = (spot->others & ca_places_compliant(m->places)) != 0 ? CA_PART_COMPLIANT : 0;

    for (size_t l = 0; l < m->lives; l++)
        scope[l] = (uint8_t)ca_scope_spot(m, &m->policy[m->live[l]], spot);
    for (size_t i = 0; i < a->n; i++)
        if (a->atom[i].part == part && memcmp(a->atom[i].scope, scope, m->lives) == 0)
            return i;
    return SIZE_MAX;
}

/* Only what the policies look at counts: the address is anywhere in a country that was not said. */
static void mark_atoms(const struct view *v, const struct ca_ip *ip, const char *country,
                       uint64_t *keep)
{
    struct ca_model *m = v->m;
    uint8_t *scope = xcalloc(m->lives + 1, 1);
    uint64_t *networks = xcalloc(ca_places_words(m->places), sizeof *networks);
    size_t countries = country != NULL ? 1 : v->countries[0];
    uint32_t mask = used_others(v);
    struct ca_spot spot = {.networks = networks};

    ca_places_networks(m->places, ip, networks);
    for (size_t c = 0; c < countries * v->countries[1]; c++)
        for (spot.others = 0; spot.others < 1u << CA_PLACE_OTHERS; spot.others++) {
            size_t at;

            if ((spot.others & ~mask) != 0)
                continue;
            spot.country = country != NULL ? country : v->country[0][c % countries];
            spot.gps_country = v->country[1][c / countries];
            at = atom_of(m, &spot, scope);
            if (at == SIZE_MAX) { /* among too many to tell apart: it could be any */
                memset(keep, 0xff, m->space.words[CA_LOCATION] * sizeof *keep);
                goto out;
            }
            keep[at / 64] |= UINT64_C(1) << (at % 64);
        }
out:
    free(networks);
    free(scope);
}

void ca_places_only(struct ca_model *m, uint64_t *box, const struct ca_ip *ip, const char *country)
{
    struct view v = {.m = m};
    uint64_t *keep = xcalloc(m->space.words[CA_LOCATION] + 1, sizeof *keep);
    uint64_t *at = box + m->space.at[CA_LOCATION];

    v.is_used = xcalloc(m->places->n + 1, sizeof *v.is_used);
    find_used(&v);
    group_countries(&v, CA_PLACE_COUNTRY, 0);
    group_countries(&v, CA_PLACE_GPS, 1);
    mark_atoms(&v, ip, country, keep);
    for (size_t w = 0; w < m->space.words[CA_LOCATION]; w++)
        at[w] &= keep[w];
    free(v.is_used);
    free(keep);
}
