// SPDX-License-Identifier: Apache-2.0
// The parallel executor in the place of the serial one, with plans that know nothing.
#pragma once

#include "tests/conformance/chain_importer.hpp"

namespace switchyard::test {

/// Runs each block on two threads over four lanes, every transaction in a lane drawn at random and
/// waiting for nobody: the worst plan there is, so that everything rests on the check of the
/// reads. One thread calls it.
[[nodiscard]] ChainImporter::Executor parallel_over_random_lanes(uint64_t salt);

}  // namespace switchyard::test
