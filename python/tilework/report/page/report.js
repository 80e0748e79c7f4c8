// Puts a page's data on its canvases.

function lanesOf(run) {
  const made = new Map(run.lanes.map((name, lane) => [lane, { name, begins: [], ends: [], items: [] }]));
  const { lane, begin, end, item } = run.bars;
  lane.forEach((number, bar) => {
    const its = made.get(number);
    its.begins.push(begin[bar]);
    its.ends.push(end[bar]);
    its.items.push(item[bar]);
  });
  return [...made.values()];
}

function showRun(section, run) {
  const view = new View(run.makespan), lanes = lanesOf(run), tasks = run.tasks;
  const find = (name) => section.querySelector(name);
  const nameOf = (task) => run.kernels[tasks.kernel[task]]?.name ?? "join";
  const lineOf = (task) => run.kernels[tasks.kernel[task]]?.line ?? "";
  let marks = [];
  const placeOf = new Map();
  lanes.slice(run.first_core_lane).forEach((lane, number) => lane.items.forEach((task, bar) => {
    const known = placeOf.get(task), lanesNumber = number + run.first_core_lane;
    if (!known || lane.begins[bar] < known.begin)
      placeOf.set(task, { lane: lanesNumber, begin: lane.begins[bar], end: lane.ends[bar] });
  }));
  const choose = (task) => {
    marks = [];
    if (task === null) {
      find(".details").textContent = "";
      return;
    }
    const at = (moment) => timeText(tasks[moment][task]);
    const after = run.dependences[task] || [];
    find(".details").textContent = `task ${task}: ${nameOf(task)}, ${lineOf(task)}\n` +
      `submitted ${at("submitted")}, ready ${at("ready")}, dispatched ${at("dispatched")}, ` +
      `arrived ${at("arrived")}, started ${at("started")}, ended ${at("ended")}, ` +
      `completed ${at("completed")}\n` +
      (after.length ? `after ${after.map((it) => `${it} ${nameOf(it)}`).join(", ")}` : "");
    const to = placeOf.get(task);
    for (const earlier of after) {
      const from = placeOf.get(earlier);
      if (from && to) marks.push([from.lane, tasks.ended[earlier], to.lane, to.begin]);
    }
  };
  const laneHeight = Math.max(5, Math.min(12, Math.floor(720 / lanes.length)));
  const timeline = new Timeline(find(".timeline"), view, lanes, laneHeight, {
    colour: (task) => (tasks.kernel[task] < 0 ? "#9ca3af" : colourOf(tasks.kernel[task])),
    label: (task) => `${nameOf(task)} ${lineOf(task)}`,
    chosen: choose,
    marks: () => marks,
  });
  view.watchers.push(() => drawCurves(find(".plots"), view, run.curves));
  run.kernels.forEach((kernel, number) => {
    const entry = document.createElement("span");
    entry.style.setProperty("--own", colourOf(number));
    entry.textContent = kernel.name;
    find(".legend").append(entry);
  });
  drawRoofline(find(".roofline"), run.roofline, run.makespan);
  if (run.inside.length) showInside(section, run);
  view.set(0, run.makespan);
  return { view, timeline, choose };
}

function showInside(section, run) {
  const select = section.querySelector(".inside-of"), old = section.querySelector(".inside");
  run.inside.forEach((it, number) => {
    const option = document.createElement("option");
    option.value = number;
    option.textContent = `${it.name}: task ${it.task}, ${timeText(it.span)}`;
    select.append(option);
  });
  const show = () => {
    const inside = run.inside[select.value], view = new View(inside.span);
    const canvas = section.querySelector(".inside").cloneNode();
    section.querySelector(".inside").replaceWith(canvas);
    const text = (it) => run.instructions[it];
    new Timeline(canvas, view, lanesOf(inside), 14, {
      colour: (it) => colourOf(text(it).colour),
      label: (it) => `${text(it).operation} ${text(it).line}`,
      chosen: (it) => {
        section.querySelector(".inside-details").textContent =
          it === null ? "" : `${text(it).text}\n${text(it).line}`;
      },
      marks: () => [],
    });
    view.set(0, inside.span);
  };
  select.addEventListener("change", show);
  if (old) show();
}

const data = JSON.parse(document.getElementById("data").textContent);
const shown = data.runs.map((run, number) => showRun(document.getElementById(`run${number}`), run));
if (data.sweep.length) drawSweep(document.querySelector(".sweep"), data.sweep);
document.querySelectorAll("table.sorts").forEach(makeSortable);
window.addEventListener("resize", () => shown.forEach(({ view }) => view.set(view.from, view.to)));
