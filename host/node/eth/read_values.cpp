// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/read_values.hpp"

#include <algorithm>

#include "host/core/hex.hpp"

namespace switchyard::node::eth {
namespace {

constexpr size_t kHashDigits = 2 + 2 * Bytes32::kSize;

}  // namespace

bool parse_block_number(std::string_view text, BlockId& out, std::string& fault) {
    out = {};
    if (text == "latest") return true;
    if (text == "pending") return out.tag = BlockTag::Pending, true;
    if (text == "earliest") return out.tag = BlockTag::Earliest, true;
    if (text == "safe") return out.tag = BlockTag::Safe, true;
    if (text == "finalized") return out.tag = BlockTag::Finalized, true;
    const auto wrong = json::decode_quantity(text, out.number);
    if (wrong != json::HexFault::None) {
        fault = json::to_string(wrong);
        return false;
    }
    if (out.number > INT64_MAX) {
        fault = "block number larger than int64";
        return false;
    }
    out.tag = BlockTag::Number;
    return true;
}

BlockId read_block_number(rpc::Arguments& arguments, const rpc::Params& params, size_t index) {
    BlockId out;
    const json::Element element = params.at(index);
    if (element.is_absent_or_null()) return out;
    std::string fault = "json: cannot unmarshal non-string";
    const auto text = element.string();
    if (!text || !parse_block_number(*text, out, fault)) arguments.refuse(index, fault);
    return out;
}

BlockId read_block_id(rpc::Arguments& arguments, const rpc::Params& params, size_t index) {
    const json::Element element = params.at(index);
    BlockId out;
    const auto read_hash = [&](std::string_view text) {
        out.tag = BlockTag::Hash;
        const auto fault = json::decode_fixed(text, out.hash.bytes);
        if (fault != json::HexFault::None) arguments.refuse(index, json::to_string(fault));
    };
    if (const auto text = element.string(); text && text->size() == kHashDigits) {
        read_hash(*text);
        return out;
    }
    if (!element.is_object()) return read_block_number(arguments, params, index);
    const json::Element number = element.find("blockNumber");
    const json::Element hash = element.find("blockHash");
    if (!number.is_absent_or_null() && !hash.is_absent_or_null()) {
        arguments.refuse(index,
                         "cannot specify both BlockHash and BlockNumber, choose one or the "
                         "other");
    } else if (const auto text = hash.string()) {
        read_hash(*text);
        out.require_canonical = element.find("requireCanonical").boolean().value_or(false);
    } else if (const auto tag = number.string()) {
        std::string fault;
        if (!parse_block_number(*tag, out, fault)) arguments.refuse(index, fault);
    } else {
        arguments.refuse(index, "invalid arguments; neither block nor hash specified");
    }
    return out;
}

BlockId read_hash_or_number(rpc::Arguments& arguments, const rpc::Params& params, bool by_hash) {
    if (!by_hash) return read_block_number(arguments, params, 0);
    BlockId id;
    id.tag = BlockTag::Hash;
    id.hash = arguments.hash(0);
    return id;
}

rpc::Answer<Uint256> parse_storage_key(std::string_view text) {
    const auto quoted = std::string(1, '"').append(text).append(1, '"');
    std::string_view digits = text;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    if (digits.size() > 2 * Bytes32::kSize)
        return rpc::invalid_params("storage key too long (want at most 32 bytes): " + quoted);
    const std::string even = std::string(digits.size() % 2, '0').append(digits);
    const auto bytes = from_hex(even);
    if (!bytes) return rpc::invalid_params("invalid hex in storage key: " + quoted);
    return *uint256_from_bytes(*bytes);
}

rpc::RpcError answer_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::Timeout:
            return {rpc::code::kTimeout, error.message, {}};
        case ErrorCode::LimitExceeded:
            return {rpc::code::kBusy, error.message, {}};
        case ErrorCode::Corrupt:
        case ErrorCode::Io:
        case ErrorCode::Internal:
            return {rpc::code::kInternal, error.message, {}};
        default:
            return {rpc::code::kServer, error.message, {}};
    }
}

rpc::Answer<BlockPointer> block_or_null(const EthBackend& backend, const BlockId& id) {
    auto block = backend.chain.block(id);
    if (!block) return answer_of(block.error());
    return *std::move(block);
}

rpc::Answer<BlockPointer> find_block(const EthBackend& backend, const BlockId& id) {
    auto block = block_or_null(backend, id);
    if (!block) return block.error();
    if (*block != nullptr) return *std::move(block);
    switch (id.tag) {
        case BlockTag::Safe:
            return rpc::RpcError{rpc::code::kServer, "safe block not found", {}};
        case BlockTag::Finalized:
            return rpc::RpcError{rpc::code::kServer, "finalized block not found", {}};
        case BlockTag::Hash:
            return rpc::RpcError{rpc::code::kServer, "header for hash not found", {}};
        default:
            return rpc::RpcError{rpc::code::kServer, "header not found", {}};
    }
}

}  // namespace switchyard::node::eth
