// SPDX-License-Identifier: Apache-2.0
// Blocks, their receipts, and their ommers ("uncles"): blocks have them no more since the Merge,
// but clients still ask.
#include "host/node/eth/by_place.hpp"
#include "host/node/eth/chain_methods.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

void add_blocks(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_blockNumber", [&](const Params& params, Context&, json::Writer& out) -> Failure {
        const Arguments arguments(params, 0);
        if (arguments.failure()) return arguments.failure();
        out.quantity(backend.chain.head()->block->number());
        return {};
    });
    const auto get_block = [&](const Params& params, json::Writer& out, bool by_hash) -> Failure {
        Arguments arguments(params, 2);
        const BlockId id = read_hash_or_number(arguments, params, by_hash);
        const bool whole = arguments.optional_boolean(1, false);
        if (arguments.failure()) return arguments.failure();
        const auto block = block_or_null(backend, id);
        if (!block) return block.error();
        if (*block == nullptr) {
            if (id.tag == BlockTag::Safe || id.tag == BlockTag::Finalized)
                return find_block(backend, id).error();
            out.null();
        } else {
            write_block(out, **block, whole);
        }
        return {};
    };
    table.add("eth_getBlockByNumber",
              [get_block](const Params& params, Context&, json::Writer& out) {
                  return get_block(params, out, false);
              });
    table.add("eth_getBlockByHash", [get_block](const Params& params, Context&, json::Writer& out) {
        return get_block(params, out, true);
    });
    table.add("eth_getBlockReceipts",
              [&](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 1);
                  const BlockId id = read_block_id(arguments, params, 0);
                  if (arguments.failure()) return arguments.failure();
                  const auto block = block_or_null(backend, id);
                  if (!block) return block.error();
                  if (*block == nullptr) return out.null(), Failure{};
                  const auto fee = blob_fee_of(backend.chain.config(), (*block)->header());
                  out.begin_array();
                  for (size_t i = 0; i < (*block)->receipts.size(); ++i)
                      write_receipt(out, **block, i, fee);
                  out.end_array();
                  return {};
              });
}

/// Methods that count something of a block, null for none.
void add_count_methods(rpc::MethodTable& table, EthBackend& backend) {
    const auto add = [&](const char* name, bool by_hash, auto count) {
        table.add(name,
                  [&backend, by_hash, count](const Params& params, Context&,
                                             json::Writer& out) -> Failure {
                      Arguments arguments(params, 1);
                      const BlockId id = read_hash_or_number(arguments, params, by_hash);
                      if (arguments.failure()) return arguments.failure();
                      const auto block = block_or_null(backend, id);
                      if (!block) return block.error();
                      if (*block == nullptr)
                          out.null();
                      else
                          out.quantity(uint64_t{count((*block)->block)});
                      return {};
                  });
    };
    const auto transactions = [](const Block& block) { return block.transactions.size(); };
    const auto ommers = [](const Block& block) { return block.ommers.size(); };
    add("eth_getBlockTransactionCountByHash", true, transactions);
    add("eth_getBlockTransactionCountByNumber", false, transactions);
    add("eth_getUncleCountByBlockHash", true, ommers);
    add("eth_getUncleCountByBlockNumber", false, ommers);
}

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

void add_ommers(rpc::MethodTable& table, EthBackend& backend) {
    const auto write_at = [](const ArchivedBlock& block, uint64_t i, json::Writer& out) {
        if (i >= block.block.ommers.size()) return false;
        write_ommer(out, block.block.ommers[i]);
        return true;
    };
    add_by_place(table, backend, "eth_getUncleByBlockHashAndIndex", true, write_at);
    add_by_place(table, backend, "eth_getUncleByBlockNumberAndIndex", false, write_at);
}

}  // namespace

void add_block_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_blocks(table, backend);
    add_count_methods(table, backend);
    add_ommers(table, backend);
}

}  // namespace switchyard::node::eth
