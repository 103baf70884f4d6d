/* Parameter: the parameters of each transform, read from the one list bundle/transforms.def. */
#ifndef EDI_PARAMETER_H
#define EDI_PARAMETER_H

#include "base/bytes.h"
#include "bundle/program.h"

typedef enum edi_parameter_type {
  EDI_PARAMETER_VALUE,   /* a literal of the column's type */
  EDI_PARAMETER_COUNT,   /* int 0 to 1000 */
  EDI_PARAMETER_INT,     /* int */
  EDI_PARAMETER_NUMBER,  /* int or decimal */
  EDI_PARAMETER_TEXT,    /* a string */
  EDI_PARAMETER_CHOICE,  /* one of `words`; a character in quotes where `char` is among them */
  EDI_PARAMETER_PATTERN, /* /re/; not among a mask's args but in its `pattern` */
  EDI_PARAMETER_KEY,     /* a declared key; not among a mask's args but in its `key` */
  EDI_PARAMETER_ROW,     /* a cell of the row: in a mask's args the number of a row slot of its rule */
} edi_parameter_type;
#define EDI_PARAMETER_COUNT_MOST 1000
#define EDI_PARAMETERS_MOST 5

typedef struct edi_parameter {
  edi_str name;
  edi_parameter_type type;
  edi_str words;         /* CHOICE: "half|keep|mask" */
  bool has_fallback;
  edi_str fallback;
} edi_parameter;

/* Parameter `index` of a transform; false past the last, and for an unknown transform. */
bool edi_transform_parameter(edi_transform_id id, unsigned index, edi_parameter *parameter);
/* Word `index` of a CHOICE; false past the last. */
bool edi_parameter_word(const edi_parameter *parameter, unsigned index, edi_str *word);
/* The letters of the column types that it fits: see transforms.def. Never NULL. */
const char *edi_transform_types(edi_transform_id id);
/* EDI_TRANSFORM_NONE if there is none of that name. */
edi_transform_id edi_transform_by_name(edi_str name);

#endif
