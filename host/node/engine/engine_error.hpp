// SPDX-License-Identifier: Apache-2.0
// The Engine API's own error codes (execution-apis, src/engine/common.md).
#pragma once

#include "host/node/rpc/rpc_error.hpp"

namespace switchyard::node::engine::code {

inline constexpr int kUnknownPayload = -38001;
inline constexpr int kInvalidForkchoiceState = -38002;
inline constexpr int kInvalidPayloadAttributes = -38003;
inline constexpr int kTooLargeRequest = -38004;
inline constexpr int kUnsupportedFork = -38005;

}  // namespace switchyard::node::engine::code
