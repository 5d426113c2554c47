/* exchange_schema.h - the cmdlets: their parameters, and the properties they answer with. */
#ifndef SIM_EXCHANGE_SCHEMA_H
#define SIM_EXCHANGE_SCHEMA_H

#include "util.h"

enum ex_type { EX_TEXT, EX_BOOL, EX_GUID, EX_DATE, EX_INT16, EX_INT32, EX_LIST };

struct ex_prop {
    const char *name;
    enum ex_type type;
    const char *otherwise; /* JSON text when the object has none; NULL: then it is absent */
};

enum ex_source {
    EXS_TRANSPORT,
    EXS_ORGANIZATION,
    EXS_AUTH_POLICIES,
    EXS_MAILBOXES,
    EXS_MAIL_USERS,
    EXS_ACCEPTED_DOMAINS,
    EXS_DKIM,
    EXS_INBOUND,
    EXS_OUTBOUND_SPAM,
    EXS_REMOTE_DOMAINS,
    EXS_TRANSPORT_RULES,
    EXS_SHARING,
    EXS_EXTERNAL,
    EXS_USERS /* mailboxes and mail users */
};

struct cmdlet {
    const char *name;
    const char *params; /* one-space separated; ResultSize among them when it is accepted */
    enum ex_source source;
    const struct ex_prop *props;
    size_t prop_count;
};

extern const struct cmdlet cmdlets[];
extern const size_t cmdlet_count;
const struct cmdlet *cmdlet_find(const char *name); /* any case; NULL when unknown */
const struct ex_prop *cmdlet_prop(const struct cmdlet *c, const char *name);

#endif
