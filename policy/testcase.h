/* Testcase: checked `test` blocks as plain data for whoever runs them. */
#ifndef EDI_TESTCASE_H
#define EDI_TESTCASE_H

#include "edict/policy.h"
#include "policy/build.h"

/* One edict_test for each test of the project's own files, in their order; all memory is the arena's. */
edict_status edi_testcases(edi_arena *arena, const edi_build *build, edict_test **tests,
                           size_t *count) EDICT_MUST_CHECK;
/* The block behind test `index`, NULL past the last. */
const edi_test_decl *edi_testcase_decl(const edi_build *build, size_t index);
/* A transform's arguments in the form that edict_decision_column gives them; NULL: no memory. */
const char *edi_testcase_arguments(edi_arena *arena, const edi_build *build, const edi_transform_use *use);

#endif
