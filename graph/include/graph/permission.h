/* graph/permission.h - what an app registration has to be granted, and what it should not be.
 *
 * The collectors' table says which permission opens which request; here is what these names are
 * called by an administrator: the API, the id of the app role, what it lets an app do. Ids: the
 * Microsoft Graph permissions reference (August 2026) and the service principal of Office 365
 * Exchange Online, which are the same in every tenant. */
#ifndef GRAPH_PERMISSION_H
#define GRAPH_PERMISSION_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum permission_api { API_GRAPH, API_EXCHANGE };
enum { API_COUNT = 2 };
/* The resource that defines app roles; `app_id` is its appId in every tenant. */
struct permission_api_info {
    const char *name, *app_id;
};
const struct permission_api_info *permission_api_info(enum permission_api api);

/* An application permission (app role). */
struct permission {
    const char *name;
    enum permission_api api;
    const char *id;    /* GUID of the app role */
    const char *gives; /* what an app can read with it */
    const char *note;  /* what an administrator should know, or NULL */
};
size_t permission_count(void);
const struct permission *permission_at(size_t i); /* sorted by name; NULL past the end */
const struct permission *permission_find(const char *name);

/* The application permission that Exchange Online asks for, whatever the cmdlet. */
extern const char permission_exchange[];

/* A role that lets an application run Exchange cmdlets: a directory role (in the token's `wids`),
 * told by its template id, which is the same in every tenant. */
struct directory_role {
    const char *name, *template_id;
    bool opens_exchange; /* with it, Exchange Online lets an application run Get- cmdlets */
    bool reads_only;     /* cannot change anything */
};
size_t directory_role_count(void);
const struct directory_role *directory_role_at(size_t i);
/* NULL: not in the table. */
const struct directory_role *directory_role_find(const char *template_id);
/* In the `wids` of every application's token: no role at all. */
bool directory_role_is_none(const char *template_id);

/* False for a name whose action is not just to read: ReadWrite, Send, Manage, full_access_as_app
 * and whatever is not known. Never true for a permission that can change something. */
bool permission_reads_only(const char *name);

/* `accepted` as in struct collector_info: "A B; C" is one of A and B, and C too. */
/* The least permission of group `i`, copied; false past the last group. */
enum { PERMISSION_NAME_BYTES = 96 };
bool permission_least(const char *accepted, size_t i, char out[PERMISSION_NAME_BYTES]);
/* True when `name` does for the group whose least permission is `least`. */
bool permission_does_for(const char *accepted, const char *least, const char *name);
/* True when `roles` (the token's claim) has one of each group. */
bool permission_is_granted(const char *accepted, const json_t *roles);
/* Plain list of texts. */
bool permission_in_claim(const json_t *claim, const char *name);

#endif
