/* base/limits.h - everything that a stranger sizes, with its limit, unit and reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    /* One HTTP reply, after decompression. Graph pages of 999 users with $select stay below 2 MiB;
     * one policy page with inline strengths below 8 MiB. */
    LIMIT_REPLY_BYTES = 64 * 1024 * 1024,
    /* A --trace-http file: about 1.5 KiB a request, so some 170,000 requests. */
    LIMIT_TRACE_BYTES = 256 * 1024 * 1024,
    /* One value in it, and the body of an error that is looked into for its code. */
    LIMIT_TRACE_VALUE = 2048,
    LIMIT_TRACE_BODY_BYTES = 64 * 1024,
    /* All headers of one HTTP reply; real ones are below 8 KiB. */
    LIMIT_HEADER_BYTES = 256 * 1024,
    /* A claims challenge, decoded: some hundred bytes. */
    LIMIT_CLAIMS_BYTES = 4096,
    /* Pages of one collection: 1,000,000 users in pages of 100, five times over. */
    LIMIT_PAGES = 50000,
    /* The rows of one page as they are stored: usually a third of the page. Runs of rows that are
     * merged at once, each with a buffer: a million people are 4,000. */
    LIMIT_STAGED_BYTES = 256 * 1024 * 1024,
    LIMIT_STAGED_RUNS = 4500,
    /* Age of what a resumed run finds, milliseconds: a list that was cut longer ago is read afresh,
     * and of a whole one its age is said. A day: what changes in a tenant changes by the day. */
    LIMIT_RESUME_AGE_MS = 24 * 3600 * 1000,
    /* Incremental collection. A token for changes is good for about a week, so one that is nearly a
     * week old is not tried; and what a service forgot to list is read again after a week at the
     * latest. Milliseconds. */
    LIMIT_DELTA_TOKEN_AGE_MS = 6 * 24 * 3600 * 1000,
    LIMIT_DELTA_FULL_AGE_MS = 7 * 24 * 3600 * 1000,
    /* Users that are read one by one; and how many there are for each of them, from a few on. */
    LIMIT_DELTA_USERS = 2000,
    LIMIT_DELTA_FEW = 20,
    LIMIT_DELTA_SHARE = 50,
    /* A nextLink: the longest seen are about 4 KiB of skip token. */
    LIMIT_URL_BYTES = 32 * 1024,
    /* Attempts for one request, the first included. */
    LIMIT_ATTEMPTS = 6,
    /* Longest wait before a retry, milliseconds, whatever Retry-After says. */
    LIMIT_RETRY_WAIT_MS = 10 * 60 * 1000,
    /* Redirects of one request, and one whole transfer, milliseconds: Exchange ends a cmdlet after
     * 15 minutes by itself. */
    LIMIT_REDIRECTS = 3,
    LIMIT_TRANSFER_MS = 20 * 60 * 1000,
    /* A reply of the token endpoint; tokens with every role are below 8 KiB. */
    LIMIT_TOKEN_REPLY_BYTES = 128 * 1024,
    LIMIT_TOKEN_HEADERS = 8, /* of a request for a token */
    /* A service's error text in a message, code points. */
    LIMIT_ERROR_TEXT = 400,
    /* A --ca-file: the whole Mozilla list is about 220 KiB. */
    LIMIT_CA_FILE_BYTES = 4 * 1024 * 1024,
    /* One rule file, one profile, one waiver file. */
    LIMIT_RULE_BYTES = 256 * 1024,
    LIMIT_RULES = 5000,
    /* A configuration file: options and comments, some KiB. */
    LIMIT_CONFIG_BYTES = 64 * 1024,
    /* Tenants of a fleet in one file, and the file: at most 1.6 KiB of options for each. */
    LIMIT_FLEET_TENANTS = 10000,
    LIMIT_FLEET_BYTES = 16 * 1024 * 1024,
    /* How long a program of --on-change may take, milliseconds. */
    LIMIT_HOOK_MS = 60 * 1000,
    /* Findings of a baseline, which are held in memory: about 200 bytes each. */
    LIMIT_BASELINE_FINDINGS = 2000000,
    /* Shape of such a file: nesting, values, keys of one mapping. */
    LIMIT_YAML_DEPTH = 24,
    LIMIT_YAML_NODES = 50000,
    LIMIT_YAML_KEYS = 500,
    /* Steps of the SQLite machine for one rule (about 10 s on a slow core), and result rows. */
    LIMIT_RULE_STEPS = 2000000000,
    LIMIT_RULE_ROWS = 5000000,
    /* Resources that one result row may stand for: so many rows of so many still count in 64 bits.
     */
    LIMIT_ROW_RESOURCES = 1000000000,
    /* Milliseconds for one rule. */
    LIMIT_RULE_MS = 60 * 1000,
    /* A file of a pack that is signed, its manifest; public keys that are trusted; memory that
     * unlocking a secret key may take: minisign's own default is 1 GiB. */
    LIMIT_PACK_FILE_BYTES = 1024 * 1024,
    LIMIT_TRUSTED_KEYS = 1000,
    LIMIT_SCRYPT_BYTES = 1024 * 1024 * 1024,
    /* Changed copies of one rule that its tests are tried on (the largest shipped rule has about a
     * third), and steps for one of them over one test's few rows. */
    LIMIT_RULE_MUTANTS = 600,
    LIMIT_MUTANT_STEPS = 2000000,
    /* What SQLite may allocate for one rule on top of what it had. */
    LIMIT_RULE_HEAP_BYTES = 512 * 1024 * 1024,
    /* One temporary file of SQLite's: sorting a million people with what a rule says of each takes
     * a quarter of it. */
    LIMIT_SCRATCH_BYTES = 1024 * 1024 * 1024,
    /* Threads that evaluate rules, each with a connection and its cache; bytes of rows that wait to
     * be written, give or take one parcel a thread. */
    LIMIT_RULE_WORKERS = 4,
    LIMIT_RULE_ROWS_BYTES = 8 * 1024 * 1024,
    /* One value or row in a rule's SQL: the JSON of a policy that names 5,000 users is 200 KiB.
     * Also bounds what one instr() or replace() can cost, which time limits cannot interrupt. */
    LIMIT_RULE_VALUE_BYTES = 2 * 1024 * 1024,
    /* Columns of a rule's query; bytes of a resource id. */
    LIMIT_RULE_COLUMNS = 64,
    LIMIT_RESOURCE_ID_BYTES = 1024,
    /* A certificate or secret file. */
    LIMIT_CREDENTIAL_BYTES = 64 * 1024,
    /* Groups that policies name, and roles: each is a chain of requests. */
    LIMIT_GROUPS = 20000,
    /* Conditional Access. Policies: Microsoft allows 240 in a tenant. Targets: entries of all their
     * lists. Beyond these, policies count as not read, or the evaluation stops. */
    LIMIT_CA_POLICIES = 2000,
    LIMIT_CA_TARGETS = 2000000,
    LIMIT_CA_USERS = 5000000,
    /* Named locations (Microsoft: 195), ranges (2,000) and countries of one. */
    LIMIT_CA_PLACES = 2000,
    LIMIT_CA_RANGES = 20000,
    LIMIT_CA_COUNTRIES = 1000,
    /* Values of one condition that policies tell apart; combinations of networks and countries,
     * and of device properties, that are tried for it. What is beyond counts as not known. */
    LIMIT_CA_ATOMS = 1024,
    LIMIT_CA_SPOTS = 50000,
    LIMIT_CA_DEVICES = 4096,
    /* Different device filters; further ones count as not readable. */
    LIMIT_CA_RULES = 500,
    /* Boxes that set arithmetic may look at for one question, and for all of them (a few seconds):
     * real tenants need some hundred. Beyond: unknown. */
    LIMIT_CA_BOXES = 200000,
    LIMIT_CA_BOXES_TOTAL = 20000000,
    /* Words about one condition or policy, a sentence about several; names in a list, code points
     * of a name. */
    LIMIT_CA_WORDS_BYTES = 2048,
    LIMIT_CA_SENTENCE_BYTES = 16384,
    LIMIT_CA_NAMES = 6,
    LIMIT_CA_NAME_CHARS = 120,
    /* Texts about people and mailboxes that are remembered so as to be stored once. */
    LIMIT_SHARED_TEXTS_BYTES = 32 * 1024 * 1024,
    /* Kinds of mailboxes whose SMTP AUTH verdict is remembered: some hundred bytes each. */
    LIMIT_SMTP_KINDS_BYTES = 4 * 1024 * 1024,
    /* Rows that are read ahead of whoever writes what is derived from them. */
    LIMIT_ROW_PIPE_BYTES = 2 * 1024 * 1024,
    /* Objects that policies name: each thousand is a request. */
    LIMIT_REFERENCES = 100000,
    /* Mail domains that are looked up: Microsoft Entra allows 5,000 domains in a tenant. */
    LIMIT_MAIL_DOMAINS = 5000,
    /* DNS answers kept for one name; DNS wait for one query, milliseconds. */
    LIMIT_DNS_ANSWERS = 64,
    LIMIT_DNS_MS = 5000,
    /* SPF: RFC 7208 section 4.6.4 allows 10 lookups; we follow a little further to count: so many
     * included names, and so many a, mx and exists, for each domain. */
    LIMIT_SPF_LOOKUPS = 20,
    /* A log for `explain`: a day of a busy relay. Answers looked at in it, and different ones that
     * nobody knows; code points of such a one that are shown. */
    LIMIT_EXPLAIN_BYTES = 16 * 1024 * 1024,
    LIMIT_EXPLAIN_HITS = 100000,
    LIMIT_EXPLAIN_UNKNOWN = 8,
    LIMIT_EXPLAIN_TEXT = 200,
    /* Mailboxes of one name that `why` lists. */
    LIMIT_WHY_MATCHES = 20,
    /* A submission server: RFC 5321 section 4.5.3.1.5 allows 512 bytes for a reply line; lines of
     * one reply; milliseconds for one step (resolve, connect, handshake, a whole reply); addresses
     * of one name that are tried. */
    LIMIT_SMTP_LINE_BYTES = 2048,
    LIMIT_SMTP_REPLY_LINES = 100,
    LIMIT_SMTP_STEP_MS = 20 * 1000,
    LIMIT_SMTP_ADDRESSES = 8,
    /* A Markdown report: GitHub refuses a job summary of more than 1 MiB as a whole. What is in it
     * is bounded by itself; usual ones have 5 KiB. */
    LIMIT_MARKDOWN_BYTES = 900 * 1024,
    /* Lines of one kind that `diff` prints without --verbose, rows in its HTML; code points of a
     * value in one. */
    LIMIT_DIFF_LINES = 20,
    LIMIT_DIFF_ROWS = 1000,
    LIMIT_DIFF_TEXT = 200,
    /* The HTML page: rows of resources that stand in it as they are; bytes of the rows that are
     * packed into it beside them (some 140,000 rows); what is beyond both is in a file beside it.
     */
    LIMIT_HTML_ROWS = 300,
    LIMIT_HTML_PACKED_BYTES = 5 * 1024 * 1024,
    LIMIT_HTML_PACKED_ROWS = 150000,
    /* A branding file's texts, code points, and its logo: a page is sent by mail. */
    LIMIT_BRAND_BYTES = 16 * 1024,
    LIMIT_BRAND_TEXT = 200,
    LIMIT_LOGO_BYTES = 150 * 1024,
    LIMIT_LOGO_PIXELS = 4096,
    /* One text in a report. The longest come out of the evidence column of one result row. */
    LIMIT_REPORT_TEXT_BYTES = 16 * 1024 * 1024
};

#endif
