// SPDX-License-Identifier: Apache-2.0
// The genesis header of chains whose files state only what does not follow from the rest.
#pragma once

#include "host/node/genesis/genesis.hpp"

namespace switchyard::conformance {

using node::complete_genesis;

}  // namespace switchyard::conformance
