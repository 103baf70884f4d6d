/* Claim path and SPIFFE ids: what is one, what is none, and how it is cut. */
#include "harness.h"

#include "bundle/claimpath.h"
#include "bundle/spiffe.h"

/* Steps joined with `|`; a chain ends in `+`. */
static void cut(edi_str path, char *into, size_t size) {
  size_t at = 0, used = 0;
  edi_claimpath_step step;
  into[0] = '\0';
  while (edi_claimpath_next(path, &at, &step) && used < size)
    used += (size_t)snprintf(into + used, size - used, "%s%.*s%s", used ? "|" : "", EDI_STR_ARG(step.name), step.chain ? "+" : "");
}

TEST(paths_are_cut_into_names)
{
  static const char *const cases[][2] = {
      {"roles", "roles"},
      {"realm_access.roles", "realm_access|roles"},
      {"'https://ns.example/roles'", "https://ns.example/roles"},
      {"resource_access.'my.app'.roles", "resource_access|my.app|roles"},
      {"'a'.'b'", "a|b"},
      {"' '", " "},
      {"'*'", "*"},
      {"act.sub", "act|sub"},
      {"act*.sub", "act+|sub"},
      {"'act*'.sub", "act*|sub"},
      {"act*.act.sub", "act+|act|sub"},
      {"\"quoted\"", "\"quoted\""},
      {"/a/b", "/a/b"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *why;
    char got[256];
    edi_str path = edi_str_from(cases[i][0]);
    if (!edi_claimpath_valid(path, &why)) HARNESS_FAIL("%s: %s", cases[i][0], why);
    cut(path, got, sizeof got);
    if (strcmp(got, cases[i][1]) != 0) HARNESS_FAIL("%s: %s", cases[i][0], got);
  }
}

TEST(what_is_no_path_is_told_why)
{
  static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "'", "''", "a.''", "'a", "a'b", "a'", "'a'b", "'a''b'", "a*", "act*", "x.act*.y", "*", "act*.", "act**.a", "a.'b"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const char *why = NULL;
    if (edi_claimpath_valid(edi_str_from(bad[i]), &why) || !why) HARNESS_FAIL("`%s` is taken", bad[i]);
  }
}

TEST(actors_are_recognised)
{
  CHECK(edi_claimpath_reads_actor(EDI_STR("act.sub")) && edi_claimpath_reads_actor(EDI_STR("act*.sub")) && edi_claimpath_reads_actor(EDI_STR("'act'.iss")));
  CHECK(!edi_claimpath_reads_actor(EDI_STR("actor.sub")) && !edi_claimpath_reads_actor(EDI_STR("x.act")));
  CHECK(edi_claimpath_is_chain(EDI_STR("act*.sub")) && !edi_claimpath_is_chain(EDI_STR("act.sub")) && !edi_claimpath_is_chain(EDI_STR("'act*'.sub")));
}

TEST(trust_domains)
{
  static const struct {
    const char *text;
    bool domain, workload;
  } cases[] = {{"spiffe://prod.example", true, false},
               {"spiffe://a", true, false},
               {"spiffe://a_b-c.1", true, false},
               {"spiffe://", false, false},
               {"spiffe:///a", false, false},
               {"spiffe://Prod", false, false},
               {"spiffe://a:1/b", false, false},
               {"spiffe://a@b/c", false, false},
               {"spiffe://a/b", false, true},
               {"spiffe://a/b/C/d_e.f-g", false, true},
               {"spiffe://a/..b", false, true},
               {"spiffe://a/", false, false},
               {"spiffe://a/b/", false, false},
               {"spiffe://a//b", false, false},
               {"spiffe://a/.", false, false},
               {"spiffe://a/../b", false, false},
               {"spiffe://a/b c", false, false},
               {"spiffe://a/b?c", false, false},
               {"spiffe://a/b#c", false, false},
               {"spiffe://a/%41", false, false},
               {"SPIFFE://a/b", false, false},
               {"https://a/b", false, false},
               {"", false, false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_str text = edi_str_from(cases[i].text), domain = {NULL, 0};
    if (edi_spiffe_is_domain(text) != cases[i].domain) HARNESS_FAIL("domain %s", cases[i].text);
    if (edi_spiffe_is_workload(text, &domain) != cases[i].workload) HARNESS_FAIL("workload %s", cases[i].text);
    if (cases[i].workload) CHECK(domain.len > 9 && edi_spiffe_is_domain(domain) && domain.len < text.len);
  }
  char longest[300] = "spiffe://";
  memset(longest + 9, 'a', 256);
  CHECK(edi_spiffe_is_domain((edi_str){longest, 9 + 255}));
  CHECK(!edi_spiffe_is_domain((edi_str){longest, 9 + 256}));
}

HARNESS_MAIN
