// Keeps a live page fresh from its event stream; without it the page is whole, as of when it was read.
(() => {
  const root = document.querySelector("[data-stream]");
  const pulse = document.getElementById("pulse");
  const feed = document.getElementById("feed");
  if (!root || !window.EventSource) return;

  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  // Elements with a key are kept and changed in place, so that dots glide instead of jumping.
  const blend = (old, fresh) => {
    const keyed = new Map([...old.children].filter((e) => e.dataset.key).map((e) => [e.dataset.key, e]));
    const next = [...fresh.childNodes].map((node) => {
      const kept = node.dataset && keyed.get(node.dataset.key);
      if (!kept) return node;
      for (const { name, value } of node.attributes) if (kept.getAttribute(name) !== value) kept.setAttribute(name, value);
      if (kept.innerHTML !== node.innerHTML) kept.innerHTML = node.innerHTML;
      return kept;
    });
    const stays = new Set(next);
    for (const node of [...old.childNodes]) if (!stays.has(node)) node.remove();
    next.forEach((node, index) => {
      if (old.childNodes[index] !== node) old.insertBefore(node, old.childNodes[index] || null);
    });
  };

  const replace = ({ part, html }) => {
    const place = document.querySelector(`[data-part="${part}"]`);
    const fresh = parse(html);
    const oldFloor = place.querySelector("figure svg");
    const newFloor = fresh.querySelector("figure svg");
    const focused = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
    if (oldFloor && newFloor) {
      // The drawing stays where it is: an element taken out and put back would lose its glide.
      blend(oldFloor, newFloor);
      for (const node of [...place.children]) if (!node.contains(oldFloor)) node.remove();
      place.append(...[...fresh.children].filter((node) => !node.contains(newFloor)));
    } else {
      place.replaceChildren(fresh);
    }
    if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  };

  const add = ({ html }) => {
    const line = parse(html).firstElementChild;
    if (document.getElementById(line.id)) return;
    feed.prepend(line);
    while (feed.children.length > Number(feed.dataset.length)) feed.lastElementChild.remove();
    document.getElementById("feed-empty").hidden = true;
  };

  const show = (state, text) => {
    if (pulse.dataset.state === state) return;
    pulse.dataset.state = state;
    pulse.querySelector("span").textContent = text;
  };

  const source = new EventSource(root.dataset.stream);
  source.addEventListener("open", () => show("live", pulse.dataset.liveText));
  source.addEventListener("error", () => show("lost", pulse.dataset.lostText));
  source.addEventListener("part", (event) => replace(JSON.parse(event.data)));
  source.addEventListener("decision", (event) => add(JSON.parse(event.data)));
  addEventListener("pagehide", () => source.close());
})();
