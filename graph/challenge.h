/* graph/challenge.h - claims challenges of continuous access evaluation (private to graph/).
 *
 * WWW-Authenticate: Bearer ..., error="insufficient_claims", claims="<base64 of a JSON object>".
 * The object goes into the next token request as its `claims`. Services send it to clients that
 * declare the capability cp1 (we do not), so it is rare. */
#ifndef GRAPH_CHALLENGE_H
#define GRAPH_CHALLENGE_H

/* The decoded object as text; caller frees. NULL when there is none (header NULL included), it is
 * no JSON object, or larger than LIMIT_CLAIMS_BYTES. */
char *challenge_claims(const char *header);

#endif
