// Curves under the timeline, the roofline, what-ifs, and tables that sort.

const CURVE_HEIGHT = 74;

// curves: {name, limit, unit, times, values}: a value holds from its time to the next one's.
function drawCurves(canvas, view, curves) {
  const height = AXIS + curves.length * CURVE_HEIGHT, width = fit(canvas, height);
  const paint = canvas.getContext("2d");
  paint.fillStyle = "#fff";
  paint.fillRect(0, 0, width, height);
  drawAxis(paint, view, width, height);
  curves.forEach((curve, number) => {
    const bottom = AXIS + (number + 1) * CURVE_HEIGHT - 4, tall = CURVE_HEIGHT - 18;
    const top = Math.max(curve.limit, ...curve.values) || 1;
    const y = (value) => bottom - (value / top) * tall;
    paint.fillStyle = "#6b7280";
    paint.fillText(curve.name, 4, bottom - tall + 8);
    paint.fillText(`up to ${top.toLocaleString("en", { maximumSignificantDigits: 4 })}`, 4,
      bottom - tall + 22);
    paint.fillText(curve.unit, 4, bottom - tall + 36);
    paint.fillStyle = colourOf(number);
    const span = view.to - view.from, pixels = width - LEFT;
    // The highest of what a pixel covers.
    let at = 0;
    for (let x = 0; x < pixels; ++x) {
      const begin = view.from + (x / pixels) * span, end = view.from + ((x + 1) / pixels) * span;
      while (at + 1 < curve.times.length && curve.times[at + 1] <= begin) ++at;
      let most = curve.times[at] < end ? curve.values[at] : 0;
      for (let i = at + 1; i < curve.times.length && curve.times[i] < end; ++i)
        most = Math.max(most, curve.values[i]);
      if (most > 0) paint.fillRect(LEFT + x, y(most), 1.2, bottom - y(most));
    }
    if (curve.limit > 0) {
      paint.fillStyle = "#c2410c";
      paint.fillRect(LEFT, y(curve.limit), pixels, 1);
    }
  });
  canvas.dataset.curves = curves.length;
}

function shape(svg, tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  svg.append(made);
  return made;
}

// Where a text can stand without standing on another: further down, if need be.
function free(taken, x, y) {
  while (taken.some((it) => Math.abs(it.x - x) < 110 && Math.abs(it.y - y) < 12)) y += 12;
  taken.push({ x, y });
  return { x, y };
}

function scaleText(value) {
  const units = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [factor, unit] = units.find(([it]) => value >= it) || [1, ""];
  return `${Number((value / factor).toPrecision(3))}${unit}`;
}

// Two logarithmic axes; gives the places of values on them.
function logAxes(svg, xs, ys, xName, yName) {
  const ends = (values) => [Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values)) + 1e-9)];
  const [left, right] = ends(xs), [low, high] = ends(ys);
  const x = (value) => 70 + ((Math.log10(value) - left) / (right - left)) * 860;
  const y = (value) => 320 - ((Math.log10(value) - low) / (high - low)) * 300;
  for (let power = left; power <= right; ++power) {
    shape(svg, "path", { d: `M${x(10 ** power)} 20V320`, stroke: "#e5e7eb" });
    shape(svg, "text", { x: x(10 ** power), y: 335, "text-anchor": "middle" },
      power < 0 ? String(10 ** power) : scaleText(10 ** power));
  }
  for (let power = low; power <= high; ++power) {
    shape(svg, "path", { d: `M70 ${y(10 ** power)}H930`, stroke: "#e5e7eb" });
    shape(svg, "text", { x: 64, y: y(10 ** power) + 4, "text-anchor": "end" },
      scaleText(10 ** power));
  }
  shape(svg, "text", { x: 500, y: 354, "text-anchor": "middle" }, xName);
  shape(svg, "text", { x: 70, y: 12 }, yName);
  return [x, y];
}

function drawRoofline(svg, roof, end) {
  const points = roof.points.filter((it) => it.intensity > 0 && it.attained > 0);
  if (!points.length) return;
  const peaks = roof.peaks.map((it) => it.value), slopes = roof.bandwidths.map((it) => it.value);
  const xs = [...points.map((it) => it.intensity), 0.1, Math.max(...peaks) / Math.min(...slopes)];
  const ys = [...points.map((it) => it.attained), ...peaks, Math.min(...slopes) * 0.1];
  const [x, y] = logAxes(svg, xs, ys, "operations for each byte of global memory",
    "operations per second");
  const least = 10 ** Math.floor(Math.log10(Math.min(...xs)));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...xs)) + 1e-9);
  const floor = 10 ** Math.floor(Math.log10(Math.min(...ys)));
  for (const { name, value } of roof.bandwidths) {
    const [first, last] = [Math.max(least, floor / value), Math.max(...peaks) / value];
    const from = `${x(first)} ${y(value * first)}`, to = `${x(last)} ${y(value * last)}`;
    shape(svg, "path", { d: `M${from}L${to}`, stroke: "#6b7280", fill: "none" });
    const middle = Math.sqrt(first * last);
    shape(svg, "text", { x: x(middle) - 6, y: y(value * middle) - 6, "text-anchor": "end" }, name);
  }
  for (const { name, value } of roof.peaks) {
    const from = Math.min(value / Math.max(...slopes), most);
    shape(svg, "path", { d: `M${x(from)} ${y(value)}H930`, stroke: "#6b7280" });
    shape(svg, "text", { x: 926, y: y(value) - 4, "text-anchor": "end" }, name);
  }
  const taken = [];
  points.forEach((it) => {
    const radius = 4 + 16 * Math.sqrt(it.on_path / end);
    const place = { cx: x(it.intensity), cy: y(it.attained) };
    const circle = shape(svg, "circle", { ...place, r: radius, fill: colourOf(it.kernel),
      "fill-opacity": 0.75 });
    shape(circle, "title", {}, `${it.name}: ${scaleText(it.intensity)} operations/byte, ` +
      `${scaleText(it.attained)} operations/s`);
    shape(svg, "text", free(taken, place.cx + radius + 3, place.cy + 4), it.name);
  });
}

// Time against the axis with most values, a line for each combination of the others.
function drawSweep(svg, sweep) {
  const found = sweep.filter((it) => it.time);
  const names = Object.keys(sweep[0].changes);
  const different = (name) => new Set(found.map((it) => it.changes[name])).size;
  const axis = names.reduce((most, it) => (different(it) > different(most) ? it : most), names[0]);
  const lines = new Map();
  for (const it of found) {
    const others = names.filter((name) => name !== axis && different(name) > 1);
    const key = others.map((name) => `${name} = ${scaleText(it.changes[name])}`).join(", ");
    lines.set(key, [...(lines.get(key) || []), [it.changes[axis], it.time / PICO]]);
  }
  const xs = found.map((it) => it.changes[axis]), top = Math.max(...found.map((it) => it.time)) / PICO;
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const x = (value) => 70 + ((value - first) / (last - first || 1)) * 700;
  const y = (value) => 320 - (value / top) * 290;
  for (const value of new Set(xs))
    shape(svg, "text", { x: x(value), y: 335, "text-anchor": "middle" }, scaleText(value));
  for (let part = 0; part <= 4; ++part) {
    shape(svg, "path", { d: `M70 ${y((top * part) / 4)}H770`, stroke: "#e5e7eb" });
    shape(svg, "text", { x: 64, y: y((top * part) / 4) + 4, "text-anchor": "end" },
      `${Math.round((top * part) / 4)} us`);
  }
  shape(svg, "text", { x: 420, y: 354, "text-anchor": "middle" }, axis);
  const taken = [];
  [...lines].forEach(([key, points], number) => {
    const sorted = points.sort((a, b) => a[0] - b[0]);
    const d = sorted.map(([at, time], i) => `${i ? "L" : "M"}${x(at)} ${y(time)}`).join("");
    shape(svg, "path", { d, stroke: colourOf(number), fill: "none", "stroke-width": 2 });
    for (const [at, time] of sorted)
      shape(shape(svg, "circle", { cx: x(at), cy: y(time), r: 4, fill: colourOf(number) }),
        "title", {}, `${axis} = ${at}: ${time.toFixed(1)} us`);
    const [at, time] = sorted[sorted.length - 1];
    shape(svg, "text", free(taken, x(at) + 8, y(time) + 4), key);
  });
}

function makeSortable(table) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") === "descending";
    heads.forEach((it) => it.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.value;
    const isNumber = head.classList.contains("number");
    const order = (a, b) => (isNumber ? value(a) - value(b) : value(a).localeCompare(value(b)));
    body.append(...[...body.rows].sort((a, b) => (up ? order(a, b) : order(b, a))));
  }));
}
