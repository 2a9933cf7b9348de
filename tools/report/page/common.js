// SPDX-License-Identifier: Apache-2.0
// Shared by the pages: the data, numbers for people, elements, the tooltip, the chart of speed-ups.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const css = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

const whole = n => Math.round(n).toLocaleString("en-US");
const fixed = (n, digits) => n.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
const times = n => fixed(n, n < 10 ? 2 : 1) + "×";
const percent = (n, digits = 0) => fixed(n * 100, digits) + "%";
function duration(ns) {
  if (ns < 1e3) return whole(ns) + " ns";
  if (ns < 1e6) return fixed(ns / 1e3, ns < 1e4 ? 2 : 1) + " µs";
  if (ns < 1e9) return fixed(ns / 1e6, ns < 1e7 ? 2 : 1) + " ms";
  return fixed(ns / 1e9, 2) + " s";
}

/** An element: h("td", {class: "left"}, "text", child). Text is never parsed as HTML. */
function h(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "line", "path", "circle", "rect", "text", "polyline", "title"].includes(tag);
  const out = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) out.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) out.setAttribute(name, value);
  out.append(...children.filter(child => child !== undefined && child !== null));
  return out;
}

const tip = byId("tip");
/** rows: [name, value] pairs. */
function showTip(event, title, rows) {
  tip.replaceChildren(h("b", {}, title), h("table", {}, ...rows.map(([name, value]) => h("tr", {}, h("td", {}, name), h("td", {}, String(value))))));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const x = event.clientX + 16 + box.width > innerWidth ? event.clientX - box.width - 12 : event.clientX + 16;
  const y = Math.min(event.clientY + 16, innerHeight - box.height - 8);
  tip.style.left = Math.max(4, x) + "px";
  tip.style.top = Math.max(4, y) + "px";
}
const hideTip = () => { tip.hidden = true; };

/** headings: text, or {text, left}; rows of text or elements. */
function table(headings, rows) {
  return h("div", {class: "scroll"}, h("table", {},
    h("thead", {}, h("tr", {}, ...headings.map(heading => h("th", heading.left ? {class: "left"} : {}, heading.text ?? heading)))),
    h("tbody", {}, ...rows.map(cells => h("tr", {}, ...cells.map((cell, i) =>
      cell instanceof Element && cell.tagName === "TD" ? cell : h("td", headings[i].left ? {class: "left"} : {}, cell)))))));
}

function facts(pairs) {
  return pairs.filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => h("span", {}, name + " ", h("b", {}, String(value))));
}

/**
 * Speed-up over cores, both axes logarithmic to base two.
 * series: [{name, colour, dashed, points: [[cores, speedUp]]}]
 */
function speedChart(series) {
  const width = 620, height = 330, left = 46, right = 150, top = 16, bottom = 40;
  const points = series.flatMap(one => one.points);
  const most = Math.max(2, ...points.map(point => point[0]));
  const highest = Math.max(2, ...points.map(point => point[1]));
  const lowest = Math.min(1, ...points.map(point => point[1]));
  const low = Math.floor(Math.log2(lowest) * 2) / 2, high = Math.ceil(Math.log2(highest * 1.05) * 2) / 2;
  const x = cores => left + (width - left - right) * Math.log2(cores) / Math.log2(most);
  const y = ratio => height - bottom - (height - top - bottom) * (Math.log2(ratio) - low) / (high - low);
  const svg = h("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Speed-up over the number of cores"});
  for (let power = Math.ceil(low); power <= high; ++power)
    svg.append(h("line", {class: "axis", x1: left, x2: width - right, y1: y(2 ** power), y2: y(2 ** power)}),
               h("text", {x: left - 8, y: y(2 ** power) + 4, "text-anchor": "end"}, 2 ** power + "×"));
  for (let cores = 1; cores <= most; cores *= 2)
    svg.append(h("text", {x: x(cores), y: height - bottom + 18, "text-anchor": "middle"}, String(cores)));
  svg.append(h("text", {x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle"}, "cores"));
  const end = Math.min(most, 2 ** high);
  svg.append(h("line", {x1: x(Math.max(1, 2 ** low)), y1: y(Math.max(1, 2 ** low)), x2: x(end), y2: y(end), stroke: css("faint"), "stroke-dasharray": "1 4", "stroke-linecap": "round"}));
  const labels = [];
  for (const one of series) {
    if (one.points.length === 0) continue;
    svg.append(h("polyline", {points: one.points.map(([cores, ratio]) => x(cores) + "," + y(ratio)).join(" "), fill: "none", stroke: one.colour,
      "stroke-width": one.dashed ? 1.75 : 2.5, "stroke-dasharray": one.dashed ? "5 4" : "none", "stroke-linejoin": "round"}));
    for (const [cores, ratio] of one.points)
      svg.append(h("circle", {cx: x(cores), cy: y(ratio), r: one.dashed ? 3 : 4.5, fill: one.dashed ? css("card") : one.colour, stroke: one.colour, "stroke-width": 1.75,
        onmousemove: event => showTip(event, one.name, [["cores", cores], ["speed-up", times(ratio)]]), onmouseleave: hideTip}));
    const [cores, ratio] = one.points.at(-1);
    labels.push({at: y(ratio), x: x(cores), one, text: `${one.name} ${times(ratio)}`});
  }
  // Names stand beside the ends of their lines, apart from one another.
  labels.sort((a, b) => a.at - b.at);
  let free = top;
  for (const label of labels) {
    const at = Math.max(label.at, free);
    free = at + 15;
    const beside = label.x < width - right - 100 ? label.x : width - right;
    svg.append(h("text", {x: beside + 10, y: at + 4, style: `fill:${label.one.colour}`}, label.text));
  }
  return svg;
}

/** Whether both threads had their core: else the time of two threads says nothing. */
const undisturbed = one => !one.measured_cpu_ns || one.measured_cpu_ns / one.measured_ns >= 1.9;

/** Speed-ups of a simulation, for `speedChart`: what was measured undisturbed, and what the model says. */
function simulationSeries(simulation) {
  const colours = ["execute", "commit", "take", "rerun", "accent"];
  const out = [];
  simulation.lanes.forEach((row, i) => {
    const colour = css(colours[i % colours.length]);
    const serial = row.measured.serial_ns;
    out.push({name: `${row.lanes} lanes`, colour, dashed: true, points: row.points.map(point => [point.cores, point.speed_up_execute])});
    out.push({name: "measured", colour, dashed: false, points: row.validation.filter(undisturbed).map(one => [one.threads, serial / one.measured_ns])});
  });
  return out;
}

// What is drawn with colours is drawn again when they change.
const drawings = [];
function drawn(draw) { drawings.push(draw); draw(); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawings.forEach(draw => draw()));
