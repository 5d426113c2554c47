/* rule_shape.h - the keys of a rule file and of pack.yaml. */
#ifndef ENGINE_RULE_SHAPE_H
#define ENGINE_RULE_SHAPE_H
#include "shape.h"

enum { RULE_SCHEMA = 1, RULE_ENGINE = 1 /* what `engine: ">=1"` in pack.yaml asks for */ };

extern const struct field rule_shape[];
extern const struct field pack_shape[];
extern const char *const param_type_words[]; /* in the order of enum param_type */
extern const char *const empty_words[];      /* pass, not_applicable */

#endif
