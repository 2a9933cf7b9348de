// SPDX-License-Identifier: Apache-2.0
#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/node/eth/ommer_methods.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/pool/pool.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// A block or null, as the methods that look for blocks answer.
rpc::Answer<BlockPointer> block_or_null(const EthBackend& backend, const BlockId& id) {
    auto block = backend.chain.block(id);
    if (!block) return answer_of(block.error());
    return *std::move(block);
}

void add_block_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_blockNumber", [&](const Params& params, Context&, json::Writer& out) -> Failure {
        const Arguments arguments(params, 0);
        if (arguments.failure()) return arguments.failure();
        out.quantity(backend.chain.head()->block->number());
        return {};
    });
    const auto get_block = [&](const Params& params, json::Writer& out, bool by_hash) -> Failure {
        Arguments arguments(params, 2);
        BlockId id;
        if (by_hash) {
            id.tag = BlockTag::Hash;
            id.hash = arguments.hash(0);
        } else {
            id = read_block_number(arguments, params, 0);
        }
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
                      BlockId id;
                      if (by_hash) {
                          id.tag = BlockTag::Hash;
                          id.hash = arguments.hash(0);
                      } else {
                          id = read_block_number(arguments, params, 0);
                      }
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
    const auto add_by_place = [&](const char* name, bool by_hash, bool raw) {
        table.add(
            name,
            [&backend, by_hash, raw](const Params& params, Context&, json::Writer& out) -> Failure {
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
                const auto block = block_or_null(backend, id);
                if (!block) return block.error();
                if (*block == nullptr || i >= (*block)->transaction_hashes.size())
                    out.null();
                else if (raw)
                    out.data(encode_transaction((*block)->block.transactions[i]));
                else
                    write_transaction(out, (*block)->block.transactions[i],
                                      (*block)->transaction_hashes[i], (*block)->senders[i],
                                      place_of(**block, i));
                return {};
            });
    };
    add_by_place("eth_getTransactionByBlockHashAndIndex", true, false);
    add_by_place("eth_getTransactionByBlockNumberAndIndex", false, false);
    add_by_place("eth_getRawTransactionByBlockHashAndIndex", true, true);
    add_by_place("eth_getRawTransactionByBlockNumberAndIndex", false, true);
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

/// Methods with an address and a block.
void add_account_methods(rpc::MethodTable& table, EthBackend& backend) {
    const auto add = [&](const char* name, auto write) {
        table.add(name,
                  [&backend, write](const Params& params, Context&, json::Writer& out) -> Failure {
                      Arguments arguments(params, 2);
                      const Address address = arguments.address(0);
                      const BlockId id = read_block_id(arguments, params, 1);
                      if (arguments.failure()) return arguments.failure();
                      const auto mark = out.mark();
                      return with_state(backend, id, [&](const ChainView& view) -> Failure {
                          out.rewind(mark);
                          write(view, address, id.tag, out);
                          return {};
                      });
                  });
    };
    add("eth_getBalance",
        [](const ChainView& view, const Address& address, BlockTag, json::Writer& out) {
            out.quantity(view.account(address).value_or(Account{}).balance);
        });
    add("eth_getTransactionCount",
        [&backend](const ChainView& view, const Address& address, BlockTag tag, json::Writer& out) {
            const auto pooled =
                tag == BlockTag::Pending ? pooled_nonce(backend, address) : std::nullopt;
            out.quantity(pooled ? *pooled : view.account(address).value_or(Account{}).nonce);
        });
    add("eth_getCode",
        [](const ChainView& view, const Address& address, BlockTag, json::Writer& out) {
            const Account account = view.account(address).value_or(Account{});
            out.data(account.has_code() ? view.code(account.code_hash)->bytes() : BytesView{});
        });
    table.add("eth_getStorageAt",
              [&](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 3);
                  const Address address = arguments.address(0);
                  const std::string_view text = arguments.string(1);
                  if (arguments.failure()) return arguments.failure();
                  const auto key = parse_storage_key(text);
                  if (!key) return key.error();
                  const BlockId id = read_block_id(arguments, params, 2);
                  if (arguments.failure()) return arguments.failure();
                  const auto mark = out.mark();
                  return with_state(backend, id, [&](const ChainView& view) -> Failure {
                      out.rewind(mark);
                      out.data(to_bytes32(view.storage(address, *key)));
                      return {};
                  });
              });
}

using SlotRequest = std::pair<Address, std::vector<Uint256>>;

rpc::Answer<std::vector<SlotRequest>> read_slot_requests(json::Element object, size_t keys_max) {
    std::vector<SlotRequest> out;
    size_t keys = 0;
    for (const json::Member member : object.members()) {
        SlotRequest& request = out.emplace_back();
        if (json::decode_fixed(member.name, request.first.bytes) != json::HexFault::None)
            return rpc::invalid_params("invalid argument 0: invalid address");
        for (const json::Element element : member.value.elements()) {
            const auto key = parse_storage_key(element.string().value_or(std::string_view{}));
            if (!key) return key.error();
            request.second.push_back(*key);
            if (++keys > keys_max)
                return rpc::invalid_params("too many slots (max " + std::to_string(keys_max) + ")");
        }
    }
    if (keys == 0) return rpc::invalid_params("empty request");
    return out;
}

void add_storage_values(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_getStorageValues",
              [&](const Params& params, Context&, json::Writer& out) -> Failure {
                  Arguments arguments(params, 2);
                  const json::Element object = arguments.element(0);
                  const BlockId id = read_block_id(arguments, params, 1);
                  if (arguments.failure()) return arguments.failure();
                  const auto requests = read_slot_requests(object, backend.limits.storage_keys);
                  if (!requests) return requests.error();
                  const auto mark = out.mark();
                  return with_state(backend, id, [&](const ChainView& view) -> Failure {
                      out.rewind(mark);
                      out.begin_object();
                      for (const auto& [address, keys] : *requests) {
                          out.key(to_hex(address));
                          out.begin_array();
                          for (const Uint256& key : keys)
                              out.data(to_bytes32(view.storage(address, key)));
                          out.end_array();
                      }
                      out.end_object();
                      return {};
                  });
              });
}

void write_nodes(json::Writer& out, std::span<const Bytes> nodes) {
    out.begin_array();
    for (const Bytes& node : nodes)
        out.data(node);
    out.end_array();
}

void add_proof(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_getProof", [&](const Params& params, Context&, json::Writer& out) -> Failure {
        Arguments arguments(params, 3);
        const Address address = arguments.address(0);
        const json::Element list = arguments.element(1);
        const BlockId id = read_block_id(arguments, params, 2);
        if (arguments.failure()) return arguments.failure();
        if (list.size() > backend.limits.storage_keys)
            return rpc::invalid_params("too many keys (max " +
                                       std::to_string(backend.limits.storage_keys) + ")");
        std::vector<Uint256> keys;
        std::vector<std::string> names;
        for (const json::Element element : list.elements()) {
            const std::string_view text = element.string().value_or(std::string_view{});
            const auto key = parse_storage_key(text);
            if (!key) return key.error();
            keys.push_back(*key);
            // As it was asked for: a word, or a quantity.
            names.push_back(text.size() == 2 + 2 * Bytes32::kSize ? to_hex(to_bytes32(*key))
                                                                  : to_hex_quantity(*key));
        }
        const auto block = find_block(backend, id);
        if (!block) return block.error();
        const auto proof = backend.chain.prove(*block, address, keys);
        if (!proof) return answer_of(proof.error());
        const Account account = proof->account.value_or(Account{});
        out.begin_object();
        out.member_data("address", address);
        out.key("accountProof");
        write_nodes(out, proof->nodes);
        out.member_quantity("balance", account.balance);
        out.member_data("codeHash", account.code_hash);
        out.member_quantity("nonce", account.nonce);
        out.member_data("storageHash", proof->storage_root);
        out.key("storageProof");
        out.begin_array();
        for (size_t i = 0; i < proof->storage.size(); ++i) {
            out.begin_object();
            out.member_string("key", names[i]);
            out.member_quantity("value", proof->storage[i].value);
            out.key("proof");
            write_nodes(out, proof->storage[i].nodes);
            out.end_object();
        }
        out.end_array();
        out.end_object();
        return {};
    });
}

}  // namespace

void add_chain_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_block_methods(table, backend);
    add_count_methods(table, backend);
    add_ommer_methods(table, backend);
    add_transaction_methods(table, backend);
    add_account_methods(table, backend);
    add_storage_values(table, backend);
    add_proof(table, backend);
    // It holds no keys.
    table.add("eth_accounts", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.begin_array();
        out.end_array();
        return {};
    });
    table.add("net_version", [&](const Params&, Context&, json::Writer& out) -> Failure {
        out.string(std::to_string(backend.chain.config().chain_id));
        return {};
    });
    table.add("net_listening", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.boolean(true);
        return {};
    });
    // It has no peers: blocks come from its own consensus client.
    table.add("net_peerCount", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.quantity(uint64_t{0});
        return {};
    });
    table.add("web3_clientVersion", [&](const Params&, Context&, json::Writer& out) -> Failure {
        out.string(backend.client_version);
        return {};
    });
    table.add("web3_sha3", [&](const Params& params, Context&, json::Writer& out) -> Failure {
        Arguments arguments(params, 1);
        const Bytes data = arguments.data(0, backend.limits.input_bytes);
        if (arguments.failure()) return arguments.failure();
        out.data(keccak256(data));
        return {};
    });
    table.add("eth_syncing", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.boolean(false);
        return {};
    });
}

}  // namespace switchyard::node::eth
