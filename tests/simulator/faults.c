#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_kinds.h"

static bool parse_part(struct fault *f, const char *key, size_t n, const char *value)
{
    static const struct {
        const char *key;
        size_t at;
    } texts[] = {
        {"match", offsetof(struct fault, match)},
        {"cmdlet", offsetof(struct fault, cmdlet)},
        {"value", offsetof(struct fault, value)},
        {"code", offsetof(struct fault, code)},
        {"message", offsetof(struct fault, message)},
        {"retry-after", offsetof(struct fault, retry_after)},
    };
    static const struct {
        const char *key;
        size_t at;
    } numbers[] = {
        {"nth", offsetof(struct fault, nth)},
        {"times", offsetof(struct fault, times)},
        {"page", offsetof(struct fault, page)},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strlen(texts[i].key) == n && memcmp(key, texts[i].key, n) == 0) {
            char *copy = xstrdup(value), *old;

            memcpy(&old, (char *)f + texts[i].at, sizeof old);
            free(old);
            memcpy((char *)f + texts[i].at, &copy, sizeof copy);
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (strlen(numbers[i].key) == n && memcmp(key, numbers[i].key, n) == 0) {
            long v;

            if (!parse_long(value, 1, 1000000000, &v))
                return false;
            memcpy((char *)f + numbers[i].at, &v, sizeof v);
            return true;
        }
    if (n == 7 && memcmp(key, "service", n) == 0) {
        for (int i = 0; i < SVC_COUNT; i++)
            if (str_eq(service_names[i], value))
                f->service = i;
        return f->service >= 0;
    }
    if (n == 4 && memcmp(key, "kind", n) == 0) {
        for (size_t i = 0; i < fault_kind_count; i++)
            if (str_eq(fault_kinds[i].name, value))
                f->kind = &fault_kinds[i];
        return f->kind != NULL;
    }
    return false;
}

bool fault_parse(const char *spec, struct fault *f)
{
    char *copy = xstrdup(spec), *save = NULL;
    bool ok = true;

    *f = (struct fault){.spec = spec, .service = -1};
    for (char *part = strtok_r(copy, ";", &save); part != NULL && ok;
         part = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(part, '=');

        ok = eq != NULL && parse_part(f, part, (size_t)(eq - part), eq + 1);
        if (!ok)
            fprintf(stderr, "graphaudit-simulator: --fault: do not understand '%s'\n", part);
    }
    if (ok && f->kind == NULL) {
        fputs("graphaudit-simulator: --fault: no kind=\n", stderr);
        ok = false;
    }
    if (f->nth > 0 && f->times == 0)
        f->times = 1; /* "the third request" means that one */
    free(copy);
    return ok;
}

void fault_free(struct fault *f)
{
    free(f->match);
    free(f->cmdlet);
    free(f->value);
    free(f->retry_after);
    free(f->code);
    free(f->message);
}

void fault_list(void)
{
    for (size_t i = 0; i < fault_kind_count; i++)
        printf("%s\t%s\t%s\n", fault_kinds[i].name, fault_kinds[i].where, fault_kinds[i].means);
}

/* What a fault acts on: requests (of whatever protocol), connections, or the listener itself. */
static const char *level_of(const struct fault *f)
{
    return str_eq(f->kind->where, "accept") || str_eq(f->kind->where, "listen") ? f->kind->where
                                                                                : "request";
}

static const struct fault *pick(struct sim *s, const char *level, enum service service,
                                const char *target, const char *cmdlet, unsigned page)
{
    const struct fault *found = NULL;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->fault_count; i++) {
        struct fault *f = &s->faults[i];

        if (!str_eq(level_of(f), level) || (f->service >= 0 && f->service != (int)service) ||
            (f->match != NULL && strstr(target, f->match) == NULL) ||
            (f->cmdlet != NULL && !str_ieq(f->cmdlet, cmdlet)) ||
            (f->page > 0 && (unsigned)f->page != page))
            continue;
        f->seen++;
        if (f->seen < f->nth || (f->times > 0 && f->fired >= f->times))
            continue;
        f->fired++;
        found = f;
        break;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

const struct fault *fault_pick(struct sim *s, enum service service, const char *target,
                               const char *cmdlet, unsigned page)
{
    return pick(s, "request", service, target, cmdlet, page);
}

const struct fault *fault_pick_accept(struct sim *s, enum service service)
{
    return pick(s, "accept", service, "", NULL, 0);
}

const struct fault *fault_pick_listener(struct sim *s, enum service service)
{
    return pick(s, "listen", service, "", NULL, 0);
}

bool fault_before(const struct fault *f, struct request *r, struct reply *p)
{
    return f->kind->before != NULL && f->kind->before(f, r, p);
}

void fault_after(const struct fault *f, struct request *r, struct reply *p)
{
    if (f->kind->after != NULL)
        f->kind->after(f, r, p);
}

const char *fault_name(const struct fault *f)
{
    return f->kind->name;
}

const char *fault_arg(const struct fault *f)
{
    return f->kind->arg;
}
