// SPDX-License-Identifier: Apache-2.0
// The page of a simulation.
const kinds = [["execute_ns", "execute", "execute"], ["commit_ns", "commit", "commit"], ["rerun_ns", "rerun", "run again"], ["take_ns", "take", "look for work"], ["wait_ns", "wait", "wait for others"], ["drain_ns", "faint", "nothing left but commits"]];

document.title = `${data.subject}, simulated · Switchyard`;
byId("title").append(data.subject, h("span", {class: "badge note"}, data.what));
byId("lead").textContent = `${whole(data.transactions)} transactions in ${whole(data.blocks)} ${data.blocks === 1 ? "block" : "blocks"}, ${whole(data.gas)} gas, ${whole(data.dependencies)} dependencies.`;
byId("settings").append(...facts([["machine", `${data.machine.cpu}, ${data.machine.threads} threads`], ["build", `${data.machine.compiler}, ${data.machine.build_type}, ${data.machine.commit}`],
  ...Object.entries(data.settings).map(([name, value]) => [name.replaceAll("_", " "), value])]));

drawn(() => byId("chart").replaceChildren(speedChart(simulationSeries(data))));
const widest = data.lanes.at(-1);
byId("limits").append(table([{text: `with ${widest.lanes} lanes`, left: true}, "allows"], widest.limits.map(limit => [limit.part, times(limit.speed_up)])));

byId("shares-lead").textContent = `${widest.lanes} lanes. Between the first and the last transaction of a block, of all cores together.`;
byId("shares-legend").append(...kinds.map(([, colour, name]) => h("span", {}, h("i", {style: `background:var(--${colour})`}), name)));
byId("shares").append(table([{text: "cores", left: true}, {text: "", left: true}, "utilisation", "ran twice"], widest.points.map(point => {
  const sum = kinds.reduce((all, [key]) => all + point[key], 0) || 1;
  return [String(point.cores), h("td", {class: "left"}, h("div", {class: "meter", style: "width:100%;min-width:340px;height:16px"},
    ...kinds.map(([key, colour, name]) => h("span", {style: `width:${point[key] / sum * 100}%;background:var(--${colour})`,
      onmousemove: event => showTip(event, name, [["share", percent(point[key] / sum, 1)]]), onmouseleave: hideTip})))), percent(point.utilisation), whole(point.aborts)];
})));

byId("numbers").append(table([{text: "cores", left: true}, "lanes", "execute", "plan + execute", "planned ahead", "bound", "utilisation", "ran twice"],
  data.lanes[0].points.flatMap((_, p) => data.lanes.map(row => {
    const point = row.points[p];
    return [String(point.cores), row.lanes, times(point.speed_up_execute), times(point.speed_up_plan_and_execute), times(point.speed_up_planned_ahead), times(point.speed_up_bound), percent(point.utilisation), whole(point.aborts)];
  }))));

const each = ns => duration(ns / data.transactions);
byId("validation").append(table([{text: "lanes", left: true}, "threads", "measured, a transaction", "simulated", "error", "cores that it had"],
  data.lanes.flatMap(row => row.validation.map(one => [String(row.lanes), one.threads, each(one.measured_ns), each(one.simulated_ns),
    (one.simulated_ns >= one.measured_ns ? "+" : "") + percent(one.simulated_ns / one.measured_ns - 1, 1), one.measured_cpu_ns ? fixed(one.measured_cpu_ns / one.measured_ns, 2) : "–"]))));
if (data.lanes.some(row => !row.validation.every(undisturbed)))
  byId("validation").append(h("p", {class: "hint"}, "The machine was busy: where two threads had less than 1.9 cores, their time says little, and the chart leaves it out."));
byId("footer").append("'Planned ahead' has one more core, which plans the next block meanwhile; 'bound' is what no schedule of this executor can beat.");
