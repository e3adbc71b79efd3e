// Keeps the editor's preview and faults in step with what is typed; without it a button does the same.
(() => {
  const PAUSE_MS = 350;
  const find = () => document.querySelector("[data-live-form]");
  if (!find()) return;
  let timer = 0;
  let latest = 0;
  let asking = new AbortController();
  let untold = false; // something was typed that no answer has come to yet
  let plain = false;
  const visited = new Set();

  // Null: not a form, so the browser shall go there itself; undefined: no answer, so all stays as it is.
  const page = async (form, submitter) => {
    const body = new URLSearchParams(new FormData(form));
    body.append("do", submitter ? submitter.value : "show");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Asked-By": "script" }, signal: asking.signal }).catch(() => null);
    if (!answer) return undefined;
    if (!answer.ok && answer.status !== 409 && answer.status !== 422) return null;
    const text = await answer.text().catch(() => null); // given up, or cut off, half-way
    if (text === null) return undefined;
    const fresh = new DOMParser().parseFromString(text, "text/html");
    return fresh.querySelector("[data-live-form]") ? fresh : null;
  };

  // Parts outside the fields are replaced; a field keeps its text, its focus and its caret.
  const freshen = (fresh) => {
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const place = document.querySelector(`[data-part="${part.dataset.part}"]`);
      keepOpen(place, part);
      place.replaceChildren(...part.childNodes);
    }
    for (const fault of document.querySelectorAll("[data-fault]")) {
      const field = document.getElementById(fault.id.replace(/-fault$/, ""));
      // Nobody is told that something is missing where they have not been yet.
      if (field && field.value === "" && !fault.textContent && !visited.has(field.name)) continue;
      const now = fresh.querySelector(`[data-fault="${CSS.escape(fault.dataset.fault)}"]`);
      fault.textContent = now ? now.textContent : "";
      fault.className = now ? now.className : fault.className;
      if (!field) continue;
      const bad = now && now.textContent && !now.classList.contains("warn");
      if (bad) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    const seed = fresh.querySelector('[name="seed"]');
    if (seed) followMoment(fresh, seed);
  };

  // What nobody has typed follows the moment's own fields: a name, a zone in the audience.
  const followMoment = (fresh, seed) => {
    for (const field of find().elements) {
      const now = field.name && fresh.getElementById(field.id);
      if (now && field !== document.activeElement && "value" in now && field.type !== "checkbox") field.value = now.value;
    }
    find().elements.seed.value = seed.value;
  };

  const keepOpen = (old, fresh) => {
    for (const node of old.querySelectorAll("details[data-keep]")) {
      const same = fresh.querySelector(`details[data-keep="${CSS.escape(node.dataset.keep)}"]`);
      if (same) same.open = node.open || (same.open && !node.isConnected);
    }
  };

  const update = async () => {
    const turn = ++latest;
    const fresh = await page(find(), null);
    if (!fresh || turn !== latest) return;
    untold = false;
    freshen(fresh);
  };

  const goThere = (form, submitter) => {
    plain = true;
    form.requestSubmit(submitter);
  };

  const redraw = async (submitter) => {
    clearTimeout(timer); // it sends what was typed too, and a later update would take its answer's place
    const turn = ++latest;
    const form = find();
    const fresh = await page(form, submitter);
    if (turn !== latest) return;
    if (!fresh) return fresh === null && submitter && submitter.isConnected ? goThere(form, submitter) : undefined;
    untold = false;
    const next = fresh.querySelector("[data-live-form]");
    const focused = document.activeElement;
    const again = focused && focused.name ? `[name="${CSS.escape(focused.name)}"]${focused.matches("button") ? `[value="${CSS.escape(focused.value)}"]` : ""}` : "";
    for (const node of form.querySelectorAll("details[data-keep]")) {
      const same = next.querySelector(`details[data-keep="${CSS.escape(node.dataset.keep)}"]`);
      if (same && node.open) same.open = true;
    }
    form.replaceWith(next);
    if (again) next.querySelector(again)?.focus();
  };

  document.addEventListener("input", (event) => {
    if (!event.target.closest("[data-live-form]")) return;
    visited.add(event.target.name);
    untold = true;
    clearTimeout(timer);
    if (event.target.matches("[data-redraw]")) redraw(null);
    else timer = setTimeout(update, PAUSE_MS);
  });

  // What was typed in the last moment before the page goes is kept too.
  addEventListener("pagehide", () => {
    if (untold && find()) navigator.sendBeacon(find().action, new URLSearchParams(new FormData(find())));
    untold = false;
  });

  let sending = false;
  document.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (!event.target.matches("[data-live-form]")) return;
    if (plain || !submitter || submitter.value === "save" || submitter.value === "merge") {
      if (sending) event.preventDefault();
      sending = true;
      // Nothing typed before may arrive after what is saved.
      clearTimeout(timer);
      untold = false;
      latest += 1;
      asking.abort();
      return;
    }
    event.preventDefault();
    redraw(submitter);
  });
  addEventListener("pageshow", () => {
    sending = false;
    plain = false;
    asking = new AbortController();
  });

  // A link into a closed section opens it first.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#f-"]');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    for (let node = field.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
    event.preventDefault();
    field.focus();
  });
})();
