// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/ommer_methods.hpp"

#include "host/chain/rlp.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// As go-ethereum: a block without transactions of its own and without ommers.
void write_ommer(json::Writer& out, const BlockHeader& ommer) {
    Block alone;
    alone.header = ommer;
    out.begin_object();
    write_header(out, ommer, header_hash(ommer));
    out.member_quantity("size", uint64_t{encode_block(alone).size()});
    out.key("uncles");
    out.begin_array();
    out.end_array();
    out.end_object();
}

void add_by_place(rpc::MethodTable& table, EthBackend& backend, const char* name, bool by_hash) {
    table.add(name,
              [&backend, by_hash](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 2);
                  BlockId id;
                  if (by_hash) {
                      id.tag = BlockTag::Hash;
                      id.hash = arguments.hash(0);
                  } else {
                      id = read_block_number(arguments, params, 0);
                  }
                  const uint64_t i = arguments.quantity(1);
                  if (arguments.failure()) return arguments.failure();
                  const auto block = backend.chain.block(id);
                  if (!block) return answer_of(block.error());
                  if (*block == nullptr || i >= (*block)->block.ommers.size())
                      out.null();
                  else
                      write_ommer(out, (*block)->block.ommers[i]);
                  return {};
              });
}

}  // namespace

void add_ommer_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_by_place(table, backend, "eth_getUncleByBlockHashAndIndex", true);
    add_by_place(table, backend, "eth_getUncleByBlockNumberAndIndex", false);
}

}  // namespace switchyard::node::eth
