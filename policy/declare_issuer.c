/* Declare: issuers, the algorithms they sign with, and which claim fills which attribute.
 *
 * In: issuer declarations; attributes and nodes are known. Out: issuers with their claims. Invariant: an
 * issuer that vouches with tokens has a URL, an audience, keys and algorithms, symmetric ones only where the
 * keys are in no bundle; a claim fills an attribute that is declared, within the nodes that it may assert. */
#include "bundle/claimpath.h"
#include "bundle/spiffe.h"
#include "policy/checker.h"
#include "policy/index.h"

static bool is_host(const edi_issuer_decl *decl) {
  return edi_str_equal(decl->name.text, EDI_STR("host"));
}

/* ---- lines ---- */

static bool is_workloads(const edi_issuer_decl *decl) { return edi_spiffe_is_scheme(decl->url); }

static void check_url(edi_checker *checker, const edi_issuer_decl *decl) {
  if (edi_str_starts(decl->url, EDI_STR("https://")) && decl->url.len > 8) return;
  if (!decl->url.ptr || edi_spiffe_is_domain(decl->url)) return; /* none: the parser has missed it */
  if (is_workloads(decl)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0260, decl->url_span, "", "this is no trust domain of SPIFFE");
    edi_finding_why(finding, "an issuer of workloads is named by its trust domain, in lower case and without a path");
    edi_finding_fix(finding, false, "\"spiffe://prod.example\"");
    return;
  }
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
  if (decl->keys.len == 0 && !decl->keys_from_host)
    report_missing(checker, decl, "keys", "keys \"corp.jwks.json\"");
  if (decl->algorithms.count == 0) report_missing(checker, decl, "algorithms", "algorithms ES256");
}

static void check_host(edi_checker *checker, const edi_issuer_decl *decl) {
  edi_span span = decl->url.ptr        ? decl->url_span
                  : decl->audience.ptr ? decl->audience_span
                  : decl->keys.ptr || decl->keys_from_host ? decl->keys_span
                                       : EDI_SPAN_NONE;
  if (span.source == EDI_SOURCE_NONE && decl->algorithms.count > 0) span = decl->algorithms.items[0].span;
  if (span.source == EDI_SOURCE_NONE && decl->tokens.count > 0) span = decl->tokens.items[0].span;
  if (span.source == EDI_SOURCE_NONE && decl->revoked.text.len > 0) span = decl->revoked.span;
  if (span.source == EDI_SOURCE_NONE) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0221, span, "", "`issuer host` has no tokens");
  edi_finding_why(finding, "it admits subjects that the embedding program vouches for by itself");
  edi_finding_fix(finding, false, "leave this out; lines `subject.NAME from ... within ...` may stay");
}

static void report_algorithm(edi_checker *checker, const edi_name *name) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0221, name->span, "", "tokens are not verified with `%.*s`",
                                    EDI_STR_ARG(name->text));
  edi_buf known;
  edi_buf_init(&known, checker->model->arena->allocator, 256);
  for (size_t i = 0; i < edi_algorithm_count(); i++)
    edi_buf_format(&known, "%s%s", i ? ", " : "", edi_algorithm_at(i)->name);
  edi_finding_note(finding, "what there is: %.*s", (int)known.len, known.ptr);
  edi_buf_fini(&known);
  edi_suggest suggest;
  edi_suggest_init(&suggest, name->text);
  for (size_t i = 0; i < edi_algorithm_count(); i++) edi_suggest_offer(&suggest, edi_str_from(edi_algorithm_at(i)->name), EDI_SPAN_NONE);
  edi_finding_near(finding, suggest.best, "");
}

/* A bundle is public: with a secret in it, every reader could sign tokens. */
static void check_symmetric(edi_checker *checker, const edi_issuer_decl *decl, const edi_name *name) {
  edi_finding *finding;
  bool symmetric = edi_algorithm_by_name(name->text)->bit & EDI_ALG_SYMMETRIC;
  if (symmetric && !decl->keys_from_host) {
    finding = EDI_REPORT(checker, EDI_E0261, name->span, "symmetric",
                         "the keys of `%.*s` may stand in no bundle", EDI_STR_ARG(name->text));
    if (decl->keys.ptr) edi_finding_label(finding, decl->keys_span, "everybody who has the bundle reads this");
    edi_finding_why(finding, "who can check a token of a symmetric algorithm can make one");
    edi_finding_fix(finding, false, "ES256 or EdDSA; or `keys from host`, and the host hands the secret over");
    return;
  }
  finding = EDI_REPORT(checker, EDI_E0261, name->span, symmetric ? "symmetric" : "not symmetric",
                       "an issuer has symmetric algorithms or others, not both");
  edi_finding_why(finding, "a public key must never be taken for a secret");
  edi_finding_fix(finding, false, "declare two issuers, or leave one of the kinds out");
}

static uint32_t read_algorithms(edi_checker *checker, const edi_issuer_decl *decl) {
  uint32_t bits = 0;
  bool told = false; /* one mistake, one message: the second kind of algorithms, or the secret in a bundle */
  for (size_t i = 0; i < decl->algorithms.count; i++) {
    const edi_name *name = &decl->algorithms.items[i];
    const edi_algorithm *algorithm = edi_algorithm_by_name(name->text);
    if (!algorithm) {
      report_algorithm(checker, name);
      continue;
    }
    bool symmetric = algorithm->bit & EDI_ALG_SYMMETRIC;
    bool mixed = bits && symmetric != ((bits & EDI_ALG_SYMMETRIC) != 0);
    if (is_workloads(decl) && (symmetric || algorithm->family == EDI_FAMILY_EDDSA)) {
      edi_finding *finding = EDI_REPORT(checker, EDI_E0260, name->span, "", "no JWT-SVID is signed with `%.*s`",
                                        EDI_STR_ARG(name->text));
      edi_finding_note(finding, "the standard of SPIFFE allows RS, ES and PS, each with 256, 384 and 512");
    } else if (!told && (mixed || (symmetric && !decl->keys_from_host))) {
      check_symmetric(checker, decl, name);
      told = true;
    }
    bits |= algorithm->bit;
  }
  return bits;
}

/* ---- what its tokens are ---- */

static uint32_t read_tokens(edi_checker *checker, const edi_issuer_decl *decl) {
  static const struct {
    edi_str name;
    uint32_t bit;
  } known[] = {{{"jwt", 3}, EDI_TOKENS_JWT}, {{"access", 6}, EDI_TOKENS_ACCESS}};
  uint32_t bits = 0;
  if (is_host(decl)) return 0;
  if (is_workloads(decl) && decl->tokens.count > 0) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0262, decl->tokens.items[0].span, "",
                                      "an issuer of workloads has JWT-SVIDs and nothing else");
    edi_finding_fix(finding, false, "leave the line `tokens` out");
  }
  for (size_t i = 0; i < decl->tokens.count && !is_workloads(decl); i++) {
    const edi_name *name = &decl->tokens.items[i];
    uint32_t bit = 0;
    for (size_t j = 0; j < sizeof known / sizeof *known; j++)
      if (edi_str_equal(name->text, known[j].name)) bit = known[j].bit;
    bits |= bit;
    if (bit) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0262, name->span, "", "there are no tokens `%.*s`",
                                      EDI_STR_ARG(name->text));
    edi_finding_note(finding, "`jwt` has the type JWT or none, `access` is at+jwt of RFC 9068");
  }
  if (is_workloads(decl)) return EDI_TOKENS_WORKLOAD;
  return bits ? bits : EDI_TOKENS_JWT;
}

/* ---- what it took back ---- */

static bool is_text_pair(const edi_sym_table *table) {
  return table->value_count == 0 && table->key_count == 2 && table->keys[0].type == EDI_TYPE_STRING &&
         table->keys[1].type == EDI_TYPE_STRING;
}

static void find_revocation(edi_checker *checker, edi_sym_issuer *issuer) {
  const edi_name *name = &issuer->decl->revoked;
  uint32_t number = edi_scope_resolve(checker, EDI_SCOPED_TABLES, name->text, name->span);
  if (number == EDI_NONE) return;
  const edi_sym_table *table = &checker->model->tables[number];
  issuer->revoked = number;
  if (table->broken || is_text_pair(table)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0263, name->span, "", "tokens cannot be looked up in table `%.*s`",
                                    EDI_STR_ARG(table->name));
  edi_finding_label(finding, table->span, "declared here");
  edi_finding_why(finding, "a row names a claim, `jti`, `sub` or `kid`, and the value of it that counts no more");
  edi_finding_fix(finding, false, "table %.*s (claim: string, value: string)", EDI_STR_ARG(name->text));
}

void edi_declare_revocations(edi_checker *checker) {
  edi_model *model = checker->model;
  for (size_t i = 0; i < model->issuers_count && !checker->failed; i++) {
    edi_sym_issuer *issuer = &model->issuers[i];
    if (issuer->host || issuer->decl->revoked.text.len == 0) continue;
    checker->file = issuer->file;
    checker->domain = false;
    find_revocation(checker, issuer);
  }
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
  edi_index_note(model->index, EDI_INDEX_ATTR, number, decl->attribute.text, decl->attribute.span);
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

static void check_path(edi_checker *checker, const edi_claim_decl *decl, const edi_sym_attr *attr) {
  const char *why = NULL;
  if (decl->path.len == 0) {
    EDI_REPORT(checker, EDI_E0222, decl->path_span, "empty", "a claim has a name");
    return;
  }
  if (!edi_claimpath_valid(decl->path, &why)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0264, decl->path_span, "", "this is no path to a claim: %s", why);
    edi_finding_fix(finding, false, "names with dots between; one that holds a dot itself in quotes: \"'a.b'.c\"");
    return;
  }
  if (!edi_claimpath_is_chain(decl->path) || EDI_TYPE_IS_SET(attr->type) || attr->type == EDI_TYPE_NONE) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0264, decl->path_span, "several actors",
                                    "`subject.%.*s` holds one value", EDI_STR_ARG(attr->name));
  edi_finding_label(finding, attr->span, "%s", edi_checker_a_type(checker, attr->type));
  edi_finding_fix(finding, false, "a set; or `act` for the current actor alone");
}

static void declare_claims(edi_checker *checker, edi_sym_issuer *issuer) {
  const edi_issuer_decl *decl = issuer->decl;
  issuer->claims = edi_checker_alloc(checker, decl->claim_count * sizeof *issuer->claims);
  for (size_t i = 0; i < decl->claim_count && !checker->failed; i++) {
    edi_sym_claim claim = {.within = EDI_NONE, .decl = &decl->claims[i]};
    claim.attr = claim_attribute(checker, claim.decl);
    if (claim.attr == EDI_NONE) continue;
    check_path(checker, claim.decl, &checker->model->attrs[claim.attr]);
    resolve_nodes(checker, &claim);
    if (is_first_claim(checker, issuer, &claim)) issuer->claims[issuer->claim_count++] = claim;
  }
}

static void declare_issuer(edi_checker *checker, const edi_file_ast *file, const edi_issuer_decl *decl, bool broken) {
  edi_model *model = checker->model;
  if (!edi_declare_fits(checker, EDI_BOUND_ISSUERS, model->issuers_count, decl->name.span)) return;
  if (is_host(decl)) check_host(checker, decl);
  else if (!broken) check_lines(checker, decl);
  uint32_t algorithms = read_algorithms(checker, decl);
  edi_sym_issuer *issuer = edi_checker_add_issuers(checker);
  if (!issuer) return;
  *issuer = (edi_sym_issuer){.decl = decl, .name = decl->name.text, .host = is_host(decl),
                             .algorithms = algorithms, .tokens = read_tokens(checker, decl),
                             .revoked = EDI_NONE, .file = file,
                             .node = edi_model_node(model, EDI_BUILTIN_ISSUER, decl->name.text)};
  declare_claims(checker, issuer);
}

void edi_declare_issuers(edi_checker *checker, edi_file_ast *const *files, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < files[i]->decl_count && !checker->failed; j++)
      if (files[i]->decls[j]->kind == EDI_DECL_ISSUER)
        declare_issuer(checker, files[i], files[i]->decls[j]->as.issuer, files[i]->decls[j]->broken);
}
