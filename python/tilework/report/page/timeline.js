// Bars on lanes over time, on a canvas. Only what is visible is drawn; bars that would be narrower
// than a pixel become one, so that a frame costs time by pixels, however many bars there are.

const PICO = 1e6; // picoseconds of a microsecond
const LEFT = 110, AXIS = 22; // pixels: names of lanes, time above

function colourOf(index) {
  return `hsl(${Math.round((index * 137.508 + 205) % 360)} 55% 62%)`;
}

function timeText(time) {
  const size = Math.abs(time);
  if (size >= 1e10) return `${(time / 1e9).toLocaleString("en", { maximumFractionDigits: 3 })} ms`;
  if (size >= PICO) return `${(time / PICO).toLocaleString("en", { maximumFractionDigits: 3 })} us`;
  return `${(time / 1e3).toLocaleString("en", { maximumFractionDigits: 1 })} ns`;
}

// A canvas as wide as its place, sharp on any screen; gives its width.
function fit(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.parentElement.clientWidth - 2;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  return width;
}

// The part of time that is shown; all that show it are drawn again when it changes.
class View {
  constructor(end) {
    this.all = [0, end];
    this.from = 0;
    this.to = end;
    this.watchers = [];
    this.pending = false;
  }
  set(from, to) {
    const span = Math.min(Math.max(to - from, 1000), this.all[1]);
    this.from = Math.min(Math.max(from, 0), this.all[1] - span);
    this.to = this.from + span;
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.watchers.forEach((draw) => draw());
    });
  }
  zoom(factor, at) {
    this.set(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }
  move(share) {
    const by = (this.to - this.from) * share;
    this.set(this.from + by, this.to + by);
  }
}

function drawAxis(paint, view, width, height) {
  const span = view.to - view.from, wanted = span / Math.max((width - LEFT) / 110, 1);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => it >= wanted);
  paint.font = "11px system-ui, sans-serif";
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    const x = LEFT + ((time - view.from) / span) * (width - LEFT);
    paint.fillStyle = "#eef0f3";
    paint.fillRect(x, AXIS - 6, 1, height);
    paint.fillStyle = "#6b7280";
    paint.fillText(timeText(time), Math.min(x + 3, width - 60), 12);
  }
}

// lanes: {name, begins, ends, items} with bars in order, none over another; colour(item),
// label(item), chosen(item or null), marks(): arrows as [lane, time, lane, time].
class Timeline {
  constructor(canvas, view, lanes, laneHeight, calls) {
    Object.assign(this, { canvas, view, lanes, laneHeight, calls });
    this.height = AXIS + lanes.length * laneHeight + 4;
    view.watchers.push(() => this.draw());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      view.zoom(1.0015 ** event.deltaY, this.timeAt(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("dblclick", () => view.set(...view.all));
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }
  timeAt(x) {
    const share = (x - LEFT) / (this.width - LEFT);
    return this.view.from + Math.min(Math.max(share, 0), 1) * (this.view.to - this.view.from);
  }
  xOf(time) {
    const span = this.view.to - this.view.from;
    return LEFT + ((time - this.view.from) / span) * (this.width - LEFT);
  }
  // The first bar of a lane that ends after a time.
  firstAfter(lane, time) {
    let low = 0, high = lane.ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lane.ends[middle] > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
  itemAt(x, y) {
    const lane = this.lanes[Math.floor((y - AXIS) / this.laneHeight)];
    if (!lane || x < LEFT) return null;
    const time = this.timeAt(x), bar = this.firstAfter(lane, time);
    const near = (this.view.to - this.view.from) / (this.width - LEFT);
    return bar < lane.begins.length && lane.begins[bar] <= time + near ? lane.items[bar] : null;
  }
  draw() {
    this.width = fit(this.canvas, this.height);
    const paint = this.canvas.getContext("2d"), { view } = this;
    paint.fillStyle = "#fff";
    paint.fillRect(0, 0, this.width, this.height);
    drawAxis(paint, view, this.width, this.height);
    let drawn = 0;
    this.lanes.forEach((lane, number) => {
      const top = AXIS + number * this.laneHeight;
      drawn += this.drawLane(paint, lane, top, view);
      if (this.laneHeight >= 9 || number % 3 === 0) {
        paint.fillStyle = "#6b7280";
        paint.fillText(lane.name, 4, top + Math.min(this.laneHeight, 11) - 1);
      }
    });
    this.drawMarks(paint);
    this.canvas.dataset.bars = drawn;
    this.canvas.dataset.from = view.from;
    this.canvas.dataset.to = view.to;
  }
  drawLane(paint, lane, top, view) {
    const pixel = (view.to - view.from) / (this.width - LEFT), height = this.laneHeight - 1;
    let bar = this.firstAfter(lane, view.from), drawn = 0;
    while (bar < lane.begins.length && lane.begins[bar] < view.to) {
      const begin = Math.max(lane.begins[bar], view.from);
      let end = Math.min(lane.ends[bar], view.to);
      const item = lane.items[bar];
      if (end - begin < pixel) {
        end = begin + pixel;
        bar = Math.max(this.firstAfter(lane, end), bar + 1);
      } else {
        bar += 1;
      }
      const x = this.xOf(begin), wide = this.xOf(end) - x;
      paint.fillStyle = this.calls.colour(item);
      paint.fillRect(x, top, Math.max(wide - (wide > 3 ? 0.5 : 0), 0.7), height);
      drawn += 1;
      if (wide > 60 && height >= 10) {
        paint.save();
        paint.beginPath();
        paint.rect(x, top, wide - 3, height);
        paint.clip();
        paint.fillStyle = "#1d2129";
        paint.fillText(this.calls.label(item), x + 3, top + 9);
        paint.restore();
      }
    }
    return drawn;
  }
  drawMarks(paint) {
    paint.save();
    paint.beginPath();
    paint.rect(LEFT, AXIS, this.width - LEFT, this.height);
    paint.clip();
    paint.strokeStyle = "#c2410c";
    for (const [from, begin, to, end] of this.calls.marks()) {
      const y = (lane) => AXIS + (lane + 0.5) * this.laneHeight;
      paint.beginPath();
      paint.moveTo(this.xOf(begin), y(from));
      paint.lineTo(this.xOf(end), y(to));
      paint.lineTo(this.xOf(end) - 5, y(to) - 3);
      paint.stroke();
    }
    paint.restore();
  }
  press(event) {
    const { view, canvas } = this, from = view.from, to = view.to, start = event.offsetX;
    let moved = false;
    const move = (next) => {
      moved = moved || Math.abs(next.offsetX - start) > 3;
      const by = ((next.offsetX - start) / (this.width - LEFT)) * (to - from);
      if (moved) view.set(from - by, to - by);
    };
    canvas.setPointerCapture(event.pointerId);
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", (last) => {
      canvas.removeEventListener("pointermove", move);
      if (!moved) this.calls.chosen(this.itemAt(last.offsetX, last.offsetY));
      view.set(view.from, view.to);
    }, { once: true });
  }
  hover(event) {
    const item = this.itemAt(event.offsetX, event.offsetY);
    this.canvas.title = item === null ? "" : this.calls.label(item);
  }
  key(event) {
    const middle = (this.view.from + this.view.to) / 2;
    const keys = {
      "+": () => this.view.zoom(0.5, middle),
      "-": () => this.view.zoom(2, middle),
      0: () => this.view.set(...this.view.all),
      ArrowLeft: () => this.view.move(-0.2),
      ArrowRight: () => this.view.move(0.2),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}
