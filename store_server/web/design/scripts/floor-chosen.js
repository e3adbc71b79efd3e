// The row under the plan: what is chosen, the name of a zone, and what else a finger can do where no list stands beside it.
const floorChosen = (row, shapes, { open, takeAway }) => {
  const [title, name, away] = [row.querySelector(".title"), row.querySelector("input"), row.querySelector("[data-back]")];
  const naming = row.querySelector(".naming");
  const words = { away: away.textContent, back: away.dataset.back };
  let shown = null;

  const show = (panel) => {
    if (panel !== shown) name.blur(); // so that what was typed counts as the last one's
    shown = panel;
    row.hidden = !panel;
    if (!panel) return;
    const field = shapes.field(panel, "name");
    naming.hidden = !field;
    title.hidden = Boolean(field);
    title.textContent = shapes.title(panel);
    if (field && name.value !== field.value) name.value = field.value;
    away.textContent = shapes.away(panel) ? words.back : words.away;
  };

  // The field in the list stays the truth: what happens to the name here happens there.
  for (const kind of ["focusin", "input", "change"]) {
    name.addEventListener(kind, (event) => {
      event.stopPropagation();
      const field = shown && shapes.field(shown, "name");
      if (!field) return;
      field.value = name.value;
      field.dispatchEvent(new Event(kind, { bubbles: true }));
    });
  }
  row.querySelector("[data-open]").addEventListener("click", () => open(shown));
  away.addEventListener("click", () => takeAway(shown));
  return { show, focusName: () => name.focus() };
};
