/* SAPL at the scenarios of bench-peers.
 *
 *   java -cp … SaplPeer FOLDER-OF-POLICIES FILE.json …
 *
 * One line a file: engine, scenario, n, seed, right answers, allowed, median and 99th percentile over the requests.
 * Before the clock runs policies are parsed and indexed, what they are asked about is made JSON, and all requests are
 * asked until the JVM had time to compile what they run through; only the call that decides is timed, as the mean of a
 * few calls in a row. Errors and answers that do not come at once end the program. */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sapl.api.pdp.AuthorizationDecision;
import io.sapl.api.pdp.AuthorizationSubscription;
import io.sapl.api.pdp.Decision;
import io.sapl.interpreter.DefaultSAPLInterpreter;
import io.sapl.interpreter.combinators.PolicyDocumentCombiningAlgorithm;
import io.sapl.interpreter.functions.AnnotationFunctionContext;
import io.sapl.interpreter.pip.AnnotationAttributeContext;
import io.sapl.pdp.EmbeddedPolicyDecisionPoint;
import io.sapl.pdp.config.PDPConfiguration;
import io.sapl.prp.PrpUpdateEvent;
import io.sapl.prp.index.canonical.CanonicalImmutableParsedDocumentIndex;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

public final class SaplPeer {
  private static final int REPEAT = 8;
  /* A file that takes longer is left after as many requests as were answered by then. */
  private static final double LONGEST_SECONDS = 10;
  /* Asked before the clock runs: both at least, unless it takes LONGEST_SECONDS. */
  private static final double WARM_SECONDS = 2;
  private static final int WARM_ASKED = 20_000;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static double since(long start) { return (System.nanoTime() - start) / 1e9; }

  // ---- what a request is about, as JSON ----

  /* {"uid": u} is u. */
  private static JsonNode plain(JsonNode value) {
    if (value.isArray()) {
      ArrayNode out = JSON.arrayNode();
      value.forEach(v -> out.add(plain(v)));
      return out;
    }
    return value.isObject() && value.has("uid") ? value.get("uid") : value;
  }

  /* An entity's attributes, what it is, and every uid at or above it; of a repository also its owner's attributes. */
  private static ObjectNode facts(JsonNode root, String uid) {
    JsonNode entity = root.get("entities").get(uid);
    ObjectNode out = JSON.objectNode();
    entity.get("attrs").properties().forEach(f -> out.set(f.getKey(), plain(f.getValue())));
    out.put("self", uid).put("id", entity.get("id").textValue());
    ObjectNode above = out.putObject("above").put(uid, true);
    entity.get("ancestors").forEach(a -> above.put(a.textValue(), true));
    if (entity.get("type").textValue().equals("Repository")) out.set("owner", facts(root, out.get("owner").textValue()));
    return out;
  }

  // ---- policies ----

  private static String hospital(JsonNode root) {
    StringBuilder out = new StringBuilder();
    for (JsonNode department : root.get("departments")) {
      String d = department.textValue();
      int number = 0;
      for (JsonNode p : root.get("permits"))
        out.append("""
            policy "%s permit %d"
            permit resource.department == "%s" & subject.role == %s & resource.type == %s & action in %s
              & subject.above["Department::%s"] == true
            """.formatted(d, number++, d, p.get(0), p.get(1), p.get(2), d));
      out.append("""
          policy "%s clearance"
          deny resource.department == "%s" & resource.sensitivity > subject.clearance
          """.formatted(d, d));
    }
    for (JsonNode p : root.get("emergency"))
      out.append("""
          policy "emergency %s %s"
          permit action == "read" & resource.emergency & subject.role == %s & resource.type == %s
          """.formatted(p.get(0).textValue(), p.get(1).textValue(), p.get(0), p.get(1)));
    return out.toString();
  }

  private static String rbac(JsonNode root) {
    StringBuilder out = new StringBuilder();
    for (JsonNode p : root.get("policies"))
      out.append("policy \"%s\"\npermit subject.role == %s & resource.id == %s & action == %s\n"
                     .formatted(p.get(0).textValue(), p.get(0), p.get(1), p.get(2)));
    return out.toString();
  }

  private static String policies(JsonNode root, String folder) throws IOException {
    String name = root.get("name").textValue();
    return switch (name) {
      case "hospital" -> hospital(root);
      case "rbac" -> rbac(root);
      case "abac" -> "policy \"adults\"\npermit subject.age >= 18 & subject.unit == resource.unit & action == \"read\"\n";
      default -> Files.readString(Path.of(folder, "sapl", name.replace("-as-published", "") + ".sapl"));
    };
  }

  /* Each policy is a document of its own: the index is one of documents. */
  private static PrpUpdateEvent documents(String text) {
    var parser = new DefaultSAPLInterpreter();
    List<PrpUpdateEvent.Update> out = new ArrayList<>();
    for (String document : text.split("(?m)^(?=policy )")) {
      if (document.isBlank() || document.startsWith("//")) continue;
      var parsed = parser.parseDocument(document);
      if (parsed.isInvalid()) throw new IllegalArgumentException(document + parsed.errorMessage());
      out.add(new PrpUpdateEvent.Update(PrpUpdateEvent.Type.PUBLISH, parsed));
    }
    return new PrpUpdateEvent(out);
  }

  private static EmbeddedPolicyDecisionPoint engine(String text, PolicyDocumentCombiningAlgorithm combining) {
    var attributes = new AnnotationAttributeContext();
    var functions = new AnnotationFunctionContext();
    var index = new CanonicalImmutableParsedDocumentIndex(attributes, functions).apply(documents(text));
    var configuration = new PDPConfiguration("peer", attributes, functions, Map.of(), combining,
                                             UnaryOperator.identity(), UnaryOperator.identity(), index);
    return new EmbeddedPolicyDecisionPoint(() -> Flux.just(configuration));
  }

  // ---- requests ----

  /* The stream of decisions is put together once and subscribed to for each: nothing waits, the answer comes in the call. */
  private static final class Asked implements Consumer<AuthorizationDecision> {
    private final Mono<AuthorizationDecision> decision;
    private AuthorizationDecision last;

    Asked(EmbeddedPolicyDecisionPoint engine, AuthorizationSubscription subscription) {
      decision = engine.decideOnce(subscription);
    }

    @Override
    public void accept(AuthorizationDecision given) { last = given; }

    boolean permits() {
      last = null;
      decision.subscribe(this);
      return last.getDecision() == Decision.PERMIT;
    }
  }

  private static List<Asked> prepare(JsonNode root, String folder) throws IOException {
    boolean denies = root.get("name").textValue().equals("hospital");
    var engine = engine(policies(root, folder), denies ? PolicyDocumentCombiningAlgorithm.DENY_OVERRIDES
                                                       : PolicyDocumentCombiningAlgorithm.DENY_UNLESS_PERMIT);
    Map<String, JsonNode> held = new HashMap<>();
    List<Asked> out = new ArrayList<>();
    for (JsonNode r : root.get("requests")) {
      JsonNode who = held.computeIfAbsent(r.get("principal").textValue(), uid -> facts(root, uid));
      JsonNode what = held.computeIfAbsent(r.get("resource").textValue(), uid -> facts(root, uid));
      out.add(new Asked(engine, new AuthorizationSubscription(who, r.get("action"), what, null)));
    }
    return out;
  }

  private static void warm(List<Asked> asks) {
    long begin = System.nanoTime();
    for (int asked = 0; asked < WARM_ASKED || since(begin) < WARM_SECONDS; asked++) {
      if (since(begin) > LONGEST_SECONDS) return;
      asks.get(asked % asks.size()).permits();
    }
  }

  private static void run(String folder, String path) throws IOException {
    JsonNode root = new ObjectMapper().readTree(new File(path)), expected = root.get("expected");
    List<Asked> asks = prepare(root, folder);
    warm(asks);
    int right = 0, allowed = 0, count = 0;
    double[] ns = new double[asks.size()];
    long begin = System.nanoTime();
    while (count < ns.length && since(begin) <= LONGEST_SECONDS) {
      Asked a = asks.get(count);
      boolean answer = a.permits();
      if (answer) allowed++;
      if (answer == expected.get(count).booleanValue()) right++;
      long start = System.nanoTime();
      for (int k = 0; k < REPEAT; k++) a.permits();
      ns[count++] = (System.nanoTime() - start) / (double) REPEAT;
    }
    Arrays.sort(ns, 0, count);
    System.out.printf(Locale.ROOT, "sapl %s %s %s right %d/%d allowed %d p50 %.1f p99 %.1f%n", root.get("name").textValue(),
                      root.get("n"), root.get("seed"), right, count, allowed, ns[count / 2], ns[count * 99 / 100]);
  }

  public static void main(String[] arguments) throws IOException {
    for (String path : Arrays.asList(arguments).subList(1, arguments.length)) run(arguments[0], path);
  }
}
