// Looks again at parts of a page every few seconds, until nothing more is to come; without it a link does the same.
(() => {
  const EVERY_MS = 3000;
  const shown = new WeakMap();
  const look = async (place) => {
    const answer = await fetch(place.dataset.refresh).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text();
    // A part that says the same is left alone: a screen reader need not read it again.
    if (html !== shown.get(place)) place.innerHTML = html;
    shown.set(place, html);
  };
  setInterval(() => {
    if (document.hidden) return;
    for (const place of document.querySelectorAll("[data-refresh]")) {
      if (place.contains(document.activeElement) || place.querySelector("[data-settled]")) continue;
      look(place);
    }
  }, EVERY_MS);
})();
