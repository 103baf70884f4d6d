/* Flow: what can be told of a verified routine without running it.
 *
 * Two questions: at which moments what it answers can change, as `now` goes on; and whether what it answers with
 * some facts unknown bounds what it answers with more of them known. Both fail closed: where the form of the
 * routine does not show it, the answer is "cannot tell". Asked when a product is bound. */
#ifndef EDI_FLOW_H
#define EDI_FLOW_H

#include "eval/link.h"

/* Moments at which something may change, in time and in each day and week (UTC). */
typedef struct edi_moments {
  const int64_t *at;        /* microseconds since 1970, ascending, distinct */
  uint32_t count;
  const int64_t *daily;     /* microseconds since midnight, ascending, distinct */
  uint32_t daily_count;
  uint8_t week;             /* bit 0: as Monday begins ... bit 6: Sunday; 127: each day */
  bool always;              /* at any moment */
} edi_moments;

static inline bool edi_moments_any(const edi_moments *m) { return m->count || m->daily_count || m->week || m->always; }
/* The first of them after `now`; INT64_MAX: there is none. Most rules have none at all. */
int64_t edi_moments_search(const edi_moments *moments, int64_t now);
static inline int64_t edi_moments_next(const edi_moments *m, int64_t now) {
  return edi_moments_any(m) ? edi_moments_search(m, now) : INT64_MAX;
}

/* Moments being collected; edi_moments_make orders them. */
typedef struct edi_moment_list {
  edi_arena *arena;
  int64_t *at, *daily;
  size_t count, capacity, daily_count, daily_capacity;
  uint8_t week;
  bool always, failed;      /* failed: there was no memory */
} edi_moment_list;
void edi_moment_list_add(edi_moment_list *list, int64_t at);
void edi_moment_list_add_daily(edi_moment_list *list, int64_t micros);
void edi_moment_list_add_all(edi_moment_list *list, const edi_moments *moments);
bool edi_moment_list_is_empty(const edi_moment_list *list);
/* False: there is no memory. The list is used up. */
bool edi_moments_make(edi_moment_list *list, edi_moments *out);

/* Adds the moments at which the answer of routine `code` can change while all that it reads but `now` stays. */
void edi_flow_moments(const edi_linked *linked, uint32_t code, edi_moment_list *list);

/* Whether a yes or no that the routine answers with attributes unknown stays with any values for them. */
bool edi_flow_is_final(const edi_linked *linked, uint32_t code);

#endif
