// SPDX-License-Identifier: Apache-2.0
#include "host/node/engine/object_reader.hpp"

namespace switchyard::node::engine {

void ObjectReader::refuse(std::string_view name, std::string_view what) {
    if (!fault_.empty()) return;
    fault_.append(name).append(": ").append(what);
}

void ObjectReader::check(std::string_view name, json::HexFault fault) {
    if (fault != json::HexFault::None) refuse(name, json::to_string(fault));
}

json::Element ObjectReader::element(std::string_view name) {
    const json::Element out = object_.find(name);
    if (out.is_absent_or_null()) refuse(name, "missing");
    return out;
}

std::optional<std::string_view> ObjectReader::string(std::string_view name) {
    const json::Element found = element(name);
    if (found.is_absent_or_null()) return std::nullopt;
    const auto out = found.string();
    if (!out) refuse(name, "not a string");
    return out;
}

uint64_t ObjectReader::quantity(std::string_view name) {
    uint64_t out = 0;
    if (const auto text = string(name)) check(name, json::decode_quantity(*text, out));
    return out;
}

Uint256 ObjectReader::word(std::string_view name) {
    Uint256 out;
    if (const auto text = string(name)) check(name, json::decode_quantity(*text, out));
    return out;
}

Bytes ObjectReader::data(std::string_view name, size_t bytes_max) {
    Bytes out;
    if (const auto text = string(name)) check(name, json::decode_data(*text, out, bytes_max));
    return out;
}

std::vector<Bytes> ObjectReader::data_list(std::string_view name, size_t bytes_max) {
    std::vector<Bytes> out;
    const json::Element array = element(name);
    if (array.is_absent_or_null()) return out;
    if (const auto fault = read_data_list(array, bytes_max, out)) refuse(name, *fault);
    return out;
}

std::vector<Withdrawal> ObjectReader::withdrawals(std::string_view name) {
    std::vector<Withdrawal> out;
    const json::Element array = element(name);
    if (array.is_absent_or_null()) return out;
    if (!array.is_array()) {
        refuse(name, "not an array");
        return out;
    }
    out.reserve(array.size());
    for (const json::Element each : array.elements()) {
        ObjectReader reader(each);
        Withdrawal& withdrawal = out.emplace_back();
        withdrawal.index = reader.quantity("index");
        withdrawal.validator_index = reader.quantity("validatorIndex");
        withdrawal.address = reader.fixed<20>("address");
        withdrawal.amount_gwei = reader.quantity("amount");
        if (!reader.fault().empty()) {
            refuse(name, reader.fault());
            break;
        }
    }
    return out;
}

std::optional<std::string> read_data_list(json::Element array, size_t bytes_max,
                                          std::vector<Bytes>& out) {
    if (!array.is_array()) return "not an array";
    out.reserve(array.size());
    for (const json::Element each : array.elements()) {
        const auto text = each.string();
        if (!text) return "an item is not a string";
        const auto fault = json::decode_data(*text, out.emplace_back(), bytes_max);
        if (fault != json::HexFault::None) return std::string(json::to_string(fault));
    }
    return std::nullopt;
}

std::optional<std::string> read_hash_list(json::Element array, std::vector<Bytes32>& out) {
    if (!array.is_array()) return "not an array";
    out.reserve(array.size());
    for (const json::Element each : array.elements()) {
        const auto text = each.string();
        if (!text) return "an item is not a string";
        const auto fault = json::decode_fixed(*text, out.emplace_back().bytes);
        if (fault != json::HexFault::None) return std::string(json::to_string(fault));
    }
    return std::nullopt;
}

}  // namespace switchyard::node::engine
