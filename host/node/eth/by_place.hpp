// SPDX-License-Identifier: Apache-2.0
// Methods that ask for what stands at a place in a block.
#pragma once

#include "host/node/eth/read_values.hpp"

namespace switchyard::node::eth {

/// Adds a method of a block, by hash or number, and a place in it. `write(block, place, out)` gives
/// whether there was something to write; where not, or where the block is unknown, it is null.
template <typename Write>
void add_by_place(rpc::MethodTable& table, EthBackend& backend, const char* name, bool by_hash,
                  Write write) {
    table.add(name,
              [&backend, by_hash, write](const rpc::Params& params, rpc::Context&,
                                         json::Writer& out) -> rpc::Failure {
                  rpc::Arguments arguments(params, 2);
                  const BlockId id = read_hash_or_number(arguments, params, by_hash);
                  const uint64_t place = arguments.quantity(1);
                  if (arguments.failure()) return arguments.failure();
                  const auto block = block_or_null(backend, id);
                  if (!block) return block.error();
                  if (*block == nullptr || !write(**block, place, out)) out.null();
                  return {};
              });
}

}  // namespace switchyard::node::eth
