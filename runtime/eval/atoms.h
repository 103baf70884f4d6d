/* Atoms: what targets ask of a product, a dataset or a column: its tags, its name, its level. */
#ifndef EDI_ATOMS_H
#define EDI_ATOMS_H

#include "eval/bind.h"
#include "eval/vm.h"

/* `entity` is edi_entity PRODUCT, DATASET or COLUMN; `list` an index into LISTS: count, then nodes. */
/* Whether the entity carries a tag at or below one of the program's nodes; `inside`: a column of it does. */
bool edi_atom_carries(const edi_vm *vm, unsigned entity, bool inside, const uint32_t *nodes, uint32_t count);
edi_truth edi_atom_tagged(const edi_vm *vm, unsigned entity, uint32_t list);
edi_truth edi_atom_holding(const edi_vm *vm, unsigned entity, uint32_t list);
edi_truth edi_atom_named(const edi_vm *vm, unsigned entity, uint32_t constant);
edi_truth edi_atom_in_domain(const edi_vm *vm, uint32_t constant);
edi_value edi_atom_classification(const edi_vm *vm, unsigned entity, uint32_t scale);

#endif
