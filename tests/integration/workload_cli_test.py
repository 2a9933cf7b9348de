#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Workloads, their reports and simulations as a person or a script would ask the command for them."""
import html.parser
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]


def run(*arguments, timeout=300):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)


def a_mainnet_block():
    """A small block file, or None."""
    data = os.environ.get("SWITCHYARD_DATA")
    folder = pathlib.Path(data) / "mainnet" / "blocks" if data else None
    if folder is None or not folder.is_dir():
        return None
    files = [file for file in sorted(folder.glob("*.json")) if 50_000 < file.stat().st_size < 5_000_000]
    return files[-1] if files else None


class Page(html.parser.HTMLParser):
    """A page taken apart as a browser would: its scripts, and everything that could ask for something."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.data, self.asks, self.ids = [], None, [], set()
        self.kind = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.asks += [(tag, name) for name in attributes if name in ("src", "href", "srcset", "action", "data")]
        self.asks += [(tag, "")] if tag in ("link", "img", "iframe", "object", "embed", "base") else []
        self.ids.add(attributes.get("id"))
        if tag == "script":
            self.kind = attributes.get("type", "script")

    def handle_endtag(self, tag):
        if tag == "script":
            self.kind = None

    def handle_data(self, text):
        if self.kind == "script":
            self.scripts.append(text)
        elif self.kind == "application/json":
            self.data = json.loads(text)


# Enough of a document for the scripts of a page to draw everything they draw at the start.
NODE_DOCUMENT = r"""
const fs = require("fs"), [page] = process.argv.slice(2);
const source = fs.readFileSync(page, "utf8");
const data = source.match(/id="data">([^]*?)<\/script>/)[1];
const script = source.match(/<script>([^]*?)<\/script>/)[1];
let made = 0;
class Element {
  constructor(tag) { this.tagName = tag.toUpperCase(); this.children = []; this.style = {}; this.text = ""; this.clientWidth = 1100; ++made; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  addEventListener() {}
  setAttribute() {}
  getBoundingClientRect() { return {left: 0, top: 0, width: 100, height: 50}; }
  getContext() { return new Proxy({}, {get: (target, name) => target[name] ?? (() => {}), set: () => true}); }
  set textContent(text) { this.text = text; }
  get textContent() { return this.text; }
}
const elements = {};
globalThis.Element = Element;
globalThis.document = {title: "", documentElement: new Element("html"), createElement: tag => new Element(tag), createElementNS: (_, tag) => new Element(tag),
  getElementById: id => { elements[id] ??= new Element("div"); if (id === "data") elements[id].text = data; return elements[id]; }};
globalThis.getComputedStyle = () => ({getPropertyValue: () => "#123456"});
globalThis.matchMedia = () => ({addEventListener() {}});
globalThis.addEventListener = () => {};
globalThis.location = {hash: "#lanes,zoom=1000,200000"};
globalThis.devicePixelRatio = 2;
Object.assign(globalThis, {innerWidth: 1200, innerHeight: 800});
new Function(script)();
console.log(JSON.stringify({title: document.title, made, ids: Object.keys(elements)}));
"""


def draw(page):
    """Runs the scripts of a page file; None without node."""
    node = shutil.which("node")
    if node is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".cjs") as program:
        program.write(NODE_DOCUMENT)
        program.flush()
        done = subprocess.run([node, program.name, str(page)], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class WorkloadRun(unittest.TestCase):
    def run_workload(self, *arguments):
        done = run("workload", "run", *arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_every_block_equals_serial_execution_and_everything_is_counted(self):
        report = self.run_workload("erc20", "--transactions", 4000, "--users", 60, "--block", 500, "--rounds", 2, "--hot-percent", 30)
        self.assertTrue(report["parallel_equals_serial"])
        totals = report["totals"]
        self.assertEqual((totals["transactions"], totals["blocks"]), (4000, 8))
        self.assertGreater(totals["gas"], 4000 * 21_000)
        self.assertEqual(len(report["rounds"]), 2)
        for one in report["rounds"]:
            for part in ("serial_ns", "serial_cpu_ns", "parallel_ns", "parallel_cpu_ns", "predict_ns", "detect_ns", "execute_station_ns"):
                self.assertGreater(one[part], 0, part)
            self.assertLessEqual(one["predict_ns"] + one["detect_ns"] + one["execute_station_ns"], one["parallel_ns"])
        self.assertLessEqual(totals["speed_up"]["min"], totals["speed_up"]["max"])
        self.assertIn("available", totals["energy"])
        # The road has seen the contract after a block or two. Which transactions teach and which are compared is drawn anew by
        # each process, so that it takes a few dozen of them.
        self.assertGreater(totals["prediction"]["compared"], 0)
        self.assertGreater(totals["prediction"]["slots"]["recall"], 0.5)
        if not totals["energy"]["available"]:
            self.assertTrue(totals["energy"]["reason"])

    def test_gas_does_not_depend_on_lanes_threads_or_detector(self):
        gas = {self.run_workload("swaps", "--transactions", 300, "--users", 50, "--instances", 5, "--block", 100, "--rounds", 1,
                                 "--lanes", lanes, "--threads", threads, "--detector", detector)["totals"]["gas"]
               for lanes, threads, detector in ((1, 1, "software"), (8, 2, "reference"), (64, 4, "software"))}
        self.assertEqual(len(gas), 1)

    def test_the_page_holds_what_was_run_and_asks_for_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            for lanes in (8, 1):
                file = pathlib.Path(folder) / f"page{lanes}.html"
                self.run_workload("swaps", "--transactions", 500, "--users", 50, "--instances", 7, "--block", 200, "--rounds", 1,
                                  "--lanes", lanes, "--report", file)
                page = Page(file.read_text())
                self.assertEqual(page.asks, [])
                self.assertEqual(len(page.scripts), 1)
                block = page.data["block"]
                # The last full one of three blocks.
                self.assertEqual((block["number"], block["transactions"], block["timed"]), (2, 200, lanes > 1))
                self.assertEqual(len(block["tx"]["gas"]), 200)
                self.assertEqual(page.data["simulation"]["transactions"], 200)
                self.assertGreater(len(block["hot"]), 0)
                drawn = draw(file)
                if drawn is None:
                    self.skipTest("no node: the scripts of the page are not run")
                self.assertEqual(drawn["title"], "swaps · Switchyard")
                self.assertGreater(drawn["made"], 200)
                self.assertLessEqual(set(drawn["ids"]) - {"tip", "data"}, page.ids)

    def test_what_is_wrong_is_named(self):
        for arguments, code, expected in (
                (("no-such-workload",), 2, "payments"),
                (("payments", "--block", "0"), 2, "--block"),
                (("payments", "--rounds", "0"), 2, "--rounds"),
                (("payments", "--lanes", "65"), 2, "lanes"),
                (("payments", "--transactions", "10", "--users", "5", "--report-block", "2"), 2, "--report-block"),
                (("payments", "--transactions", "10", "--users", "5", "--report", "/no/such/folder/page.html"), 1, "/no/such/folder")):
            done = run("workload", "run", *arguments)
            self.assertEqual(done.returncode, code, arguments)
            self.assertIn(expected, done.stderr)


class Simulate(unittest.TestCase):
    def simulate(self, *arguments):
        done = run("simulate", *arguments, "--rounds", 1, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_every_number_of_cores_and_lanes_is_there_and_adds_up(self):
        report = self.simulate("payments", "--transactions", 600, "--users", 100, "--block", 200, "--cores", "1,4,16",
                               "--lanes", "4,16")
        self.assertEqual(report["what"], "simulated from measured costs")
        # Three blocks, of which the road learns from one.
        self.assertEqual((report["blocks"], report["transactions"]), (2, 400))
        self.assertEqual([row["lanes"] for row in report["lanes"]], [4, 16])
        for row in report["lanes"]:
            self.assertEqual([point["cores"] for point in row["points"]], [1, 4, 16])
            measured = row["measured"]
            for point in row["points"]:
                # Blooms are shared evenly, rounded up once for each of the two blocks.
                around = measured["before_ns"] + measured["after_ns"] + measured["blooms_ns"] / point["cores"]
                inside = point["total_ns"] - around
                spent = sum(point[part] for part in
                            ("execute_ns", "take_ns", "commit_ns", "rerun_ns", "wait_ns", "drain_ns"))
                self.assertAlmostEqual(point["cores"] * inside, spent, delta=2 * point["cores"])
                self.assertLessEqual(point["speed_up_execute"], point["speed_up_bound"] * 1.000001)
                self.assertLessEqual(point["speed_up_plan_and_execute"], point["speed_up_planned_ahead"])
            one, two = row["validation"]
            self.assertEqual(one["simulated_ns"], row["points"][0]["total_ns"])
            self.assertGreater(two["measured_ns"], 0)

    def test_a_mainnet_block(self):
        block = a_mainnet_block()
        if block is None:
            self.skipTest("no mainnet blocks: SWITCHYARD_DATA is not set")
        report = self.simulate(block, "--cores", "2,8", "--lanes", "8")
        self.assertEqual(report["subject"], block.name)
        self.assertEqual(report["blocks"], 1)
        self.assertGreater(report["transactions"], 0)

    def test_the_text_says_that_it_is_simulated(self):
        done = run("simulate", "payments", "--transactions", 300, "--block", 100, "--rounds", 1, "--cores", "2", "--lanes", "4")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("simulated from measured costs", done.stdout)
        self.assertIn("2 threads measured", done.stdout)

    def test_the_plot_holds_what_is_printed(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "plot.html"
            report = self.simulate("payments", "--transactions", 300, "--block", 100, "--cores", "2,8", "--lanes", "4,8", "--plot", file)
            page = Page(file.read_text())
            self.assertEqual(page.data, report)
            self.assertEqual(page.asks, [])
            drawn = draw(file)
            if drawn is None:
                self.skipTest("no node: the scripts of the page are not run")
            self.assertIn("payments, simulated", drawn["title"])
            self.assertLessEqual(set(drawn["ids"]) - {"tip", "data"}, page.ids)

    def test_what_is_wrong_is_named(self):
        for arguments, expected in (
                (("no-such-workload",), "payments"),
                (("payments", "erc20"), "name one workload"),
                (("payments", "--lanes", "65"), "lanes: 65"),
                (("payments", "--cores", "0"), "cores: 0"),
                (("payments", "--block", "1"), "--block"),
                (("payments", "--transactions", "100", "--block", "100"), "--transactions"),
                (("payments", "--detector", "nonesuch"), "nonesuch")):
            done = run("simulate", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(expected, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
