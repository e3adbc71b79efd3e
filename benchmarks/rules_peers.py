"""Peers of the rule benchmark; runs in their environment: a question on standard input, one JSON line out."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

Match = Callable[[dict[str, Any]], list[Any]]


def expression(c: dict[str, Any], both: str) -> str:
    parts = [
        f"event == '{c['event']}'",
        f"prox <= {c['prox']}",
        f"hour >= {c['h0']}",
        f"hour < {c['h1']}",
        f"visits >= {c['visits']}",
    ]
    if c["zone"]:
        parts.append(f"zone == '{c['zone']}'")
    if c["tiers"]:
        parts.append(f"tier in {c['tiers']}")
    if c["tag"]:
        parts.append(f"'{c['tag']}' in tags")
    if c["lang"]:
        parts.append(f"lang == '{c['lang']}'")
    return both.join(parts)


def zen_engine(mix: list[dict[str, Any]]) -> Match:
    """A decision table with a column a field: its fastest form here."""
    import zen

    def quoted(value: str | None) -> str:
        return f"'{value}'" if value else ""

    fields = ["zone", "event", "prox", "tier", "lang", "hour", "visits"]
    rows = [
        {
            "_id": str(c["id"]),
            "zone": quoted(c["zone"]),
            "event": quoted(c["event"]),
            "prox": f"<= {c['prox']}",
            "tier": ",".join(map(quoted, c["tiers"] or ())),
            "lang": quoted(c["lang"]),
            "hour": f"[{c['h0']}..{c['h1']})",
            "visits": f">= {c['visits']}",
            "expr": f"'{c['tag']}' in tags" if c["tag"] else "",
            "out": str(c["id"]),
        }
        for c in mix
    ]
    inputs = [{"id": name, "name": name, "field": name} for name in fields] + [
        {"id": "expr", "name": "expr", "field": ""}
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "out", "name": "id", "field": "id"}],
        "rules": rows,
    }
    at = {"position": {"x": 0, "y": 0}}
    document = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", **at},
            {"id": "t", "type": "decisionTableNode", "name": "t", "content": table, **at},
            {"id": "o", "type": "outputNode", "name": "o", **at},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "t", "type": "edge"},
            {"id": "2", "sourceId": "t", "targetId": "o", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(json.dumps(document)))

    def match(event: dict[str, Any]) -> list[Any]:
        found = decision.evaluate(event)["result"]
        return [row["id"] for row in found] if isinstance(found, list) else []

    return match


def rule_engine(mix: list[dict[str, Any]]) -> Match:
    import rule_engine as library

    rules = [(c["id"], library.Rule(expression(c, " and ")).matches) for c in mix]
    return lambda event: [i for i, matches in rules if matches(event)]


def cel(mix: list[dict[str, Any]]) -> Match:
    import cel as library

    programs = [(c["id"], library.compile(expression(c, " && ")).execute) for c in mix]

    def match(event: dict[str, Any]) -> list[Any]:
        context = library.Context(event)
        return [i for i, execute in programs if execute(context)]

    return match


def durable_rules(mix: list[dict[str, Any]]) -> Match:
    from durable.lang import assert_fact, m, retract_fact, ruleset, when_all

    found: list[Any] = []

    def told(i: int) -> Callable[[Any], None]:
        return lambda _context: found.append(i)

    with ruleset("mix"):
        for c in mix:
            asked = (m.event == c["event"]) & (m.prox <= c["prox"]) & (m.hour >= c["h0"]) & (m.hour < c["h1"])
            asked = asked & (m.visits >= c["visits"])
            if c["zone"]:
                asked = asked & (m.zone == c["zone"])
            if c["tiers"]:
                some = m.tier == c["tiers"][0]
                for tier in c["tiers"][1:]:
                    some = some | (m.tier == tier)
                asked = asked & some
            if c["tag"]:
                asked = asked & (getattr(m, "tag_" + c["tag"]) == 1)
            if c["lang"]:
                asked = asked & (m.lang == c["lang"])
            when_all(asked)(told(c["id"]))
    count = [0]

    def match(event: dict[str, Any]) -> list[Any]:
        count[0] += 1
        fact = {key: value for key, value in event.items() if key != "tags"} | {"id": str(count[0])}
        fact |= {f"tag_{tag}": 1 for tag in event["tags"]}
        found.clear()
        try:
            assert_fact("mix", fact)
        except Exception as fault:
            if "handled" not in f"{type(fault).__name__} {fault}".lower():
                raise
            return []  # its way to say that no rule matched
        hits = list(found)
        retract_fact("mix", fact)
        return hits

    return match


ENGINES = {"zen-engine": zen_engine, "rule-engine": rule_engine, "cel": cel, "durable_rules": durable_rules}


def main() -> None:
    question = json.load(sys.stdin)
    match = ENGINES[question["engine"]](question["campaigns"])
    found, spent, events = [], 0.0, question["events"]
    for event in events:
        begun = time.process_time()
        hits = match(event)
        spent += time.process_time() - begun
        found.append(sorted(map(int, hits)))
        if spent > question["budget_s"]:
            break
    print(json.dumps({"events_s": len(found) / spent, "hits": found}))


if __name__ == "__main__":
    main()
