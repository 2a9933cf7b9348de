// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/precompiles/vectors.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "host/core/hex.hpp"

namespace switchyard::precompiles::test {
namespace {

std::optional<Bytes> bytes_field(const simdjson::dom::element& item, const char* key) {
    std::string_view text;
    if (item[key].get(text) != simdjson::SUCCESS) return std::nullopt;
    return from_hex(text);
}

}  // namespace

std::vector<Vector> load_vectors(const std::filesystem::path& file) {
    std::vector<Vector> out;
    simdjson::dom::parser parser;
    simdjson::dom::array items;
    if (parser.load(file.string()).get(items) != simdjson::SUCCESS) {
        ADD_FAILURE() << "cannot read " << file;
        return out;
    }
    for (const simdjson::dom::element item : items) {
        Vector v;
        std::string_view name;
        const auto input = bytes_field(item, "Input");
        v.expected = bytes_field(item, "Expected");
        const bool fails = item["ExpectedError"].error() == simdjson::SUCCESS;
        if (item["Name"].get(name) != simdjson::SUCCESS || !input ||
            fails == v.expected.has_value()) {
            ADD_FAILURE() << "malformed case " << out.size() << " in " << file;
            return {};
        }
        v.name = name;
        v.input = *input;
        uint64_t gas = 0;
        if (item["Gas"].get(gas) == simdjson::SUCCESS) v.gas = gas;
        out.push_back(std::move(v));
    }
    return out;
}

Address numbered_address(uint16_t number) {
    Address out;
    out[18] = static_cast<uint8_t>(number >> 8);
    out[19] = static_cast<uint8_t>(number);
    return out;
}

size_t run_vectors(const std::filesystem::path& file, uint16_t number, Revision revision,
                   bool check_gas) {
    const std::vector<Vector> vectors = load_vectors(file);
    EXPECT_FALSE(vectors.empty()) << file;
    const Address address = numbered_address(number);
    for (const Vector& v : vectors) {
        SCOPED_TRACE(file.filename().string() + ": " + v.name);
        const bool has_price = check_gas && v.gas.has_value();
        const uint64_t gas = has_price ? *v.gas : UINT64_MAX;
        const PrecompileResult result = run_precompile(address, v.input, gas, revision);
        if (!v.expected) {
            EXPECT_EQ(result.outcome, Outcome::Failure);
            continue;
        }
        EXPECT_EQ(result.outcome, Outcome::Success);
        EXPECT_EQ(to_hex(result.output), to_hex(*v.expected));
        if (!has_price) continue;
        EXPECT_EQ(result.gas_used, gas);
        if (gas != 0) {
            EXPECT_EQ(run_precompile(address, v.input, gas - 1, revision).outcome,
                      Outcome::OutOfGas);
        }
    }
    return vectors.size();
}

}  // namespace switchyard::precompiles::test
