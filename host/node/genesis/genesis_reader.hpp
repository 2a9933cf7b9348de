// SPDX-License-Identifier: Apache-2.0
// Reads members of a genesis file; keeps the first thing that is wrong.
#pragma once

#include <optional>
#include <string>

#include "host/core/hex.hpp"
#include "host/core/uint256.hpp"
#include "host/node/json/document.hpp"

namespace switchyard::node {

/// Values read after the first fault are zero, so that a reader reads straight on and asks once.
class GenesisReader {
  public:
    [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }
    void refuse(std::string_view name, std::string_view what) {
        if (!fault_)
            fault_ = Error{ErrorCode::InvalidInput,
                           std::string(1, '"').append(name).append("\" ").append(what)};
    }

    /// A number, a decimal or `0x` text.
    [[nodiscard]] Uint256 word(std::string_view name, json::Element value) {
        if (const auto number = value.uint64()) return *number;
        if (const auto text = value.string())
            if (const auto parsed = uint256_from_text(*text)) return *parsed;
        refuse(name, "is no number");
        return {};
    }
    [[nodiscard]] uint64_t uint64(std::string_view name, json::Element value) {
        const Uint256 out = word(name, value);
        if (!out.fits_uint64()) refuse(name, "is above 2^64 - 1");
        return out.saturated();
    }
    [[nodiscard]] Bytes bytes(std::string_view name, json::Element value) {
        const auto text = value.string();
        auto out = text ? from_hex(*text) : std::nullopt;
        if (!out) refuse(name, "is no hexadecimal text");
        return out ? *std::move(out) : Bytes{};
    }
    template <size_t N>
    [[nodiscard]] FixedBytes<N> fixed(std::string_view name, std::string_view text) {
        const auto out = fixed_from_hex<N>(text);
        if (!out) refuse(name, "is not of " + std::to_string(N) + " bytes");
        return out.value_or(FixedBytes<N>{});
    }
    template <size_t N>
    [[nodiscard]] FixedBytes<N> fixed(std::string_view name, json::Element value) {
        return fixed<N>(name, value.string().value_or(std::string_view{}));
    }

  private:
    std::optional<Error> fault_;
};

}  // namespace switchyard::node
