// json-rules-engine as a peer of the rule benchmark: a question on standard input, one JSON line out.
const { Engine } = require(require.resolve("json-rules-engine", { paths: [process.cwd()] }));
const question = JSON.parse(require("fs").readFileSync(0, "utf8"));
const engine = new Engine();
for (const c of question.campaigns) {
  const all = [];
  const ask = (fact, operator, value) => all.push({ fact, operator, value });
  ask("event", "equal", c.event);
  ask("prox", "lessThanInclusive", c.prox);
  ask("hour", "greaterThanInclusive", c.h0);
  ask("hour", "lessThan", c.h1);
  ask("visits", "greaterThanInclusive", c.visits);
  if (c.zone) ask("zone", "equal", c.zone);
  if (c.tiers) ask("tier", "in", c.tiers);
  if (c.tag) ask("tags", "contains", c.tag);
  if (c.lang) ask("lang", "equal", c.lang);
  engine.addRule({ conditions: { all }, event: { type: "hit", params: { id: c.id } } });
}
(async () => {
  const hits = [];
  let spent = 0;
  for (const event of question.events) {
    const begun = process.cpuUsage();
    const result = await engine.run(event);
    spent += process.cpuUsage(begun).user / 1e6;
    hits.push(result.events.map((one) => one.params.id).sort((a, b) => a - b));
    if (spent > question.budget_s) break;
  }
  console.log(JSON.stringify({ events_s: hits.length / spent, hits }));
})();
