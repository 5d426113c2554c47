/* faults.h - replies that go wrong on purpose.
 *
 * A fault is one --fault text: which requests it hits, when (nth, times, page), and what it
 * does. Kinds that answer instead of the service act before it; kinds that damage a good reply
 * act after it; a few act before there is a request at all. `--list-faults` and README.md list
 * them. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "sim.h"

struct fault_kind;

struct fault {
    const char *spec; /* as on the command line */
    char *match, *cmdlet, *value, *retry_after, *code, *message;
    int service; /* -1: any */
    long nth, times, page;
    const struct fault_kind *kind;
    long seen, fired; /* under sim->lock */
};

NODISCARD bool fault_parse(const char *spec, struct fault *f);
void fault_free(struct fault *f);
/* One line a kind: name, where, what happens, between tabs. */
void fault_list(void);

/* The first fault that this request sets off, or NULL. Counts, so call it once a request. */
const struct fault *fault_pick(struct sim *s, enum service service, const char *target,
                               const char *cmdlet, unsigned page);
/* The same for a connection that was just accepted, and for a listener's certificate. */
const struct fault *fault_pick_accept(struct sim *s, enum service service);
const struct fault *fault_pick_listener(struct sim *s, enum service service);
/* True when the reply is ready and the service must not be asked. */
bool fault_before(const struct fault *f, struct request *r, struct reply *p);
void fault_after(const struct fault *f, struct request *r, struct reply *p);
/* For servers that do not speak HTTP: the kind's name. For listeners: what is wrong. */
const char *fault_name(const struct fault *f);
const char *fault_arg(const struct fault *f);

#endif
