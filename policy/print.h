/* Print: a tree as text for tests and for people who debug the parser.
 *
 * The text is stable: one tree, one text; two trees that mean different things differ. It is not
 * the language and is never read back; laying out rules for people is the formatter's work. */
#ifndef EDI_PRINT_H
#define EDI_PRINT_H

#include "policy/ast.h"

void edi_ast_print(const edi_file_ast *file, edi_buf *into);
/* One expression as edi_ast_print writes it. */
void edi_expr_print(const edi_expr *expr, edi_buf *into);
/* Whether every span of the tree lies in `text`, the file's, and every name stands where it
 * says. */
bool edi_ast_spans_valid(const edi_file_ast *file, edi_str text);

#endif
