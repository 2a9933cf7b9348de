# SPDX-License-Identifier: Apache-2.0
# vitis_hls -f vitis_hls.tcl, started by run.sh, which sets the environment. `synthesize` leaves conflict_detector.xo for
# `v++ --link --config firmware/platforms/CARD/link.cfg`.
set root $env(HLS_ROOT)
set kernel $root/hls/conflict_detector
set flags "-std=c++14 -I$root"
if {$env(HLS_STEP) eq "cosimulate"} { append flags " $env(HLS_SMALL)" }

open_project -reset $env(HLS_STEP)
set_top conflict_detector
add_files $kernel/conflict_detector.cpp -cflags $flags
add_files -tb $kernel/conflict_detector_tb.cpp -cflags $flags
add_files -tb $kernel/golden_model.cpp -cflags $flags
open_solution -reset solution -flow_target vitis
set_part $env(HLS_PART)
create_clock -period 4ns
csynth_design
if {$env(HLS_STEP) eq "cosimulate"} {
    csim_design
    cosim_design
} else {
    export_design -format xo -output conflict_detector.xo
}
exit
