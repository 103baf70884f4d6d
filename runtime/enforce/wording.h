/* Wording: what a question says; and the objects behind edict/question.h. */
#ifndef EDI_WORDING_H
#define EDI_WORDING_H

#include "edict/question.h"
#include "enforce/host.h"
#include "eval/residue.h"

/* What a question says; immutable, and replaced as a whole. Decisions hold what they were asked. */
struct edi_wording {
  edi_arena arena;
  atomic_uint users;
  bool brief;                  /* an action that can be done, a context that was read well, and no more: no dataset, columns or resource */
  edict_request request;       /* a copy */
  const char *bytes;           /* in the form of edi_request_write */
  size_t length, flags;
  uint64_t print;
  edi_plan_known known;
  edi_reading reading;
};

struct edict_question {
  edi_arena arena;
  const edict_product *product;
  edi_wording *wording;
};

struct edict_entity {
  edi_arena arena;
  atomic_uint users;
  const edict_product *product;
  edict_resource resource;     /* a copy */
  const char *bytes;           /* in the form of edi_resource_write */
  size_t length;
  const edi_bound_dataset *thing;
  edi_reading reading;         /* its resource */
  edi_read_as read;
  const edi_residue *residue;  /* of its kind's entries; NULL: not known */
  bool brief;                  /* it has a residue, and takes little of what a request may */
};

#endif
