/* model/evidence.h - which evidence stands behind which table and column.
 *
 * A `resource` is one thing that collectors read and that ends complete, partial, failed or skipped
 * in table `collection`. A rule needs the resources behind every column that its SQL reads; derived
 * tables carry the resources they were made from. This table is the only place that knows. */
#ifndef MODEL_EVIDENCE_H
#define MODEL_EVIDENCE_H
#include "base/err.h"
#include "model/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum table_kind {
    TABLE_UNKNOWN,
    TABLE_META,     /* snapshot, collection: always there */
    TABLE_EVIDENCE, /* written by collectors */
    TABLE_DERIVED,  /* written by rules/facts: tables and views */
    TABLE_PART,     /* behind a derived view; no rule reads it but through the view */
    TABLE_WORK,     /* how far an unfinished collection is; no rule reads it */
    TABLE_RESULT    /* written by rules/engine; no rule reads it */
};

enum collection_state {
    COLLECTION_COMPLETE,
    COLLECTION_PARTIAL,
    COLLECTION_FAILED,
    COLLECTION_SKIPPED
};
const char *collection_state_name(enum collection_state s);
/* `detail` of what a run left out because nothing that it was asked for needs it: skipped,
 * not_collected. Nothing went wrong there. Rules compare with this text. */
#define COLLECTION_NOT_CHOSEN "not chosen for this run"

struct evidence_resource {
    const char *id;
    const char *title; /* for people */
    /* Without the licence the thing itself cannot exist, so "skipped, licence" is as good as an
     * empty complete list (eligible role assignments without Entra ID P2). */
    bool is_empty_without_licence;
};

/* Sets of resources are bit masks; bit i is evidence_resource_at(i). */
typedef uint64_t evidence_set;
enum { EVIDENCE_MAX = 64 };

size_t evidence_resource_count(void);
const struct evidence_resource *evidence_resource_at(size_t i);
/* SIZE_MAX when there is none. */
size_t evidence_resource_find(const char *id);

enum table_kind evidence_table_kind(const char *table);
/* Tables of one kind: the i-th name, NULL past the end. In the order they were declared. */
const char *evidence_table_at(enum table_kind kind, size_t i);
/* Was the evidence table part of this schema? The digest of an older snapshot is not over it. */
bool evidence_table_is_in(const char *table, int64_t schema);
/* What reading this column needs. An empty or NULL column means that only rows are counted. */
evidence_set evidence_needs(const char *table, const char *column);

/* State of every resource of a snapshot. A resource without a row was not collected. */
struct evidence_status {
    enum collection_state state;
    enum reason reason;
    char *detail;     /* may be NULL */
    char *permission; /* may be NULL */
    char *licence;    /* may be NULL */
};
/* Left out because nothing that the run was asked for needs it: nothing went wrong. */
bool evidence_is_not_chosen(const struct evidence_status *s);
struct evidence_states {
    struct evidence_status of[EVIDENCE_MAX];
};
/* Caller releases, also after an error. */
enum err_code evidence_states_load(struct store *s, struct evidence_states *out, struct err *e);
void evidence_states_release(struct evidence_states *st);
/* Those of `needed` that cannot carry a verdict: not complete, and not empty for lack of licence.
 */
evidence_set evidence_missing(evidence_set needed, const struct evidence_states *st);

#endif
