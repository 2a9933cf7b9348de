// SPDX-License-Identifier: Apache-2.0
// The ways in which the emulated device fails, and what each does to a result.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "hls/conflict_detector/conflict_detector.hpp"

namespace switchyard::offload {

/// What goes wrong with one run.
enum class DeviceFault : uint8_t {
    None,
    Hang,           ///< the run never ends, and blocks all behind it until the device is reset
    ErrorState,     ///< the run ends in an error state
    NoWrite,        ///< the run ends, and the output buffer keeps what was in it
    WrongSequence,  ///< the result echoes another sequence
    CorruptRecord,  ///< one bit of a record is flipped
    CorruptHeader,  ///< one bit of the result header is flipped
    RandomOutput,   ///< the output buffer is noise
    WrongPlan,      ///< a well-formed plan with other waits, under a check value that fits it
    SlowAnswer,     ///< the right result, late
};

inline constexpr std::array kDeviceFaults{
    DeviceFault::Hang,          DeviceFault::ErrorState,    DeviceFault::NoWrite,
    DeviceFault::WrongSequence, DeviceFault::CorruptRecord, DeviceFault::CorruptHeader,
    DeviceFault::RandomOutput,  DeviceFault::WrongPlan,     DeviceFault::SlowAnswer,
};

[[nodiscard]] std::string_view to_string(DeviceFault fault);

struct InjectedFault {
    DeviceFault kind = DeviceFault::None;
    /// Picks the bit or the record, seeds the noise; of SlowAnswer the delay in microseconds, of
    /// which at most 10 s are waited.
    uint64_t random = 0;
};

/// Changes the output buffer of a run as `fault` would; of the kinds that are not about output,
/// nothing. WrongPlan changes nothing where only one plan is possible (one lane, or one
/// transaction).
void spoil(const InjectedFault& fault, std::span<hls::Word> output);

}  // namespace switchyard::offload
