/* sweep: which rows of a SQLite database are due to be erased, and, with --apply, their erasing. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/sweep/sweeper.h"
#include "cli/command.h"
#include "edict/forms.h"

enum { BATCH_ROWS = 1000, SHARE_PERCENT = 10, DATASETS_MOST = 256 };

static const cli_option sweep_options[] = {
    CLI_SET_OPTIONS,
    {"--database", "FILE", "the SQLite file that holds the product's tables", false},
    {"--product", "NAME", "such as sales.orders", false},
    {"--dataset", "NAME", "a dataset of the product, several times; left out: all", true},
    {"--each", NULL, "list the key of each row that is due, before the counts", false},
    {"--apply", NULL, "erase them", false},
    CLI_LOG_OPTIONS,
    CLI_STATE_OPTIONS,
    {"--declare", "NAME", "a table that loses or changes rows with these by a foreign key, or a trigger that may run; several times", true},
    {"--batch", "ROWS", "so many rows in one transaction; left out: 1000", false},
    {"--share", "PERCENT", "a larger part of a table needs --confirm; left out: 10", false},
    {"--confirm", NULL, "erase more than that", false},
    {"--vacuum", NULL, "write the file anew afterwards, so that free space holds nothing old", false},
    {"--meets", "NAME", "an obligation that is carried out here; several times", true},
    {"--now", "TIME", "a supposed time, with --rules alone; left out: the clock", false},
    CLI_FORMAT_OPTION("how counts, keys and findings are written"),
    CLI_END_OF_OPTIONS,
};

typedef struct sweep {
  cli_arguments *a;
  cli_set set;
  edict_product *product;
  edict_log *log;
  size_t datasets[DATASETS_MOST];
  const char *declared[CLI_VALUES_MOST];
  edi_sweeper_options options;
  int64_t now; /* supposed; 0: the clock */
  bool terminal, drawn;
} sweep;

/* ---- options ---- */

static bool read_number(const cli_arguments *a, const char *name, unsigned long least, unsigned long most, unsigned long *number) {
  const char *text = cli_value(a, name);
  char *end;
  if (!text) return true;
  errno = 0;
  *number = strtoul(text, &end, 10);
  if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *number >= least && *number <= most) return true;
  (void)cli_usage(a, "%s takes a number from %lu to %lu", name, least, most);
  return false;
}

static cli_exit check_options(const cli_arguments *a) {
  static const char *const needed[] = {"--log", "--log-key", "--auditor-key", "--state"};
  static const char *const only[] = {"--log", "--log-key", "--auditor-key", "--batch", "--share", "--confirm", "--vacuum"};
  bool apply = cli_flag(a, "--apply"), rules = cli_flag(a, "--rules");
  if (!cli_need(a, "--database") || !cli_need(a, "--product")) return CLI_USAGE;
  if (apply && (rules || cli_flag(a, "--development"))) return cli_usage(a, "nothing is erased by rules that nobody signed: --apply is for --bundle and --trust");
  if (cli_flag(a, "--now") && !rules) return cli_usage(a, "--now is for listing with --rules: what is erased is decided by the clock");
  if (apply && cli_flag(a, "--each")) return cli_usage(a, "--each lists: the keys of what was erased are in the log, for the auditor");
  if (cli_flag(a, "--begin-state") && !cli_flag(a, "--state")) return cli_usage(a, "--begin-state is about --state");
  if (rules && cli_flag(a, "--state")) return cli_usage(a, "--state is for --bundle");
  for (size_t i = 0; apply && i < sizeof needed / sizeof *needed; i++)
    if (!cli_need(a, needed[i])) return CLI_USAGE;
  for (size_t i = 0; !apply && i < sizeof only / sizeof *only; i++)
    if (cli_flag(a, only[i])) return cli_usage(a, "%s is for --apply", only[i]);
  return CLI_DONE;
}

static cli_exit read_datasets(sweep *s) {
  const char *name;
  for (size_t i = 0; (name = cli_value_at(s->a, "--dataset", i)) != NULL; i++) {
    size_t dataset = edict_product_dataset(s->product, name);
    if (dataset == SIZE_MAX) return cli_usage(s->a, "the product has no dataset `%s`", name);
    s->datasets[s->options.dataset_count++] = dataset;
    s->options.datasets = s->datasets;
  }
  return CLI_DONE;
}

/* ---- what the sweeper asks for ---- */

static int64_t read_clock(void *user) {
  const sweep *s = user;
  int64_t now;
  if (s->now) return s->now;
  return cli_now(s->a, &now) ? now : 0;
}

static int take_random(void *user, unsigned char *bytes, size_t length) {
  (void)user;
  return cli_random(bytes, length);
}

static void draw(void *user, edi_sweep_point point, const char *dataset, uint64_t rows) {
  sweep *s = user;
  if (!s->terminal || (point == EDI_SWEEP_LOOKING && rows % 100000 != 0)) return;
  s->drawn = true;
  if (point == EDI_SWEEP_LOOKING) fprintf(stderr, "\r\033[K%s: %" PRIu64 " rows looked at", dataset, rows);
  if (point == EDI_SWEEP_LOGGED) fprintf(stderr, "\r\033[K%s: %" PRIu64 " rows erased", dataset, rows);
}

static void wipe_line(sweep *s) {
  if (s->drawn) fputs("\r\033[K", stderr);
  s->drawn = false;
}

/* Texts of the command's own and of the schema; what cannot be seen in them is escaped. */
static void put_json(const char *text) {
  putchar('"');
  for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
    if (*at == '"' || *at == '\\') printf("\\%c", *at);
    else if (*at < 0x20) printf("\\u%04x", *at);
    else putchar(*at);
  }
  putchar('"');
}

static int print_row(void *user, const char *dataset, const char *key) {
  const sweep *s = user;
  if (cli_json(s->a)) {
    fputs("{\"dataset\":", stdout);
    put_json(dataset);
    fputs(",\"key\":", stdout);
    put_json(key);
    puts("}");
  } else {
    printf("%s %s\n", dataset, key);
  }
  return ferror(stdout) != 0;
}

/* ---- what came out ---- */

static const char *s_of(uint64_t count) { return count == 1 ? "" : "s"; }

static void moment(int64_t time, char out[64]) {
  edict_cell cell = {.type = EDICT_CELL_TIMESTAMP, .integer = time};
  (void)edict_cell_text(&cell, out, 64);
}

static void print_rules(const edict_sweep *rules) {
  static const char *const bounds[] = {"at most", "at least", "while"};
  edict_retention r;
  char cutoff[64];
  for (size_t i = 0; edict_sweep_rule(rules, i, &r) == EDICT_OK; i++) {
    printf("  %-8s  ", bounds[r.bound]);
    if (r.bound == EDICT_BOUND_AT_MOST) {
      moment(r.cutoff, cutoff);
      printf("before %s%s  ", cutoff, r.erases ? ", then erase" : "");
    }
    cli_put(stdout, r.rule.ptr, r.rule.len);
    if (r.holds == EDICT_HOLDS_UNKNOWN) fputs(" (may apply)", stdout);
    if (r.because.len) {
      fputs(": ", stdout);
      cli_put(stdout, r.because.ptr, r.because.len);
    }
    putchar('\n');
  }
}

static void print_text(const sweep *s, const edi_sweeper *sweeper, size_t i) {
  const edi_sweep_tally *n = edi_sweeper_tally(sweeper, i);
  cli_put(stdout, edi_sweeper_dataset(sweeper, i), strlen(edi_sweeper_dataset(sweeper, i)));
  if (!s->log) printf(": %" PRIu64 " of %" PRIu64 " row%s %s due", n->erasable, n->seen, s_of(n->seen), n->erasable == 1 ? "is" : "are");
  else printf(": %" PRIu64 " of %" PRIu64 " row%s erased", n->erased, n->seen, s_of(n->seen));
  printf("; %" PRIu64 " withheld", n->withheld);
  if (n->undecided) printf(", %" PRIu64 " of them as something is not known", n->undecided);
  if (n->spared) printf("; %" PRIu64 " spared, due no longer", n->spared);
  if (n->blocked) printf("; %" PRIu64 " blocked by the database", n->blocked);
  if (n->along) printf("; %" PRIu64 " row%s elsewhere went or changed along", n->along, s_of(n->along));
  putchar('\n');
  print_rules(edi_sweeper_rules(sweeper, i));
}

static void print_rules_json(const edict_sweep *rules) {
  static const char *const bounds[] = {"at most", "at least", "while"};
  edict_retention r;
  char cutoff[64];
  for (size_t i = 0; edict_sweep_rule(rules, i, &r) == EDICT_OK; i++) {
    moment(r.cutoff, cutoff);
    bool dated = r.bound == EDICT_BOUND_AT_MOST;
    printf("%s{\"rule\":\"%.*s\",\"bound\":\"%s\",\"holds\":\"%s\",\"then\":%s,\"cutoff\":%s%s%s}", i ? "," : "", (int)r.rule.len, r.rule.ptr,
           bounds[r.bound], r.holds == EDICT_HOLDS_YES ? "yes" : "unknown", r.erases ? "\"erase\"" : "null", dated ? "\"" : "",
           dated ? cutoff : "null", dated ? "\"" : "");
  }
}

static void print_one_json(const sweep *s, const edi_sweeper *sweeper, size_t i) {
  const edi_sweep_tally *n = edi_sweeper_tally(sweeper, i);
  char time[64];
  moment(edict_sweep_now(edi_sweeper_rules(sweeper, i)), time);
  fputs("{\"product\":", stdout);
  put_json(cli_value(s->a, "--product"));
  fputs(",\"dataset\":", stdout);
  put_json(edi_sweeper_dataset(sweeper, i));
  fputs(",\"table\":", stdout);
  put_json(edi_sweeper_table(sweeper, i));
  printf(",\"time\":\"%s\",\"applied\":%s,\"seen\":%" PRIu64 ",\"withheld\":%" PRIu64 ",\"undecided\":%" PRIu64 ",\"erasable\":%" PRIu64
         ",\"erased\":%" PRIu64 ",\"spared\":%" PRIu64 ",\"blocked\":%" PRIu64 ",\"along\":%" PRIu64 ",\"left\":%s,\"rules\":[",
         time, s->log ? "true" : "false", n->seen, n->withheld, n->undecided, n->erasable, n->erased, n->spared, n->blocked, n->along,
         edi_sweeper_left(sweeper) ? "true" : "false");
  print_rules_json(edi_sweeper_rules(sweeper, i));
  puts("]}");
}

static cli_exit report(const sweep *s, const edi_sweeper *sweeper) {
  bool found = false;
  if (edi_sweeper_resumed(sweeper)) fputs("edict: an earlier sweep died before the log knew of its last batch: it does now\n", stderr);
  for (size_t i = 0; i < edi_sweeper_count(sweeper); i++) {
    const edi_sweep_tally *n = edi_sweeper_tally(sweeper, i);
    if (cli_json(s->a)) print_one_json(s, sweeper, i);
    else print_text(s, sweeper, i);
    found = found || (s->log ? n->blocked > 0 : n->erasable > 0);
  }
  if (edi_sweeper_left(sweeper))
    fputs("edict: others read the database: its write-ahead log still holds copies of what was erased; sweep again when they are done\n", stderr);
  return found || edi_sweeper_left(sweeper) ? CLI_FOUND : CLI_DONE;
}

/* ---- the run ---- */

/* What SQLite refused is a finding, with the code of its kind. */
static void tell(sweep *s, const edi_sweep_why *why) {
  static const char prefix[] = "edict: ";
  const char *text = strncmp(why->text, prefix, sizeof prefix - 1) == 0 ? why->text + sizeof prefix - 1 : why->text;
  if (why->trouble == EDICT_SWEEP_NO_TROUBLE) (void)cli_refuse("%s", text);
  else edict_sweep_tell(why->trouble, s->options.database, text, s->a->diagnostics);
}

static cli_exit refuse(sweep *s, edi_sweep_why *why) {
  wipe_line(s);
  if (why->text) tell(s, why);
  else if (edict_diagnostics_count(s->a->diagnostics) == 0) (void)cli_refuse("no memory is left, or SQLite cannot be started");
  edi_sweeper_free(why);
  return CLI_REFUSED;
}

static cli_exit run_sweeper(sweep *s) {
  edi_sweep_why why;
  edi_sweeper *sweeper = edi_sweeper_open(&s->options, s->a->diagnostics, &why);
  if (!sweeper) return refuse(s, &why);
  int good = s->log ? edi_sweeper_erase(sweeper, s->a->diagnostics, &why) : edi_sweeper_list(sweeper, s->a->diagnostics, &why);
  wipe_line(s);
  cli_exit code = good ? report(s, sweeper) : refuse(s, &why);
  edi_sweeper_close(&sweeper);
  return code;
}

static cli_exit open_log(sweep *s) {
  if (!cli_flag(s->a, "--apply")) return CLI_DONE;
  edict_status status = cli_log_open(s->a, s->set.engine, &s->log);
  if (status == EDICT_OK) return CLI_DONE;
  if (edict_diagnostics_count(s->a->diagnostics) == 0) (void)cli_refuse("the log's key or the auditor's is not one");
  cli_exit code = cli_exit_of_load(status);
  return code == CLI_DONE ? CLI_REFUSED : code;
}

static cli_exit prepare(sweep *s) {
  cli_arguments *a = s->a;
  unsigned long batch = BATCH_ROWS, share = SHARE_PERCENT;
  const char *name;
  if (!read_number(a, "--batch", 1, EDICT_SWEPT_KEYS_MOST, &batch) || !read_number(a, "--share", 0, 100, &share)) return CLI_USAGE;
  cli_exit code = cli_exit_of_load(edict_product_create(s->set.engine, cli_value(a, "--product"), &s->product, a->diagnostics));
  if (code == CLI_DONE) code = read_datasets(s);
  if (code == CLI_DONE) code = open_log(s);
  for (size_t i = 0; (name = cli_value_at(a, "--declare", i)) != NULL; i++) s->declared[s->options.declared_count++] = name;
  s->options = (edi_sweeper_options){.database = cli_value(a, "--database"), .product = s->product, .datasets = s->options.datasets,
                                     .dataset_count = s->options.dataset_count, .log = s->log, .log_folder = cli_value(a, "--log"),
                                     .declared = s->declared, .declared_count = s->options.declared_count, .batch = batch,
                                     .share = (unsigned)share, .confirmed = cli_flag(a, "--confirm"), .vacuum = cli_flag(a, "--vacuum"),
                                     .clock = read_clock, .random = take_random, .point = draw,
                                     .row = cli_flag(a, "--each") ? print_row : NULL, .user = s};
  return code;
}

static cli_exit run_sweep(cli_arguments *a) {
  static sweep s;
  int64_t now;
  s = (sweep){.a = a, .terminal = isatty(STDERR_FILENO)};
  cli_exit code = check_options(a);
  if (code == CLI_DONE && !cli_now(a, &now)) code = CLI_USAGE;
  if (code != CLI_DONE) return code;
  s.now = cli_flag(a, "--now") ? now : 0;
  code = cli_set_open_to_act(a, now, &s.set);
  if (code == CLI_DONE) code = prepare(&s);
  if (code == CLI_DONE) code = run_sweeper(&s);
  if (s.log) {
    edict_status closed = edict_log_close(&s.log, a->diagnostics);
    if (closed != EDICT_OK && (code == CLI_DONE || code == CLI_FOUND)) code = CLI_REFUSED;
  }
  edict_product_destroy(&s.product);
  cli_set_close(&s.set);
  return code;
}

const cli_verb cli_verb_sweep = {
    .name = "sweep",
    .synopsis = "--bundle FILE... --trust FILE --product NAME --database FILE [--dataset NAME]... [--each]\n"
                "                   [--apply --log DIR --log-key FILE --auditor-key FILE --state FILE] [OPTION]...",
    .options = sweep_options,
    .run = run_sweep,
    .more = "Without --apply nothing is changed. A row goes only if the rules about retention say so of what it is\n"
            "at the time that it is, in the statement that deletes it; what is held, or cannot be decided, stays.\n"
            "Ends with 1 if rows are due, or, with --apply, if some were due and could not be erased, or copies of\n"
            "them may be left in the write-ahead log. A sweep that was interrupted is run again.\n",
};
