// SPDX-License-Identifier: Apache-2.0
// Reads the members of an object by the names and types of a specification.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/chain/block.hpp"
#include "host/node/json/document.hpp"
#include "host/node/json/hex_codec.hpp"

namespace switchyard::node::engine {

/// The first member that is missing or does not fit is remembered as the fault; what is read after
/// it is zero. Members that nobody asks for are passed over, as other clients do.
class ObjectReader {
  public:
    explicit ObjectReader(json::Element object) : object_(object) {
        if (!object.is_object()) fault_ = "is not an object";
    }

    [[nodiscard]] bool has(std::string_view name) const {
        return !object_.find(name).is_absent_or_null();
    }
    [[nodiscard]] json::Element element(std::string_view name);
    [[nodiscard]] uint64_t quantity(std::string_view name);
    [[nodiscard]] Uint256 word(std::string_view name);
    [[nodiscard]] Bytes data(std::string_view name, size_t bytes_max);
    template <size_t N>
    [[nodiscard]] FixedBytes<N> fixed(std::string_view name) {
        FixedBytes<N> out;
        if (const auto text = string(name)) check(name, json::decode_fixed(*text, out.bytes));
        return out;
    }
    [[nodiscard]] std::vector<Bytes> data_list(std::string_view name, size_t bytes_max);
    [[nodiscard]] std::vector<Withdrawal> withdrawals(std::string_view name);

    void refuse(std::string_view name, std::string_view what);
    /// As "blockNumber: missing"; empty: everything fitted.
    [[nodiscard]] const std::string& fault() const { return fault_; }

  private:
    [[nodiscard]] std::optional<std::string_view> string(std::string_view name);
    void check(std::string_view name, json::HexFault fault);

    json::Element object_;
    std::string fault_;
};

/// The texts of an array as bytes, each of at most `bytes_max`; a fault in words for anything else.
[[nodiscard]] std::optional<std::string> read_data_list(json::Element array, size_t bytes_max,
                                                        std::vector<Bytes>& out);
/// The same for hashes.
[[nodiscard]] std::optional<std::string> read_hash_list(json::Element array,
                                                        std::vector<Bytes32>& out);

}  // namespace switchyard::node::engine
