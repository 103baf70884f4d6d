/* Strict JSON: one object from text that nobody vouches for yet, in an arena.
 *
 * Stricter than JSON asks: valid UTF-8, no NUL, no member twice (after unescaping), nesting bounded, no
 * lone surrogates, integers within 64 bits, nothing after the object. Reals are told from integers and
 * never computed. Parsed by hand because jansson, when memory runs out, can drop a byte of a string and
 * carry on: here a failed allocation is a failed parse. */
#ifndef EDI_STRICTJSON_H
#define EDI_STRICTJSON_H

#include "base/bytes.h"

typedef enum edi_json_kind {
  EDI_JSON_NULL = 0,
  EDI_JSON_BOOL,
  EDI_JSON_INTEGER,
  EDI_JSON_REAL,
  EDI_JSON_STRING,
  EDI_JSON_ARRAY,
  EDI_JSON_OBJECT,
} edi_json_kind;

typedef struct edi_json {
  edi_json_kind kind;
  edi_str name;                  /* of a member of an object, unescaped */
  edi_str text;                  /* STRING, unescaped; INTEGER, REAL: as it is written */
  int64_t integer;               /* INTEGER; BOOL 0 or 1 */
  const struct edi_json **items; /* ARRAY in order; OBJECT sorted by name */
  size_t count;
} edi_json;

/* FORMAT, LIMIT (nested deeper than `depth`, the object itself being 1, or the arena's ceiling), MEMORY.
 * `*why` is then static text such as "a member stands twice", and *object NULL. Values may borrow from
 * `text`. */
edict_status edi_strictjson_parse(edi_str text, size_t depth, edi_arena *arena,
                                  const edi_json **object, const char **why) EDICT_MUST_CHECK;

/* The same of data, where a value that nothing can be made of spoils itself and not the whole: a number may have any
 * length, and is a REAL where 64 bits do not hold it; a text may hold a NUL. */
edict_status edi_strictjson_parse_data(edi_str text, size_t depth, edi_arena *arena,
                                       const edi_json **object, const char **why) EDICT_MUST_CHECK;

/* `*why` of a member that stands twice: the one that a gate tells apart. */
extern const char edi_strictjson_twice[];

/* A member of an object by exact name; NULL if `value` is NULL, no object, or has none such. */
const edi_json *edi_strictjson_member(const edi_json *value, edi_str name);
/* A string's bytes, with a pointer also if it is empty; {NULL, 0} if `value` is NULL or no string. */
edi_str edi_strictjson_text(const edi_json *value);
/* The text of a member. */
edi_str edi_strictjson_text_of(const edi_json *object, const char *name);

#endif
