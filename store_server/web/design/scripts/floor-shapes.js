// The floor editor's shapes: draws what the fields say, in metres with the street below. Knows no events.
const floorShapes = (svg, form, texts) => {
  const SVG = "http://www.w3.org/2000/svg";
  const layer = document.getElementById("shapes");
  const unit = Number(svg.getAttribute("font-size"));

  // Where a zone's name stands and what it must not lie on, in units: as on the live floor (console/floor/drawing.py).
  const [INSET, HEIGHT, LETTER, CLEARANCE] = [0.6, 1.4, 0.62, 0.7];

  const field = (panel, name) => panel.querySelector(`[data-field="${name}"]`);
  const value = (panel, name) => (field(panel, name)?.value ?? "").trim();
  // Metres that a number of pixels covers now: what a finger must meet keeps its size on a phone.
  const covered = (pixels) => (pixels * svg.viewBox.baseVal.width) / (svg.clientWidth || 1);
  const number = (text) => (text === "" ? NaN : Number(String(text).replace(",", ".")));
  const metres = (n) => String(Math.round(n * 1000) / 1000);

  const floor = () => {
    const size = document.getElementById("floor-size");
    return { width: number(value(size, "width")) || 1, depth: number(value(size, "depth")) || 1 };
  };

  const corners = (panel) =>
    value(panel, "corners")
      .split("\n")
      .map((line) => line.replace(";", " ").trim().split(/\s+/).map((part) => number(part.replace(/,$/, ""))))
      .filter((point) => point.length === 2 && point.every(Number.isFinite));

  const point = (panel) => {
    const found = [number(value(panel, "x")), number(value(panel, "y"))];
    return found.every(Number.isFinite) ? found : null;
  };

  const panels = () => [...form.querySelectorAll("details.thing")].filter((one) => !one.querySelector("fieldset").disabled);
  const title = (panel) => value(panel, "name") || value(panel, "id") || (panel.dataset.thing.startsWith("+") ? texts.unnamed : panel.dataset.thing);
  const away = (panel) => field(panel, "removed").checked;

  const make = (name, attributes, ...children) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, text] of Object.entries(attributes)) node.setAttribute(key, text);
    node.append(...children);
    return node;
  };

  const shape = (panel, chosen, inner, kind) => {
    const classes = ["thing-shape", kind, chosen && "chosen", away(panel) && "away", panel.querySelector("[aria-invalid]") && "faulty"];
    if (panel.dataset.kind === "zone" && field(panel, "never").checked) classes.push("silent");
    const label = texts[panel.dataset.kind].replace("{name}", title(panel));
    return make("g", { class: classes.filter(Boolean).join(" "), tabindex: 0, role: "button", "aria-label": label, "aria-pressed": String(chosen), "data-panel": panel.id }, ...inner);
  };

  // A name's upper left, with depth counted downwards: the first corner where nothing hangs beneath it.
  const labelPlace = (points, name, hangs) => {
    const [xs, ys] = [0, 1].map((k) => points.map((p) => p[k]));
    const left = Math.min(...xs) + unit * INSET;
    const [upper, lower] = [Math.min(...ys) + unit * INSET, Math.max(...ys) - unit * (INSET + HEIGHT)];
    const [right, clear] = [left + unit * LETTER * (name.length + 3), unit * CLEARANCE];
    const covers = (y0) => hangs.some(([x, y]) => left - clear < x && x < right + clear && y0 - clear < y && y < y0 + unit * HEIGHT + clear);
    return [left, [upper, lower].find((y) => !covers(y)) ?? upper];
  };

  const zone = (panel, chosen, depth, hangs) => {
    const points = corners(panel);
    if (points.length < 2) return [];
    const [x, y] = labelPlace(points.map((p) => [p[0], depth - p[1]]), title(panel), hangs);
    const text = make("text", { x, y }, title(panel));
    const polygon = make("polygon", { points: points.map(([x, y]) => `${x},${depth - y}`).join(" ") });
    return [shape(panel, chosen, [polygon, text], "zone")];
  };

  // Beside the chosen mark, on the side where there is room.
  const nameBeside = (panel, at) => {
    const right = at[0] < floor().width / 2;
    return make("text", { class: "name", x: unit * (right ? 1 : -1), "text-anchor": right ? "start" : "end" }, title(panel));
  };

  const hung = (panel, chosen, depth) => {
    const at = point(panel);
    if (!at) return [];
    const kind = panel.dataset.kind;
    const body = make("path", { class: kind, transform: `scale(${unit})`, d: texts[`${kind}Mark`] });
    const reach = make("circle", { class: "reach", r: Math.max(unit * 0.8, covered(16)) });
    const node = shape(panel, chosen, [reach, body, make("title", {}, title(panel)), ...(chosen ? [nameBeside(panel, at)] : [])], "still");
    node.setAttribute("transform", `translate(${at[0]} ${depth - at[1]})`);
    return [node];
  };

  const handles = (panel, depth) => {
    const points = corners(panel);
    const spot = ([x, y], small, data, label) => {
      const [knob, reach] = small ? [5, 11] : [8, 18];
      const circles = [make("circle", { class: "reach", r: covered(reach) }), make("circle", { class: "knob", r: covered(knob) })];
      return make("g", { class: small ? "handle between" : "handle", transform: `translate(${x} ${depth - y})`, tabindex: 0, role: "button", "aria-label": label, ...data }, ...circles);
    };
    const found = points.map((p, n) => spot(p, false, { "data-corner": n }, texts.corner.replace("{n}", n + 1).replace("{name}", title(panel))));
    points.forEach((p, n) => {
      const next = points[(n + 1) % points.length];
      const middle = [(p[0] + next[0]) / 2, (p[1] + next[1]) / 2];
      found.unshift(spot(middle, true, { "data-between": n }, texts.between.replace("{n}", n + 1)));
    });
    return found;
  };

  const draw = (chosen) => {
    const { width, depth } = floor();
    const active = document.activeElement;
    const held = active && svg.contains(active) && { panel: active.dataset.panel, corner: active.dataset.corner, between: active.dataset.between };
    svg.setAttribute("viewBox", `${-unit} ${-unit} ${width + 2 * unit} ${depth + 2 * unit}`);
    const wall = svg.querySelector(".wall");
    wall.setAttribute("width", width);
    wall.setAttribute("height", depth);
    const all = panels();
    const hangs = all.map(point).filter(Boolean).map(([x, y]) => [x, depth - y]);
    const shapes = ["zone", "beacon", "gateway"].flatMap((kind) =>
      all.filter((one) => one.dataset.kind === kind).flatMap((one) => (kind === "zone" ? zone : hung)(one, one === chosen, depth, hangs)));
    if (chosen?.dataset.kind === "zone" && all.includes(chosen) && !away(chosen)) shapes.push(...handles(chosen, depth));
    layer.replaceChildren(...shapes);
    for (const panel of all) {
      panel.querySelector(".title").textContent = title(panel);
      panel.classList.toggle("away", away(panel));
      panel.classList.toggle("chosen", panel === chosen);
    }
    if (held) refocus(held);
  };

  // What had the focus was drawn anew: the keyboard stays on it.
  const refocus = ({ panel, corner, between }) => {
    const which = corner !== undefined ? `[data-corner="${corner}"]` : between !== undefined ? `[data-between="${between}"]` : `[data-panel="${CSS.escape(panel ?? "")}"]`;
    layer.querySelector(which)?.focus({ preventScroll: true });
  };

  return { away, corners, draw, field, floor, metres, panels, point, refocus, title, value };
};
