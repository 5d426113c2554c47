/* graph/collect_run.h - one collection under way (private to graph/collect*, graph/collector_*).
 *
 * A task is one resource: it waits for others, runs one or more chains, and ends with a row in
 * table `collection`. Tasks end in any order; whatever happens to one, the others go on. The
 * exception is the store: when it cannot be written, `fatal` is set and nothing more is asked for.
 */
#ifndef GRAPH_COLLECT_RUN_H
#define GRAPH_COLLECT_RUN_H
#include "base/digest.h"
#include "base/err.h"
#include "base/strs.h"
#include "collector.h"
#include "map.h"
#include "model/continuation.h"
#include "model/evidence.h"

struct delta;
struct dns_job;
struct map;
struct pack;
struct store;

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

enum task_phase {
    TASK_OFF,     /* not asked for */
    TASK_WAITING, /* for the tasks it depends on */
    TASK_RUNNING,
    TASK_ENDED
};

struct collect_task {
    const struct collector *c;
    struct collect_run *run;
    enum task_phase phase;
    unsigned open;               /* chains (or jobs) that have not ended */
    enum collection_state state; /* when ended */
    enum reason reason;          /* the first cause; REASON_NONE while all is well */
    bool is_skip;                /* the cause is not a failure: the tenant lacks the licence */
    char *detail;
    uint64_t rows, pages, requests;
    int64_t started_ms, finished_ms;
    struct map *map;
    struct map_odd odd;
    char request_id[REQUEST_ID_BYTES], client_request_id[GUID_TEXT_BYTES]; /* "": none */
    /* For collectors of many chains: what to ask for, how far that is, and whether to go on. */
    struct strlist subjects;
    size_t next;
    bool is_over;
    uint64_t seen, served; /* objects, and those that held the property that was asked for */
};

/* A whole page, before its rows and without a part in its transaction. */
typedef void collect_root_fn(struct collect_chain *ch, const json_t *root);

/* One chain of a task; lives until the run ends. */
struct collect_chain {
    struct collect_task *task;
    struct collect_chain *next;
    char *subject; /* may be NULL */
    size_t index;
    uint64_t rows, requests;
    char key[SHA256_HEX_BYTES];   /* names it in table continuation */
    struct continuation at;       /* as stored there */
    struct collect_again *again;  /* its request, when it began behind the first page; else NULL */
    struct collect_chain *replay; /* the next one that only has to be said to be done */
    collect_root_fn *root;
    collect_each_fn *each;
    void (*done)(struct collect_chain *ch, const struct chain_end *end);
};

/* A group that holds a role: its members hold it too. */
struct role_grant {
    char *role_template_id, *group_id, *group_name; /* group_name may be NULL */
    char *scope;
    const char *assignment; /* active|eligible */
};

struct collect_run {
    const struct collect_options *o;
    const struct collect_observer *obs;
    struct store *s;
    struct client *client;
    int64_t deadline_ms; /* monotonic; 0: none */
    struct collect_task *tasks;
    size_t task_count;
    struct collect_chain *chains;
    struct strlist hidden_groups; /* named by policies; their members need a permission more */
    struct role_grant *grants;
    size_t grant_count;
    enum answer owns[PLAN_COUNT]; /* from subscribed-skus */
    struct err exchange;          /* why Exchange gives us no token */
    struct err fatal;
    enum reason stopped; /* REASON_DEADLINE or REASON_NOT_COLLECTED (a signal): start nothing new */
    bool is_starting, is_stale;
    bool is_resumable; /* something ended for a cause that passes */
    bool is_replaying;
    struct collect_chain *replay, **replay_end;
    struct dns_job *dns;
    struct delta *delta; /* collect_delta.c; NULL: everything is read */
};

/* ---- collect_task.c: states and reasons ---- */

/* Why something is missing, for table `collection`. */
enum reason collect_reason(enum err_code code);
struct collect_task *collect_task_find(struct collect_run *run, const char *resource);
/* Notes why the task cannot be complete. The first cause stays. */
void collect_note(struct collect_task *t, enum reason reason, const char *fmt, ...) PRINTF(3, 4);
/* Adds to the detail without a cause: something a reader should know. */
void collect_remark(struct collect_task *t, const char *fmt, ...) PRINTF(2, 3);
/* Something is known to be missing from a task that has ended as complete. */
void collect_downgrade(struct collect_task *t, enum reason reason, const char *fmt, ...)
    PRINTF(3, 4);
/* Decides the state, records it and tells the observer. Does not start others. */
void collect_task_end(struct collect_task *t);
/* Ends a task that never ran. */
void collect_task_skip(struct collect_task *t, enum collection_state state, enum reason reason,
                       const char *fmt, ...) PRINTF(4, 5);
void collect_task_release(struct collect_task *t);
/* Writes the task's row of table collection. */
void collect_task_record(struct collect_task *t);
void collect_progress(const struct collect_task *t, const char *state, int64_t wait_ms);
/* The last reply's ids are kept for the observer. */
void collect_remember_ids(struct collect_task *t, const struct chain_end *now);
void collect_tick(const struct collect_run *run);
void collect_notice(const struct collect_run *run, const char *fmt, ...) PRINTF(2, 3);
/* Keeps the first store error; returns its code. */
enum err_code collect_fatal(struct collect_run *run, const struct err *e);

/* ---- collect_chain.c: from request to rows ---- */

struct chain_request {
    const char *path, *body;                  /* Graph */
    const char *cmdlet, *parameters, *select; /* Exchange */
    const char *subject;                      /* copied; may be NULL */
    size_t index;
    bool is_eventual, is_singleton;
    const char *from;      /* a link to begin at; NULL: at `path` */
    collect_root_fn *root; /* sees each page before its rows; may be NULL */
    collect_each_fn *each; /* NULL: the collector's */
    void (*done)(struct collect_chain *ch, const struct chain_end *end); /* NULL: collect_settle */
};
enum err_code collect_submit(struct collect_task *t, const struct chain_request *r, struct err *e);
/* Submits, and notes it when that fails. */
void collect_submit_or_note(struct collect_task *t, const struct chain_request *r);
/* What usually becomes of a chain that ended: an error is noted. */
void collect_settle(struct collect_chain *ch, const struct chain_end *end);
/* The collector's own request as one chain. */
enum err_code collect_start_plain(struct collect_task *t, struct err *e);

/* ---- collect_resume.c: going on behind the last page ---- */

/* What a page adds to its task, so that it can be stored with the chain. */
struct collect_mark {
    uint64_t seen, served, odd;
    enum reason reason;
};
struct collect_mark collect_mark_of(const struct collect_task *t);
/* Names the chain. In a resumed run it takes up what is stored of it: *is_done when nothing is left
 * to ask for, *next is where to begin (NULL: at the beginning; owned by the chain). */
enum err_code collect_chain_take_up(struct collect_chain *ch, const struct chain_request *r,
                                    bool *is_done, const char **next, struct err *e);
/* Stores how far the chain is, in the page's transaction. */
enum err_code collect_chain_save(struct collect_chain *ch, const json_t *root, uint64_t taken,
                                 const struct collect_mark *before, struct err *e);
/* The same by the link to the next page; NULL: it was the last one. */
enum err_code collect_chain_save_link(struct collect_chain *ch, const char *next, uint64_t taken,
                                      const struct collect_mark *before, struct err *e);
/* True when the service would not go on behind an earlier run's page: the chain has been taken back
 * with its rows and submitted from its beginning. */
bool collect_chain_restarts(struct collect_chain *ch, const struct chain_end *end);
/* Tells the chains that earlier runs have read to their ends that they are done. */
void collect_replay(struct collect_run *run);
/* Decides what of an earlier run stays, and removes what does not. After sign-in. */
enum err_code collect_resume_begin(struct collect_run *run, struct err *e);
/* When the resource was begun, in this run or an earlier one. */
enum err_code collect_resume_started(struct collect_task *t, struct err *e);
void collect_chain_release(struct collect_chain *ch);
/* In collect_chain.c: sends a chain's request again, from its beginning. */
enum err_code collect_resubmit(struct collect_chain *ch, const struct chain_request *r,
                               struct err *e);

/* ---- collect_delta.c: only what changed ---- */

/* What is known of an earlier snapshot before its users are taken over. Texts may be NULL. */
struct delta_facts {
    const char *sealed_at, *users_state;
    const char *cloud, *client_id, *tool_version; /* of the earlier one */
    const char *now_cloud, *now_client_id, *now_tool_version;
    const char *link, *request, *now_request, *taken_at, *full_at;
    int64_t now_ms;
    bool is_intact;
};
/* Why everything has to be read again; NULL: what changed is enough. */
const char *delta_refuse(const struct delta_facts *f);
/* True when reading so many users one by one is no gain over reading all of them. */
bool delta_is_too_much(uint64_t changes, uint64_t users);
/* After sign-in. ERR_USAGE: the earlier snapshot is of another tenant. */
enum err_code delta_begin(struct collect_run *run, struct err *e);
void delta_release(struct collect_run *run);

/* ---- collect_forget.c: taking rows back ---- */

/* All rows that a resource gave; the rows of one of its chains. */
enum err_code collect_forget(struct store *s, const char *resource, struct err *e);
enum err_code collect_forget_chain(struct store *s, const char *resource, const char *request,
                                   const char *subject, struct err *e);
bool collect_forget_knows(const char *resource); /* for the test that walks the collectors */

/* ---- collect.c: the order of things ---- */

/* Starts every waiting task whose turn it is. Safe to call from callbacks. */
void collect_start_ready(struct collect_run *run);
/* Whether the token says so. `accepted` is as in struct collector_info. */
enum answer collect_is_granted(const struct collect_run *run, const char *accepted);
/* A chain or job of the task has ended. */
void collect_task_leave(struct collect_task *t);

/* ---- collector_roles.c ---- */

/* Takes the groups that hold roles from the store, where an earlier run left them. */
enum err_code collect_load_grants(struct collect_run *run, struct err *e);
void collect_drop_grants(struct collect_run *run);

/* ---- collector_groups.c ---- */

/* Without the permission, the members of a group that hides them seem to be none. */
void collect_check_hidden(struct collect_run *run);

/* ---- collector_dns.c ---- */

/* Stores the answers of a DNS job that is over, so that they are kept whatever happens next. */
void collect_dns_poll(struct collect_run *run);
/* Waits for the DNS job that dns_start() began, if any, and stores its answers. */
void collect_dns_finish(struct collect_run *run);
void collect_dns_release(struct collect_run *run);

/* ---- collect_stage.c: pages of long lists, stored as they come ---- */

/* In the transaction of the page. */
enum err_code collect_stage_put(struct store *s, const char *resource, const struct pack *p,
                                struct err *e);
/* Moves it into its tables, when nothing more can come for those that this resource gives to: the
 * loop waits for limits of rate at that time, or for the longest list. */
enum err_code collect_stage_ended(const struct collect_task *t, struct err *e);
/* All that is left, whatever may come. */
enum err_code collect_stage_merge(struct store *s, struct err *e);

/* ---- collect_merge.c: what needs all pages of more than one resource ---- */

/* `is_listed`: the lists of mailboxes are whole. `is_last`: no page can come any more; without it
 * what is cut away is kept, and collect_merge_undo() brings it back before more pages come. */
enum err_code collect_merge(struct store *s, bool is_listed, bool is_last, struct err *e);
enum err_code collect_merge_undo(struct store *s, struct err *e);

#endif
