/* rules/facts/ca_places.h - named locations, and the spots that policies can tell apart.
 *
 * A spot says in which named networks an address is, which country the address or the phone's GPS
 * belongs to, and whether it is one of the "MFA trusted IPs", a legacy list that no API gives.
 * These parts are taken as free of each other: the evidence does not say which country an address
 * is in. Networks are swept exactly: overlapping ranges give one spot for every combination that
 * some address really has. */
#ifndef RULES_FACTS_CA_PLACES_H
#define RULES_FACTS_CA_PLACES_H
#include "ca_cidr.h"
#include "ca_model.h"

enum ca_place_kind {
    CA_PLACE_IP,
    CA_PLACE_COUNTRY,   /* of the address */
    CA_PLACE_GPS,       /* of the phone: countryLookupMethod authenticatorAppGps */
    CA_PLACE_COMPLIANT, /* the compliant network of Global Secure Access: in it or not */
    CA_PLACE_OTHER      /* something new: in it or not */
};

struct ca_place {
    const char *id, *name;
    enum ca_place_kind kind;
    enum ca_tri is_trusted;      /* CA_MAYBE: not said */
    enum ca_tri include_unknown; /* countries */
    bool is_whole;               /* every range or country could be read */
    struct ca_range *range;
    size_t ranges;
    const char **country; /* upper-case */
    size_t countries;
    size_t at; /* position in places.v */
};

struct ca_places {
    struct ca_place *v; /* by id */
    size_t n;
    struct ca_map by_id;
};

/* Country codes of a spot; CA_ANOTHER_COUNTRY is none that any location names. */
#define CA_ANOTHER_COUNTRY "*"
#define CA_UNKNOWN_COUNTRY "?"

struct ca_spot {
    const uint64_t *networks; /* bit i: in place i */
    const char *country;
    const char *gps_country;
    bool is_mfa_trusted;
    uint32_t others; /* bit k: in the k-th place that is neither networks nor countries */
};

/* "MFA trusted IPs" as a location id (graph docs; its meaning is recalled, not documented). */
#define CA_MFA_TRUSTED_ID "00000000-0000-0000-0000-000000000000"
enum { CA_PLACE_OTHERS = 4 /* more of that kind are not told apart */ };

/* "ie", "IE" or "unknown" as spots have it. Interned in the model; without one only checked. */
enum err_code ca_country_parse(struct ca_model *m, const char *text, const char **out,
                               struct err *e);

enum err_code ca_places_load(struct ca_model *m, struct store *s, struct err *e);
void ca_places_release(struct ca_model *m);

enum ca_tri ca_scope_spot(const struct ca_model *m, const struct ca_policy *p,
                          const struct ca_spot *spot);
/* In this place; in a trusted one? */
enum ca_tri ca_spot_in(const struct ca_model *m, const struct ca_place *p,
                       const struct ca_spot *spot);
enum ca_tri ca_spot_trusted(const struct ca_model *m, const struct ca_spot *spot);
/* Puts the atoms of the location condition on its axis. */
void ca_places_axis(struct ca_model *m);
/* Is the place neither networks nor countries: only in or out? */
bool ca_place_is_other(const struct ca_place *p);
/* `others` bits of places that a legacy client cannot be in: it never comes through Global Secure
 * Access (SMTP notes 5.1: "compliant-network location cannot be met"). */
uint32_t ca_places_compliant(const struct ca_places *p);
enum { CA_PART_COMPLIANT = 1 /* of location atoms: inside the compliant network */ };
/* Into `box`, of which only the location part changes: the atoms that sign-ins from this address
 * can be. `country`: upper-case or CA_UNKNOWN_COUNTRY; NULL: any. */
void ca_places_only(struct ca_model *m, uint64_t *box, const struct ca_ip *ip, const char *country);
/* The networks that an address is in; ca_places_words() words. */
void ca_places_networks(const struct ca_places *p, const struct ca_ip *ip, uint64_t *networks);
size_t ca_places_words(const struct ca_places *p);

#endif
