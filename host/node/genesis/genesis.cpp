// SPDX-License-Identifier: Apache-2.0
#include "host/node/genesis/genesis.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "host/node/genesis/genesis_config.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard::node {
namespace {

/// A genesis of some millions of accounts.
constexpr size_t kFileBytesMax = size_t{1} << 30;
constexpr uint32_t kDepthMax = 16;

MemoryState read_alloc(json::Element alloc, GenesisReader& reader) {
    MemoryState out;
    if (!alloc.is_object()) reader.refuse("alloc", "is missing");
    for (const json::Member member : alloc.members()) {
        const Address address = reader.fixed<20>(member.name, member.name);
        Account account;
        account.balance = reader.word("balance", member.value.find("balance"));
        if (const auto nonce = member.value.find("nonce"); !nonce.is_absent_or_null())
            account.nonce = reader.uint64("nonce", nonce);
        if (const auto code = member.value.find("code"); !code.is_absent_or_null())
            if (Bytes bytes = reader.bytes("code", code); !bytes.empty())
                account.code_hash = out.add_code(std::move(bytes));
        out.set_account(address, account);
        for (const json::Member slot : member.value.find("storage").members()) {
            const auto key = uint256_from_text(slot.name);
            if (!key) reader.refuse(slot.name, "is no storage slot");
            const Uint256 value = reader.word(slot.name, slot.value);
            if (key && !value.is_zero()) out.set_storage(address, *key, value);
        }
    }
    return out;
}

BlockHeader read_header(json::Element root, GenesisReader& reader) {
    BlockHeader out;
    const auto optional_uint64 = [&](const char* name, uint64_t otherwise) {
        const json::Element member = root.find(name);
        return member.is_absent_or_null() ? otherwise : reader.uint64(name, member);
    };
    const Bytes32 nonce = to_bytes32(Uint256(optional_uint64("nonce", 0)));
    std::copy_n(nonce.bytes.end() - 8, 8, out.nonce.bytes.begin());
    out.timestamp = optional_uint64("timestamp", 0);
    if (const auto member = root.find("extraData"); !member.is_absent_or_null())
        out.extra_data = reader.bytes("extraData", member);
    out.gas_limit = reader.uint64("gasLimit", root.find("gasLimit"));
    out.difficulty = reader.word("difficulty", root.find("difficulty"));
    if (const auto member = root.find("mixHash"); !member.is_absent_or_null())
        out.prev_randao = reader.fixed<32>("mixHash", member);
    if (const auto member = root.find("coinbase"); !member.is_absent_or_null())
        out.beneficiary = reader.fixed<20>("coinbase", member);
    out.number = optional_uint64("number", 0);
    out.gas_used = optional_uint64("gasUsed", 0);
    if (const auto member = root.find("parentHash"); !member.is_absent_or_null())
        out.parent_hash = reader.fixed<32>("parentHash", member);
    if (const auto member = root.find("baseFeePerGas"); !member.is_absent_or_null())
        out.base_fee_per_gas = reader.word("baseFeePerGas", member);
    if (const auto member = root.find("blobGasUsed"); !member.is_absent_or_null())
        out.blob_gas_used = reader.uint64("blobGasUsed", member);
    if (const auto member = root.find("excessBlobGas"); !member.is_absent_or_null())
        out.excess_blob_gas = reader.uint64("excessBlobGas", member);
    return out;
}

/// As go-ethereum collects them (core/forkid): by the ends of the members' names.
void read_forks(json::Element config, Genesis& out) {
    for (const json::Member member : config.members()) {
        const auto value = member.value.uint64();
        if (!value) continue;
        if (member.name.ends_with("Block")) out.fork_blocks.push_back(*value);
        if (member.name.ends_with("Time")) out.fork_times.push_back(*value);
    }
}

}  // namespace

Result<Genesis> read_genesis(std::string_view json) {
    json::Document document;
    const auto root = document.parse(
        json, {.bytes_max = kFileBytesMax, .depth_max = kDepthMax, .big_numbers_as_strings = true});
    if (!root) return root.error();
    GenesisReader reader;
    Genesis out;
    out.config = read_chain_config(root->find("config"), reader);
    read_forks(root->find("config"), out);
    const BlockHeader stated = read_header(*root, reader);
    const MemoryState state = read_alloc(root->find("alloc"), reader);
    if (reader.fault()) return *reader.fault();
    if (stated.number != 0)
        return Error{ErrorCode::InvalidInput, "\"number\" is not 0: a chain starts at block 0"};
    out.state = state.all();
    // A chain whose terminal total difficulty is the genesis block's or less starts with Paris.
    const auto revision = out.config.revision_at(0, stated.timestamp, Uint256(0));
    auto header = complete_genesis(stated, revision, trie::state_root(out.state));
    if (!header) return header.error();
    out.header = *std::move(header);
    return out;
}

Result<Genesis> load_genesis(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    if (!stream) return Error{ErrorCode::Io, file + ": cannot be read"};
    auto out = read_genesis(text);
    if (!out) return Error{out.error().code, file + ": " + out.error().message};
    return out;
}

}  // namespace switchyard::node
