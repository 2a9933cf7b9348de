// SPDX-License-Identifier: Apache-2.0
#include "host/node/rpc/arguments.hpp"

#include <string>

namespace switchyard::rpc {

RpcError invalid_params(std::string message) {
    return {code::kInvalidParams, std::move(message), {}};
}

Arguments::Arguments(const Params& params, size_t at_most) : params_(params) {
    if (params.size() > at_most)
        failure_ = invalid_params("too many arguments, want at most " + std::to_string(at_most));
}

void Arguments::refuse(size_t index, std::string_view what) {
    if (failure_) return;
    failure_ =
        invalid_params("invalid argument " + std::to_string(index) + ": " + std::string(what));
}

void Arguments::check(size_t index, json::HexFault fault, std::string_view type,
                      std::string_view given, size_t bytes) {
    if (fault == json::HexFault::None || failure_) return;
    const std::string name(type);
    if (fault == json::HexFault::WrongLength)
        return refuse(index, "hex string has length " + std::to_string(given.size() - 2) +
                                 ", want " + std::to_string(2 * bytes) + " for " + name);
    std::string_view words = json::to_string(fault);
    if (fault == json::HexFault::TooLarge && bytes == 8) words = "hex number > 64 bits";
    if (fault == json::HexFault::TooLarge && bytes == 32) words = "hex number > 256 bits";
    refuse(index,
           "json: cannot unmarshal " + std::string(words) + " into Go value of type " + name);
}

bool Arguments::is_given(size_t index) const {
    return !params_.at(index).is_absent_or_null();
}

std::string_view Arguments::text(size_t index) {
    const json::Element element = params_.at(index);
    if (element.is_absent_or_null()) {
        if (!failure_)
            failure_ =
                invalid_params("missing value for required argument " + std::to_string(index));
        return {};
    }
    const auto text = element.string();
    if (!text) refuse(index, "json: cannot unmarshal non-string");
    return text.value_or(std::string_view{});
}

std::string_view Arguments::string(size_t index) {
    return text(index);
}

Address Arguments::address(size_t index) {
    Address out;
    const std::string_view from = text(index);
    if (!failure_) check(index, json::decode_fixed(from, out.bytes), "common.Address", from, 20);
    return out;
}

Bytes32 Arguments::hash(size_t index) {
    Bytes32 out;
    const std::string_view from = text(index);
    if (!failure_) check(index, json::decode_fixed(from, out.bytes), "common.Hash", from, 32);
    return out;
}

uint64_t Arguments::quantity(size_t index) {
    uint64_t out = 0;
    const std::string_view from = text(index);
    if (!failure_) check(index, json::decode_quantity(from, out), "hexutil.Uint64", from, 8);
    return out;
}

Uint256 Arguments::word(size_t index) {
    Uint256 out;
    const std::string_view from = text(index);
    if (!failure_) check(index, json::decode_quantity(from, out), "hexutil.Big", from, 32);
    return out;
}

Bytes Arguments::data(size_t index, size_t bytes_max) {
    Bytes out;
    const std::string_view from = text(index);
    if (!failure_) check(index, json::decode_data(from, out, bytes_max), "hexutil.Bytes", from, 0);
    return out;
}

bool Arguments::boolean(size_t index) {
    if (!is_given(index)) {
        static_cast<void>(text(index));
        return false;
    }
    const auto value = params_.at(index).boolean();
    if (!value) refuse(index, "json: cannot unmarshal what is no boolean");
    return value.value_or(false);
}

json::Element Arguments::element(size_t index) {
    if (!is_given(index)) static_cast<void>(text(index));
    return optional_element(index);
}

std::optional<uint64_t> Arguments::optional_quantity(size_t index) {
    if (!is_given(index)) return std::nullopt;
    return quantity(index);
}

std::optional<std::string_view> Arguments::optional_string(size_t index) {
    if (!is_given(index)) return std::nullopt;
    return text(index);
}

bool Arguments::optional_boolean(size_t index, bool otherwise) {
    return is_given(index) ? boolean(index) : otherwise;
}

json::Element Arguments::optional_element(size_t index) {
    return is_given(index) ? params_.at(index) : json::Element{};
}

}  // namespace switchyard::rpc
