/* Context: what the host says of a request and of a resource, typed, by slot. */
#ifndef EDI_CONTEXT_H
#define EDI_CONTEXT_H

#include "edict/decision.h"
#include "eval/link.h"

/* How much the pools of a reading hold. At their limits the values of a request decide what is left out. */
typedef struct edi_reading_sizes { uint32_t members; size_t text; } edi_reading_sizes;
extern const edi_reading_sizes edi_reading_largest; /* the limits of a request */

/* A context has room for a whole number of so many slots, as copies of it are made. */
enum { EDI_CONTEXT_ROUND = 4 };

/* Values with all that they are made of. A context and the resource of the same request share the pools. */
typedef struct edi_reading {
  const edi_vocabulary *vocabulary;
  const edi_linked *federal;     /* whose constants are the declared fallbacks */
  edi_value *context;            /* by slot */
  edi_value *resource;           /* by slot of its kind */
  unsigned char *named;          /* by slot: scratch */
  edi_value *members;            /* as many as the sizes say, and where they stand in sets of texts; more make a set incomplete */
  uint32_t member_count, member_end; /* of members; and places that they and their indexes take */
  char *texts;                   /* as many bytes as the sizes say; what does not fit is unknown */
  size_t text_used;
  edi_reading_sizes sizes;
} edi_reading;

/* Whether it does not get its arrays; they are the arena's. */
edict_status edi_reading_init(edi_reading *reading, const edi_vocabulary *vocabulary, const edi_linked *federal,
                              edi_reading_sizes sizes, edi_arena *arena) EDICT_MUST_CHECK;

/* What attributes do to a reading. NAMED_WRONGLY: one is named twice, is not declared, or is not the host's to say. */
typedef enum edi_read_as { EDI_READ_WELL, EDI_NAMED_WRONGLY } edi_read_as;

/* The context, from empty pools; time and action stay unknown, and the purpose is what the host says. */
edi_read_as edi_reading_context(edi_reading *reading, const edict_attribute *items, size_t count);
/* The attributes of a resource of this kind, in what the context left of the pools. */
edi_read_as edi_reading_resource(edi_reading *reading, uint32_t kind, const edict_attribute *items, size_t count);
/* The context that another reading holds, whose memory may go. Its pools are not larger. */
void edi_reading_copy_context(edi_reading *reading, const edi_reading *from);
/* The same of a resource of this kind, which was read alone. */
void edi_reading_copy_resource(edi_reading *reading, const edi_reading *from, uint32_t kind);

#endif
