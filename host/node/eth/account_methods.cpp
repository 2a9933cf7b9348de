// SPDX-License-Identifier: Apache-2.0
// Accounts, storage, proofs.
#include "host/core/hex.hpp"
#include "host/node/eth/chain_methods.hpp"
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// Methods with an address and a block.
void add_accounts(rpc::MethodTable& table, EthBackend& backend) {
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

void add_account_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_accounts(table, backend);
    add_storage_values(table, backend);
    add_proof(table, backend);
}

}  // namespace switchyard::node::eth
