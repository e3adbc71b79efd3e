// The floor editor's moves: writes places into the fields and keeps them within the floor. Knows no events.
const floorMoves = (shapes) => {
  const STEP = 0.5; // metres an arrow key moves, and what a new zone's walls keep to
  const FINE = 0.1; // metres a pointer keeps to
  const fit = (n, step) => Math.round(n / step) * step;
  const held = (n, low, high) => Math.min(Math.max(n, low), high);
  const isZone = (panel) => panel.dataset.kind === "zone";

  const inside = (polygon, [x, y]) => polygon.reduce((odd, [x0, y0], n) => {
    const [x1, y1] = polygon[(n + 1) % polygon.length];
    return (y0 > y) !== (y1 > y) && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0 ? !odd : odd;
  }, false);
  const zoneAt = (at) => shapes.panels().find((one) => isZone(one) && !shapes.away(one) && inside(shapes.corners(one), at));

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

  const place = (panel) => (isZone(panel) ? shapes.corners(panel) : shapes.point(panel));
  const move = (panel, origin, dx, dy, corner) => {
    if (!isZone(panel)) setPoint(panel, [origin[0] + dx, origin[1] + dy]);
    else if (corner === undefined) setCorners(panel, shifted(origin, dx, dy));
    else setCorners(panel, origin.map((p, n) => (n === corner ? [p[0] + dx, p[1] + dy] : p)));
  };
  const slide = (panel, origin, from, to, corner) => move(panel, origin, fit(to[0] - from[0], FINE), fit(to[1] - from[1], FINE), corner);
  const step = (panel, [right, up], corner) => move(panel, place(panel), right * STEP, up * STEP, corner);

  // A mark hangs where the pointer is; a zone is drawn between where it began and where it is.
  const hang = (panel, at) => setPoint(panel, at.map((n) => fit(n, FINE)));
  const stretch = (panel, from, to) => {
    const [[x0, y0], [x1, y1]] = [from, to].map((p) => p.map((n) => fit(n, STEP)));
    if (Math.abs(x1 - x0) < STEP || Math.abs(y1 - y0) < STEP) return;
    const [left, right, low, high] = [Math.min(x0, x1), Math.max(x0, x1), Math.min(y0, y1), Math.max(y0, y1)];
    setCorners(panel, [[left, low], [right, low], [right, high], [left, high]]);
  };
  const begin = (panel, middle) => {
    const at = middle.map((n) => fit(n, STEP));
    if (!isZone(panel)) setPoint(panel, at);
    else setCorners(panel, shifted([[-3, -2], [3, -2], [3, 2], [-3, 2]].map(([x, y]) => [at[0] + x, at[1] + y]), 0, 0));
  };

  const split = (panel, after) => {
    const points = shapes.corners(panel);
    const [a, b] = [points[after], points[(after + 1) % points.length]];
    setCorners(panel, [...points.slice(0, after + 1), [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], ...points.slice(after + 1)]);
  };
  const join = (panel, corner) => {
    const points = shapes.corners(panel);
    if (points.length > 3) setCorners(panel, points.filter((_, n) => n !== corner));
  };
  const middleOf = (panel) => {
    const { width, depth } = shapes.floor();
    const points = panel && isZone(panel) ? shapes.corners(panel) : [];
    if (!points.length) return [width / 2, depth / 2];
    return [0, 1].map((k) => points.reduce((sum, p) => sum + p[k], 0) / points.length);
  };

  return { begin, hang, isZone, join, middleOf, place, slide, split, step, stretch };
};
