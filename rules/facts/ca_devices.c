/* Devices: the atoms of the device filter, by trying devices.
 *
 * For every property that a live filter looks at, the texts it is compared with, some other text,
 * and null; a device is one of each. Each filter is then simply evaluated on each device, so every
 * atom is a device that can exist. Where filters look at parts of a text (startsWith, contains) the
 * devices tried may not be all kinds there are: then one more atom stands for the others. */
#include "ca_axis.h"
#include "ca_filter.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"

#include <stdlib.h>
#include <string.h>

#define SOME_OTHER_TEXT "\001other"

struct comparison {
    const char *literal;
    int operation;
};
struct property {
    const char *name;
    const char **value; /* NULL element: null */
    size_t values, cap;
    struct comparison *comparison; /* each once, negated or not */
    size_t comparisons;
    bool is_partial; /* some look at parts of the text */
};
struct yard {
    struct ca_model *m;
    struct property *property;
    size_t properties;
    bool sees_controls; /* some policy looks at whether a device is registered, compliant, joined */
};
struct device {
    const struct yard *yard;
    const size_t *choice; /* value of each property; NULL: unregistered */
};

static const char *device_value(const void *device, const char *property)
{
    const struct device *d = device;

    for (size_t i = 0; d->choice != NULL && i < d->yard->properties; i++)
        if (str_eq(d->yard->property[i].name, property))
            return d->yard->property[i].value[d->choice[i]];
    return NULL;
}

enum ca_tri ca_scope_device(const struct ca_policy *p, ca_device_fn *get, const void *device)
{
    enum ca_tri in = CA_YES;

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];
        enum ca_tri hit = CA_MAYBE;

        if (t->kind != CA_KIND_DEVICE_FILTER)
            continue;
        if (t->ref != NULL)
            hit = ca_rule_match(t->ref, get, device);
        in = ca_and(in, t->is_exclude ? ca_not(hit) : hit);
    }
    return in;
}

static struct property *property_of(struct yard *y, const char *name)
{
    for (size_t i = 0; i < y->properties; i++)
        if (str_eq(y->property[i].name, name))
            return &y->property[i];
    y->property = xreallocarray(y->property, y->properties + 1, sizeof *y->property);
    memset(&y->property[y->properties], 0, sizeof *y->property);
    y->property[y->properties].name = name;
    return &y->property[y->properties++];
}

static void add_value(struct property *p, const char *value)
{
    for (size_t i = 0; i < p->values; i++)
        if (str_ieq(p->value[i], value))
            return;
    if (p->values == p->cap) {
        p->cap = p->cap > 0 ? p->cap * 2 : 4;
        p->value = xreallocarray(p->value, p->cap, sizeof *p->value);
    }
    p->value[p->values++] = value;
}

static void note_literal(void *ctx, const char *name, const char *literal, int operation,
                         bool is_partial)
{
    struct property *p = property_of(ctx, name);

    if (literal == NULL)
        return;
    add_value(p, literal);
    p->is_partial = p->is_partial || is_partial;
    for (size_t i = 0; i < p->comparisons; i++)
        if (p->comparison[i].operation == operation && str_ieq(p->comparison[i].literal, literal))
            return;
    p->comparison = xreallocarray(p->comparison, p->comparisons + 1, sizeof *p->comparison);
    p->comparison[p->comparisons++] = (struct comparison){literal, operation};
}

/* Properties with a short list of values in the directory: nothing else can occur. */
static void close_values(struct property *p)
{
    static const struct {
        const char *name;
        const char *value[4];
        bool has_null;
    } closed[] = {
        {"iscompliant", {"True", "False"}, true},
        {"trusttype", {"ServerAD", "AzureAD", "Workplace"}, false},
        {"deviceownership", {"Company", "Personal"}, true},
    };

    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if (str_eq(closed[i].name, p->name)) {
            p->values = 0;
            p->is_partial = false;
            for (size_t k = 0; k < COUNT_OF(closed[i].value) && closed[i].value[k] != NULL; k++)
                add_value(p, closed[i].value[k]);
            if (closed[i].has_null)
                add_value(p, NULL);
            return;
        }
    add_value(p, SOME_OTHER_TEXT);
    add_value(p, NULL);
}

static bool asks_for_device(const struct ca_policy *p, enum ca_control_kind kind)
{
    for (size_t i = 0; i < p->controls; i++)
        if (p->control[i].kind == kind)
            return true;
    return false;
}

static bool has_property(const struct yard *y, const char *name)
{
    for (size_t i = 0; i < y->properties; i++)
        if (str_eq(y->property[i].name, name))
            return true;
    return false;
}

static void survey(struct yard *y)
{
    for (size_t l = 0; l < y->m->lives; l++) {
        const struct ca_policy *p = &y->m->policy[y->m->live[l]];

        for (size_t i = 0; i < p->targets; i++)
            if (p->target[i].kind == CA_KIND_DEVICE_FILTER && p->target[i].ref != NULL)
                ca_rule_literals(p->target[i].ref, note_literal, y);
        if (asks_for_device(p, CA_CONTROL_COMPLIANT))
            (void)property_of(y, "iscompliant");
        if (asks_for_device(p, CA_CONTROL_JOINED))
            (void)property_of(y, "trusttype");
        y->sees_controls = y->sees_controls || asks_for_device(p, CA_CONTROL_COMPLIANT) ||
                           asks_for_device(p, CA_CONTROL_JOINED) ||
                           asks_for_device(p, CA_CONTROL_PROTECTED_APP) ||
                           asks_for_device(p, CA_CONTROL_APPROVED_APP);
    }
    for (size_t i = 0; i < y->properties; i++)
        close_values(&y->property[i]);
    y->m->sees_compliance = has_property(y, "iscompliant");
    y->m->sees_join = has_property(y, "trusttype");
    y->sees_controls = y->sees_controls || y->m->sees_compliance || y->m->sees_join;
}

/* Filters that look at parts of one property's text in several ways may be met together by texts
 * that were not tried. */
static bool is_complete(const struct yard *y)
{
    for (size_t i = 0; i < y->properties; i++)
        if (y->property[i].is_partial && y->property[i].comparisons > 1)
            return false;
    return true;
}

static const char *device_words(const struct yard *y, const size_t *choice)
{
    struct buf b;
    const char *words;
    const char *sep = " with ";

    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    buf_adds(&b, "a registered device");
    for (size_t i = 0; i < y->properties; i++) {
        const char *value = y->property[i].value[choice[i]];

        if (value == NULL || str_eq(value, SOME_OTHER_TEXT))
            continue;
        buf_addf(&b, "%s%s \"%s\"", sep, y->property[i].name, value);
        sep = " and ";
    }
    words = ca_pool_text(&y->m->pool, b.failed ? "a registered device" : b.p);
    buf_release(&b);
    return words;
}

static enum ca_tri is_value(const struct device *d, const char *property, const char *value)
{
    for (size_t i = 0; i < d->yard->properties; i++)
        if (str_eq(d->yard->property[i].name, property))
            return str_ieq(device_value(d, property), value) ? CA_YES : CA_NO;
    return CA_YES; /* nobody asks: there is a device that is */
}

static void offer(const struct yard *y, const struct device *d, uint8_t *scope)
{
    struct ca_model *m = y->m;
    struct ca_atom value = {.flags = CA_ATOM_USUAL};
    struct ca_atom *face;

    for (size_t l = 0; l < m->lives; l++)
        scope[l] = (uint8_t)ca_scope_device(&m->policy[m->live[l]], device_value, d);
    for (size_t i = 0; d->choice != NULL && i < y->properties; i++) {
        const char *text = y->property[i].value[d->choice[i]];

        value.cost += text != NULL && !str_eq(text, SOME_OTHER_TEXT) ? 2 : 0;
    }
    value.cost += d->choice != NULL ? 1 : 0;
    if (y->sees_controls) {
        value.registered = d->choice != NULL ? CA_YES : CA_NO;
        value.compliant = d->choice != NULL ? is_value(d, "iscompliant", "True") : CA_NO;
        value.joined = d->choice != NULL ? is_value(d, "trusttype", "ServerAD") : CA_NO;
    }
    face = ca_axis_add(m, CA_DEVICE, &value, scope);
    if (face == NULL)
        return;
    face->id = d->choice != NULL ? "registered" : CA_UNREGISTERED;
    face->words = d->choice != NULL ? device_words(y, d->choice) : "an unregistered device";
}

/* Next combination; false after the last. */
static bool next_choice(const struct yard *y, size_t *choice)
{
    for (size_t i = 0; i < y->properties; i++) {
        if (++choice[i] < y->property[i].values)
            return true;
        choice[i] = 0;
    }
    return false;
}

void ca_devices_axis(struct ca_model *m)
{
    struct yard y = {.m = m};
    struct device d = {.yard = &y};
    uint8_t *scope = xcalloc(m->lives + 1, 1);
    size_t *choice;
    size_t tried = 0;
    bool is_rest_needed;

    survey(&y);
    is_rest_needed = !is_complete(&y);
    choice = xcalloc(y.properties + 1, sizeof *choice);
    offer(&y, &d, scope);
    d.choice = choice;
    do {
        offer(&y, &d, scope);
    } while (next_choice(&y, choice) && ++tried < LIMIT_CA_DEVICES);
    if (tried == LIMIT_CA_DEVICES || m->axis[CA_DEVICE].is_full)
        is_rest_needed = true;
    if (is_rest_needed)
        ca_axis_add_rest(m, CA_DEVICE, "some registered device of another kind");
    for (size_t i = 0; i < y.properties; i++)
        free(y.property[i].comparison);
    for (size_t i = 0; i < y.properties; i++)
        free(y.property[i].value);
    free(y.property);
    free(choice);
    free(scope);
}
