// SPDX-License-Identifier: Apache-2.0
// The page of one run: headline, then timeline, graph, hot keys and speed-ups of one of its blocks.
const totals = data.totals, block = data.block, tx = block.tx;
const nameOf = i => block.names[tx.label[i]];

function headline() {
  document.title = `${data.workload} · Switchyard`;
  byId("title").append(data.workload, h("span", {class: "badge"}, "parallel = serial, checked"));
  byId("lead").textContent = `${data.summary[0].toUpperCase()}${data.summary.slice(1)}. What its transactions meet in: ${data.contention}.`;
  const machine = data.machine;
  byId("settings").append(...facts([["machine", `${machine.cpu}, ${machine.threads} threads`], ["lanes", data.settings.lanes],
    ["threads", data.settings.threads], ["detector", data.settings.detector], ["transactions of a block", whole(data.settings.block)],
    ["users", whole(data.settings.users)], ["instances", whole(data.settings.instances)], ["Zipf exponent", data.settings.zipf],
    ["hot share", data.settings.hot_percent + "%"], ["seed", data.settings.seed], ["build", `${machine.compiler}, ${machine.build_type}, ${machine.commit}`], ["date", data.date]]));
  const tile = (name, value, unit, more) => h("div", {class: "tile"}, h("div", {class: "name"}, name),
    h("div", {class: "value"}, value, unit ? h("small", {}, " " + unit) : null), h("div", {class: "more"}, more));
  const each = ns => ns / totals.transactions;
  const prediction = totals.prediction;
  byId("tiles").append(
    tile("Speed-up over serial", times(totals.speed_up.median), "", `${times(totals.speed_up.min)} to ${times(totals.speed_up.max)} in ${data.rounds.length} rounds`),
    tile("Throughput", whole(totals.parallel_per_second), "tx/s", `serial: ${whole(totals.serial_per_second)} tx/s`),
    tile("Ran twice", percent(totals.aborts / totals.transactions, 2), "", `${whole(totals.aborts)} of ${whole(totals.transactions)} transactions`),
    tile("Planned waits", fixed(totals.waits / totals.transactions, 2), "a tx", `${whole(totals.waits)} between lanes, in ${whole(totals.blocks)} blocks`),
    tile("CPU time", duration(each(totals.parallel_cpu_ns)), "a tx", `serial: ${duration(each(totals.serial_cpu_ns))}; waiting threads keep their core busy`),
    prediction && prediction.compared > 0 ? tile("Predicted keys", percent(prediction.slots.recall, 1), "recall", `of slots; precision ${percent(prediction.slots.precision, 1)}`) : null,
    totals.energy.available ? tile("Energy", fixed(totals.energy.parallel_uj / totals.transactions, 1), "µJ a tx", `serial: ${fixed(totals.energy.serial_uj / totals.transactions, 1)} µJ`)
      : tile("Energy", "–", "", totals.energy.reason));
}

function rowsByThread() {
  const rows = Array.from({length: block.threads}, (_, t) => ({name: "thread " + t, parts: []}));
  for (let i = 0; i < block.transactions; ++i) {
    rows[tx.thread[i]].parts.push({i, kind: "execute", from: tx.begin[i], to: tx.end[i]});
    const middle = tx.commit_begin[i] + tx.rerun[i];
    if (tx.rerun[i] > 0) rows[tx.commit_thread[i]].parts.push({i, kind: "rerun", from: tx.commit_begin[i], to: middle});
    rows[tx.commit_thread[i]].parts.push({i, kind: "commit", from: middle, to: tx.commit_end[i]});
  }
  return rows;
}

function rowsByLane() {
  const rows = Array.from({length: block.lanes}, (_, l) => ({name: "lane " + l, parts: []}));
  const order = [...tx.begin.keys()].sort((a, b) => tx.begin[a] - tx.begin[b]);
  const free = new Array(block.lanes).fill(block.before_ns);
  for (const i of order) {
    const lane = tx.lane[i];
    const until = Math.min(tx.waited_until[i], tx.begin[i]);
    if (until > free[lane]) rows[lane].parts.push({i, kind: "wait", from: free[lane], to: until});
    rows[lane].parts.push({i, kind: tx.rerun[i] > 0 ? "rerun" : "execute", from: tx.begin[i], to: tx.end[i]});
    free[lane] = tx.end[i];
  }
  const commits = {name: "commit", parts: []};
  for (let i = 0; i < block.transactions; ++i)
    commits.parts.push({i, kind: tx.rerun[i] > 0 ? "rerun" : "commit", from: tx.commit_begin[i], to: tx.commit_end[i]});
  return [...rows, commits];
}

function timeline() {
  if (!block.timed) {
    byId("timeline-lead").textContent = "One lane runs on the serial executor: there is no timeline to draw.";
    byId("canvas").hidden = true;
    return;
  }
  byId("timeline-lead").textContent = `Block ${whole(block.number)}: ${whole(block.transactions)} transactions in ${duration(block.total_ns)} on ${block.threads} threads and ${block.lanes} lanes, `
    + `${whole(block.waits)} waits, ${whole(block.aborts)} ran twice. One execution of the block by its plan, with a clock at each step.`;
  const canvas = byId("canvas"), context = canvas.getContext("2d");
  const views = {thread: rowsByThread(), lane: rowsByLane()};
  for (const rows of Object.values(views)) for (const row of rows) row.parts.sort((a, b) => a.from - b.from);
  const left = 72, axis = 26, all = Math.max(1, block.total_ns);
  let view = "thread", from = 0, to = all, hovered = null;
  const producers = new Map();
  block.dependencies.to.forEach((i, d) => { if (!producers.has(i)) producers.set(i, []); producers.get(i).push(d); });

  const geometry = () => {
    const rows = views[view], height = view === "thread" ? Math.max(26, Math.min(56, 240 / rows.length)) : Math.max(9, Math.min(28, 420 / rows.length));
    return {rows, height, gap: height > 14 ? 5 : 2, width: canvas.clientWidth - left};
  };
  const x = (time, width) => left + (time - from) / (to - from) * width;

  /** Many parts to a pixel: the share of each kind in each pixel column. */
  function drawShares(row, top, height, width) {
    const kinds = ["execute", "commit", "rerun", "wait"], shares = kinds.map(() => new Float32Array(Math.ceil(width) + 1));
    const scale = width / (to - from);
    for (const part of row.parts) {
      if (part.to < from || part.from > to) continue;
      const a = Math.max(0, (part.from - from) * scale), b = Math.min(width, (part.to - from) * scale), share = shares[kinds.indexOf(part.kind)];
      for (let column = Math.floor(a); column <= Math.floor(b) && column < share.length; ++column)
        share[column] += Math.max(0, Math.min(b, column + 1) - Math.max(a, column));
    }
    kinds.forEach((kind, k) => {
      context.fillStyle = css(kind);
      for (let column = 0; column < width; ++column) {
        let below = 0;
        for (let other = 0; other < k; ++other) below += shares[other][column];
        const part = Math.min(1 - below, shares[k][column]);
        if (part > 0.004) context.fillRect(left + column, top + height * (1 - below - part), 1, height * part);
      }
    });
  }

  function drawParts(row, top, height, width) {
    for (const part of row.parts) {
      if (part.to < from || part.from > to) continue;
      const a = Math.max(left, x(part.from, width)), b = Math.min(left + width, x(part.to, width));
      context.fillStyle = css(part.kind);
      context.fillRect(a, top, Math.max(0.6, b - a - (b - a > 3 ? 1 : 0)), height);
      if (b - a > 34 && height >= 18 && part.kind !== "wait") {
        context.fillStyle = css("card");
        context.font = "11px system-ui, sans-serif";
        const text = b - a > 150 ? `${part.i} ${nameOf(part.i)}` : String(part.i);
        context.save();
        context.beginPath();
        context.rect(a, top, b - a - 4, height);
        context.clip();
        context.fillText(text, a + 5, top + height / 2 + 4);
        context.restore();
      }
    }
  }

  function drawTicks(height, width) {
    const span = to - from, step = [1, 2, 5].map(m => m * 10 ** Math.floor(Math.log10(span / 8))).concat(10 ** Math.ceil(Math.log10(span / 8))).find(s => span / s <= 10);
    context.fillStyle = css("soft");
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      context.fillStyle = css("line");
      context.fillRect(Math.round(x(at, width)), 0, 1, height);
      context.fillStyle = css("soft");
      const px = x(at, width);
      if (px < left + width - 24) context.fillText(at === 0 ? "0" : duration(at), Math.max(px, left + 4), height + 16);
    }
    context.textAlign = "left";
  }

  function draw() {
    const {rows, height, gap, width} = geometry();
    const whole_height = rows.length * (height + gap), ratio = devicePixelRatio || 1;
    canvas.style.height = whole_height + axis + "px";
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round((whole_height + axis) * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, whole_height + axis);
    drawTicks(whole_height, width);
    rows.forEach((row, r) => {
      const top = r * (height + gap);
      context.fillStyle = css("track");
      context.fillRect(left, top, width, height);
      context.fillStyle = css("soft");
      context.font = (height < 12 ? 9 : 12) + "px system-ui, sans-serif";
      if (height >= 9) context.fillText(row.name, 0, top + height / 2 + 4);
      const visible = row.parts.reduce((n, part) => n + (part.to >= from && part.from <= to ? 1 : 0), 0);
      (visible * 3 > width ? drawShares : drawParts)(row, top, height, width);
    });
    if (hovered) drawHovered(rows, height, gap, width);
    byId("range").textContent = from === 0 && to === all ? "" : `${duration(from)} to ${duration(to)}`;
  }

  function drawHovered(rows, height, gap, width) {
    const place = i => {
      for (let r = 0; r < rows.length; ++r) {
        if (rows[r].name === "commit") continue;
        const part = rows[r].parts.find(one => one.i === i && (one.kind === "execute" || (view === "lane" && one.kind === "rerun")));
        if (part) return {r, part};
      }
      return null;
    };
    const here = place(hovered);
    if (!here) return;
    context.strokeStyle = css("ink");
    context.lineWidth = 1.5;
    for (const d of (producers.get(hovered) ?? []).slice(0, 24)) {
      const there = place(block.dependencies.from[d]);
      if (!there) continue;
      const x1 = x(there.part.to, width), y1 = there.r * (height + gap) + height / 2, x2 = x(here.part.from, width), y2 = here.r * (height + gap) + height / 2;
      context.beginPath();
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1 + 30, y1, x2 - 30, y2, x2, y2);
      context.stroke();
    }
    context.strokeRect(x(here.part.from, width) - 1, here.r * (height + gap) - 1, Math.max(2, x(here.part.to, width) - x(here.part.from, width)) + 1, height + 2);
  }

  function partAt(event) {
    const box = canvas.getBoundingClientRect(), {rows, height, gap, width} = geometry();
    const row = rows[Math.floor((event.clientY - box.top) / (height + gap))];
    const px = event.clientX - box.left;
    if (!row || px < left) return null;
    const time = from + (px - left) / width * (to - from), slack = (to - from) / width;
    return row.parts.find(part => part.from <= time && time <= part.to) ?? row.parts.find(part => part.from - slack <= time && time <= part.to + slack) ?? null;
  }

  const described = {execute: "first execution", commit: "commit", rerun: "ran again", wait: "waits for another lane"};
  function describe(event) {
    const part = partAt(event);
    if (!part) { hideTip(); if (hovered !== null) { hovered = null; draw(); } return; }
    const i = part.i;
    const needs = (producers.get(i) ?? []);
    showTip(event, `#${i} ${nameOf(i)}`, [
      [view === "lane" && part.kind === "rerun" ? "first execution" : described[part.kind], duration(part.to - part.from)], ["from", block.names[tx.sender[i]]], ["gas", whole(tx.gas[i])],
      ["lane, thread", `${tx.lane[i]}, ${tx.thread[i]}`], ["executed", `${duration(tx.end[i] - tx.begin[i])}, at ${duration(tx.begin[i])}`],
      ["committed", `${duration(tx.commit_end[i] - tx.commit_begin[i])}, at ${duration(tx.commit_begin[i])}`],
      ...(tx.rerun[i] > 0 ? [["ran again", duration(tx.rerun[i])]] : []), ...(tx.succeeded[i] ? [] : [["outcome", "failed, as serially"]]),
      ...needs.slice(0, 3).map(d => ["needs #" + block.dependencies.from[d], block.keys[block.dependencies.key[d]]]),
      ...(needs.length > 3 ? [["", `and ${needs.length - 3} more`]] : [])]);
    if (hovered !== i) { hovered = i; draw(); }
  }

  function show(a, b) {
    const span = Math.min(all, Math.max(200, b - a));
    from = Math.max(0, Math.min(all - span, a));
    to = from + span;
    draw();
  }
  const zoom = (factor, at = (from + to) / 2) => show(at - (at - from) * factor, at + (to - at) * factor);
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect(), width = geometry().width;
    const at = from + Math.max(0, Math.min(1, (event.clientX - box.left - left) / width)) * (to - from);
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const by = (event.deltaX || event.deltaY) / width * (to - from);
      show(from + by, to + by);
    } else zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.006), at);
  }, {passive: false});
  let drag = null;
  canvas.addEventListener("pointerdown", event => { drag = {x: event.clientX, from, to}; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", () => { drag = null; });
  canvas.addEventListener("pointermove", event => {
    if (!drag) return describe(event);
    const by = (drag.x - event.clientX) / geometry().width * (drag.to - drag.from);
    hideTip();
    show(drag.from + by, drag.to + by);
  });
  canvas.addEventListener("pointerleave", () => { hideTip(); hovered = null; draw(); });
  canvas.addEventListener("dblclick", () => show(0, all));
  canvas.addEventListener("keydown", event => {
    const by = (to - from) / 8;
    const actions = {"+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1 / 0.7), "0": () => show(0, all), ArrowLeft: () => show(from - by, to - by), ArrowRight: () => show(from + by, to + by)};
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  });
  byId("zoom-in").onclick = () => zoom(0.5);
  byId("zoom-out").onclick = () => zoom(2);
  byId("zoom-all").onclick = () => show(0, all);
  const pick = name => {
    view = name;
    byId("by-thread").setAttribute("aria-pressed", name === "thread");
    byId("by-lane").setAttribute("aria-pressed", name === "lane");
    draw();
  };
  byId("by-thread").onclick = () => pick("thread");
  byId("by-lane").onclick = () => pick("lane");
  addEventListener("resize", draw);
  drawn(draw);
  // A page may be opened at one of its views: #lanes, #zoom=FROM,TO in nanoseconds.
  if (location.hash.includes("lanes")) pick("lane");
  const asked = location.hash.match(/zoom=(\d+),(\d+)/);
  if (asked) show(Number(asked[1]), Number(asked[2]));
}

/** Transactions as nodes: to the right what depends, from top to bottom in block order. */
function transactionGraph() {
  const columns = new Map();
  for (let i = 0; i < block.transactions; ++i) {
    if (!columns.has(tx.depth[i])) columns.set(tx.depth[i], []);
    columns.get(tx.depth[i]).push(i);
  }
  const tallest = Math.max(...[...columns.values()].map(column => column.length)), deepest = Math.max(...columns.keys());
  const width = 560, height = Math.max(160, Math.min(620, tallest * 16 + 30));
  const x = depth => 24 + (width - 48) * (deepest === 0 ? 0.5 : depth / deepest);
  const y = i => { const column = columns.get(tx.depth[i]); return 14 + (height - 28) * (column.indexOf(i) + 0.5) / column.length; };
  const svg = h("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Transactions and their dependencies"});
  const lines = block.dependencies.from.map((a, d) => {
    const b = block.dependencies.to[d], bend = Math.max(12, (x(tx.depth[b]) - x(tx.depth[a])) / 2);
    const line = h("path", {d: `M${x(tx.depth[a])} ${y(a)} C${x(tx.depth[a]) + bend} ${y(a)} ${x(tx.depth[b]) - bend} ${y(b)} ${x(tx.depth[b])} ${y(b)}`, fill: "none", stroke: css("faint"), "stroke-opacity": .55});
    svg.append(line);
    return line;
  });
  const most = Math.max(...tx.gas);
  for (let i = 0; i < block.transactions; ++i)
    svg.append(h("circle", {cx: x(tx.depth[i]), cy: y(i), r: 2.5 + 3.5 * Math.sqrt(tx.gas[i] / most), fill: tx.rerun && tx.rerun[i] > 0 ? css("rerun") : css("execute"), stroke: css("card"),
      onmousemove: event => {
        lines.forEach((line, d) => { const mine = block.dependencies.from[d] === i || block.dependencies.to[d] === i; line.setAttribute("stroke", css(mine ? "ink" : "faint")); line.setAttribute("stroke-opacity", mine ? 1 : .25); });
        const needs = block.dependencies.to.flatMap((b, d) => b === i ? [["needs #" + block.dependencies.from[d], block.keys[block.dependencies.key[d]]]] : []);
        showTip(event, `#${i} ${nameOf(i)}`, [["gas", whole(tx.gas[i])], ...needs.slice(0, 5)]);
      },
      onmouseleave: () => { lines.forEach(line => { line.setAttribute("stroke", css("faint")); line.setAttribute("stroke-opacity", .55); }); hideTip(); }}));
  return svg;
}

/** Accounts as nodes, drawn apart by forces; the same page gives the same picture. */
function accountGraph() {
  const {nodes, edges} = block.conflicts, width = 560, height = 430, n = nodes.length;
  const svg = h("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Accounts that transactions meet in"});
  if (n === 0) return svg;
  const most = Math.max(...nodes.map(node => node.depending));
  const radius = node => 4 + 17 * Math.sqrt(node.depending / most);
  const at = nodes.map((_, i) => ({x: width / 2 + (60 + 4 * i) * Math.cos(i * 2.39996), y: height / 2 + (45 + 3 * i) * Math.sin(i * 2.39996)}));
  const strongest = Math.max(1, ...edges.map(edge => edge[2]));
  for (let step = 0; step < 400; ++step) {
    const cool = 1 - step / 400, push = at.map(() => ({x: 0, y: 0}));
    for (let a = 0; a < n; ++a)
      for (let b = a + 1; b < n; ++b) {
        const dx = at[a].x - at[b].x || 0.1, dy = at[a].y - at[b].y, square = Math.max(60, dx * dx + dy * dy), force = (2600 / square) * (1 + (radius(nodes[a]) + radius(nodes[b])) / 24);
        const fx = dx / Math.sqrt(square) * force, fy = dy / Math.sqrt(square) * force;
        push[a].x += fx; push[a].y += fy; push[b].x -= fx; push[b].y -= fy;
      }
    for (const [a, b, weight] of edges) {
      const dx = at[b].x - at[a].x, dy = at[b].y - at[a].y, pull = 0.012 + 0.03 * weight / strongest;
      push[a].x += dx * pull; push[a].y += dy * pull; push[b].x -= dx * pull; push[b].y -= dy * pull;
    }
    at.forEach((point, i) => {
      point.x += Math.max(-9, Math.min(9, push[i].x + (width / 2 - point.x) * 0.012)) * cool;
      point.y += Math.max(-9, Math.min(9, push[i].y + (height / 2 - point.y) * 0.018)) * cool;
      const r = radius(nodes[i]) + 3;
      point.x = Math.max(r, Math.min(width - r, point.x));
      point.y = Math.max(r + 4, Math.min(height - r - 18, point.y));
    });
  }
  const lines = edges.map(([a, b, weight]) => {
    const line = h("line", {x1: at[a].x, y1: at[a].y, x2: at[b].x, y2: at[b].y, stroke: css("faint"), "stroke-opacity": 0.25 + 0.5 * weight / strongest, "stroke-width": 0.75 + 3.5 * weight / strongest});
    svg.append(line);
    return line;
  });
  const order = [...nodes.keys()].sort((a, b) => nodes[b].depending - nodes[a].depending);
  nodes.forEach((node, i) => svg.append(h("circle", {cx: at[i].x, cy: at[i].y, r: radius(node), fill: css(node.labelled ? "execute" : "take"), "fill-opacity": .88, stroke: css("card"), "stroke-width": 1.5,
    onmousemove: event => {
      lines.forEach((line, e) => line.setAttribute("stroke", css(edges[e][0] === i || edges[e][1] === i ? "ink" : "faint")));
      showTip(event, node.name, [["transactions", whole(node.touching)], ["dependencies", whole(node.depending)]]);
    },
    onmouseleave: () => { lines.forEach(line => line.setAttribute("stroke", css("faint"))); hideTip(); }})));
  // The heaviest ones carry their names, as far as there is room.
  const taken = [];
  for (const i of order.slice(0, 30)) {
    const size = nodes[i].name.length * 6.3, box = {l: at[i].x - size / 2, r: at[i].x + size / 2, t: at[i].y + radius(nodes[i]) + 1, b: at[i].y + radius(nodes[i]) + 15};
    if (taken.some(other => box.l < other.r && other.l < box.r && box.t < other.b && other.t < box.b)) continue;
    if (nodes.some((node, other) => other !== i && at[other].x + radius(node) > box.l && at[other].x - radius(node) < box.r && at[other].y + radius(node) > box.t && at[other].y - radius(node) < box.b)) continue;
    taken.push(box);
    svg.append(h("text", {x: Math.max(size / 2, Math.min(width - size / 2, at[i].x)), y: box.b - 3, "text-anchor": "middle", style: `paint-order:stroke;stroke:${css("card")};stroke-width:3px;pointer-events:none`}, nodes[i].name));
  }
  return svg;
}

function depthChart() {
  const counts = [];
  for (const depth of tx.depth) counts[depth] = (counts[depth] ?? 0) + 1;
  const width = 560, height = 300, left = 48, bottom = 36, top = 12, most = Math.max(...counts), bar = (width - left) / counts.length;
  const svg = h("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Transactions by depth"});
  const y = n => top + (height - top - bottom) * (1 - n / most);
  for (const n of [0, most / 2, most])
    svg.append(h("line", {class: "axis", x1: left, x2: width, y1: y(n), y2: y(n)}), h("text", {x: left - 8, y: y(n) + 4, "text-anchor": "end"}, whole(n)));
  counts.forEach((count, depth) => svg.append(h("rect", {x: left + depth * bar + (bar > 4 ? 1 : 0), y: y(count ?? 0), width: Math.max(0.5, bar - (bar > 4 ? 2 : 0)), height: Math.max(0, height - bottom - y(count ?? 0)), fill: css("execute"), rx: bar > 10 ? 2 : 0,
    onmousemove: event => showTip(event, depth === 0 ? "depend on nobody" : `end a chain of ${depth + 1}`, [["transactions", whole(count ?? 0)]]), onmouseleave: hideTip})));
  const step = Math.max(1, Math.ceil(counts.length / 10));
  for (let depth = 0; depth < counts.length; depth += step)
    svg.append(h("text", {x: left + (depth + 0.5) * bar, y: height - bottom + 16, "text-anchor": "middle"}, String(depth)));
  svg.append(h("text", {x: (left + width) / 2, y: height - 3, "text-anchor": "middle"}, "transactions before it in its longest chain"));
  return svg;
}

function conflicts() {
  const free = tx.depth.filter(depth => depth === 0).length, longest = tx.depth.reduce((a, b) => Math.max(a, b), 0) + 1;
  const small = block.transactions <= 120;
  byId("conflicts-lead").textContent = `Of ${whole(block.transactions)} transactions ${whole(free)} depend on no other one; ${whole(block.dependencies.all)} dependencies; the longest chain has ${whole(longest)}. `
    + "A dependency is a value that one transaction read and another had made.";
  byId("graph-title").textContent = small ? "Transactions, and what they need" : "Accounts in which transactions meet"
    + (block.conflicts.left_out > 0 ? ` (the first ${block.conflicts.nodes.length} of ${whole(block.conflicts.nodes.length + block.conflicts.left_out)})` : "");
  drawn(() => byId("graph").replaceChildren(block.conflicts.nodes.length === 0 ? h("p", {class: "lead"}, "No transaction depends on another one.") : small ? transactionGraph() : accountGraph()));
  drawn(() => byId("depths").replaceChildren(depthChart()));
}

function hotKeys() {
  // What is only added to holds nobody up, and would hide the rest.
  const shown = block.hot.filter(key => key.adding < key.touching).slice(0, 20), added = block.hot.filter(key => key.adding === key.touching);
  const most = Math.max(1, ...shown.map(key => key.touching));
  const meter = key => {
    const part = (n, colour) => h("span", {style: `width:${n / most * 100}%;background:var(--${colour})`});
    return h("div", {class: "meter"}, part(key.writing, "execute"), part(key.adding, "commit"), part(key.touching - key.writing - key.adding, "wait"));
  };
  byId("hot-table").append(shown.length === 0 ? h("p", {class: "lead"}, "No account or slot is changed by one transaction and read or written by another.")
    : table([{text: "account", left: true}, {text: "part", left: true}, {text: "", left: true}, "transactions", "write", "only add", "depend"],
      shown.map(key => [key.name, h("td", {class: "left mono weak"}, key.part), meter(key), whole(key.touching), whole(key.writing), whole(key.adding), whole(key.depending)])));
  if (added.length > 0)
    byId("hot-table").append(h("p", {class: "hint"}, "Only added to: " + added.slice(0, 8).map(key => `${key.name} · ${key.part} (${whole(key.touching)})`).join(", ")
      + (added.length > 8 ? `, and ${added.length - 8} more` : "") + "."));
}

function speed() {
  const simulation = data.simulation;
  byId("speed-lead").textContent = `Block ${whole(block.number)} alone. Solid dots were measured with one and two threads on this machine; open dots are simulated from measured costs. `
    + "The dotted line is one more core, one more time as fast.";
  drawn(() => byId("speed-chart").replaceChildren(speedChart(simulationSeries(simulation))));
  // One row for each number of cores; what was measured stands beside what the model says.
  const headings = [{text: "cores", left: true}], weak = text => h("td", {class: "weak"}, text);
  for (const row of simulation.lanes) headings.push(`${row.lanes} lanes: measured`, "simulated", "ran twice");
  const rows = simulation.lanes.length === 0 ? [] : simulation.lanes[0].points.map((one, p) => [String(one.cores), ...simulation.lanes.flatMap(row => {
    const point = row.points[p], measured = row.validation.find(other => other.threads === point.cores);
    return [measured ? times(row.measured.serial_ns / measured.measured_ns) : weak("–"), times(point.speed_up_execute), whole(point.aborts)];
  })]);
  byId("speed-table").append(table(headings, rows), h("p", {class: "hint"}, simulation.lanes.map(row => {
    const two = row.validation.find(one => one.threads === 2);
    return two && !undisturbed(two) ? `With ${row.lanes} lanes two threads had ${fixed(two.measured_cpu_ns / two.measured_ns, 2)} cores: the machine was busy, and the chart leaves this out. ` : "";
  }).join("")));
}

function footer() {
  byId("footer").append("Made by ", h("code", {}, data.command), ". Times of the whole run: wall time of planning and execution, the same blocks serially in between.");
}

headline();
timeline();
conflicts();
hotKeys();
speed();
footer();
