#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Synthesizes, co-simulates or reports the kernel with the tool that this machine has.
#
# usage: run.sh synthesize|cosimulate|report FOLDER
#   FOLDER receives everything that the tool writes, and STEP.log.
#   HLS_TOOL   bambu, vitis_hls or v++; otherwise the first of these that is on the path
#   HLS_PART   default xcu50-fsvh2104-2-e (Vitis), xcu55c-2Lfsvh2892-VVD (Bambu)
#   HLS_BUCKET_BITS, HLS_TB_DIVISOR
#              size of table and testbench in a co-simulation; default 6 and 10. A synthesis has the full table.
# exit: 0 done; 1 the tool failed or the testbench did not print PASS; 2 wrong arguments; 3 no tool
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
kernel="$root/hls/conflict_detector"

usage() {
    sed -n '3,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -eq 2 ] || usage
step=$1
case $step in synthesize | cosimulate | report) ;; *) usage ;; esac
mkdir -p "$2"
cd "$2"
log="$step.log"

tool=${HLS_TOOL:-}
if [ -z "$tool" ]; then
    for candidate in bambu vitis_hls v++; do
        if command -v "$candidate" >/dev/null 2>&1; then tool=$candidate && break; fi
    done
fi
if [ -z "$tool" ] || ! command -v "$tool" >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
hls: no HLS compiler on the path, so there is no circuit to make. Install one of
  - Bambu (PandA 2024.10 or later; open source; its AppImage put on the path as `bambu`), with verilator to co-simulate
  - AMD Vitis 2022.1 or later (`vitis_hls` or `v++`; source its settings64.sh)
and run this target again. `ctest -R hls` tests the kernel's C++ without either.
TEXT
    exit 3
fi

bits=${HLS_BUCKET_BITS:-6}
divisor=${HLS_TB_DIVISOR:-10}
small="-DSWITCHYARD_DETECTOR_BUCKET_BITS=$bits -DSWITCHYARD_TB_DIVISOR=$divisor"

# run COMMAND...: shows what it prints, keeps it in the log, and fails with it.
run() {
    echo "hls: $*"
    { "$@" 2>&1 && echo ok >"$step.ok"; } | tee "$log"
    [ -e "$step.ok" ]
    rm -f "$step.ok"
}

# The testbench's verdict is a line of text: co-simulators do not pass on an exit code.
judge() {
    if grep -qE 'FAIL|DIFFERS|WRONG' "$log" || ! grep -qE '(^|[^A-Za-z])PASS$' "$log"; then
        echo "hls: the testbench did not pass; see $PWD/$log" >&2
        exit 1
    fi
    echo "hls: the testbench passed"
}

bambu_run() {
    sizes=$1
    shift
    # shellcheck disable=SC2086 # several flags
    run bambu "$kernel/conflict_detector.cpp" --top-fname=conflict_detector --std=c++14 "-I$root" $sizes \
        --generate-interface=INFER --compiler=I386_CLANG16 -O2 -m64 -v3 --clock-period=4 \
        "--device-name=${HLS_PART:-xcu55c-2Lfsvh2892-VVD}" "$@"
}

vitis_run() {
    HLS_STEP=$step HLS_ROOT=$root HLS_PART=${HLS_PART:-xcu50-fsvh2104-2-e} HLS_SMALL=$small \
        run vitis_hls -f "$here/vitis_hls.tcl"
}

vpp_run() {
    part=${HLS_PART:-xcu50-fsvh2104-2-e}
    sed -e "s|@ROOT@|$root|g" -e "s|@PART@|$part|g" "$here/vitis.cfg" >hls.cfg
    if [ "$1" = full ]; then
        sed -i "s|@SIZES@||g" hls.cfg
    else
        sed -i "s|@SIZES@|$small|g" hls.cfg
    fi
}

case $tool:$step in
    bambu:synthesize) bambu_run "" ;;
    bambu:cosimulate)
        bambu_run "$small" "--generate-tb=$kernel/conflict_detector_tb.cpp" "--generate-tb=$kernel/golden_model.cpp" \
            "--tb-extra-gcc-options=-std=c++14 -I$root $small" --simulate --simulator=VERILATOR
        judge
        ;;
    vitis_hls:synthesize) vitis_run ;;
    vitis_hls:cosimulate) vitis_run && judge ;;
    v++:synthesize) vpp_run full && run v++ -c --mode hls --config hls.cfg --work_dir vpp ;;
    v++:cosimulate)
        vpp_run small && run v++ -c --mode hls --config hls.cfg --work_dir vpp_small
        run vitis-run --mode hls --cosim --config hls.cfg --work_dir vpp_small && judge
        ;;
    *:report)
        found=$(find . -name csynth.rpt -o -name '*_csynth.rpt' -o -name 'bambu_results*.xml' | sort)
        if [ -z "$found" ] && [ ! -e synthesize.log ]; then
            echo "hls: nothing to report in $PWD; run the target hls_synthesize first" >&2
            exit 1
        fi
        for file in $found; do echo "== $file" && cat "$file"; done
        if [ -e synthesize.log ]; then
            echo "== synthesize.log"
            grep -iE 'area|slack|frequency|flip.?flops|DSP|BRAM|URAM|cycles|interval|warning' synthesize.log || true
        fi
        ;;
    *) echo "hls: HLS_TOOL=$tool is not one that this script knows" >&2 && exit 2 ;;
esac
