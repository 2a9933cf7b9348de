// SPDX-License-Identifier: Apache-2.0
// Transactions and their receipts, of the chain and of the pool.
#include "host/node/eth/by_place.hpp"
#include "host/node/eth/chain_methods.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/pool/pool.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// The canonical block and position of a transaction; null: unknown.
rpc::Answer<std::pair<BlockPointer, size_t>> find_transaction(const EthBackend& backend,
                                                              const Bytes32& hash) {
    const Archive& archive = backend.chain.archive();
    const auto place = archive.transaction(hash);
    if (!place) return answer_of(place.error());
    std::pair<BlockPointer, size_t> out;
    // What is canonical and not yet the head's is not there for clients.
    if (!*place || (*place)->number > backend.chain.head()->block->number()) return out;
    const auto block = archive.canonical_block((*place)->number);
    if (!block) return answer_of(block.error());
    const size_t position = (*place)->position;
    if (*block == nullptr || position >= (*block)->transaction_hashes.size() ||
        (*block)->transaction_hashes[position] != hash)
        return out;
    return std::pair{*block, position};
}

}  // namespace

void add_transaction_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_getTransactionByHash",
              [&](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 1);
                  const Bytes32 hash = arguments.hash(0);
                  if (arguments.failure()) return arguments.failure();
                  auto found = find_transaction(backend, hash);
                  if (found && found->first == nullptr) {
                      if (write_pooled_transaction(out, backend, hash)) return {};
                      // It may have gone from the pool into a block between the two looks.
                      found = find_transaction(backend, hash);
                  }
                  if (!found) return found.error();
                  const auto& [block, i] = *found;
                  if (block == nullptr)
                      out.null();
                  else
                      write_transaction(out, block->block.transactions[i], hash, block->senders[i],
                                        place_of(*block, i));
                  return {};
              });
    table.add("eth_getTransactionReceipt",
              [&](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 1);
                  const Bytes32 hash = arguments.hash(0);
                  if (arguments.failure()) return arguments.failure();
                  const auto found = find_transaction(backend, hash);
                  if (!found) return found.error();
                  const auto& [block, i] = *found;
                  if (block == nullptr)
                      out.null();
                  else
                      write_receipt(out, *block, i,
                                    blob_fee_of(backend.chain.config(), block->header()));
                  return {};
              });
    const auto write_at = [](const ArchivedBlock& block, uint64_t i, json::Writer& out) {
        if (i >= block.transaction_hashes.size()) return false;
        write_transaction(out, block.block.transactions[i], block.transaction_hashes[i],
                          block.senders[i], place_of(block, i));
        return true;
    };
    const auto write_raw_at = [](const ArchivedBlock& block, uint64_t i, json::Writer& out) {
        if (i >= block.block.transactions.size()) return false;
        out.data(encode_transaction(block.block.transactions[i]));
        return true;
    };
    add_by_place(table, backend, "eth_getTransactionByBlockHashAndIndex", true, write_at);
    add_by_place(table, backend, "eth_getTransactionByBlockNumberAndIndex", false, write_at);
    add_by_place(table, backend, "eth_getRawTransactionByBlockHashAndIndex", true, write_raw_at);
    add_by_place(table, backend, "eth_getRawTransactionByBlockNumberAndIndex", false, write_raw_at);
    const auto raw_by_hash = [&](const Params& params, Context&, json::Writer& out) -> Failure {
        Arguments arguments(params, 1);
        const Bytes32 hash = arguments.hash(0);
        if (arguments.failure()) return arguments.failure();
        const auto found = find_transaction(backend, hash);
        if (!found) return found.error();
        const auto pooled = found->first == nullptr && backend.pool != nullptr
                                ? backend.pool->find(hash)
                                : std::nullopt;
        if (pooled)
            out.data(encode_transaction(pooled->transaction.transaction));
        else if (found->first == nullptr)
            out.data({});
        else
            out.data(encode_transaction(found->first->block.transactions[found->second]));
        return {};
    };
    table.add("eth_getRawTransactionByHash", raw_by_hash);
    table.add("debug_getRawTransaction", raw_by_hash);
}

}  // namespace switchyard::node::eth
