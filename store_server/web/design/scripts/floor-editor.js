// Draws and moves things of the floor by pointer, touch and keyboard. The form's fields are the truth: without this they do it all.
(() => {
  const STEP = 0.5; // metres an arrow key moves, and what a new zone's walls keep to
  const FINE = 0.1; // metres a pointer keeps to
  const svg = document.getElementById("plan");
  const form = document.getElementById("plan-form");
  const said = document.getElementById("said");
  const undo = document.getElementById("undo");
  const shapes = floorShapes(svg, form, svg.dataset);
  const past = [];
  let chosen = null;
  let waiting = null; // a new thing, until its place is drawn or tapped
  let grip = null; // what a pointer holds
  let made = 0;
  let leaving = false;

  const say = (text, words = {}) => (said.textContent = Object.entries(words).reduce((out, [key, word]) => out.replace(`{${key}}`, word), text));
  const fit = (n, step) => Math.round(n / step) * step;
  const held = (n, low, high) => Math.min(Math.max(n, low), high);

  const inputs = () => [...form.querySelectorAll("[data-field]")];
  const snapshot = () => ({
    fields: new Map(inputs().map((one) => [one.id, one.type === "checkbox" ? one.checked : one.value])),
    there: new Set(shapes.panels().map((one) => one.id)),
  });
  const remember = () => {
    past.push(snapshot());
    if (past.length > 100) past.shift();
    undo.disabled = false;
  };
  const restore = ({ fields, there }) => {
    for (const one of inputs()) {
      if (!fields.has(one.id)) continue;
      if (one.type === "checkbox") one.checked = fields.get(one.id);
      else one.value = fields.get(one.id);
    }
    for (const panel of form.querySelectorAll("details.thing")) {
      panel.hidden = panel.querySelector("fieldset").disabled = !there.has(panel.id);
    }
    if (chosen?.hidden) chosen = null;
  };

  const choose = (panel, open = true) => {
    chosen = panel;
    if (open) for (const other of shapes.panels()) other.open = other === panel;
    shapes.draw(chosen);
  };
  const tell = (panel) => {
    const [x, y] = panel.dataset.kind === "zone" ? shapes.corners(panel)[0] ?? [0, 0] : shapes.point(panel) ?? [0, 0];
    say(svg.dataset.at, { name: shapes.title(panel), x: shapes.metres(x), y: shapes.metres(y) });
  };

  const inside = (polygon, [x, y]) => polygon.reduce((odd, [x0, y0], n) => {
    const [x1, y1] = polygon[(n + 1) % polygon.length];
    return (y0 > y) !== (y1 > y) && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0 ? !odd : odd;
  }, false);
  const zoneAt = (at) => shapes.panels().find((one) => one.dataset.kind === "zone" && !shapes.away(one) && inside(shapes.corners(one), at));

  const setCorners = (panel, points) => {
    const { width, depth } = shapes.floor();
    const lines = points.map(([x, y]) => `${shapes.metres(held(x, 0, width))} ${shapes.metres(held(y, 0, depth))}`);
    shapes.field(panel, "corners").value = lines.join("\n");
  };
  const setPoint = (panel, [x, y]) => {
    const { width, depth } = shapes.floor();
    const at = [held(x, 0, width), held(y, 0, depth)];
    shapes.field(panel, "x").value = shapes.metres(at[0]);
    shapes.field(panel, "y").value = shapes.metres(at[1]);
    const zone = zoneAt(at);
    if (zone) shapes.field(panel, "zone").value = zone.dataset.thing;
  };
  // A zone keeps its form at the wall: it stops as a whole.
  const shifted = (points, dx, dy) => {
    const { width, depth } = shapes.floor();
    const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
    const [mx, my] = [held(dx, -Math.min(...xs), width - Math.max(...xs)), held(dy, -Math.min(...ys), depth - Math.max(...ys))];
    return points.map(([x, y]) => [x + mx, y + my]);
  };
  const move = (panel, origin, dx, dy, corner) => {
    if (panel.dataset.kind !== "zone") setPoint(panel, [origin[0] + dx, origin[1] + dy]);
    else if (corner === undefined) setCorners(panel, shifted(origin, dx, dy));
    else setCorners(panel, origin.map((p, n) => (n === corner ? [p[0] + dx, p[1] + dy] : p)));
  };
  const place = (panel) => (panel.dataset.kind === "zone" ? shapes.corners(panel) : shapes.point(panel));

  const takeAway = (panel, corner) => {
    const points = panel.dataset.kind === "zone" ? shapes.corners(panel) : [];
    if (corner !== undefined && points.length > 3) setCorners(panel, points.filter((_, n) => n !== corner));
    else if (corner === undefined) {
      shapes.field(panel, "removed").checked = true;
      say(svg.dataset.away, { name: shapes.title(panel) });
    }
  };
  const split = (panel, after) => {
    const points = shapes.corners(panel);
    const [a, b] = [points[after], points[(after + 1) % points.length]];
    setCorners(panel, [...points.slice(0, after + 1), [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], ...points.slice(after + 1)]);
  };

  // New things are copies of the empty form that the page brings along.
  const blanks = Object.fromEntries([...form.querySelectorAll("[data-blank]")].map((place) => {
    const markup = place.innerHTML;
    place.remove();
    return [place.dataset.blank, markup];
  }));
  const middle = () => {
    const { width, depth } = shapes.floor();
    const points = chosen?.dataset.kind === "zone" ? shapes.corners(chosen) : [];
    if (!points.length) return [width / 2, depth / 2];
    return [0, 1].map((k) => points.reduce((sum, p) => sum + p[k], 0) / points.length);
  };
  const add = (kind) => {
    remember();
    made += 1;
    const list = form.querySelector(`[data-list="${kind}"]`);
    list.insertAdjacentHTML("beforeend", blanks[kind].replaceAll(`${kind}-+0`, `${kind}-+${Date.now()}${made}`).replaceAll(`${kind}.+0.`, `${kind}.+${made}.`).replaceAll('data-thing="+0"', `data-thing="+${made}"`));
    const panel = list.lastElementChild;
    const at = middle().map((n) => fit(n, STEP));
    offerZones(panel);
    if (kind === "zone") setCorners(panel, shifted([[-3, -2], [3, -2], [3, 2], [-3, 2]].map(([x, y]) => [at[0] + x, at[1] + y]), 0, 0));
    else setPoint(panel, at);
    waiting = panel;
    svg.classList.add("busy");
    choose(panel);
    shapes.refocus({ panel: panel.id });
    say(kind === "zone" ? svg.dataset.draw : svg.dataset.place);
  };
  const offerZones = (panel) => {
    const select = shapes.field(panel, "zone");
    if (!select) return;
    for (const zone of shapes.panels().filter((one) => one.dataset.kind === "zone" && one.dataset.thing.startsWith("+"))) {
      if (![...select.options].some((one) => one.value === zone.dataset.thing)) select.add(new Option(shapes.title(zone), zone.dataset.thing));
    }
  };
  const settled = () => {
    waiting = null;
    svg.classList.remove("busy");
  };

  const metresAt = (event) => {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [spot.x, shapes.floor().depth - spot.y];
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const node = event.target.closest("[data-panel],.handle");
    const from = metresAt(event);
    if (waiting) {
      event.preventDefault();
      remember();
      grip = { draws: waiting, from };
      if (waiting.dataset.kind !== "zone") setPoint(waiting, from.map((n) => fit(n, FINE)));
    } else if (node) {
      event.preventDefault();
      const panel = node.dataset.panel ? document.getElementById(node.dataset.panel) : chosen;
      remember();
      let corner = node.dataset.corner === undefined ? undefined : Number(node.dataset.corner);
      if (node.dataset.between !== undefined) {
        corner = Number(node.dataset.between) + 1;
        split(panel, corner - 1);
      }
      if (panel !== chosen) choose(panel);
      shapes.draw(chosen);
      shapes.refocus(corner === undefined ? { panel: panel.id } : { corner });
      grip = { panel, from, corner, origin: place(panel), before: past.length };
    }
    if (grip) svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const at = metresAt(event);
    if (grip.draws) {
      const box = [grip.from, at].map((p) => p.map((n) => fit(n, STEP)));
      const [[x0, y0], [x1, y1]] = box;
      if (grip.draws.dataset.kind !== "zone") setPoint(grip.draws, at.map((n) => fit(n, FINE)));
      else if (Math.abs(x1 - x0) >= STEP && Math.abs(y1 - y0) >= STEP) {
        const [left, right, low, high] = [Math.min(x0, x1), Math.max(x0, x1), Math.min(y0, y1), Math.max(y0, y1)];
        setCorners(grip.draws, [[left, low], [right, low], [right, high], [left, high]]);
      }
    } else {
      grip.moved = true;
      move(grip.panel, grip.origin, fit(at[0] - grip.from[0], FINE), fit(at[1] - grip.from[1], FINE), grip.corner);
    }
    shapes.draw(chosen);
  });
  // A stroke is ours alone: as a swipe it would go on gliding in Chromium, which takes the next tap for a hand that stops it.
  svg.addEventListener("touchstart", (event) => grip && event.preventDefault(), { passive: false });
  const letGo = () => {
    if (!grip) return;
    if (!grip.draws && !grip.moved) past.pop(); // only chosen
    undo.disabled = !past.length;
    const panel = grip.draws ?? grip.panel;
    if (grip.draws) {
      settled();
      shapes.field(panel, panel.dataset.kind === "zone" ? "name" : "id")?.focus();
    }
    grip = null;
    tell(panel);
    shapes.draw(chosen);
  };
  svg.addEventListener("pointerup", letGo);
  svg.addEventListener("pointercancel", letGo);

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  svg.addEventListener("focusin", (event) => {
    const panel = event.target.dataset.panel && document.getElementById(event.target.dataset.panel);
    if (panel && panel !== chosen) choose(panel, false);
  });
  svg.addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-panel],.handle");
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const panel = node.dataset.panel ? document.getElementById(node.dataset.panel) : chosen;
    const corner = node.dataset.corner === undefined ? undefined : Number(node.dataset.corner);
    const arrow = ARROWS[event.key];
    if (arrow && node.dataset.between === undefined) {
      remember();
      move(panel, place(panel), arrow[0] * STEP, arrow[1] * STEP, corner);
      tell(panel);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      remember();
      takeAway(panel, corner);
    } else if (event.key === "Enter" || event.key === " ") {
      if (node.dataset.between !== undefined) {
        remember();
        split(panel, Number(node.dataset.between));
        shapes.draw(chosen);
        shapes.refocus({ corner: Number(node.dataset.between) + 1 });
      } else {
        choose(panel);
        shapes.field(panel, panel.dataset.kind === "zone" ? "name" : "x").focus();
      }
    } else return;
    event.preventDefault();
    if (waiting && arrow) settled();
    shapes.draw(chosen);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && waiting) settled();
    const typing = event.target.matches?.("input:not([type=checkbox]),textarea");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing && past.length) {
      event.preventDefault();
      undo.click();
    }
  });

  let before = null; // how things were when a field got the focus
  form.addEventListener("focusin", (event) => {
    if (event.target.dataset?.field) before = snapshot();
    if (event.target.dataset?.field === "zone") offerZones(event.target.closest("details"));
    const panel = event.target.closest?.("details.thing");
    if (panel && panel !== chosen) choose(panel, false);
  });
  form.addEventListener("input", () => shapes.draw(chosen));
  form.addEventListener("change", (event) => {
    if (!event.target.dataset?.field || !before) return;
    past.push(before);
    before = snapshot();
    undo.disabled = false;
  });
  undo.addEventListener("click", () => {
    restore(past.pop());
    undo.disabled = !past.length;
    settled();
    shapes.draw(chosen);
    say(svg.dataset.undone);
  });
  for (const button of form.querySelectorAll("[data-add]")) {
    button.hidden = false;
    button.addEventListener("click", () => add(button.dataset.add));
  }
  undo.hidden = false;
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if ((past.length || form.dataset.changed) && !leaving) event.preventDefault();
  });
  shapes.draw(null);
})();
