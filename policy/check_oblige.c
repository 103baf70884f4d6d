/* Check of obligations: `oblige NAME(args)` of a rule, and what a test expects of one.
 *
 * In: the use as the parser left it; obligations are declared. Out: its symbol, arguments typed.
 * Invariant: after this there is an argument for each parameter, of exactly its type. */
#include "policy/checker.h"

static void report_count(edi_checker *checker, const edi_oblige *oblige, const edi_sym_obligation *obligation) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0231, oblige->span, edi_checker_text(checker, "%zu given", oblige->argument_count),
                 "`%.*s` has %zu parameter%s", EDI_STR_ARG(oblige->name.text), obligation->parameter_count,
                 obligation->parameter_count == 1 ? "" : "s");
  edi_finding_label(finding, obligation->span, "declared here");
}

static void check_argument(edi_checker *checker, edi_expr *argument, const edi_sym_tablecol *parameter,
                           const edi_sym_obligation *obligation) {
  edi_type type = edi_check_expr(checker, argument, parameter->type);
  if (type == EDI_TYPE_NONE || type == parameter->type) return;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0232, argument->span, edi_checker_a_type(checker, type), "the parameter `%.*s` is %s",
                 EDI_STR_ARG(parameter->name), edi_checker_a_type(checker, parameter->type));
  edi_finding_label(finding, obligation->span, "declared here");
  edi_finding_text_as(checker, finding, argument, parameter->type);
  if (type == EDI_TYPE_SUBJECT)
    edi_finding_note(finding, "the host knows who asks: `subject.id` need not be handed to it");
}

void edi_check_oblige(edi_checker *checker, edi_oblige *oblige, const edi_place *place) {
  oblige->symbol = edi_scope_resolve(checker, EDI_SCOPED_OBLIGATIONS, oblige->name.text, oblige->name.span);
  if (oblige->symbol == EDI_NONE) return;
  const edi_sym_obligation *obligation = &checker->model->obligations[oblige->symbol];
  if (obligation->broken) return;
  if (obligation->parameter_count != oblige->argument_count) {
    report_count(checker, oblige, obligation);
    return;
  }
  checker->place = place;
  for (size_t i = 0; i < oblige->argument_count; i++) {
    if (obligation->parameters[i].type == EDI_TYPE_BROKEN) continue;
    check_argument(checker, oblige->arguments[i], &obligation->parameters[i], obligation);
  }
  checker->place = &edi_place_literal;
}
