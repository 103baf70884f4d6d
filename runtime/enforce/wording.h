/* Wording: what a question says; and the objects behind edict/question.h. */
#ifndef EDI_WORDING_H
#define EDI_WORDING_H

#include "edict/question.h"
#include "enforce/host.h"
#include "eval/swift.h"

/* What a question says; immutable, and replaced as a whole. Decisions hold what they were asked. */
struct edi_wording {
  atomic_ullong holders;       /* see edi_held */
  edi_plan_known known;        /* action and context; brief: both are good, and there is no dataset, column or resource */
  atomic_uint users;
  const char *bytes;           /* in the form of edi_request_write */
  size_t length, flags;
  uint64_t print;
  edi_reading reading;
  edict_request request;       /* a copy */
  edi_arena arena;
};

struct edict_question {
  edi_arena arena;
  const edict_product *product;
  edi_wording *wording;
};

/* What each decision reads stands in its first line of 64 bytes. */
struct edict_entity {
  const edict_product *product;
  atomic_ullong holders;       /* see edi_held */
  edi_plan_known known;        /* thing and resource; brief: it has a residue, and takes little of what a request may */
  edi_swift_room room;
  atomic_uint users;
  const char *bytes;           /* in the form of edi_resource_write */
  size_t length;
  edi_reading reading;         /* its resource */
  edict_resource resource;     /* a copy */
  edi_arena arena;
};
_Static_assert(offsetof(struct edict_entity, room) == 64, "its first line ends there");

#endif
