// SPDX-License-Identifier: Apache-2.0
// The channel between two processes: the tool's own where processes become circuits that run side
// by side (SWITCHYARD_HLS_DATAFLOW; always so under Vitis), else the one of hls/sim.
#pragma once

#include "hls/pragmas.hpp"

#if defined(SWITCHYARD_HLS_DATAFLOW)
#include <hls_stream.h>
#else
#include "hls/sim/stream.hpp"
#endif

namespace switchyard {
namespace hls {

#if defined(SWITCHYARD_HLS_DATAFLOW)
/// Vitis takes the depth from the STREAM pragma where the channel is declared.
template <typename T, uint32_t Depth>
using Stream = ::hls::stream<T>;
#else
template <typename T, uint32_t Depth>
using Stream = sim::Stream<T, Depth>;
#endif

}  // namespace hls
}  // namespace switchyard
