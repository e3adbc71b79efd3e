// Looks again at a part of a page every few seconds; without it a link does the same.
(() => {
  const EVERY_MS = 3000;
  for (const place of document.querySelectorAll("[data-refresh]")) {
    let shown = null;
    setInterval(async () => {
      if (document.hidden || place.contains(document.activeElement)) return;
      const answer = await fetch(place.dataset.refresh).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const html = await answer.text();
      // A part that says the same is left alone: a screen reader need not read it again.
      if (html !== shown) place.innerHTML = html;
      shown = html;
    }, EVERY_MS);
  }
})();
