/* Masker block: some rows of one column, as kernels take them that are worth their start for many cells alone.
 *
 * Each maker of a block says false where the block is not just what it knows (a cell of another type, a value that it
 * makes nothing of), and has then left nothing: the block goes cell by cell, through what rows go through. */
#ifndef EDI_MASKER_BLOCK_H
#define EDI_MASKER_BLOCK_H

#include "enforce/host.h"

enum { EDI_MASKER_BLOCK = 128 };

typedef struct edi_masker {
  edict_decision *decision;
  const edi_transform *t;
  edi_apply_column how;
  const edict_vector *from;
  edi_output *memory;
  edi_pseudonyms *pseudonyms;   /* PSEUDONYM under a key that is there; else NULL */
  unsigned no_recall, pause;    /* of so many blocks to come nothing is recalled, as too little of the last one was; of how many the last time */
} edi_masker;

typedef struct edi_block {
  size_t first;                 /* of rows that follow each other, where `rows` is NULL */
  const uint32_t *rows;         /* ascending */
  size_t count;                 /* EDI_MASKER_BLOCK at most */
  edict_cell *out;
} edi_block;

static inline size_t edi_block_row(const edi_block *block, size_t i) { return block->rows ? block->rows[i] : block->first + i; }

typedef struct edi_texts {
  edi_str at[EDI_MASKER_BLOCK]; /* ptr NULL: the cell is NULL */
  size_t total;                 /* bytes of all */
  bool whole;                   /* none is NULL; false: some may be */
  bool together;                /* one behind the other, from the first on that is not NULL */
  bool ascii;                   /* all of them */
} edi_texts;

/* Cells field by field: compilers write a whole one twice, first zeros. */
static inline void edi_masker_put_text(edict_cell *out, const char *ptr, size_t length) {
  out->type = EDICT_CELL_TEXT;
  out->scale = 0;
  out->integer = 0;
  out->real = 0;
  out->ptr = ptr;
  out->len = length;
}

/* Of a number in as few stores as there can be, which is what writing it costs. */
static inline void edi_masker_put_number(edict_cell *out, edict_cell_type type, int64_t number) {
  typedef uint64_t two __attribute__((vector_size(16)));
  if (sizeof *out == 40 && offsetof(edict_cell, integer) == 8 && offsetof(edict_cell, real) == 16 && offsetof(edict_cell, ptr) == 24) {
    const uint32_t head[2] = {type, 0};
    two front = {0, (uint64_t)number};
    const two back = {0, 0};
    uint64_t first;
    memcpy(&first, head, sizeof first);
    front[0] = first;
    memcpy(out, &front, sizeof front);
    memcpy((char *)out + 16, &back, sizeof back);
    out->len = 0;
    return;
  }
  out->type = type;
  out->scale = 0;
  out->integer = number;
  out->real = 0;
  out->ptr = NULL;
  out->len = 0;
}

/* The cells as texts that fit the column. False: one is none. */
bool edi_masker_read_texts(const edict_vector *from, const edi_block *block, edi_texts *texts);
/* Texts by kernels that need no key; under one, which is there, by those for many texts. */
bool edi_masker_texts(const edi_masker *m, const edi_texts *texts, const edi_block *block);
bool edi_masker_keyed(edi_masker *m, const edi_texts *texts, const edi_block *block);
/* One cell, through what rows go through. */
void edi_masker_cell(const edi_masker *m, const edict_cell *in, edict_cell *out);

#endif
