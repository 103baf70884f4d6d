/* Declare: issuers, the algorithms they sign with, and which claim fills which attribute.
 *
 * In: issuer declarations; attributes and nodes are known. Out: issuers with their claims. Invariant: an
 * issuer that vouches with tokens has a URL, an audience, keys and asymmetric algorithms; a claim fills an
 * attribute that is declared, within the nodes that it may assert. */
#include "policy/checker.h"

static bool is_host(const edi_issuer_decl *decl) {
  return edi_str_equal(decl->name.text, EDI_STR("host"));
}

/* ---- lines ---- */

static void check_url(edi_checker *checker, const edi_issuer_decl *decl) {
  if (edi_str_starts(decl->url, EDI_STR("https://")) && decl->url.len > 8) return;
  if (!decl->url.ptr) return; /* the parser has missed it */
  edi_finding *finding = EDI_REPORT(checker, EDI_E0221, decl->url_span, "",
                                    "an issuer is named by the https address that its tokens carry");
  edi_finding_fix(finding, false, "\"https://...\", exactly as in the `iss` of its tokens");
}

static void check_same_url(edi_checker *checker, const edi_issuer_decl *decl) {
  const edi_model *model = checker->model;
  for (size_t i = 0; i < model->issuers_count; i++) {
    const edi_issuer_decl *other = model->issuers[i].decl;
    if (!decl->url.ptr || !edi_str_equal(other->url, decl->url)) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0221, decl->url_span, "the second one",
                                      "two issuers have one address");
    edi_finding_label(finding, other->url_span, "the first one");
    edi_finding_why(finding, "a token says whose it is by this address alone");
    return;
  }
}

static void report_missing(edi_checker *checker, const edi_issuer_decl *decl, const char *line, const char *fix) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0221, decl->name.span, "", "issuer `%.*s` has no line `%s`",
                                    EDI_STR_ARG(decl->name.text), line);
  edi_finding_fix(finding, false, "add `%s`", fix);
}

static void check_lines(edi_checker *checker, const edi_issuer_decl *decl) {
  check_url(checker, decl);
  check_same_url(checker, decl);
  if (decl->audience.len == 0) report_missing(checker, decl, "audience", "audience \"mesh\"");
  if (decl->keys.len == 0) report_missing(checker, decl, "keys", "keys \"corp.jwks.json\"");
  if (decl->algorithms.count == 0) report_missing(checker, decl, "algorithms", "algorithms ES256");
}

static void check_host(edi_checker *checker, const edi_issuer_decl *decl) {
  edi_span span = decl->url.ptr        ? decl->url_span
                  : decl->audience.ptr ? decl->audience_span
                  : decl->keys.ptr     ? decl->keys_span
                                       : EDI_SPAN_NONE;
  if (span.source == EDI_SOURCE_NONE && decl->algorithms.count > 0) span = decl->algorithms.items[0].span;
  if (span.source == EDI_SOURCE_NONE) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0221, span, "", "`issuer host` has no tokens");
  edi_finding_why(finding, "it admits subjects that the embedding program vouches for by itself");
  edi_finding_fix(finding, false, "leave this out; lines `subject.NAME from ... within ...` may stay");
}

static uint32_t read_algorithms(edi_checker *checker, const edi_issuer_decl *decl) {
  static const struct {
    edi_str name;
    uint32_t bit;
  } known[] = {{{"RS256", 5}, EDI_ALG_RS256}, {{"ES256", 5}, EDI_ALG_ES256}};
  uint32_t bits = 0;
  for (size_t i = 0; i < decl->algorithms.count; i++) {
    const edi_name *name = &decl->algorithms.items[i];
    uint32_t bit = 0;
    for (size_t j = 0; j < sizeof known / sizeof *known; j++)
      if (edi_str_equal(name->text, known[j].name)) bit = known[j].bit;
    bits |= bit;
    if (bit) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0221, name->span, "", "tokens are not verified with `%.*s`",
                                      EDI_STR_ARG(name->text));
    edi_finding_why(finding, "who can check a token must not be able to make one, so only ES256 and RS256 are "
                             "accepted");
  }
  return bits;
}

/* ---- claims ---- */

static uint32_t claim_attribute(edi_checker *checker, const edi_claim_decl *decl) {
  const edi_model *model = checker->model;
  uint32_t number = edi_model_attr(model, EDI_ENTITY_SUBJECT, decl->attribute.text);
  if (number == EDI_NONE) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0203, decl->attribute.span, "not declared",
                                      "`subject` has no attribute `%.*s`", EDI_STR_ARG(decl->attribute.text));
    edi_finding_near(finding, edi_model_suggest_attr(model, EDI_ENTITY_SUBJECT, decl->attribute.text), "subject.");
  } else if (edi_str_equal(decl->attribute.text, EDI_STR("id")) ||
             edi_str_equal(decl->attribute.text, EDI_STR("issuer"))) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0222, decl->attribute.span, "",
                                      "`subject.%.*s` is filled by no claim of choice",
                                      EDI_STR_ARG(decl->attribute.text));
    edi_finding_why(finding, "a subject is the pair of issuer (`iss`) and id (`sub`) of a verified token");
    return EDI_NONE;
  }
  return number;
}

/* `within`, `as` and `ignore others` speak of nodes. */
static bool takes_nodes(edi_checker *checker, const edi_claim_decl *decl, const edi_sym_attr *attr) {
  if (attr->type == EDI_TYPE_NONE) return false;
  if (EDI_TYPE_BASE(attr->type) == EDI_TYPE_NODE) return true;
  if (decl->within.text.len == 0 && decl->map_count == 0) return true;
  edi_span span = decl->within.text.len > 0 ? decl->within.span : decl->maps[0].span;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0222, span, "", "`subject.%.*s` holds no nodes",
                                    EDI_STR_ARG(attr->name));
  edi_finding_label(finding, attr->span, "%s", edi_checker_a_type(checker, attr->type));
  return false;
}

static void check_mapped(edi_checker *checker, const edi_sym_claim *claim, size_t i) {
  const edi_claim_map *map = &claim->decl->maps[i];
  uint32_t node = claim->map_nodes[i];
  for (size_t j = 0; j < i; j++) {
    if (!edi_str_equal(claim->decl->maps[j].text, map->text)) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0222, map->span, "the second one",
                                      "one text of a claim means two nodes");
    edi_finding_label(finding, claim->decl->maps[j].span, "the first one");
    return;
  }
  if (node == EDI_NONE || claim->within == EDI_NONE || edi_model_below(checker->model, node, claim->within)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0222, map->node.span, "outside of it",
                                    "a claim is mapped to a node that it may not assert");
  edi_finding_label(finding, claim->decl->within.span, "this bounds it");
}

static void resolve_nodes(edi_checker *checker, edi_sym_claim *claim) {
  const edi_claim_decl *decl = claim->decl;
  const edi_sym_attr *attr = &checker->model->attrs[claim->attr];
  if (!takes_nodes(checker, decl, attr)) return;
  uint32_t kind = EDI_TYPE_PARAM(attr->type);
  if (decl->within.text.len > 0) claim->within = edi_resolve_node(checker, kind, decl->within);
  if (decl->map_count == 0) return;
  if (!edi_declare_fits(checker, EDI_BOUND_CLAIM_MAPS, decl->map_count - 1, decl->path_span)) return;
  claim->map_nodes = edi_checker_alloc(checker, decl->map_count * sizeof *claim->map_nodes);
  for (size_t i = 0; i < decl->map_count && !checker->failed; i++) {
    claim->map_nodes[i] = edi_resolve_node(checker, kind, decl->maps[i].node);
    check_mapped(checker, claim, i);
  }
}

static bool is_first_claim(edi_checker *checker, const edi_sym_issuer *issuer, const edi_sym_claim *claim) {
  for (size_t i = 0; i < issuer->claim_count; i++) {
    if (issuer->claims[i].attr != claim->attr) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0222, claim->decl->attribute.span, "the second one",
                                      "`subject.%.*s` is filled twice", EDI_STR_ARG(claim->decl->attribute.text));
    edi_finding_label(finding, issuer->claims[i].decl->attribute.span, "the first one");
    return false;
  }
  return true;
}

static void declare_claims(edi_checker *checker, edi_sym_issuer *issuer) {
  const edi_issuer_decl *decl = issuer->decl;
  issuer->claims = edi_checker_alloc(checker, decl->claim_count * sizeof *issuer->claims);
  for (size_t i = 0; i < decl->claim_count && !checker->failed; i++) {
    edi_sym_claim claim = {.within = EDI_NONE, .decl = &decl->claims[i]};
    claim.attr = claim_attribute(checker, claim.decl);
    if (claim.attr == EDI_NONE) continue;
    if (claim.decl->path.len == 0)
      EDI_REPORT(checker, EDI_E0222, claim.decl->path_span, "empty", "a claim has a name");
    resolve_nodes(checker, &claim);
    if (is_first_claim(checker, issuer, &claim)) issuer->claims[issuer->claim_count++] = claim;
  }
}

static void declare_issuer(edi_checker *checker, const edi_issuer_decl *decl, bool broken) {
  edi_model *model = checker->model;
  if (!edi_declare_fits(checker, EDI_BOUND_ISSUERS, model->issuers_count, decl->name.span)) return;
  if (is_host(decl)) check_host(checker, decl);
  else if (!broken) check_lines(checker, decl);
  uint32_t algorithms = read_algorithms(checker, decl);
  edi_sym_issuer *issuer = edi_checker_add_issuers(checker);
  if (!issuer) return;
  *issuer = (edi_sym_issuer){.decl = decl, .name = decl->name.text, .host = is_host(decl),
                             .algorithms = algorithms,
                             .node = edi_model_node(model, EDI_BUILTIN_ISSUER, decl->name.text)};
  declare_claims(checker, issuer);
}

void edi_declare_issuers(edi_checker *checker, edi_file_ast *const *files, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < files[i]->decl_count && !checker->failed; j++)
      if (files[i]->decls[j]->kind == EDI_DECL_ISSUER)
        declare_issuer(checker, &files[i]->decls[j]->as.issuer, files[i]->decls[j]->broken);
}
