// Draws and moves things of the floor by pointer, touch and keyboard. The form's fields are the truth: without this they do it all.
(() => {
  const svg = document.getElementById("plan");
  const form = document.getElementById("plan-form");
  const said = document.getElementById("said");
  const undo = document.getElementById("undo");
  const beside = matchMedia("(min-width:64rem)"); // the lists stand beside the plan (styles/page.css, .split)
  const shapes = floorShapes(svg, form, svg.dataset);
  const moves = floorMoves(shapes);
  const past = [];
  let chosen = null;
  let waiting = null; // a new thing, until its place is drawn or tapped
  let grip = null; // what a pointer holds
  let tapped = null; // what a finger has met that may yet scroll the page
  let made = 0;
  let leaving = false;

  const say = (text, words = {}) => (said.textContent = Object.entries(words).reduce((out, [key, word]) => out.replace(`{${key}}`, word), text));

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

  const draw = () => {
    shapes.draw(chosen);
    row.show(chosen);
  };
  const choose = (panel, open = true) => {
    chosen = panel;
    if (open) for (const other of shapes.panels()) other.open = other === panel;
    draw();
  };
  const tell = (panel) => {
    const [x, y] = panel.dataset.kind === "zone" ? shapes.corners(panel)[0] ?? [0, 0] : shapes.point(panel) ?? [0, 0];
    say(svg.dataset.at, { name: shapes.title(panel), x: shapes.metres(x), y: shapes.metres(y) });
  };

  const takeAway = (panel, away) => {
    shapes.field(panel, "removed").checked = away;
    say(away ? svg.dataset.away : svg.dataset.kept, { name: shapes.title(panel) });
  };

  // New things are copies of the empty form that the page brings along.
  const blanks = Object.fromEntries([...form.querySelectorAll("[data-blank]")].map((place) => {
    const markup = place.innerHTML;
    place.remove();
    return [place.dataset.blank, markup];
  }));
  const add = (kind) => {
    remember();
    made += 1;
    const list = form.querySelector(`[data-list="${kind}"]`);
    list.insertAdjacentHTML("beforeend", blanks[kind].replaceAll(`${kind}-+0`, `${kind}-+${Date.now()}${made}`).replaceAll(`${kind}.+0.`, `${kind}.+${made}.`).replaceAll('data-thing="+0"', `data-thing="+${made}"`));
    const panel = list.lastElementChild;
    offerZones(panel);
    moves.begin(panel, moves.middleOf(chosen));
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
  const panelOf = (node) => (node.dataset.panel ? document.getElementById(node.dataset.panel) : chosen);
  const cornerOf = (node) => (node.dataset.corner === undefined ? undefined : Number(node.dataset.corner));
  const drawn = (panel, from) => {
    if (!moves.isZone(panel)) moves.hang(panel, from);
    return { draws: panel, from };
  };
  const taken = (node, from) => {
    const panel = panelOf(node);
    let corner = cornerOf(node);
    if (node.dataset.between !== undefined) {
      corner = Number(node.dataset.between) + 1;
      moves.split(panel, corner - 1);
    }
    if (panel !== chosen) choose(panel);
    return { panel, from, corner, origin: moves.place(panel), splits: node.dataset.between !== undefined };
  };
  svg.addEventListener("pointerdown", (event) => {
    const node = event.target.closest("[data-panel],.handle");
    if (event.button !== 0 || grip || !(node || waiting)) return;
    event.preventDefault();
    tapped = waiting || event.pointerType === "mouse" || panelOf(node) === chosen ? null : panelOf(node);
    if (tapped) return;
    remember();
    grip = { ...(waiting ? drawn(waiting, metresAt(event)) : taken(node, metresAt(event))), pointer: event.pointerId };
    svg.setPointerCapture(event.pointerId);
  });
  const holds = (event) => grip?.pointer === event.pointerId;
  svg.addEventListener("pointermove", (event) => {
    if (!holds(event)) return;
    const at = metresAt(event);
    grip.moved = true;
    if (!grip.draws) moves.slide(grip.panel, grip.origin, grip.from, at, grip.corner);
    else if (moves.isZone(grip.draws)) moves.stretch(grip.draws, grip.from, at);
    else moves.hang(grip.draws, at);
    draw();
  });
  // A stroke is ours alone: as a swipe it would go on gliding in Chromium, which takes the next tap for a hand that stops it.
  // What was touched must not be drawn anew before this is heard: a node that has left the page hears nothing.
  svg.addEventListener("touchstart", (event) => grip && event.preventDefault(), { passive: false });
  const fieldOf = (panel) => shapes.field(panel, "name") ?? shapes.field(panel, "id") ?? shapes.field(panel, "x");
  const afterDrawing = (panel) => {
    settled();
    if (beside.matches) fieldOf(panel).focus();
    else if (moves.isZone(panel)) row.focusName();
    else shapes.refocus({ panel: panel.id });
  };
  svg.addEventListener("pointerup", (event) => {
    if (!holds(event)) return;
    const { draws, panel, corner, moved, splits } = grip;
    grip = null;
    if (!draws && !moved && !splits) past.pop(); // only chosen
    undo.disabled = !past.length;
    draw();
    tell(draws ?? panel);
    if (draws) afterDrawing(draws);
    else shapes.refocus(corner === undefined ? { panel: panel.id } : { corner });
  });
  // The browser or the system has taken the pointer for something else: nothing was meant to move.
  svg.addEventListener("pointercancel", (event) => {
    if (!holds(event)) return;
    grip = null;
    restore(past.pop());
    undo.disabled = !past.length;
    draw();
  });
  svg.addEventListener("click", () => {
    if (!tapped) return;
    choose(tapped);
    shapes.refocus({ panel: tapped.id });
    tell(tapped);
    tapped = null;
  });

  const open = (panel) => {
    choose(panel);
    fieldOf(panel).focus();
  };
  const addCorner = (panel, after) => {
    remember();
    moves.split(panel, after);
    draw();
    shapes.refocus({ corner: after + 1 });
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  svg.addEventListener("focusin", (event) => {
    const panel = event.target.dataset.panel && document.getElementById(event.target.dataset.panel);
    if (panel && panel !== chosen) choose(panel, false);
  });
  svg.addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-panel],.handle");
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const [panel, corner, between] = [panelOf(node), cornerOf(node), node.dataset.between];
    const arrow = ARROWS[event.key];
    if (arrow && between === undefined) {
      remember();
      moves.step(panel, arrow, corner);
      tell(panel);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      remember();
      if (corner === undefined) takeAway(panel, true);
      else moves.join(panel, corner);
    } else if (event.key === "Enter" || event.key === " ") {
      if (between === undefined) open(panel);
      else addCorner(panel, Number(between));
    } else return;
    event.preventDefault();
    if (waiting && arrow) settled();
    draw();
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
  form.addEventListener("input", () => draw());
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
    draw();
    say(svg.dataset.undone);
  });
  for (const button of form.querySelectorAll("[data-add]")) {
    button.hidden = false;
    button.addEventListener("click", () => add(button.dataset.add));
  }
  const row = floorChosen(document.getElementById("about"), shapes, {
    open,
    takeAway: (panel) => {
      remember();
      takeAway(panel, !shapes.away(panel));
      draw();
    },
  });
  undo.hidden = false;
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if ((past.length || form.dataset.changed) && !leaving) event.preventDefault();
  });
  draw();
})();
